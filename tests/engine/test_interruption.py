"""An `up` that ends in the middle is finished by the next."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.inventory import PENDING_DELETION, inventory
from local.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.conftest import Backend, Stack

COUNT = 20
"""Resources that exist when the deployment is interrupted; more are to come."""


class Pausing(Provider):
    """Tells when so many resources exist, and waits with the next until it is told to go on."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as the provider takes them
        super().__init__(*arguments)
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.engines_killed = 0
        self._turn = threading.Lock()

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface
        """Create, or wait; one request after another, so that none is half done at the moment of the interruption."""
        killed_before = self.engines_killed
        with self._turn:
            if not request.preview and len(self.alive) >= COUNT and not self.go_on.is_set():
                self.reached.set()
                assert self.go_on.wait(60)
            if self.engines_killed > killed_before:
                raise InterruptedError
            return super().Create(request, context)


@pytest.fixture
def stack(backend: Backend, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A stack of its own, not deployed."""
    before = inventory(backend.clients)
    with backend.stack(request.param, provider=Pausing) as made:
        yield made
        made.run("destroy", "--yes", "--skip-preview")
    left = inventory(backend.clients) - before
    assert {each.partition(":")[0] for each in left} == {PENDING_DELETION}


@pytest.mark.parametrize("stack", ["interrupted"], indirect=True)
def test_an_interrupted_up_is_finished_by_the_next(stack: Stack) -> None:
    """The engine waits for what it has asked for, writes it down and ends; nothing is made twice."""
    end_in_the_middle(stack, signal.SIGINT)
    made = len(stack.provider.alive)
    assert made >= COUNT
    stack.up()
    assert len(stack.provider.alive) > made
    assert stack.plan("--refresh") == {}
    assert stack.send() == 200


@pytest.mark.parametrize("stack", ["killed"], indirect=True)
def test_a_killed_up_is_finished_after_its_lock_and_its_open_requests_are_cleared(stack: Stack) -> None:
    """The state says what was under way: what AWS did not make of it is forgotten, the rest is made."""
    end_in_the_middle(stack, signal.SIGKILL)
    refused = stack.run("up", "--yes", "--skip-preview", check=False)
    assert refused.returncode != 0
    assert "pulumi cancel" in refused.stdout + refused.stderr
    stack.run("cancel", "--yes")
    stack.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.up()
    assert stack.plan("--refresh") == {}
    assert stack.send() == 200


def end_in_the_middle(stack: Stack, how: signal.Signals) -> None:
    """Deploy, and end the engine by a signal when part of it is done."""
    provider = stack.provider
    assert isinstance(provider, Pausing)
    with subprocess.Popen(  # noqa: S603 - ours
        [*stack.command, "up", "--yes", "--skip-preview"],
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as up:
        try:
            assert provider.reached.wait(120)
            # What is made and not written down yet would have to be imported by hand.
            deadline = time.monotonic() + 60
            while stack.written() < len(provider.alive):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            up.send_signal(how)
            if how == signal.SIGKILL:
                up.wait(60)
                provider.engines_killed += 1
            provider.go_on.set()
            assert up.wait(120) != 0
        finally:
            provider.go_on.set()
            up.kill()
