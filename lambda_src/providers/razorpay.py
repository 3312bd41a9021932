"""Razorpay.

Document        https://razorpay.com/docs/webhooks/validate-test/ (read in razorpay-python `utility.py`)
Header          `X-Razorpay-Signature`
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook's secret as it is written (not the API key's); a retry of an event that is older than a new
                secret is signed by the old one: keep both live for a day
Replay          no time of sending is signed: only the ledger stops a replay
Retries         growing pauses for 24 h, then the webhook is disabled
Acknowledgement any 2xx within 5 s
Not protected   nothing of the body; `x-razorpay-event-id` is not signed and not read

The event id is the digest of account, event, entity and its time, all signed and the same in every retry. The payment
is the payment's id, also of refunds and disputes. `order.paid` tells of the same capture as `payment.captured`: one
payment, one amount. `unknown` on purpose: refund.speed_changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor, Seconds  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.errors import Unprocessable
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "razorpay"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-razorpay-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Razorpay's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Razorpay webhook secret",
        "the Dashboard under Account & Settings > Webhooks > the webhook > Secret",
    )


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


class _LooseHolder(msgspec.Struct):
    entity: dict[str, object] = {}


class _Event(msgspec.Struct):
    event: str
    created_at: Seconds
    account_id: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"{}")


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


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if rule := _RULES.get(event.event):
        kind, status = rule
        payload = decoding.decode(event.payload, _Payload, NAME, "payload")
        holder: _Holder = decoding.required(getattr(payload, kind), NAME, f"payload.{kind}")
        about, payment = holder.entity, payload.payment.entity if payload.payment else None
        reading = _read(kind, status, about, payment)
        currency = about.currency or (payment.currency if payment else None) or "INR"  # settlements name none
        payment_id = about.payment_id or (payment.id if payment and kind in ("refund", "dispute") else about.id)
        identity = about.id
    else:
        payment_id = identity = _loose_id(event)
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(event.account_id, event.event, identity, event.created_at),
            event_type=event.event,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=decoding.moment_of_seconds(event.created_at),
            payload=raw,
        )
    ]


def _loose_id(event: _Event) -> str:
    """Find the id of whatever the event is about; else all events of the type are one payment's."""
    try:
        holders = decoding.decode(event.payload, dict[str, _LooseHolder], NAME, "payload")
    except Unprocessable:
        return event.event
    candidates = [holder.entity.get(name) for holder in holders.values() for name in ("payment_id", "id")]
    return decoding.first_identifier(*candidates, default=event.event)
