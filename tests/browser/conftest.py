"""One deployed system with its console for all tests here; a failed message is dead after two tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.console.server import Console
from local.settings import parse_sources
from local.system import LocalSystem
from tests.browser.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = ("shop=stripe:whsec_browser", "cards=square:square_browser", "adverts=adyen:" + "ab" * 32)

SETTINGS = {"retryDelaysSeconds": [1], "processingConcurrency": 2, "reservedConcurrency": 0}


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """A running system; its end fails if anything is left behind."""
    with LocalSystem(parse_sources(SOURCES), environment="browser", settings=SETTINGS) as system:
        yield system


@pytest.fixture(scope="session")
def console(system: LocalSystem) -> Iterator[Console]:
    """Its console."""
    with Console(system) as console:
        yield console


@pytest.fixture(scope="session")
def client(console: Console) -> Client:
    """A client that knows the console's token."""
    return Client(console)
