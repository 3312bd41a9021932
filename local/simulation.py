"""A day of the queue, second by second: how deep it gets, how old its messages, by the function's own retry schedule.

Only counts move here, no messages: what arrives is refused or enqueued, what is enqueued is tried, what fails while the
ledger is away waits by `lambda_src.retries`, what has failed too often is dead.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lambda_src.retries import retry_delay
from ops.receipt.quotas import IN_FLIGHT, RUNS_A_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MINUTE, HOUR, DAY = 60, 3600, 86_400

POLLERS_AT_FIRST, POLLERS_A_SECOND = 5, 5
"""Runs that a queue's trigger makes at once when messages come, and how many more a second while they stay.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

COMES_BACK = (MINUTE, 10 * MINUTE)
"""When a provider sends again what was refused with 429, seconds, evenly: assumed, each provider has its own pauses."""


class Trouble(NamedTuple):
    """Something that lasts for a while.

    Attributes:
        begins: Second of the day.
        lasts: Seconds; 0: it does not happen.
    """

    begins: int
    lasts: int

    def at(self, second: int) -> bool:
        """Say whether it goes on."""
        return self.begins <= second < self.begins + self.lasts


BURST, OUTAGE = Trouble(9 * HOUR, 10 * MINUTE), Trouble(14 * HOUR, 30 * MINUTE)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens, and what the stack allows.

    Attributes:
        seconds: How long.
        rate: Webhooks a second, on the day's average.
        swing: By which share of it the day's curve goes up and down, most at 14:00.
        burst: When so many more come.
        burst_times: How many times as many.
        outage: When the ledger refuses every write, at once.
        retry_delays: `retryDelaysSeconds`.
        reserved: `reservedConcurrency`.
        processing: `processingConcurrency`.
        batch: `batchSize`.
        run_ms: How long a run takes beside its events: assumed.
        event_ms: How long a run takes for each event: assumed.
        in_flight: Messages that are received and not deleted, at most.
        seed: Decides the retries' jitter, and when refused webhooks come back.
    """

    seconds: int = DAY
    rate: float = 50.0
    swing: float = 0.5
    burst: Trouble = BURST
    burst_times: int = 10
    outage: Trouble = OUTAGE
    retry_delays: Sequence[int] = (30, 120, 480, 1800)
    reserved: int = 100
    processing: int = 50
    batch: int = 10
    run_ms: int = 20
    event_ms: int = 20
    in_flight: int = IN_FLIGHT
    seed: int = 1

    def arriving(self, second: int) -> float:
        """Webhooks that are sent in a second, besides those that come back."""
        curve = 1 + self.swing * math.cos(2 * math.pi * (second - 14 * HOUR) / DAY)
        return self.rate * curve * (self.burst_times if self.burst.at(second) else 1)


class Second(NamedTuple):
    """One second's end.

    Attributes:
        sent: Webhooks that came in it, again or for the first time.
        refused: Of these, how many were answered 429.
        recorded: Messages recorded in it.
        ready: Messages that can be received.
        waiting: Messages that wait for their next try.
        dead: Messages that ever went to the dead-letter queue.
        oldest: Age of the oldest message, seconds; 0: there is none.
    """

    sent: int
    refused: int
    recorded: int
    ready: int
    waiting: int
    dead: int
    oldest: int

    @property
    def depth(self) -> int:
        """Messages in the queue."""
        return self.ready + self.waiting


def simulate(scenario: Scenario) -> list[Second]:
    """Run a scenario; the same one gives the same seconds."""
    state = random.getstate()
    random.seed(scenario.seed)  # the function's own jitter draws from it
    try:
        return list(_Queue(scenario).run())
    finally:
        random.setstate(state)


class _Cohort(NamedTuple):
    """Messages that were enqueued in one second and received as often."""

    enqueued: int
    receives: int
    size: int


@dataclass
class _Queue:
    scenario: Scenario
    ready: deque[_Cohort] = field(default_factory=deque)
    ready_count: int = 0
    waiting: defaultdict[int, list[_Cohort]] = field(default_factory=lambda: defaultdict(list))
    waiting_count: int = 0
    back: Counter[int] = field(default_factory=Counter)
    alive: Counter[int] = field(default_factory=Counter)
    oldest: int = 0
    dead: int = 0
    pollers: int = POLLERS_AT_FIRST
    owed: float = 0.0
    runs: float = 0.0

    def run(self) -> Iterator[Second]:
        for now in range(self.scenario.seconds):
            sent, refused = self._receive(now)
            self._wake(now)
            recorded = self._process(now)
            while self.oldest <= now and not self.alive[self.oldest]:
                self.alive.pop(self.oldest, None)
                self.oldest += 1
            yield Second(
                sent, refused, recorded, self.ready_count, self.waiting_count, self.dead, max(0, now - self.oldest)
            )

    def _receive(self, now: int) -> tuple[int, int]:
        """Take what comes, as far as the function's rate goes; the rest comes back."""
        self.owed += self.scenario.arriving(now)
        fresh = int(self.owed)
        self.owed -= fresh
        sent = fresh + self.back.pop(now, 0)
        room = max(0, int(RUNS_A_SECOND * self.scenario.reserved - self.runs))
        accepted = min(sent, room)
        for _ in range(sent - accepted):
            self.back[now + random.randint(*COMES_BACK)] += 1  # noqa: S311 - not a secret
        if accepted:
            self._put(_Cohort(now, 0, accepted))
            self.alive[now] += accepted
        return sent, sent - accepted

    def _wake(self, now: int) -> None:
        for cohort in self.waiting.pop(now, ()):
            self.waiting_count -= cohort.size
            self._put(cohort)

    def _put(self, cohort: _Cohort) -> None:
        self.ready.append(cohort)
        self.ready_count += cohort.size

    def _process(self, now: int) -> int:
        """Try as many messages as the runs of a second take; return how many were recorded."""
        scenario = self.scenario
        batch = min(scenario.batch, max(1, math.ceil(self.ready_count / self.pollers)))
        run_seconds = (scenario.run_ms + scenario.event_ms * batch) / 1000
        is_away = scenario.outage.at(now)
        # A message that fails stays in flight until its next try; one that is recorded gives its place to the next.
        room = scenario.in_flight - self.waiting_count
        most = min(int(self.pollers * batch / run_seconds), room if is_away else int(room / run_seconds))
        tried = min(self.ready_count, most)
        self.runs = math.ceil(tried / batch)
        left = tried
        while left:
            cohort = self.ready.popleft()
            part = min(left, cohort.size)
            left -= part
            if part < cohort.size:
                self.ready.appendleft(cohort._replace(size=cohort.size - part))
            if is_away:
                self._fail(now, cohort._replace(receives=cohort.receives + 1, size=part))
            else:
                self.alive[cohort.enqueued] -= part
        self.ready_count -= tried
        grown = self.pollers + POLLERS_A_SECOND if self.ready_count else POLLERS_AT_FIRST
        self.pollers = min(grown, scenario.processing)
        return 0 if is_away else tried

    def _fail(self, now: int, cohort: _Cohort) -> None:
        """Let each message wait as the function does, or die after its last try."""
        if cohort.receives > len(self.scenario.retry_delays):
            self.dead += cohort.size
            self.alive[cohort.enqueued] -= cohort.size
            return
        pauses = Counter(retry_delay(cohort.receives, self.scenario.retry_delays) for _ in range(cohort.size))
        for pause, size in pauses.items():
            self.waiting[now + max(1, pause)].append(cohort._replace(size=size))
        self.waiting_count += cohort.size
