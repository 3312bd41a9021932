"""One system for the tests of operations, in which a failed message is dead after two tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.faults import FaultPlan
from local.observer import Observer
from local.settings import parse_sources
from local.system import LocalSystem
from tests.integration.operations.operating import SETTINGS, Ops, commands_on

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = ("shop=stripe:whsec_operations", "cards=square:square_operations", "idle=stripe:whsec_idle")


@pytest.fixture(scope="session")
def operated() -> Iterator[LocalSystem]:
    """The system."""
    with LocalSystem(parse_sources(SOURCES), environment="ops", settings=SETTINGS) as system:
        yield system


@pytest.fixture(scope="session")
def subscriber(operated: LocalSystem) -> Iterator[Observer]:
    """What sees its events and its ledger."""
    with Observer(operated) as observer:
        yield observer


@pytest.fixture(scope="session")
def ops(operated: LocalSystem, tmp_path_factory: pytest.TempPathFactory) -> Ops:
    """Run one command on the system."""
    return commands_on(operated, tmp_path_factory.mktemp("ops"))


@pytest.fixture
def empty_dead_letter_queue(operated: LocalSystem) -> Iterator[None]:
    """The dead-letter queue is empty before and after."""
    operated.clients.sqs.purge_queue(QueueUrl=operated.outputs["dlq_url"])
    yield
    operated.emulator.fail(FaultPlan())
    operated.clients.sqs.purge_queue(QueueUrl=operated.outputs["dlq_url"])
