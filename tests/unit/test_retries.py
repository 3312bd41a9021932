"""The retry schedule: the function's pauses, and what the deployment derives from them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infra.retries import DEAD_LETTER_RETENTION_SECONDS, LONGEST_DELAY_SECONDS, MOST_DELAYS, RetrySchedule
from lambda_src.retries import retry_delay
from tests.unit.harness import RETRY_DELAYS

SCHEDULES = st.lists(st.integers(1, LONGEST_DELAY_SECONDS), min_size=1, max_size=MOST_DELAYS).map(tuple)


@given(st.integers(), SCHEDULES)
def test_delay_lies_within_its_jitter(receive_count: int, delays: tuple[int, ...]) -> None:
    """Each pause is the schedule's, a fifth either way; 0 for every other count; whole seconds that SQS takes."""
    delay = retry_delay(receive_count, delays)
    middle = dict(enumerate(delays, 1)).get(receive_count, 0)
    assert isinstance(delay, int)
    assert abs(delay - middle) <= middle * 0.2 + 0.5
    assert 0 <= delay <= 43_200


def test_delays_differ() -> None:
    """What failed together does not come back together."""
    assert len({retry_delay(4, RETRY_DELAYS) for _ in range(50)}) > 10


def test_the_default_schedule_in_seconds() -> None:
    """Five receives; back after six timeouts from a death; 4 days' retention; overdue after six minutes."""
    schedule = RetrySchedule(delays=RETRY_DELAYS, function_timeout=60, batch_window=0)
    assert schedule.maximum_receives == 5
    assert schedule.visibility_timeout == 360
    assert schedule.longest == 360 + 360 + 576 + 2160 + 360
    assert schedule.retention == 4 * 86_400
    assert schedule.overdue == 360
    assert RetrySchedule(delays=(600, 600, 600), function_timeout=60, batch_window=0).overdue == 1440


def test_a_wait_for_others_is_added() -> None:
    """A message that waits for its run is hidden meanwhile, and has its last try so much later."""
    schedule = RetrySchedule(delays=RETRY_DELAYS, function_timeout=60, batch_window=30)
    assert (schedule.visibility_timeout, schedule.longest) == (390, 390 + 390 + 606 + 2190 + 390)
    assert RetrySchedule(delays=(600, 600, 600), function_timeout=60, batch_window=30).overdue == 1500
    assert RetrySchedule(delays=(600, 600, 600), function_timeout=60, batch_window=1).overdue == 1480


@given(SCHEDULES, st.integers(1, 900), st.integers(0, 60))
def test_what_follows_from_a_schedule_never_contradicts_it(delays: tuple[int, ...], timeout: int, window: int) -> None:
    """No message expires before its last try, nor at once after it; none that fails by the schedule is overdue."""
    schedule = RetrySchedule(delays=delays, function_timeout=timeout, batch_window=window)
    assert sum(delays) * 1.2 - len(delays) <= schedule.longest < schedule.retention < DEAD_LETTER_RETENTION_SECONDS
    assert sum(delays[:2]) * 1.2 - 2 <= schedule.overdue < schedule.longest
