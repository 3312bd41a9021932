"""Square.

Document        https://developer.squareup.com/docs/webhooks/step3validate (read in square-python-sdk
                `utils/webhooks_helper.py`)
Header          `x-square-hmacsha256-signature` (`x-square-signature`, SHA-1, is deprecated and not read)
Signed          the notification URL as it is registered at Square, byte for byte, and the raw body
Signature       HMAC-SHA256, base64
Key             the subscription's signature key as it is written
Replay          no time is signed: only the ledger stops a replay
Retries         up to 24 h with growing pauses (an older page says 72 h)
Acknowledgement any 2xx, as soon as possible (an older page says within 10 s)
Not protected   the other headers; nothing of the body. A rotated key replaces the old one at once: keep both live here.

Success and failure share `payment.updated`; the object's status tells. `data.id` is not always the object's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, schemes, totals
from lambda_src.canonical import PaymentEvent, Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "square"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("notificationUrl",)

_HEADER = "x-square-hmacsha256-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Square's signature over URL and body; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    candidates = schemes.well_formed([schemes.header(request.headers, _HEADER)], schemes.BASE64_SHA256, _HEADER)
    # part of the URL may be the sender's: whatever stands there must not raise
    url = request.url.encode("utf-8", "surrogatepass")
    return schemes.match(live, url + request.body, candidates)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signature key; None: nothing is."""
    if schemes.text_key(secret):
        return None
    return (
        "a Square signature key is a text without white space around it; it is in the Developer Console under "
        "Webhooks > Subscriptions > the subscription > Signature key"
    )


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


class _Event(msgspec.Struct):
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


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    money: _Money | None = None
    if kind := _TYPES.get(event.type):
        objects = decoding.decode(event.data.objects, _Objects, NAME, "data.object")
        known: _Object = decoding.required(getattr(objects, kind), NAME, f"data.object.{kind}")
        reading, money = _read(kind, event.type, known)
        disputed = known.disputed_payment.payment_id if known.disputed_payment else None
        payment_id = disputed or known.payment_id or known.id
    else:
        reading = Reading(Status.UNKNOWN, None)
        payment_id = decoding.first_identifier(event.data.id, default=event.event_id)
    return [
        decoding.checked(
            PaymentEvent(
                provider=NAME,
                event_id=event.event_id,
                event_type=event.type,
                payment_id=payment_id,
                status=reading.status,
                amount=reading.amount,
                currency=money.code if money else None,
                occurred_at=decoding.required(decoding.moment(event.created_at), NAME, "created_at (as a time)"),
                share=reading.share,
                payload=decoding.without_secrets(raw, NAME),
            )
        )
    ]


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
