"""How near a deployed stack has come to each limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ops.receipt.quotas import Limit
    from ops.receipt.usage import Usage


class Room(NamedTuple):
    """One limit and what was used of it.

    Attributes:
        limit: The limit.
        used: What was used in the worst minute; None where CloudWatch does not tell.
    """

    limit: Limit
    used: Decimal | None

    @property
    def times(self) -> Decimal | None:
        """How many times as much there is."""
        return self.limit.quota / self.used if self.used else None


def rooms(usage: Usage, limits: Sequence[Limit]) -> Sequence[Room]:
    """Put what was used beside each limit, the tightest first; then those of which nothing is told."""
    used = {
        "runs a second": usage.a_second("runs"),
        "runs at once": usage.most("runs at once"),
        "runs at once of the account": usage.most("runs at once of the account"),
        "runs a second of the account": usage.a_second("runs of the account"),
        "write units of the table now": usage.a_second("write units"),
        "write units of a table": usage.a_second("write units"),
        "messages published": usage.a_second("published"),
        "messages in flight": usage.most("in flight"),
        "requests to KMS": usage.a_second("key requests of the account"),
    }
    found = [Room(limit, used.get(limit.name)) for limit in limits]
    told = [room for room in found if room.times is not None]
    return sorted(told, key=lambda room: room.times or 0) + [room for room in found if room.times is None]
