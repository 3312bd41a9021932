"""The address cards of systems that run on this machine: one file each, so that other commands find them.

`python -m local up` leaves one; `python -m local send` and `python -m ops` read it. So operators' tools need
nothing of the local runner.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cli.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

DIRECTORY = Path(__file__).parents[1] / ".build" / "local"
"""Where the cards lie, named after the process. They hold secrets: mode 0600."""


def leave(card: dict[str, Any], directory: Path = DIRECTORY) -> None:
    """Leave this process's card, readable by this user alone; its `pid` is the process's."""
    directory.mkdir(parents=True, exist_ok=True)
    path = _path(directory)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(card, file)
    fresh.replace(path)


def newest(read: Callable[[dict[str, Any]], T], directory: Path = DIRECTORY) -> T:
    """Read the card of the system that came up last; cards of processes that were killed are thrown away.

    Args:
        read: Takes the card. One on which it raises ValueError, KeyError or TypeError is thrown away, too.
        directory: Where the cards lie.

    Raises:
        Problem: No system is running.
    """
    cards = [(card.stat().st_mtime, card) for card in directory.glob("*.json")]
    for _, path in sorted(cards, reverse=True):
        try:
            card = json.loads(path.read_text())
            os.kill(card["pid"], 0)
            return read(card)
        except (OSError, ValueError, KeyError, TypeError):
            path.unlink(missing_ok=True)
    raise Problem("no local system is running: start one by `python -m local up`, or give --url")


def remove(directory: Path = DIRECTORY) -> None:
    """Take this process's card away."""
    _path(directory).unlink(missing_ok=True)


def _path(directory: Path) -> Path:
    return directory / f"{os.getpid()}.json"
