"""What a running system's address card says: written by `up`, read by `send` and `listen`."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cli import cards
from local.aws import Clients
from local.settings import LocalSource

if TYPE_CHECKING:
    from pathlib import Path

    from local.system import LocalSystem


@dataclass(frozen=True, kw_only=True)
class State:
    """What a sender or a listener must know.

    Attributes:
        pid: Process that runs the system.
        webhook_url: The ingress on loopback, ending with a slash.
        source_urls: The URLs that providers would have registered, by source: Square signs its own.
        sources: The sources by name, with their secrets.
        outputs: The stack's outputs, as a client on this machine needs them.
    """

    pid: int
    webhook_url: str
    source_urls: dict[str, str]
    sources: dict[str, LocalSource]
    outputs: dict[str, Any]

    @property
    def clients(self) -> Clients:
        """The operator's clients of the emulator that the system runs on."""
        return Clients(self.outputs["endpoint_url"])

    @property
    def environment(self) -> str:
        """The environment's suffix, the end of every physical name."""
        return str(self.outputs["function_name"]).rpartition("-")[2]


def write(system: LocalSystem, directory: Path = cards.DIRECTORY) -> None:
    """Leave this process's card."""
    state = State(
        pid=os.getpid(),
        webhook_url=system.webhook_url,
        source_urls=system.outputs["source_urls"],
        sources=system.sources,
        outputs=system.report,
    )
    cards.leave(asdict(state), directory)


def read(directory: Path = cards.DIRECTORY) -> State:
    """Read the card of the system that came up last.

    Raises:
        Problem: No system is running.
    """
    return cards.newest(_state, directory)


def remove(directory: Path = cards.DIRECTORY) -> None:
    """Take this process's card away."""
    cards.remove(directory)


def _state(card: dict[str, Any]) -> State:
    sources = {name: LocalSource(**source) for name, source in card.pop("sources").items()}
    return State(**card, sources=sources)
