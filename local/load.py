"""Load: good traffic as fast as this machine takes it, and what each webhook waited for."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from local.chaos import chaos
from local.traffic import EVENTS_A_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from local.chaos import Outcome
    from local.system import LocalSystem

SHARES = (50, 95, 99)
"""Percentiles that are told."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What a load run measured; times in seconds.

    Attributes:
        outcome: The run, with its account.
        acknowledged_a_second: Acknowledged webhooks by the second of sending.
        acknowledging: (when, how long) from the request to the provider's 2xx.
        end_to_end: (when, how long) from the request to the subscriber.
    """

    outcome: Outcome
    acknowledged_a_second: float
    acknowledging: Sequence[tuple[float, float]]
    end_to_end: Sequence[tuple[float, float]]


def load(system: LocalSystem, *, seconds: float, concurrency: int, on_progress: Callable[[int, int], None]) -> Measured:
    """Send for so many seconds, then wait until all is done.

    Args:
        system: A running system of its own.
        seconds: How long to send.
        concurrency: Senders side by side.
        on_progress: Told how many webhooks had an answer, and how many there might be.
    """
    outcome = chaos(
        system,
        events=int(EVENTS_A_SECOND * seconds),
        seed=1,
        faults=False,
        seconds=seconds,
        concurrency=concurrency,
        on_progress=on_progress,
    )
    began = min(entry.sent_at for entry in outcome.delivering.book)
    acknowledging, end_to_end = [], []
    for entry in outcome.delivering.book:
        acknowledging += [(entry.sent_at - began, latency) for latency in entry.latencies]
        ids = [f"{event.provider}:{event.event_id}" for event in outcome.account.events[entry.webhook.number] or ()]
        arrivals = [outcome.arrived[each] for each in ids if each in outcome.arrived]
        end_to_end += [(entry.sent_at - began, arrival - entry.sent_at) for arrival in arrivals]
    return Measured(
        outcome=outcome,
        acknowledged_a_second=len(acknowledging) / outcome.sent_seconds,
        acknowledging=acknowledging,
        end_to_end=end_to_end,
    )


def percentiles(measured: Sequence[tuple[float, float]]) -> list[float]:
    """Give the `SHARES` of what was measured, seconds."""
    cuts = quantiles((length for _, length in measured), n=100, method="inclusive")
    return [cuts[share - 1] for share in SHARES]


def plot(measured: Measured, path: Path) -> None:
    """Draw latencies and queue depth over time, as a PNG."""
    import matplotlib as mpl  # noqa: PLC0415 - only a load run pays for its import

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - same

    figure, (above, below) = plt.subplots(2, sharex=True, figsize=(10, 7), height_ratios=(2, 1))
    for points, name in ((measured.end_to_end, "end to end"), (measured.acknowledging, "acknowledged")):
        above.plot(*zip(*points, strict=True), ".", markersize=2, label=name)
    above.set_ylabel("seconds")
    above.set_yscale("log")
    above.legend(loc="upper left", markerscale=5)
    above.set_title(f"{measured.acknowledged_a_second:.0f} webhooks acknowledged a second")
    below.plot(*zip(*measured.outcome.depths, strict=True))
    below.set_ylabel("messages in the queue")
    below.set_xlabel("seconds after the start")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
