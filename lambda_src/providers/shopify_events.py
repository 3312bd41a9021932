"""What Shopify's bodies say about money. Their topic is not signed, so the body's shape tells what it is about."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lambda_src import decoding, mapping, totals
from lambda_src.canonical import Share, Status
from lambda_src.decoding import Currency  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.totals import Reading

NAME = "shopify"


class _Transaction(msgspec.Struct):
    id: int | str
    kind: str
    status: str | None = None
    amount: str | None = None
    currency: Currency | None = None
    created_at: str | None = None
    processed_at: str | None = None


class ShopifyBody(msgspec.Struct):
    """An order, a transaction of one, a refund or a dispute, told apart by what they have."""

    id: int | str | None = None
    order_id: int | str | None = None
    financial_status: str | None = None
    cancelled_at: str | None = None
    total_price: str | None = None
    transactions: list[_Transaction] | None = None
    kind: str | None = None
    type: str | None = None
    status: str | None = None
    amount: str | None = None
    currency: Currency | None = None
    created_at: str | None = None
    processed_at: str | None = None
    updated_at: str | None = None
    initiated_at: str | None = None
    finalized_on: str | None = None


class Told(NamedTuple):
    """One event that a body tells of."""

    event_type: str
    identity: tuple[object, ...]
    reading: Reading
    currency: str | None
    time: str | None


_ORDER = {
    "pending": Status.PENDING,
    "authorized": Status.AUTHORIZED,
    "partially_paid": Status.PARTIALLY_CAPTURED,
    "paid": Status.CAPTURED,
    "partially_refunded": Status.PARTIALLY_REFUNDED,
    "refunded": Status.REFUNDED,
    "voided": Status.CANCELLED,
}
_WHOLE = (Status.PENDING, Status.AUTHORIZED, Status.CAPTURED, Status.REFUNDED, Status.CANCELLED)
"""Where the order's total is what the event is about."""

_KIND = {
    "authorization": Status.AUTHORIZED,
    "sale": Status.CAPTURED,
    "capture": Status.PARTIALLY_CAPTURED,
    "void": Status.CANCELLED,
}
_DISPUTE = {
    **dict.fromkeys(("needs_response", "under_review"), Status.DISPUTED),
    "won": Status.DISPUTE_WON,
    **dict.fromkeys(("lost", "accepted"), Status.DISPUTE_LOST),
}


def _minor(text: str | None, currency: str | None) -> int | None:
    if text is None or currency is None:
        return None
    return decoding.required_amount(mapping.minor_units(text, currency, NAME, "amount"), NAME, "amount")


def _order(body: ShopifyBody) -> Told:
    state = body.financial_status or ""
    status = _ORDER.get(state, Status.UNKNOWN)
    if body.cancelled_at and status in (Status.PENDING, Status.AUTHORIZED):
        status = Status.CANCELLED
    amount = _minor(body.total_price, body.currency) if status in _WHOLE else None
    time = body.updated_at or body.created_at
    return Told(
        f"orders/{state}", (body.id, state, body.cancelled_at, time), Reading(status, amount), body.currency, time
    )


def _transaction(one: _Transaction) -> Told:
    amount = _minor(one.amount, one.currency)
    share_id = str(one.id)
    if one.kind == "refund":
        reading = Reading(Status.PARTIALLY_REFUNDED, None) if amount is None else totals.refund_made(share_id, amount)
        if one.status != "success":
            is_open = one.status == "pending"
            reading = Reading(Status.REFUND_PENDING, amount) if is_open else totals.refund_failed(share_id, amount)
    elif one.status in ("failure", "error"):
        reading = Reading(Status.FAILED, amount)
    elif one.status == "pending":
        reading = Reading(Status.PENDING, amount)
    else:
        status = _KIND.get(one.kind, Status.UNKNOWN)
        is_share = status is Status.PARTIALLY_CAPTURED and amount is not None
        share = Share(of="capture", id=share_id, amount=amount or 0) if is_share else None
        reading = Reading(status, amount, share)
    time = one.processed_at or one.created_at
    # the same for the transaction itself and as part of a refund
    return Told(f"order_transactions/{one.kind}", (one.id, one.kind, one.status), reading, one.currency, time)


def read(body: ShopifyBody, raw: bytes) -> list[Told]:
    """Read all events that a body tells of."""
    if body.financial_status is not None:
        return [_order(body)]
    if body.order_id is not None and body.transactions:
        return [_transaction(one)._replace(event_type="refunds/create") for one in body.transactions]
    if body.order_id is not None and body.kind is not None and body.id is not None:
        return [_transaction(decoding.decode(raw, _Transaction, NAME))]
    if body.order_id is not None and body.type in ("chargeback", "inquiry"):
        state = body.status or ""
        reading = Reading(_DISPUTE.get(state, Status.UNKNOWN), _minor(body.amount, body.currency))
        time = body.finalized_on or body.initiated_at
        return [Told(f"disputes/{state}", (body.id, state, time), reading, body.currency, time)]
    time = body.updated_at or body.created_at
    return [Told("unknown", (body.id, mapping.digest_id(raw)), Reading(Status.UNKNOWN, None), None, time)]
