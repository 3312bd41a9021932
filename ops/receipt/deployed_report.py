"""The whole receipt of a deployed stack."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ops.receipt import deployed, quotas, text, usage
from ops.receipt.charges import total
from ops.receipt.headroom import rooms
from ops.receipt.report import filled, prices_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from ops.receipt.model import Load
    from ops.receipt.prices import Prices
    from ops.receipt.quotas import Setup
    from ops.receipt.stages import Stage
    from ops.receipt.units import Units
    from ops.receipt.usage import Usage

NOT_COUNTED = (
    "Not counted: taxes, free tiers, discounts, traffic to the internet, keeping logs and events, flow logs, "
    "what subscribers do. Modelled, since AWS counts them for the account: traces, requests to KMS, what goes through "
    "endpoints."
)


def of_deployed(
    used: Usage, load: Load, counted: Units, *, prices: Prices, setup: Setup, stages: Sequence[Stage]
) -> str:
    """Write a deployed stack's receipt.

    Args:
        used: What it used.
        load: The same as a month's load.
        counted: The units of one batch of its events.
        prices: Of its region.
        setup: What the stack and its account allow.
        stages: How long webhooks took.
    """
    charges = deployed.bill(used, load, counted, prices)
    head = (
        f"{used.accepted:,} webhooks accepted of {used.received:,} received in {used.days} day(s), region "
        f"{prices.region}. A month of 730 hours like them:"
    )
    notes = [f"A month: {text.money(total(charges))} USD.", NOT_COUNTED]
    if silent := sorted(usage.NAMES - used.metrics.keys()):
        notes.append(f"CloudWatch tells nothing of {', '.join(silent)}: what depends on them is left out.")
    parts = [
        filled(head),
        text.variable(charges) if any(charge.events for charge in charges) else "",
        text.fixed(charges),
        "".join(map(filled, [*notes, prices_of(prices)])),
        _times(used, stages),
        _rooms(used, quotas.limits(load, counted, setup)),
    ]
    return "\n".join(part for part in parts if part)


def _times(used: Usage, stages: Sequence[Stage]) -> str:
    rows = [(stage.name, f"{stage.times:,}", _ms(stage.median), _ms(stage.p99)) for stage in stages]
    if used.run_seconds:
        median, worst = used.run_seconds
        rows.append(("a run, in the median and the worst hour", "", f"{median * 1000:.0f}", f"{worst * 1000:.0f}"))
    if not rows:
        return filled("Times: nothing was processed in the last hour.")
    return text.table(("times of the last hour", "count", "p50, ms", "p99, ms"), rows, "<>>>")


def _rooms(used: Usage, limits: Sequence[quotas.Limit]) -> str:
    rows = [
        (
            room.limit.name,
            "not told" if room.used is None else text.quantity(room.used),
            text.quantity(room.limit.quota),
            "" if room.times is None else f"{text.quantity(room.times)} times",
            text.quantity(room.limit.ceiling),
            room.limit.lifted_by.replace("`", "").replace("*", ""),
        )
        for room in rooms(used, limits)
    ]
    head = ("headroom in the worst minute", "used", "of", "room", "full at events/s", "lifted by")
    return text.table(head, rows, "<>>>><")


def _ms(length: timedelta) -> str:
    return f"{Decimal(length.microseconds) / 1000 + length.seconds * 1000 + length.days * 86_400_000:.0f}"
