"""What PayPal's event types say about money; the field names are those of PayPal's API objects, version 1 and 2.

`unknown` on purpose: CHECKOUT.ORDER.COMPLETED, whose captures have events of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lambda_src import decoding, mapping, totals
from lambda_src.canonical import Status
from lambda_src.totals import Reading

NAME = "paypal"


class _Money(msgspec.Struct):
    """Version 2 has `value` and `currency_code`, version 1 `total` and `currency`, payouts `value` and `currency`."""

    value: str | None = None
    total: str | None = None
    currency_code: str | None = None
    currency: str | None = None


class _Link(msgspec.Struct):
    rel: str | None = None
    href: str | None = None


class _Transaction(msgspec.Struct):
    seller_transaction_id: str | None = None


class _Outcome(msgspec.Struct):
    outcome_code: str | None = None


class _PayoutItem(msgspec.Struct):
    amount: _Money | None = None


class _Resource(msgspec.Struct):
    id: str | None = None
    order_id: str | None = None
    sale_id: str | None = None
    capture_id: str | None = None
    payout_item_id: str | None = None
    dispute_id: str | None = None
    status: str | None = None
    state: str | None = None
    amount: _Money | None = None
    dispute_amount: _Money | None = None
    payout_item: _PayoutItem | None = None
    links: list[_Link] = []
    disputed_transactions: list[_Transaction] = []
    dispute_outcome: _Outcome | None = None


class PayPalEvent(msgspec.Struct):
    """An event; its resource is decoded when the type is one that is known."""

    id: str
    event_type: str
    create_time: str
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class Told(NamedTuple):
    """What an event says: about which payment, what, in which currency."""

    payment_id: str | None
    reading: Reading
    currency: str | None


_PAYMENT = {
    "CHECKOUT.ORDER.APPROVED": Status.PENDING,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": Status.CANCELLED,
    "PAYMENT.AUTHORIZATION.CREATED": Status.AUTHORIZED,
    "PAYMENT.AUTHORIZATION.VOIDED": Status.CANCELLED,
    "PAYMENT.CAPTURE.PENDING": Status.PENDING,
    "PAYMENT.CAPTURE.COMPLETED": Status.CAPTURED,
    "PAYMENT.CAPTURE.DENIED": Status.FAILED,
    "PAYMENT.CAPTURE.DECLINED": Status.FAILED,
    "PAYMENT.SALE.PENDING": Status.PENDING,
    "PAYMENT.SALE.COMPLETED": Status.CAPTURED,
    "PAYMENT.SALE.DENIED": Status.FAILED,
}
_REFUND = frozenset(f"PAYMENT.{what}.{how}" for what in ("CAPTURE", "SALE") for how in ("REFUNDED", "REVERSED"))
_DISPUTE = frozenset(f"CUSTOMER.DISPUTE.{how}" for how in ("CREATED", "UPDATED", "RESOLVED"))
_OUTCOME = {
    **dict.fromkeys(("RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED"), Status.DISPUTE_WON),
    **dict.fromkeys(("RESOLVED_BUYER_FAVOUR", "ACCEPTED", "RESOLVED_WITH_PAYOUT"), Status.DISPUTE_LOST),
}
_PAYOUT = {
    "SUCCEEDED": Status.PAYOUT_PAID,
    **dict.fromkeys(("HELD", "UNCLAIMED"), Status.PAYOUT_PENDING),
    **dict.fromkeys(("FAILED", "DENIED", "BLOCKED", "CANCELED", "RETURNED", "REFUNDED"), Status.PAYOUT_FAILED),
}
_PAYOUT_PREFIX = "PAYMENT.PAYOUTS-ITEM."


def read(event: PayPalEvent) -> Told | None:
    """Read an event; None: its type is not known."""
    kind = event.event_type
    payout = _PAYOUT.get(kind.removeprefix(_PAYOUT_PREFIX)) if kind.startswith(_PAYOUT_PREFIX) else None
    if not (payout or kind in _PAYMENT or kind in _REFUND or kind in _DISPUTE):
        return None
    known = decoding.decode(event.resource, _Resource, NAME, "resource")
    if payout:
        amount, currency = _amount(
            known.payout_item.amount if known.payout_item else known.amount, "payout_item.amount"
        )
        return Told(known.payout_item_id or known.id, Reading(payout, amount), currency)
    if kind in _DISPUTE:
        return _read_dispute(known)
    amount, currency = _amount(known.amount, "resource.amount")
    if kind in _REFUND:
        return _read_refund(known, amount, currency)
    return Told(known.id or known.order_id, Reading(_PAYMENT[kind], amount), currency)


def _read_dispute(known: _Resource) -> Told:
    amount, currency = _amount(known.dispute_amount, "resource.dispute_amount")
    status = Status.DISPUTED
    if known.status == "RESOLVED":
        outcome = known.dispute_outcome.outcome_code if known.dispute_outcome else None
        status = _OUTCOME.get(outcome or "", Status.UNKNOWN)
    transactions = [each.seller_transaction_id for each in known.disputed_transactions if each.seller_transaction_id]
    return Told(transactions[0] if transactions else known.dispute_id, Reading(status, amount), currency)


def _read_refund(known: _Resource, amount: int | None, currency: str | None) -> Told:
    refund_id = decoding.required(known.id, NAME, "resource.id")
    up = next((link.href for link in known.links if link.rel == "up" and link.href), "")
    payment_id = known.capture_id or known.sale_id or up.rstrip("/").rpartition("/")[2] or refund_id
    match (known.status or known.state or "COMPLETED").upper():
        case "COMPLETED" | "REVERSED":
            reading = totals.refund_made(refund_id, decoding.required_amount(amount, NAME, "resource.amount"))
        case "FAILED" | "CANCELLED":
            reading = totals.refund_failed(refund_id, amount)
        case "PENDING":
            reading = Reading(Status.REFUND_PENDING, amount)
        case _:
            reading = Reading(Status.UNKNOWN, amount)
    return Told(payment_id, reading, currency)


def _amount(money: _Money | None, field: str) -> tuple[int | None, str | None]:
    """Read money in minor units; a refund of version 1 is written below zero."""
    text = (money.value or money.total) if money else None
    if money is None or text is None:
        return None, None
    currency = decoding.decode(
        msgspec.json.encode(money.currency_code or money.currency or ""), decoding.Currency, NAME, f"{field}: currency"
    )
    return abs(mapping.minor_units(text, currency, NAME, field)), currency
