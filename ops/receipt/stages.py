"""How long webhooks take from stage to stage, by the function's own log lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ops.function_log import FunctionLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ops.stack import Stack

REACH = timedelta(hours=1)
"""How far back the log is read: a query is billed by what it scans."""

STAGES = (
    ("acknowledged to recorded", "accepted", "recorded"),
    ("recorded to published", "recorded", "published"),
    ("acknowledged to published", "accepted", "published"),
)
"""Name, first and last outcome of each stage."""


class Stage(NamedTuple):
    """How long one stage took.

    Attributes:
        name: Its name.
        times: How often it was measured.
        median: Half of them took no longer.
        p99: All but one in a hundred took no longer.
    """

    name: str
    times: int
    median: timedelta
    p99: timedelta


def read(stack: Stack) -> Sequence[Stage]:
    """Read the stages of the last hour's deliveries, of the newest ones where the log has more than a query returns."""
    return stages(FunctionLog(stack).lines('"delivery_id"', since=datetime.now(UTC) - REACH))


def stages(lines: Iterable[dict[str, Any]]) -> Sequence[Stage]:
    """Measure the stages by log lines; a delivery of several events is through when its last one is.

    Args:
        lines: The function's lines, in any order.
    """
    moments: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    for line in lines:
        if (outcome := line.get("outcome")) in {"accepted", "recorded", "published"}:
            at = datetime.fromisoformat(line["timestamp"])
            seen = moments[line["delivery_id"]]
            seen[outcome] = max(at, seen.get(outcome, at))
    found = []
    for name, first, last in STAGES:
        lengths = sorted(each[last] - each[first] for each in moments.values() if {first, last} <= each.keys())
        if lengths:
            found.append(Stage(name, len(lengths), share(lengths, 50), share(lengths, 99)))
    return found


def share(lengths: Sequence[timedelta], percent: int) -> timedelta:
    """Give the length that a share of the sorted ones does not exceed."""
    return lengths[-(-len(lengths) * percent // 100) - 1]
