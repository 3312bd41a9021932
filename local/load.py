"""Load: good traffic as fast as this machine takes it, and what each webhook waited for."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

from local.chaos import chaos
from local.faults import FaultPlan
from local.simulation import Scenario, Trouble, simulate
from local.traffic import EVENTS_A_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from local.chaos import Outcome
    from local.simulation import Second
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
        outage: When the ledger was away, after the start; None: it never was.
    """

    outcome: Outcome
    acknowledged_a_second: float
    acknowledging: Sequence[tuple[float, float]]
    end_to_end: Sequence[tuple[float, float]]
    outage: tuple[float, float] | None = None

    @property
    def deepest(self) -> int:
        """The most messages that were in the queue at once."""
        return max((depth for _, depth in self.outcome.depths), default=0)


@dataclass
class Outage:
    """The ledger goes away for a while, once, and comes back by itself.

    Attributes:
        system: Whose.
        after: Seconds after the start.
        lasts: Seconds; 0: it does not go away.
        was: When it was away, seconds after the start, as the queue's depths are told.
    """

    system: LocalSystem
    after: float
    lasts: float
    was: tuple[float, float] | None = None
    _started: float | None = None

    def go_on(self) -> None:
        """Begin it when it is time; to be called again and again, the first time at the start."""
        now = time.monotonic()
        if self._started is None:
            self._started = now
        elapsed = now - self._started
        if self.lasts and self.was is None and elapsed >= self.after:
            self.system.emulator.fail(FaultPlan(away=("dynamodb",)))
            threading.Timer(self.lasts, self.system.emulator.fail, [FaultPlan()]).start()
            self.was = (elapsed, elapsed + self.lasts)


def load(
    system: LocalSystem,
    *,
    seconds: float,
    concurrency: int,
    outage_seconds: float = 0.0,
    on_progress: Callable[[int, int], None],
) -> Measured:
    """Send for so many seconds, then wait until all is done.

    Args:
        system: A running system of its own.
        seconds: How long to send.
        concurrency: Senders side by side.
        outage_seconds: For how long the ledger is away meanwhile, at most half of the time.
        on_progress: Told how many webhooks had an answer, and how many there might be.
    """
    outage = Outage(system, after=seconds / 3, lasts=min(outage_seconds, seconds / 2))

    def go_on(done: int, most: int) -> None:
        outage.go_on()
        on_progress(done, most)

    outcome = chaos(
        system,
        events=int(EVENTS_A_SECOND * seconds),
        seed=1,
        faults=False,
        seconds=seconds,
        concurrency=concurrency,
        on_progress=go_on,
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
        outage=outage.was,
    )


def on_paper(measured: Measured, *, retry_delays: Sequence[int], processing: int) -> list[Second]:
    """Simulate what a run with an outage measured, at its mean rate: what the queue would do on paper."""
    begins, ends = measured.outage or (0.0, 0.0)
    sent = measured.outcome.sent_seconds
    rate = measured.acknowledged_a_second
    scenario = Scenario(
        seconds=round(sent),
        rate=rate,
        swing=0.0,
        burst=Trouble(0, 0),
        outage=Trouble(round(begins), round(ends - begins)),
        retry_delays=retry_delays,
        processing=processing,
    )
    return simulate(scenario)


def percentiles(measured: Sequence[tuple[float, float]]) -> list[float]:
    """Give the `SHARES` of what was measured, seconds."""
    cuts = quantiles((length for _, length in measured), n=100, method="inclusive")
    return [cuts[share - 1] for share in SHARES]


def plot(measured: Measured, path: Path, simulated: Sequence[Second] = ()) -> None:
    """Draw latencies and queue depth over time, and the depth that was simulated, as a PNG."""
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
    if simulated:
        below.plot([each.depth for each in simulated], "--", label="simulated")
        below.legend(loc="upper left")
    below.set_ylabel("messages in the queue")
    below.set_xlabel("seconds after the start")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
