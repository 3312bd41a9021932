"""Trouble while webhooks come: faults on calls to AWS, outages, killed and frozen workers, rotated secrets."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from local import senders
from local.faults import FaultPlan, evenly
from local.scaling import FUNCTION_TIMEOUT_SECONDS
from local.sending import Endpoint
from local.settings import new_secret
from ops.rotation import Rotation
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.system import LocalSystem

_FAULTY_SHARE = 0.04
"""Share of the function's calls to AWS that meet a fault."""

_OUTAGES = (("dynamodb", 0.25, 24.0), ("sns", 0.45, 5.0), ("ssm", 0.65, 5.0), ("sqs", 0.85, 5.0))
"""Services that go away, after which share of the webhooks, and for how many seconds.

The first outlasts the retry schedule, scaled down: messages die of it, and are sent back when the run ends.
"""

_ROTATION_SECONDS = 31.0
"""Between a new secret's arrival in its parameter and its first use: when every worker may have asked for it."""

_KILL_SECONDS = 4.0
_FREEZE_EVERY = 8
"""The first of each so many workers is frozen instead: it runs into the function's time-out."""


@dataclass
class Made:
    """What trouble was made.

    Attributes:
        faults: How often each fault was met.
        killed: Workers that were killed.
        frozen: Workers that were frozen until the function's time-out.
        rotated: Sources whose secret was rotated.
    """

    faults: Counter[str] = field(default_factory=Counter)
    killed: int = 0
    frozen: int = 0
    rotated: int = 0


class Endpoints:
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

    def all(self) -> list[Endpoint]:
        """All of them."""
        return list(self._endpoints.values())

    def of(self, source: str) -> Endpoint:
        """The one of a source."""
        return self._endpoints[source]

    def use(self, source: str, secret: str) -> None:
        """Let the source's provider sign with another secret from now on."""
        endpoint = self._endpoints[source]
        self._endpoints[source] = replace(endpoint, source=replace(endpoint.source, secret=secret))


def _signal(worker: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        os.kill(worker, number)


class Trouble:
    """Makes trouble while a run goes on: faults, outages, deaths, a rotation.

    Args:
        system: The running system.
        endpoints: Where the senders look up the secret of the hour.
        seed: Decides the faults, call by call, and who dies.

    Attributes:
        made: What it has done so far.
    """

    def __init__(self, system: LocalSystem, endpoints: Endpoints, seed: int) -> None:
        self.made = Made()
        self._system = system
        self._endpoints = endpoints
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

    def go_on(self, share: float) -> None:
        """Do what is due now, when a share of all webhooks has had an answer; at 1 nobody is killed any more."""
        now = time.monotonic()
        if self._back_at and now >= self._back_at:
            self._back_at = 0.0
            self._set(self._plan)
        elif not self._back_at and self._outages and share >= self._outages[0][1]:
            service, _, seconds = self._outages.pop(0)
            self._back_at = now + seconds
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
        self.made.faults.update(self._system.emulator.faults_met())
        self._system.emulator.fail(fault_plan)

    def _kill(self) -> None:
        workers = self._system.emulator.workers()
        if not workers:
            return
        freezes = self._deaths % _FREEZE_EVERY == 0
        self._deaths += 1
        worker = self._draw.choice(sorted(workers))
        _signal(worker, signal.SIGSTOP if freezes else signal.SIGKILL)
        if freezes:
            self._frozen.append((time.monotonic() + FUNCTION_TIMEOUT_SECONDS + 2, worker))
            self.made.frozen += 1
        else:
            self.made.killed += 1

    def _rotate(self) -> Iterator[float]:
        """Rotate every third source's secret as the README tells operators to; yields the pauses between the steps."""
        chosen = self._endpoints.all()[::3]
        new = {each.source.name: new_secret(each.source.provider) for each in chosen}
        stack = Stack(self._system.report, where="the local system")
        rotations = {each.source.name: Rotation(stack, each.source.name) for each in chosen}
        for each in chosen:
            rotations[each.source.name].add(senders.configured(each.source.provider, new[each.source.name]))
        yield _ROTATION_SECONDS
        for name, secret in new.items():
            self._endpoints.use(name, secret)
        self.made.rotated = len(chosen)
        yield _ROTATION_SECONDS
        for rotation in rotations.values():
            rotation.remove_oldest(force=True)
