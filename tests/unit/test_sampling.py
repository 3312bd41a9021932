"""A flood of refusals becomes few log lines, and every refusal is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.sampling import EVERY, FIRST, WINDOW_SECONDS, Sampler
from tests.unit.harness import Clock


def test_the_first_refusals_of_a_window_are_written_one_by_one() -> None:
    """What is no flood is logged whole, again in each window."""
    clock = Clock()
    sampler = Sampler(clock)
    for _ in range(2):
        assert [sampler.weigh("forged") for _ in range(FIRST)] == [1] * FIRST
        clock.seconds += WINDOW_SECONDS


def test_of_a_flood_one_line_stands_for_many() -> None:
    """Beyond the first ones, every hundredth is written, for all of them."""
    sampler = Sampler(Clock())
    weights = [sampler.weigh("forged") for _ in range(FIRST + 3 * EVERY)]
    assert weights[FIRST:] == ([0] * (EVERY - 1) + [EVERY]) * 3


def test_what_a_window_left_unwritten_goes_into_the_next_line() -> None:
    """A flood that ends is counted to its last request, once something else comes."""
    clock = Clock()
    sampler = Sampler(clock)
    for _ in range(FIRST + 7):
        sampler.weigh("forged")
    clock.seconds += WINDOW_SECONDS
    assert sampler.weigh("forged") == 8


def test_kinds_are_counted_apart() -> None:
    """A flood of one kind hides none of another."""
    sampler = Sampler(Clock())
    for _ in range(FIRST + 5):
        sampler.weigh("forged")
    assert sampler.weigh("stale") == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=400))
def test_no_refusal_is_uncounted(refusals: list[tuple[str, float]]) -> None:
    """Whatever comes when, lines and what is still unwritten add up, and less than a line's worth is unwritten."""
    clock = Clock()
    sampler = Sampler(clock)
    written = dict.fromkeys("abc", 0)
    for kind, pause in refusals:
        clock.seconds += pause
        written[kind] += sampler.weigh(kind)
    for kind, count in written.items():
        assert 0 <= sum(each == kind for each, _ in refusals) - count < EVERY
