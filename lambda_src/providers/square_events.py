"""What Square's event types say about money: success and failure share a type, the object's status tells."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from lambda_src import decoding, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.totals import Reading

NAME = "square"


class _Money(msgspec.Struct):
    amount: Minor
    currency: Currency | None = None
    currency_code: Currency | None = None  # in Square's own example of a payout

    @property
    def code(self) -> str:
        """The ISO 4217 code in upper case."""
        return decoding.required(self.currency or self.currency_code, NAME, "amount_money.currency").upper()


class _DisputedPayment(msgspec.Struct):
    payment_id: str | None = None


class _Object(msgspec.Struct):
    """The fields used of a payment, refund, dispute or payout."""

    id: str
    amount_money: _Money
    total_money: _Money | None = None
    refunded_money: _Money | None = None
    payment_id: str | None = None
    disputed_payment: _DisputedPayment | None = None
    status: str | None = None
    state: str | None = None


class _Objects(msgspec.Struct):
    payment: _Object | None = None
    refund: _Object | None = None
    dispute: _Object | None = None
    payout: _Object | None = None


class _Data(msgspec.Struct):
    id: object = None
    # not named `object`: msgspec looks the annotation above up among the class's own names first
    objects: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"{}"), name="object")


class SquareEvent(msgspec.Struct):
    """An event; its object is decoded when the type is one that is known."""

    event_id: str
    type: str
    created_at: str
    data: _Data = msgspec.field(default_factory=_Data)


_PAYMENT = {
    "PENDING": Status.PENDING,
    "APPROVED": Status.AUTHORIZED,
    "COMPLETED": Status.CAPTURED,
    "CANCELED": Status.CANCELLED,
    "FAILED": Status.FAILED,
}

_DISPUTE = {
    **dict.fromkeys(("INQUIRY_EVIDENCE_REQUIRED", "INQUIRY_PROCESSING"), Status.DISPUTED),
    **dict.fromkeys(("EVIDENCE_REQUIRED", "PROCESSING", "WAITING_THIRD_PARTY"), Status.DISPUTED),
    "INQUIRY_CLOSED": Status.DISPUTE_WON,  # ended without a chargeback: no money was taken
    "WON": Status.DISPUTE_WON,
    **dict.fromkeys(("LOST", "ACCEPTED"), Status.DISPUTE_LOST),
}

_PAYOUT = {
    "payout.sent": Status.PAYOUT_PENDING,
    "payout.paid": Status.PAYOUT_PAID,
    "payout.failed": Status.PAYOUT_FAILED,
}

_TYPES = {
    **dict.fromkeys(("payment.created", "payment.updated"), "payment"),
    **dict.fromkeys(("refund.created", "refund.updated"), "refund"),
    **dict.fromkeys(("dispute.created", "dispute.state.updated"), "dispute"),
    **dict.fromkeys(_PAYOUT, "payout"),
}
"""The event types that are known, and the member of `data.object` that each is about."""


class Told(NamedTuple):
    """What an event says: about which payment, what, in which currency."""

    payment_id: str
    reading: Reading
    currency: str


def read(event: SquareEvent) -> Told | None:
    """Read an event; None: its type is not known."""
    kind = _TYPES.get(event.type)
    if kind is None:
        return None
    objects = decoding.decode(event.data.objects, _Objects, NAME, "data.object")
    known: _Object = decoding.required(getattr(objects, kind), NAME, f"data.object.{kind}")
    reading, money = _read(kind, event.type, known)
    disputed = known.disputed_payment.payment_id if known.disputed_payment else None
    return Told(disputed or known.payment_id or known.id, reading, money.code)


def _read(kind: str, event_type: str, known: _Object) -> tuple[Reading, _Money]:
    """Read an object; the amount of a payment is its total with the tip."""
    state = known.status or known.state or ""
    if kind == "payout":
        # below zero: taken from the bank account
        return Reading(_PAYOUT[event_type], known.amount_money.amount), known.amount_money
    money = known.total_money or known.amount_money
    amount = decoding.required_amount(money.amount, NAME, f"the amount of the {kind}")
    if kind == "dispute":
        return Reading(_DISPUTE.get(state, Status.UNKNOWN), amount), money
    if kind == "refund":
        return _read_refund(known.id, state, amount), money
    refunded = known.refunded_money.amount if known.refunded_money else 0
    if state == "COMPLETED" and refunded > 0:
        return totals.refunded(amount, refunded), money
    return Reading(_PAYMENT.get(state, Status.UNKNOWN), amount), money


def _read_refund(refund_id: str, state: str, amount: int) -> Reading:
    match state:
        case "COMPLETED":
            return totals.refund_made(refund_id, amount)
        case "REJECTED" | "FAILED":
            return totals.refund_failed(refund_id, amount)
        case "PENDING":
            return Reading(Status.REFUND_PENDING, amount)
        case _:
            return Reading(Status.UNKNOWN, amount)
