"""The simulated queue keeps the laws of the real one, whatever the traffic, the outage and the quotas."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.retries import JITTER
from local.__main__ import main
from local.simulation import COMES_BACK, HOUR, MINUTE, Scenario, Trouble, simulate
from local.simulation_report import day

if TYPE_CHECKING:
    from pathlib import Path

    from local.simulation import Second

DELAYS = (30, 120, 480, 1800)
SHORTEST_SCHEDULE = round(sum(DELAYS) * (1 - JITTER))
"""From a message's first try to its last one, seconds, at least."""

NONE = Trouble(0, 0)


def hours(**given: object) -> Scenario:
    """Three hours of five webhooks a second, with an outage of half an hour after ten minutes, and no burst."""
    known = {"seconds": 3 * HOUR, "rate": 5.0, "swing": 0.0, "burst": NONE, "outage": Trouble(10 * MINUTE, 30 * MINUTE)}
    return Scenario(**(known | given))  # type: ignore[arg-type]  # any of its fields


@cache
def outage() -> list[Second]:
    """Those hours."""
    return simulate(hours())


@given(
    rate=st.sampled_from((1.0, 20.0)),
    burst=st.builds(Trouble, st.integers(0, 300), st.integers(0, 200)),
    away=st.builds(Trouble, st.integers(0, 300), st.integers(0, 600)),
    delays=st.lists(st.integers(1, 200), min_size=1, max_size=4),
    reserved=st.sampled_from((1, 5, 100)),
    processing=st.sampled_from((2, 50)),
    in_flight=st.sampled_from((50, 120_000)),
    seed=st.integers(0, 3),
)
def test_no_webhook_appears_or_vanishes(
    *,
    rate: float,
    burst: Trouble,
    away: Trouble,
    delays: list[int],
    reserved: int,
    processing: int,
    in_flight: int,
    seed: int,
) -> None:
    """At the end of every second what was acknowledged is recorded, in the queue or dead; AWS's quotas are kept."""
    scenario = Scenario(
        seconds=900,
        rate=rate,
        burst=burst,
        outage=away,
        retry_delays=delays,
        reserved=reserved,
        processing=processing,
        in_flight=in_flight,
        seed=seed,
    )
    accepted = recorded = 0
    for each in simulate(scenario):
        accepted += each.sent - each.refused
        recorded += each.recorded
        assert accepted == recorded + each.ready + each.waiting + each.dead
        assert min(each) >= 0
        assert each.waiting <= in_flight
        assert (each.depth > 0) == (each.oldest > 0) or each.oldest == 0


def test_after_an_outage_the_queue_is_empty_again_and_nothing_is_dead() -> None:
    """An outage shorter than the schedule at its shortest costs no message, and leaves none behind."""
    assert 30 * MINUTE < SHORTEST_SCHEDULE
    assert (outage()[-1].depth, outage()[-1].dead) == (0, 0)
    assert max(each.depth for each in outage()) > 8_000


def test_no_message_is_older_than_the_outage_and_its_last_pause() -> None:
    """Who failed just before the end waits one pause more, lengthened by the jitter at most."""
    figures = day(hours(), outage())
    assert 30 * MINUTE < figures.oldest <= 30 * MINUTE + DELAYS[-1] * (1 + JITTER)
    assert figures.drained_after is not None
    assert figures.drained_after <= DELAYS[-1] * (1 + JITTER)


def test_an_outage_longer_than_the_schedule_kills() -> None:
    """What was tried five times in it is dead; the rest is recorded."""
    figures = day(hours(), simulate(hours(outage=Trouble(10 * MINUTE, HOUR))))
    assert 0 < figures.dead < figures.accepted
    assert figures.recorded == figures.accepted - figures.dead


def test_without_trouble_every_message_is_recorded_in_the_second_of_its_arrival() -> None:
    """The stack is faster than five webhooks a second."""
    calm = simulate(hours(outage=NONE))
    assert {each.depth for each in calm} == {0}
    assert {each.refused for each in calm} == {0}


def test_a_burst_beyond_the_functions_rate_is_refused_and_comes_back() -> None:
    """429 beyond ten runs a second for each of the reserved ones; every refused webhook is accepted later."""
    seconds = simulate(hours(burst=Trouble(600, 60), reserved=5, outage=NONE))
    accepted = sum(each.sent - each.refused for each in seconds)
    assert sum(each.refused for each in seconds[:600]) == 0
    assert sum(each.refused for each in seconds[600:660]) > 0
    assert {each.refused for each in seconds[660 + 5 * COMES_BACK[1] :]} == {0}
    assert accepted == sum(each.recorded for each in seconds) == 3 * HOUR * 5 + 60 * 45


def test_messages_that_wait_for_a_try_keep_others_from_being_received() -> None:
    """They are in flight: at the quota nothing more is received, so what is ready stays young in tries."""
    seconds = simulate(hours(in_flight=1_000))
    figures = day(hours(), seconds)
    assert figures.waiting == 1_000
    assert max(each.ready for each in seconds) > 5_000
    assert (figures.dead, seconds[-1].depth) == (0, 0)


def test_a_seed_decides_everything_and_nothing_else_is_disturbed() -> None:
    """The same seed gives the same seconds, another one others; the program's own randomness goes on as before."""
    before = random.getstate()
    assert simulate(hours()) == outage()
    assert random.getstate() == before
    assert simulate(hours(seed=2)) != outage()


@pytest.mark.parametrize("rate", [5.0, 10.0])
def test_the_queue_grows_as_webhooks_come(rate: float) -> None:
    """While the ledger is away, by every webhook."""
    seconds = outage() if rate == 5.0 else simulate(hours(rate=rate))
    begin, end = 10 * MINUTE, 40 * MINUTE
    assert seconds[end - 1].depth == sum(each.sent for each in seconds[begin:end])


def test_the_command_tells_the_day_and_draws_it(tmp_path: Path) -> None:
    """Counts, depth and age in words, and a PNG."""
    plot = tmp_path / "day.png"
    options = ["--rate", "0.5", "--outage-minutes", "10", "--plot", str(plot)]
    told = CliRunner().invoke(main, ["simulate", *options])
    assert told.exit_code == 0, told.output
    assert "dead letters 0" in told.output
    assert "minutes after the outage" in told.output
    assert plot.read_bytes().startswith(b"\x89PNG")
