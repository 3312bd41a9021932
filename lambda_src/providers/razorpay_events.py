"""What Razorpay's event types say about money."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lambda_src import decoding, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.totals import Reading

NAME = "razorpay"


class _Entity(msgspec.Struct):
    id: str
    amount: Minor | None = None
    amount_refunded: Minor | None = None
    currency: Currency | None = None
    payment_id: str | None = None
    status: str | None = None


class _Holder(msgspec.Struct):
    entity: _Entity


class _Payload(msgspec.Struct):
    payment: _Holder | None = None
    refund: _Holder | None = None
    dispute: _Holder | None = None
    payout: _Holder | None = None
    settlement: _Holder | None = None


_RULES: dict[str, tuple[str, Status]] = {
    "payment.authorized": ("payment", Status.AUTHORIZED),
    "payment.captured": ("payment", Status.CAPTURED),
    "payment.failed": ("payment", Status.FAILED),
    "order.paid": ("payment", Status.CAPTURED),
    "refund.created": ("refund", Status.REFUND_PENDING),
    "refund.processed": ("refund", Status.REFUNDED),
    "refund.failed": ("refund", Status.REFUND_FAILED),
    "payment.dispute.created": ("dispute", Status.DISPUTED),
    "payment.dispute.under_review": ("dispute", Status.DISPUTED),
    "payment.dispute.action_required": ("dispute", Status.DISPUTED),
    "payment.dispute.won": ("dispute", Status.DISPUTE_WON),
    "payment.dispute.lost": ("dispute", Status.DISPUTE_LOST),
    "payment.dispute.closed": ("dispute", Status.UNKNOWN),  # its status says how
    "settlement.processed": ("settlement", Status.PAYOUT_PAID),
    **{f"payout.{how}": ("payout", Status.PAYOUT_PENDING) for how in ("created", "pending", "queued", "initiated")},
    "payout.processed": ("payout", Status.PAYOUT_PAID),
    **{f"payout.{how}": ("payout", Status.PAYOUT_FAILED) for how in ("failed", "rejected", "reversed")},
}
_CLOSED = {"won": Status.DISPUTE_WON, "lost": Status.DISPUTE_LOST}


def _read(kind: str, status: Status, about: _Entity, payment: _Entity | None) -> Reading:
    amount = decoding.required_amount(about.amount, NAME, f"the amount of the {kind}")
    if kind == "dispute" and status is Status.UNKNOWN:
        return Reading(_CLOSED.get(about.status or "", Status.UNKNOWN), amount)
    if status is Status.REFUND_FAILED:
        return totals.refund_failed(about.id, amount)
    if status is Status.REFUNDED:
        if payment and payment.amount is not None and payment.amount_refunded is not None:
            return totals.refunded(payment.amount, payment.amount_refunded)
        return totals.refund_made(about.id, amount)
    return Reading(status, amount)


class Told(NamedTuple):
    """What an event says: about which entity and payment, what, in which currency."""

    identity: str
    payment_id: str
    reading: Reading
    currency: str


def read(event_type: str, payload: msgspec.Raw) -> Told | None:
    """Read an event; None: its type is not known."""
    if event_type not in _RULES:
        return None
    kind, status = _RULES[event_type]
    known = decoding.decode(payload, _Payload, NAME, "payload")
    holder: _Holder = decoding.required(getattr(known, kind), NAME, f"payload.{kind}")
    about, payment = holder.entity, known.payment.entity if known.payment else None
    return Told(
        about.id,
        about.payment_id or (payment.id if payment and kind in ("refund", "dispute") else about.id),
        _read(kind, status, about, payment),
        about.currency or (payment.currency if payment else None) or "INR",  # settlements name none
    )
