"""The function's log, searched: what it said about a delivery."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cli.problems import Failure

if TYPE_CHECKING:
    from ops.stack import Stack

MOST_LINES = 10_000
"""The most that one query of Logs Insights returns: the newest ones."""

_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 60.0


class FunctionLog:
    """Reads the function's log through Logs Insights, which is billed by what it scans.

    Args:
        stack: The stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._logs = stack.logs
        self._group = stack.outputs["log_group_name"]

    def lines(self, *texts: str, since: datetime) -> list[dict[str, Any]]:
        """Find the lines that hold each of some texts, oldest first.

        Args:
            texts: Texts, without `/`, which would end the pattern.
            since: No older lines.
        """
        filters = "".join(f" | filter @message like /{text}/" for text in texts)
        query = self._logs.start_query(
            logGroupName=self._group,
            startTime=int(since.timestamp()),
            endTime=int((datetime.now(UTC) + timedelta(seconds=60)).timestamp()),
            queryString=f"fields @timestamp, @message{filters} | sort @timestamp desc | limit {MOST_LINES}",
        )["queryId"]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (answer := self._logs.get_query_results(queryId=query))["status"] in {"Scheduled", "Running"}:
            if time.monotonic() > deadline:
                raise Failure("the log does not answer; try a shorter time")
            time.sleep(_LOOK_SECONDS)
        found = [{field["field"]: field["value"] for field in row} for row in answer["results"]]
        return [line for row in reversed(found) if (line := _decoded(row.get("@message", ""))) is not None]

    def failures(self, since: datetime) -> dict[str, dict[str, Any]]:
        """Find the last failure of each delivery, by delivery id."""
        lines = self.lines('"message":"failed"', since=since)
        return {line["delivery_id"]: line for line in lines if line.get("delivery_id")}


def _decoded(message: str) -> dict[str, Any] | None:
    try:
        line = json.loads(message)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
