"""What a simulated day comes to, in words and as a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from local.simulation import HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local.simulation import Scenario, Second


class Day(NamedTuple):
    """A day's figures; times in seconds.

    Attributes:
        accepted: Webhooks that were acknowledged.
        refused: Answers 429; each of them came back.
        recorded: Messages that were recorded.
        dead: Messages in the dead-letter queue.
        burst_depth: The deepest queue during the burst and ten minutes after it.
        deepest: The deepest queue of the day.
        waiting: Messages that waited for a try at once, at most.
        oldest: The greatest age of a message.
        drained_after: From the outage's end until the queue held no more than two seconds' webhooks; None: never.
    """

    accepted: int
    refused: int
    recorded: int
    dead: int
    burst_depth: int
    deepest: int
    waiting: int
    oldest: int
    drained_after: int | None


def day(scenario: Scenario, seconds: Sequence[Second]) -> Day:
    """Sum up a simulated day."""
    burst = scenario.burst
    around_burst = seconds[burst.begins : burst.begins + burst.lasts + 10 * MINUTE]
    end = scenario.outage.begins + scenario.outage.lasts
    few = 2 * scenario.rate
    drained = next((number for number, each in enumerate(seconds[end:]) if each.depth <= few), None)
    return Day(
        accepted=sum(each.sent - each.refused for each in seconds),
        refused=sum(each.refused for each in seconds),
        recorded=sum(each.recorded for each in seconds),
        dead=seconds[-1].dead,
        burst_depth=max((each.depth for each in around_burst), default=0),
        deepest=max(each.depth for each in seconds),
        waiting=max(each.waiting for each in seconds),
        oldest=max(each.oldest for each in seconds),
        drained_after=drained,
    )


def plot(seconds: Sequence[Second], path: Path, *, hour: int = HOUR, every: int = MINUTE) -> None:
    """Draw a simulated day as a PNG.

    Args:
        seconds: The day.
        path: Where to.
        hour: Seconds of one unit of the time axis.
        every: Of so many seconds one is drawn.
    """
    import matplotlib as mpl  # noqa: PLC0415 - only who draws pays for its import

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - same

    drawn = seconds[::every]
    times = [number * every / hour for number in range(len(drawn))]
    figure, (rates, depth, age) = plt.subplots(3, sharex=True, figsize=(10, 8))
    rates.plot(times, [each.sent for each in drawn], label="sent")
    rates.plot(times, [each.recorded for each in drawn], label="recorded", linewidth=0.8)
    rates.set_ylabel("webhooks a second")
    rates.legend(loc="upper left")
    depth.stackplot(
        times,
        [each.waiting for each in drawn],
        [each.ready for each in drawn],
        labels=("waiting for their next try", "ready to be received"),
    )
    depth.set_ylabel("messages in the queue")
    depth.legend(loc="upper left")
    age.plot(times, [each.oldest / MINUTE for each in drawn])
    age.set_ylabel("oldest message, minutes")
    age.set_xlabel("hours" if hour == HOUR else "seconds")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80, metadata={"Software": None})
    plt.close(figure)
