"""The receipt as text: the same on a terminal and in docs/cost.md."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from ops.receipt.charges import total

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ops.receipt.charges import Charge

CENT = Decimal("0.01")


def money(amount: Decimal) -> str:
    """Write USD to the cent."""
    return f"{amount.quantize(CENT, rounding=ROUND_HALF_UP):,}"


def quantity(number: Decimal) -> str:
    """Write a number of units to three digits, without an exponent; whole numbers from 100 on as they are."""
    if number >= 100:  # noqa: PLR2004 - three digits
        return f"{number.quantize(Decimal(1), rounding=ROUND_HALF_UP):,}"
    rounded = f"{number:.3g}"
    text = f"{Decimal(rounded):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """Align columns.

    Args:
        head: The first line.
        rows: The others.
        align: For each column `<` (texts) or `>` (numbers).
    """
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(line, align, widths, strict=True)).rstrip()
        + "\n"
        for line in lines
    )


def variable(charges: Sequence[Charge]) -> str:
    """Write what grows with the events: by the event, by the million, by the month."""
    shown = [charge for charge in charges if charge.events]
    rows = [
        (
            charge.part,
            charge.what,
            quantity(charge.of_each),
            charge.unit,
            money(charge.by_million),
            money(charge.amount),
        )
        for charge in shown
    ]
    events = Decimal(shown[0].events or 1)
    rows.append(("together", "", "", "", money(total(shown) * 1_000_000 / events), money(total(shown))))
    return table(("by the event", "", "units", "of", "USD a million", "USD a month"), rows, "<<>>>>")


def fixed(charges: Sequence[Charge]) -> str:
    """Write what a month costs without any event."""
    shown = [charge for charge in charges if not charge.events]
    rows = [
        (charge.part, charge.what, quantity(charge.quantity), charge.unit, money(charge.amount)) for charge in shown
    ]
    rows.append(("together", "", "", "", money(total(shown))))
    return table(("at any load", "", "units", "of", "USD a month"), rows, "<<>>>")
