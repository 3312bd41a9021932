"""A service that the function needs goes away for longer than a visibility period, and comes back."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from local.faults import FaultPlan
from local.observer import Observer, wait_until
from local.scaling import SETTINGS, scale_down
from local.settings import parse_source
from local.system import LocalSystem
from tests.integration.conftest import endpoint, event, logged, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.sending import Event

VISIBILITY_SECONDS = 3
"""Of the scaled-down queue; its retry schedule is 1, 2, 4 and 8 s."""

pytestmark = pytest.mark.usefixtures("_everything_works_again")


@pytest.fixture(scope="module")
def brittle() -> Iterator[LocalSystem]:
    """A system of its own, whose time runs faster."""
    source = parse_source("shop=stripe:whsec_outage")
    with LocalSystem([source], environment="outage", settings=SETTINGS) as system:
        scale_down(system, visibility_timeout_seconds=VISIBILITY_SECONDS)
        yield system


@pytest.fixture(scope="module")
def subscriber(brittle: LocalSystem) -> Iterator[Observer]:
    """What sees its events and its ledger."""
    with Observer(brittle) as observer:
        yield observer


@pytest.fixture
def _everything_works_again(brittle: LocalSystem) -> Iterator[None]:
    yield
    brittle.emulator.fail(FaultPlan())
    assert wait_until(lambda: send(endpoint(brittle, "shop"), event("stripe")).status == 200)


def take_away(system: LocalSystem, service: str) -> None:
    """Let a service answer nothing."""
    system.emulator.fail(FaultPlan(away=(service,)))


def sit_out(system: LocalSystem, reason: str, began: float) -> None:
    """Wait until the outage has lasted longer than a visibility period and has cost messages several tries."""

    def tried_again() -> bool:
        failures = [json.loads(line) for line in logged(system).splitlines() if '"failed"' in line]
        return any(line["reason"] == reason and line["receive_count"] >= 3 for line in failures)

    assert wait_until(lambda: time.monotonic() - began > VISIBILITY_SECONDS + 1 and tried_again())


def send_three(system: LocalSystem) -> list[Event]:
    """Send three webhooks, each of which must be acknowledged."""
    events = [event("stripe") for _ in range(3)]
    assert [send(endpoint(system, "shop"), each).status for each in events] == [200, 200, 200]
    return events


def send_alone(system: LocalSystem, observer: Observer) -> Event:
    """Send a webhook that must be acknowledged, and wait until it is processed: no second worker is started for it."""
    what = event("stripe")
    assert send(endpoint(system, "shop"), what).status == 200
    assert wait_until(lambda: observer.backlog()["queue_url"] == 0)
    return what


def kill_all(system: LocalSystem) -> None:
    """Kill the workers that run the function."""
    for worker in system.emulator.workers():
        os.kill(worker, signal.SIGKILL)


@pytest.mark.parametrize(("service", "recorded"), [("dynamodb", 0), ("sns", 1)])
def test_an_outage_behind_the_queue_is_not_the_providers_business(
    service: str, recorded: int, brittle: LocalSystem, subscriber: Observer
) -> None:
    """While ledger or topic are away webhooks are acknowledged; afterwards the queue drains, and nothing is dead."""
    began = time.monotonic()
    take_away(brittle, service)
    events = send_three(brittle)
    sit_out(brittle, "ledger_unavailable" if service == "dynamodb" else "topic_unavailable", began)
    events += send_three(brittle)
    assert wait_until(lambda: all(len(subscriber.events(each.payment_id)) == recorded for each in events))
    assert [len(subscriber.published_of(each.payment_id)) for each in events] == [0] * 6
    brittle.emulator.fail(FaultPlan())
    assert wait_until(lambda: subscriber.backlog()["queue_url"] == 0, seconds=30)
    assert [len(subscriber.events(each.payment_id)) for each in events] == [1] * 6
    assert [len(subscriber.published_of(each.payment_id)) for each in events] == [1] * 6
    assert subscriber.backlog()["dlq_url"] == 0


def test_without_the_secret_store_a_warm_function_goes_on_and_a_cold_one_asks_to_come_back(
    brittle: LocalSystem, subscriber: Observer
) -> None:
    """Known secrets outlast the outage; a new process answers 503, and takes the same webhook when it can ask."""
    kill_all(brittle)
    # A run that was cut off gets a 502 of Lambda's own; the next one is cold, and then the only one that is warm.
    assert wait_until(lambda: send(endpoint(brittle, "shop"), event("stripe")).status == 200)
    assert wait_until(lambda: subscriber.backlog()["queue_url"] == 0)
    began = time.monotonic()
    take_away(brittle, "ssm")
    warm = [send_alone(brittle, subscriber) for _ in range(4)]
    kill_all(brittle)
    cold = event("stripe")
    assert wait_until(lambda: send(endpoint(brittle, "shop"), cold).status != 502)
    answers = [send(endpoint(brittle, "shop"), cold) for _ in range(2)]
    assert {(answer.status, answer.body) for answer in answers} == {(503, '{"error":"unavailable"}')}
    assert wait_until(lambda: time.monotonic() - began > VISIBILITY_SECONDS + 1)
    assert send(endpoint(brittle, "shop"), cold).status == 503
    brittle.emulator.fail(FaultPlan())
    assert wait_until(lambda: send(endpoint(brittle, "shop"), cold).status == 200)
    assert wait_until(lambda: subscriber.published_of(cold.payment_id))
    assert wait_until(lambda: subscriber.backlog()["queue_url"] == 0, seconds=30)
    assert [len(subscriber.published_of(each.payment_id)) for each in warm] == [1] * 4
    assert len(subscriber.events(cold.payment_id)) == 1
    assert subscriber.backlog()["dlq_url"] == 0


def test_without_the_queue_nothing_is_acknowledged(brittle: LocalSystem, subscriber: Observer) -> None:
    """What cannot be stored gets 503 and leaves no trace; sent again afterwards, it is recorded once."""
    take_away(brittle, "sqs")
    paid = event("stripe")
    assert [send(endpoint(brittle, "shop"), paid).status for _ in range(2)] == [503, 503]
    assert subscriber.ledger(paid.payment_id) == []
    brittle.emulator.fail(FaultPlan())
    assert send(endpoint(brittle, "shop"), paid).status == 200
    assert wait_until(lambda: subscriber.published_of(paid.payment_id))
    assert len(subscriber.events(paid.payment_id)) == 1


def test_a_process_that_dies_in_the_middle_gives_its_messages_back(brittle: LocalSystem, subscriber: Observer) -> None:
    """Killed while it waits for the ledger, it leaves messages that come back after a visibility period."""
    send_three(brittle)
    assert wait_until(lambda: subscriber.backlog()["queue_url"] == 0)
    take_away(brittle, "dynamodb")
    events = send_three(brittle)
    kill_all(brittle)
    brittle.emulator.fail(FaultPlan())
    assert wait_until(lambda: all(subscriber.published_of(each.payment_id) for each in events), seconds=30)
    assert [len(subscriber.events(each.payment_id)) for each in events] == [1, 1, 1]
    assert subscriber.backlog()["dlq_url"] == 0
