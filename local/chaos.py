"""Chaos: providers' traffic, faults, killed and frozen workers and a rotation, all at once, and the account of it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from local.account import Account, draw_up
from local.delivering import Delivering
from local.observer import Observer
from local.scaling import scale_down
from local.traffic import plan
from local.trouble import Endpoints, Made, Trouble
from ops.dead_letters import DeadLetters
from ops.redrive import Redrive
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.system import LocalSystem

CONCURRENCY = 8

REDRIVES_A_SECOND = 100.0

STANDSTILL_SECONDS = 200.0
"""How long the queue may take to grow shorter: a message that dies at each of its receives takes five visibilities."""

_LOOK_SECONDS = 0.25


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        delivering: The book.
        account: The account.
        trouble: What trouble was made.
        redriven: Dead letters that were sent back when everything worked again.
        arrived: When each event first reached the subscriber, by CloudEvent id, seconds of `time.time()`.
        depths: Queue depth over time: (seconds after the start, messages).
        sent_seconds: How long the sending took.
        seconds: How long everything took.
    """

    delivering: Delivering
    account: Account = field(default_factory=Account)
    trouble: Made = field(default_factory=Made)
    redriven: int = 0
    arrived: dict[str, float] = field(default_factory=dict)
    depths: list[tuple[float, int]] = field(default_factory=list)
    sent_seconds: float = 0.0
    seconds: float = 0.0


def chaos(
    system: LocalSystem,
    *,
    events: int,
    seed: int,
    faults: bool = True,
    seconds: float | None = None,
    concurrency: int = CONCURRENCY,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Outcome:
    """Run it on a system of its own, whose ledger, topic and queues are empty.

    Args:
        system: A running system with `SETTINGS`.
        events: How many events happen.
        seed: Decides the traffic and, call by call, the faults.
        faults: Whether anything fails.
        seconds: After so long nothing new is sent; None: everything is.
        concurrency: Senders side by side.
        on_progress: Told how many webhooks had an answer, and how many there are.
    """
    scale_down(system)
    endpoints = Endpoints(system)
    webhooks = plan(endpoints.all(), events=events, seed=seed, bad=faults)
    delivering = Delivering(webhooks, endpoints.of)
    began = time.monotonic()
    with Observer(system) as observer, _Watch(observer) as watch:
        outcome = Outcome(delivering=delivering)
        trouble = Trouble(system, endpoints, seed) if faults else None

        def go_on() -> None:
            if trouble:
                trouble.go_on(delivering.settled / len(webhooks))

        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(delivering.run, concurrency, seconds)
            while not sending.done():
                go_on()
                on_progress(delivering.settled, len(webhooks))
                time.sleep(_LOOK_SECONDS)
            sending.result()
        outcome.sent_seconds = time.monotonic() - began
        drained = _drained(observer, go_on)
        if trouble:
            trouble.end()
            outcome.trouble = trouble.made
            outcome.redriven = redrive(system)
            drained = _drained(observer, lambda: None) and drained
        watch.stop()
        outcome.arrived, outcome.depths = watch.arrived, watch.depths
        outcome.account = draw_up(
            delivering.book,
            Stack(system.report, where="the local system").sources,
            observer.ledger(),
            observer.receive(),
            bodies_of_dead_letters(system),
        )
        if not drained:
            outcome.account.differences.append(f"the queue grows no shorter for {STANDSTILL_SECONDS:.0f} s")
    outcome.seconds = time.monotonic() - began
    return outcome


def _drained(observer: Observer, meanwhile: Callable[[], None]) -> bool:
    """Wait until the queue is empty; False: it has stopped growing shorter."""
    least, since = observer.backlog()["queue_url"], time.monotonic()
    while least:
        meanwhile()
        time.sleep(_LOOK_SECONDS)
        depth = observer.backlog()["queue_url"]
        if depth < least:
            least, since = depth, time.monotonic()
        elif time.monotonic() - since > STANDSTILL_SECONDS:
            return False
    return True


def redrive(system: LocalSystem) -> int:
    """Send the dead letters back that today's code can read, as an operator would; return how many."""
    stack = Stack(system.report, where="the local system")
    dead_letters = DeadLetters(stack)
    with dead_letters.held() as letters:
        readable = [letter for letter in letters if not letter.today]
        return len(Redrive(stack, dead_letters).run(readable, rate=REDRIVES_A_SECOND, canary=False).sent)


def bodies_of_dead_letters(system: LocalSystem) -> list[str]:
    """Read the bodies of all messages in the dead-letter queue, which stay there."""
    with DeadLetters(Stack(system.report, where="the local system")).held() as letters:
        return [letter.body for letter in letters]


class _Watch:
    """Watches the subscriber and the queue while a run lasts."""

    def __init__(self, observer: Observer) -> None:
        self.arrived: dict[str, float] = {}
        self.depths: list[tuple[float, int]] = []
        self._observer = observer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        began, looked = time.monotonic(), 0.0
        while True:
            some = self._observer.receive_some()
            now = time.time()
            for each in some:
                self.arrived.setdefault(each.event["id"], now)
            if time.monotonic() - looked >= _LOOK_SECONDS:
                looked = time.monotonic()
                self.depths.append((looked - began, self._observer.backlog()["queue_url"]))
            if not some and self._stopped.wait(_LOOK_SECONDS / 5):
                return
