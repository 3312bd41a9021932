"""Following a log: each line once, in the order in which it was written."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from local.log_tail import LogTail


def _tail(history: list[tuple[int, str]]) -> LogTail:
    """Follow a log whose lines, by time in milliseconds, may still grow."""

    def paginate(*, startTime: int, **_: object) -> list[dict[str, Any]]:  # noqa: N803 - AWS's name
        found = [{"timestamp": at, "message": text} for at, text in history if at >= startTime]
        return [{"events": found}]

    logs = SimpleNamespace(get_paginator=lambda _name: SimpleNamespace(paginate=paginate))
    return LogTail(SimpleNamespace(logs=logs), "group", "pattern")  # type: ignore[arg-type]  # all that is called of it


def test_lines_of_one_millisecond_keep_their_order() -> None:
    """A run's lines share a time: what was written first is read first."""
    assert _tail([(5, "recorded"), (5, "published"), (5, "again")]).fresh() == ["recorded", "published", "again"]


def test_each_line_is_read_once_also_when_it_comes_late() -> None:
    """A line that is written a little after a younger one is not missed, and none is read twice."""
    history = [(10_000, "first"), (11_000, "second")]
    tail = _tail(history)
    assert tail.fresh() == ["first", "second"]
    history += [(9_500, "late"), (11_000, "third"), (12_000, "fourth")]
    assert tail.fresh() == ["late", "third", "fourth"]
    assert tail.fresh() == []
