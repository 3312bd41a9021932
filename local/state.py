"""The address cards of running systems: one each, written by `up`, read by `send`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cli.problems import Problem
from local.emulator import PROJECT
from local.settings import LocalSource

if TYPE_CHECKING:
    from pathlib import Path

    from local.system import LocalSystem

DIRECTORY = PROJECT / ".build" / "local"
"""Where the cards lie, named after the process. They hold secrets: mode 0600."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What a sender must know.

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


def write(system: LocalSystem, directory: Path = DIRECTORY) -> None:
    """Leave this process's card, readable by this user alone."""
    state = State(
        pid=os.getpid(),
        webhook_url=system.webhook_url,
        source_urls=system.outputs["source_urls"],
        sources=system.sources,
        outputs=system.report,
    )
    directory.mkdir(parents=True, exist_ok=True)
    path = _path(directory)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file)
    fresh.replace(path)


def read(directory: Path = DIRECTORY) -> State:
    """Read the card of the system that came up last; cards of processes that were killed are thrown away.

    Raises:
        Problem: No system is running.
    """
    cards = [(card.stat().st_mtime, card) for card in directory.glob("*.json")]
    for _, path in sorted(cards, reverse=True):
        try:
            card = json.loads(path.read_text())
            os.kill(card["pid"], 0)
            sources = {name: LocalSource(**source) for name, source in card.pop("sources").items()}
            return State(**card, sources=sources)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
    raise Problem("no local system is running: start one by `python -m local up`, or give --url")


def remove(directory: Path = DIRECTORY) -> None:
    """Take this process's card away."""
    _path(directory).unlink(missing_ok=True)


def _path(directory: Path) -> Path:
    return directory / f"{os.getpid()}.json"
