"""The function's log, followed: each line once, soon after it was written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws import Clients

_OVERLAP_MILLISECONDS = 2000
"""How far back lines are looked for again: runs side by side write theirs a little out of order."""


class LogTail:
    """Reads what has been added to a log group since it was last asked.

    Args:
        clients: The emulator's clients.
        log_group: Name of the log group.
        pattern: CloudWatch's filter pattern of the lines wanted.
    """

    def __init__(self, clients: Clients, log_group: str, pattern: str) -> None:
        self._clients = clients
        self._log_group = log_group
        self._pattern = pattern
        self._from = 0
        self._seen: set[tuple[int, str]] = set()

    def fresh(self) -> list[str]:
        """Return the lines that have come since the last time, oldest first."""
        pages = self._clients.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._log_group, filterPattern=self._pattern, startTime=self._from
        )
        lines = [(event["timestamp"], event["message"]) for page in pages for event in page["events"]]
        # Lines of one millisecond stay in the order in which they were written.
        fresh = sorted((line for line in lines if line not in self._seen), key=lambda line: line[0])
        newest = max((timestamp for timestamp, _ in lines), default=self._from)
        self._from = max(self._from, newest - _OVERLAP_MILLISECONDS)
        self._seen = {line for line in lines if line[0] >= self._from}
        return [message for _, message in fresh]

    def fresh_lines(self) -> list[dict[str, Any]]:
        """Return the fields of those that are lines of ours, oldest first."""
        return [line for text in self.fresh() if (line := _decoded(text))]


def _decoded(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) and {"message", "timestamp"} <= line.keys() else None
