"""Lines of a bill."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ops.receipt.prices import Prices

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One line of a month's bill.

    Attributes:
        part: The part of the system.
        what: What of it.
        unit: What is counted.
        quantity: Units in the month.
        amount: USD in the month, not rounded.
        events: Events that the quantity is for; None: it is the same for any number of them.
    """

    part: str
    what: str
    unit: str
    quantity: Decimal
    amount: Decimal
    events: int | None

    @property
    def of_each(self) -> Decimal:
        """Units of one event; of a fixed charge all."""
        return self.quantity / self.events if self.events else self.quantity

    @property
    def by_million(self) -> Decimal:
        """USD by the million events; 0 of a fixed charge."""
        return self.amount * MILLION / self.events if self.events else Decimal(0)


class Meter:
    """Prices a month's lines one after the other, each in the tiers that those before it have left.

    Args:
        prices: The region's prices.
    """

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._used: dict[str, Decimal] = {}

    def charge(self, part: str, what: str, price: str, quantity: Decimal | int, *, events: int | None = None) -> Charge:
        """Price a line.

        Args:
            part: The part of the system.
            what: What of it.
            price: The price's name.
            quantity: Units in the month.
            events: Events that they are for; None: they are the same for any number.
        """
        entry = self._prices[price]
        before = self._used.get(price, Decimal(0))
        after = self._used[price] = before + quantity
        amount = entry.of(after) - entry.of(before)
        return Charge(part=part, what=what, unit=entry.unit, quantity=Decimal(quantity), amount=amount, events=events)


def total(charges: Iterable[Charge]) -> Decimal:
    """Sum up the amounts."""
    return sum((charge.amount for charge in charges), Decimal(0))
