"""One deployed system for all integration tests: the real program on the emulator, IAM enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.observer import Observer
from local.settings import parse_sources
from local.system import LocalSystem

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """A running system with one source for each provider, named after it; its end fails if anything is left behind."""
    with LocalSystem(parse_sources(()), environment="test") as system:
        yield system


@pytest.fixture(scope="session")
def observer(system: LocalSystem) -> Iterator[Observer]:
    """A downstream subscriber and reader of the ledger; tests tell their events apart by payment id."""
    with Observer(system) as observer:
        yield observer
