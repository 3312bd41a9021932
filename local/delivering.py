"""Delivering a plan of webhooks as providers do: side by side, again after every failure, and keeping a book of it."""

from __future__ import annotations

import hashlib
import heapq
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cli.problems import Problem
from infra.provider_retries import PROVIDER_RETRIES
from lambda_src import providers
from local.sending import post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.sending import Endpoint
    from local.traffic import Webhook

RETRY_SPAN_SECONDS = 40.0
"""Each provider's retry schedule, be it three minutes or thirty days, is squeezed into about so long."""

_LEAST_PAUSE_SECONDS = 0.2

TIMEOUT_SECONDS = 25.0
"""How long an answer is waited for: longer than the function may run, so that no answer is missed."""

NO_ANSWER = 0
"""Stands for an HTTP status where none came."""


def retry_pauses(provider: str) -> list[float]:
    """The provider's pauses before its second attempt, its third, and so on, squeezed into `RETRY_SPAN_SECONDS`."""
    retries = PROVIDER_RETRIES[provider]
    scale = RETRY_SPAN_SECONDS / retries.gives_up_after
    return [max(_LEAST_PAUSE_SECONDS, pause * scale) for pause in retries.pauses]


@dataclass
class Entry:
    """What the book says about one webhook.

    Attributes:
        webhook: The webhook.
        answers: The statuses that it got, in order; `NO_ANSWER` where none came.
        bodies: SHA-256 of each body sent, out of its wrapping: what a queue message of it holds.
        acknowledged_at: When the first 2xx came, seconds of `time.time()`; None: never.
        latencies: Seconds to each 2xx.
        sent_at: When it was first sent, seconds of `time.time()`.
    """

    webhook: Webhook
    answers: list[int] = field(default_factory=list)
    bodies: set[str] = field(default_factory=set)
    acknowledged_at: float | None = None
    latencies: list[float] = field(default_factory=list)
    sent_at: float = 0.0


@dataclass(order=True)
class _Turn:
    due: float
    number: int
    entry: Entry = field(compare=False)


class Delivering:
    """Delivers a plan.

    Args:
        webhooks: The plan.
        endpoint_of: Gives the endpoint of a source with the secret of the hour.
    """

    def __init__(self, webhooks: Iterable[Webhook], endpoint_of: Callable[[str], Endpoint]) -> None:
        self.book = [Entry(webhook) for webhook in webhooks]
        self.statuses: Counter[int] = Counter()
        self._endpoint_of = endpoint_of
        self._turns = [_Turn(entry.webhook.due, entry.webhook.number, entry) for entry in self.book]
        heapq.heapify(self._turns)
        self._under_way = 0
        self._changed = threading.Condition()
        self._started = 0.0
        self._seconds: float | None = None

    @property
    def settled(self) -> int:
        """How many webhooks have had an answer at all."""
        return sum(1 for entry in self.book if entry.answers)

    def run(self, concurrency: int, seconds: float | None = None) -> None:
        """Deliver everything; returns when each webhook is acknowledged, refused as it must be, or given up.

        Args:
            concurrency: Senders side by side.
            seconds: After so long no webhook is sent for the first time; the book then forgets the unsent ones.
        """
        self._started = time.monotonic()
        self._seconds = seconds
        with ThreadPoolExecutor(concurrency) as pool:
            for work in [pool.submit(self._work) for _ in range(concurrency)]:
                work.result()
        self.book = [entry for entry in self.book if entry.answers]

    def _work(self) -> None:
        while (turn := self._next()) is not None:
            try:
                self._attempt(turn)
            finally:
                with self._changed:
                    self._under_way -= 1
                    self._changed.notify_all()

    def _next(self) -> _Turn | None:
        with self._changed:
            while self._turns or self._under_way:
                if self._seconds is not None and self._now() > self._seconds:
                    self._turns = [turn for turn in self._turns if turn.entry.answers]
                    self._seconds = None
                    continue
                wait = self._turns[0].due - self._now() if self._turns else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._turns)
                self._changed.wait(wait)
            return None

    def _attempt(self, turn: _Turn) -> None:
        entry, webhook = turn.entry, turn.entry.webhook
        endpoint = self._endpoint_of(webhook.source)
        request = webhook.request(endpoint, int(time.time()))
        provider = providers.load(webhook.event.provider)
        if webhook.refused is None:
            entry.bodies.add(digest(providers.unwrapped(provider, request.body)))
        began = time.time()
        entry.sent_at = entry.sent_at or began
        try:
            status = post(endpoint, request, timeout_seconds=TIMEOUT_SECONDS).status
        except Problem:
            status = NO_ANSWER
        ended = time.time()
        entry.answers.append(status)
        with self._changed:
            self.statuses[status] += 1
        if 200 <= status < 300:  # noqa: PLR2004 - what every provider takes for a yes
            entry.latencies.append(ended - began)
            entry.acknowledged_at = entry.acknowledged_at or ended
            return
        if status == webhook.refused:
            return
        pauses = retry_pauses(webhook.event.provider)
        if len(entry.answers) <= len(pauses):
            with self._changed:
                due = self._now() + pauses[len(entry.answers) - 1]
                heapq.heappush(self._turns, _Turn(due, webhook.number, entry))

    def _now(self) -> float:
        return time.monotonic() - self._started


def digest(body: bytes) -> str:
    """Name a body."""
    return hashlib.sha256(body).hexdigest()
