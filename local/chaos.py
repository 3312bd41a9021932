"""Chaos: providers' traffic, faults, killed and frozen workers and a rotation, all at once, and the account of it."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from lambda_src.sources import decode_sources
from local import senders
from local.account import draw_up
from local.delivering import Delivering
from local.faults import FaultPlan, evenly
from local.observer import Observer
from local.sending import Endpoint
from local.settings import new_secret
from local.traffic import plan
from ops.dead_letters import DeadLetters
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambda_src.sources import Source
    from local.account import Account
    from local.system import LocalSystem

SETTINGS = {"retryDelaysSeconds": [1, 2, 4, 8], "processingConcurrency": 4, "reservedConcurrency": 0}
"""The retry schedule scaled down; and no more workers at a time than a laptop holds."""

FUNCTION_TIMEOUT_SECONDS = 20
"""Scaled down as well, so that a frozen worker is given up while the run lasts."""

VISIBILITY_TIMEOUT_SECONDS = 25

CONCURRENCY = 8

REDRIVES_A_SECOND = 100.0

STANDSTILL_SECONDS = 200.0
"""How long the queue may take to grow shorter: a message that dies at each of its receives takes five visibilities."""

_FAULTY_SHARE = 0.04
"""Share of the function's calls to AWS that meet a fault."""

_OUTAGES = (("dynamodb", 0.25), ("sns", 0.45), ("ssm", 0.65), ("sqs", 0.85))
"""Services that go away, and after which share of the webhooks."""

_OUTAGE_SECONDS = 5.0

_LOOK_SECONDS = 0.25

_ROTATION_SECONDS = 31.0
"""Between a new secret's arrival in its parameter and its first use: when every worker may have asked for it."""

_KILL_SECONDS = 4.0
_FREEZE_EVERY = 8
"""Each so many kills, a worker is frozen instead: it runs into the function's time-out."""


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        account: The account.
        delivering: The book.
        faults: How often each fault was met.
        killed: Workers that were killed.
        frozen: Workers that were frozen until the function's time-out.
        rotated: Sources whose secret was rotated.
        redriven: Dead letters that were sent back when everything worked again.
        arrived: When each event first reached the subscriber, by CloudEvent id, seconds of `time.time()`.
        depths: Queue depth over time: (seconds after the start, messages).
        sent_seconds: How long the sending took.
        seconds: How long everything took.
    """

    account: Account
    delivering: Delivering
    faults: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    frozen: int = 0
    rotated: int = 0
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
    endpoints = _Endpoints(system)
    webhooks = plan(list(endpoints.all()), events=events, seed=seed, bad=faults)
    delivering = Delivering(webhooks, endpoints.of)
    began = time.monotonic()
    with Observer(system) as observer, _Watch(observer) as watch:
        outcome = Outcome(account=draw_up([], {}, [], [], []), delivering=delivering)
        trouble = _Trouble(system, endpoints, delivering, seed, outcome) if faults else None
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(delivering.run, concurrency, seconds)
            while not sending.done():
                if trouble:
                    trouble.go_on()
                on_progress(delivering.settled, len(webhooks))
                time.sleep(_LOOK_SECONDS)
            sending.result()
        outcome.sent_seconds = time.monotonic() - began
        drained = _drained(observer, trouble.go_on if trouble else lambda: None)
        if trouble:
            trouble.end()
            outcome.redriven = redrive(system)
            drained = _drained(observer, lambda: None) and drained
        watch.stop()
        outcome.arrived, outcome.depths = watch.arrived, watch.depths
        outcome.account = draw_up(
            delivering.book,
            configured_sources(system),
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
    dead_letters = DeadLetters(Stack(system.report, where="the local system"))
    with dead_letters.held() as letters:
        readable = [letter for letter in letters if not letter.today]
        return len(dead_letters.redrive(readable, rate=REDRIVES_A_SECOND, canary=False).sent)


def scale_down(
    system: LocalSystem,
    *,
    function_timeout_seconds: int = FUNCTION_TIMEOUT_SECONDS,
    visibility_timeout_seconds: int = VISIBILITY_TIMEOUT_SECONDS,
) -> None:
    """Shorten the function's time-out and the queue's visibility, which AWS and the program keep longer."""
    system.clients.functions.update_function_configuration(
        FunctionName=system.outputs["function_name"], Timeout=function_timeout_seconds
    )
    system.clients.sqs.set_queue_attributes(
        QueueUrl=system.outputs["queue_url"], Attributes={"VisibilityTimeout": str(visibility_timeout_seconds)}
    )


def configured_sources(system: LocalSystem) -> dict[str, Source]:
    """Read the sources as the deployed function is configured with them."""
    configuration = system.clients.functions.get_function_configuration(FunctionName=system.outputs["function_name"])
    return decode_sources(configuration["Environment"]["Variables"]["SOURCES"])


def bodies_of_dead_letters(system: LocalSystem) -> list[str]:
    """Read the bodies of all messages in the dead-letter queue, which stay there."""
    with DeadLetters(Stack(system.report, where="the local system")).held() as letters:
        return [letter.body for letter in letters]


class _Endpoints:
    """The system's endpoints, each with the secret of the hour."""

    def __init__(self, system: LocalSystem) -> None:
        self._endpoints = {
            name: Endpoint(
                source=source,
                url=f"{system.webhook_url}{name}",
                registered_url=system.outputs["source_urls"][name],
            )
            for name, source in system.sources.items()
        }

    def all(self) -> Iterator[Endpoint]:
        return iter(self._endpoints.values())

    def of(self, source: str) -> Endpoint:
        return self._endpoints[source]

    def use(self, source: str, secret: str) -> None:
        endpoint = self._endpoints[source]
        self._endpoints[source] = replace(endpoint, source=replace(endpoint.source, secret=secret))


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


def _signal(worker: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.kill(worker, number)


class _Trouble:
    """Makes trouble while a run goes on: faults, outages, deaths, a rotation."""

    def __init__(
        self, system: LocalSystem, endpoints: _Endpoints, delivering: Delivering, seed: int, outcome: Outcome
    ) -> None:
        self._system = system
        self._endpoints = endpoints
        self._delivering = delivering
        self._outcome = outcome
        self._draw = random.Random(f"{seed} trouble")  # noqa: S311 - no secret
        self._plan = evenly(_FAULTY_SHARE, seed=seed)
        self._outages = list(_OUTAGES)
        self._back_at = 0.0
        self._next_death = time.monotonic() + _KILL_SECONDS
        self._deaths = 0
        self._frozen: list[tuple[float, int]] = []
        self._rotations = self._rotate()
        self._next_rotation = time.monotonic() + 1
        self._set(self._plan)

    def go_on(self) -> None:
        """Do what is due now."""
        now = time.monotonic()
        share = self._delivering.settled / len(self._delivering.book)
        if self._back_at and now >= self._back_at:
            self._back_at = 0.0
            self._set(self._plan)
        elif not self._back_at and self._outages and share >= self._outages[0][1]:
            service, _ = self._outages.pop(0)
            self._back_at = now + _OUTAGE_SECONDS
            self._set(replace(self._plan, away=(service,), met={}))
        if now >= self._next_death and share < 1:
            self._next_death = now + _KILL_SECONDS
            self._kill()
        # The emulator, unlike AWS, waits for ever for a worker that was frozen while it started.
        while self._frozen and now >= self._frozen[0][0]:
            _signal(self._frozen.pop(0)[1], signal.SIGCONT)
        if now >= self._next_rotation:
            self._next_rotation = now + next(self._rotations, float("inf"))

    def end(self) -> None:
        """Let everything work again."""
        for _, worker in self._frozen:
            _signal(worker, signal.SIGCONT)
        self._set(FaultPlan())

    def _set(self, fault_plan: FaultPlan) -> None:
        self._outcome.faults.update(self._system.emulator.faults_met())
        self._system.emulator.fail(fault_plan)

    def _kill(self) -> None:
        workers = self._system.emulator.workers()
        if not workers:
            return
        self._deaths += 1
        freezes = self._deaths % _FREEZE_EVERY == 0
        worker = self._draw.choice(sorted(workers))
        _signal(worker, signal.SIGSTOP if freezes else signal.SIGKILL)
        if freezes:
            self._frozen.append((time.monotonic() + FUNCTION_TIMEOUT_SECONDS + 2, worker))
            self._outcome.frozen += 1
        else:
            self._outcome.killed += 1

    def _rotate(self) -> Iterator[float]:
        """Rotate every third source's secret as the README tells operators to; yields the pauses between the steps."""
        chosen = list(self._endpoints.all())[::3]
        old = {each.source.name: each.source.secret for each in chosen}
        new = {each.source.name: new_secret(each.source.provider) for each in chosen}
        for each in chosen:
            self._put(each, [new[each.source.name], old[each.source.name]])
        yield _ROTATION_SECONDS
        for each in chosen:
            self._endpoints.use(each.source.name, new[each.source.name])
        self._outcome.rotated = len(chosen)
        yield _ROTATION_SECONDS
        for each in chosen:
            self._put(each, [new[each.source.name]])

    def _put(self, endpoint: Endpoint, secrets: list[str]) -> None:
        source = endpoint.source
        self._system.clients.ssm.put_parameter(
            Name=f"{self._system.outputs['secrets_path']}/{source.name}/signing-secrets",
            Value=json.dumps([senders.configured(source.provider, secret) for secret in secrets]),
            Type="SecureString",
            Overwrite=True,
        )
