"""Times as the commands take and tell them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Moment(click.ParamType[datetime]):
    """A point in time: RFC 3339 with its offset, or so long ago (`90m`, `36h`, `7d`)."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it as an aware time in UTC."""
        if isinstance(value, datetime):
            return value
        moment = _moment(str(value))
        if moment is None:
            self.fail(f"{value!r} is neither a time such as 2026-11-23T09:00:00Z nor an age such as 36h", param, ctx)
        return moment


def _moment(text: str) -> datetime | None:
    try:
        if age := re.fullmatch(r"([0-9]{1,6})([smhd])", text):
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def ago(moment: datetime | None) -> str:
    """Tell how long ago something was."""
    return "never" if moment is None else f"{span(datetime.now(UTC) - moment)} ago"


def span(length: timedelta) -> str:
    """Tell a length of time in its largest units."""
    minutes = max(0, int(length.total_seconds())) // 60
    if minutes < 1:
        return "moments"
    if minutes < 60:  # noqa: PLR2004 - an hour
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"  # noqa: PLR2004 - two days
