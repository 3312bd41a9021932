"""A deployed stack's bill: what it used in some days, scaled to a month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ops.receipt import billing, model
from ops.receipt.charges import Meter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.receipt.charges import Charge
    from ops.receipt.model import Load
    from ops.receipt.prices import Prices
    from ops.receipt.units import Units
    from ops.receipt.usage import Usage


def load_of(usage: Usage, *, sources: int, rest_api: bool, zones: int) -> Load:
    """Write what was used as a month's load: the model fills what CloudWatch does not tell."""
    sent, sent_bytes = usage.sum("sent"), usage.sum("sent bytes")
    size = int(sent_bytes / sent) if sent and sent_bytes else model.Load(events=1).payload_bytes
    runs = usage.runs_of_queue
    batch = int(usage.accepted / runs) if runs and usage.accepted else 1
    return model.Load(
        events=max(1, int(usage.accepted * _to_month(usage))),
        payload_bytes=min(max(1024, -(-size // 1024) * 1024), 700 * 1024),
        batch=min(max(1, batch), 10),
        sources=sources,
        rest_api=rest_api,
        zones=zones,
    )


def bill(usage: Usage, load: Load, counted: Units, prices: Prices) -> Sequence[Charge]:
    """Write a month's bill at the pace of the days that were read.

    Args:
        usage: What was used.
        load: The same as a load, by `load_of`.
        counted: The units of one of its batches.
        prices: Of its region.
    """
    meter = Meter(prices)
    events = load.events if usage.accepted else None
    month = _to_month(usage)
    charges = [
        meter.charge(part, what, price, units * month, events=events) for part, what, price, units in _used(usage, load)
    ]
    if usage.accepted:
        charges += [
            meter.charge(part, what, price, each * load.events, events=load.events)
            for part, what, price, each in model.not_told(load, counted)
        ]
    fixed = model.at_any_load(load, metrics=usage.custom_metrics)
    return [*charges, *(meter.charge(*row) for row in fixed)]


def _used(usage: Usage, load: Load) -> Iterator[tuple[str, str, str, Decimal]]:
    """List part, what of it, the price's name and the units of the days, as far as CloudWatch tells them."""
    sum_of = usage.sum
    if (runs := sum_of("runs")) is not None:
        yield "function", "runs", "function_requests", runs
    if (milliseconds := sum_of("run milliseconds")) is not None:
        yield "function", "time", "function_time", milliseconds * model.MEMORY_GB / 1000
    if (sent := sum_of("sent")) is not None:
        yield "queue", "send", "queue_requests", _requests(sent, sent, sum_of("sent bytes"))
    if (of_queue := usage.runs_of_queue) is not None:
        yield "queue", "receive and delete", "queue_requests", 2 * of_queue
    if (empty := sum_of("empty receives")) is not None:
        yield "queue", "empty receives", "queue_requests", empty
    if (units := sum_of("write units")) is not None:
        yield "table", "write", "table_writes", units
    if (published := sum_of("published")) is not None:
        calls = min(published, of_queue) if of_queue else published
        yield "topic", "publish", "topic_requests", _requests(published, calls, sum_of("published bytes"))
    if (logged := sum_of("log bytes")) is not None:
        yield "logs", "all lines", "logs", logged / billing.GB
    if load.rest_api:
        yield "ingress", "API requests", "api_requests", Decimal(usage.received)
        yield "ingress", "firewall requests", "firewall_requests", Decimal(usage.received)


def _requests(messages: Decimal, calls: Decimal, size: Decimal | None) -> Decimal:
    """Estimate the billed requests of so many calls by their mean size: exact where none is larger than 64 KB."""
    if not messages or not calls or size is None:
        return calls
    return calls * billing.chunks(int(size / calls), billing.MESSAGE_CHUNK_BYTES)


def _to_month(usage: Usage) -> Decimal:
    """How many times the days that were read go into a month."""
    return Decimal(billing.MONTH_HOURS) / (24 * usage.days)
