"""The running system's address card: written by `up`, read by `send`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from local.emulator import PROJECT
from local.problems import Problem
from local.settings import LocalSource

if TYPE_CHECKING:
    from pathlib import Path

    from local.system import LocalSystem

STATE = PROJECT / ".build" / "local.json"
"""One system is found this way; of several, the one that came up last. It holds secrets: mode 0600."""


@dataclass(frozen=True, kw_only=True)
class State:
    """What a sender must know.

    Attributes:
        pid: Process that runs the system.
        webhook_url: The ingress on loopback, ending with a slash.
        source_urls: The URLs that providers would have registered, by source: Square signs its own.
        sources: The sources by name, with their secrets.
    """

    pid: int
    webhook_url: str
    source_urls: dict[str, str]
    sources: dict[str, LocalSource]


def write(system: LocalSystem, path: Path = STATE) -> None:
    """Leave the card, readable by this user alone."""
    state = State(
        pid=os.getpid(),
        webhook_url=system.webhook_url,
        source_urls=system.outputs["source_urls"],
        sources=system.sources,
    )
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(state), file)
    fresh.replace(path)


def read(path: Path = STATE) -> State:
    """Read the card of the system that came up last.

    Raises:
        Problem: There is none, or the process that wrote it is gone.
    """
    try:
        card = json.loads(path.read_text())
        os.kill(card["pid"], 0)
        sources = {name: LocalSource(**source) for name, source in card.pop("sources").items()}
        return State(**card, sources=sources)
    except (OSError, ValueError, KeyError, TypeError):
        raise Problem("no local system is running: start one by `python -m local up`, or give --url") from None


def remove(path: Path = STATE) -> None:
    """Take the card away, unless another system has put its own there."""
    try:
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()
    except (OSError, ValueError, KeyError):
        return
