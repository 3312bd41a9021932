"""Mollie, next-generation webhooks.

Document        https://docs.mollie.com/reference/webhooks-new (read in mollie-api-py `signature_validator.py`)
Header          `X-Mollie-Signature: sha256=<signature>`, the prefix may be missing; it may come several times
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook's signing secret as it is written; several are live while it is rotated
Replay          no time of sending is signed: only the ledger stops a replay
Retries         10 over 26 h (not confirmed)
Acknowledgement any 2xx
Not protected   nothing of the body; the other headers are not signed and not read

Mollie's classic webhooks (a form with an id) are not signed by anybody and not supported: a request without the header,
which Mollie's SDK lets pass as "legacy", is refused. The payment is `entityId`, of a refund, capture or chargeback the
`paymentId` of the embedded entity. Events without an entity tell no amount. Refunds and captures are shares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, totals
from lambda_src.canonical import Share, Status
from lambda_src.decoding import Currency  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "mollie"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-mollie-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Mollie's signature of the body; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    parts = [part.strip(" ").removeprefix("sha256=") for part in schemes.header(request.headers, _HEADER).split(",")]
    candidates = schemes.well_formed(parts, schemes.HEX_SHA256, _HEADER)
    return schemes.match(live, request.body, candidates, schemes.hexadecimal)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret, "a Mollie signing secret", "the Dashboard under Developers > Webhooks > the webhook > Signing secret"
    )


class _Money(msgspec.Struct):
    value: str
    currency: Currency


class _Entity(msgspec.Struct, rename="camel"):
    id: str | None = None
    payment_id: str | None = None
    amount: _Money | None = None


class _Embedded(msgspec.Struct):
    entity: msgspec.Raw = msgspec.Raw(b"{}")


class _Event(msgspec.Struct, rename="camel"):
    id: str
    type: str
    entity_id: str
    created_at: str
    embedded: _Embedded | None = msgspec.field(default=None, name="_embedded")


_STATUS = {
    "payment.pending": Status.PENDING,
    "payment.authorized": Status.AUTHORIZED,
    "payment.paid": Status.CAPTURED,
    "payment.failed": Status.FAILED,
    "payment.canceled": Status.CANCELLED,
    "payment.expired": Status.EXPIRED,
    "payment-link.paid": Status.CAPTURED,
    "capture.succeeded": Status.PARTIALLY_CAPTURED,
    "capture.failed": Status.FAILED,
    **dict.fromkeys(("refund.queued", "refund.pending", "refund.processing"), Status.REFUND_PENDING),
    "refund.refunded": Status.PARTIALLY_REFUNDED,
    **dict.fromkeys(("refund.failed", "refund.canceled"), Status.REFUND_FAILED),
    "chargeback.received": Status.DISPUTED,
    "chargeback.reversed": Status.DISPUTE_WON,
    **dict.fromkeys(("dispute.created", "dispute.updated"), Status.DISPUTED),
    **dict.fromkeys(("payout.created", "payout.initiated", "payout.pending"), Status.PAYOUT_PENDING),
    **dict.fromkeys(("payout.paid", "payout.completed"), Status.PAYOUT_PAID),
    **dict.fromkeys(("payout.failed", "payout.canceled", "payout.returned"), Status.PAYOUT_FAILED),
}


def _read(status: Status, entity_id: str, amount: int | None) -> Reading:
    if status is Status.REFUND_FAILED:
        return totals.refund_failed(entity_id, amount)
    if amount is not None and status is Status.PARTIALLY_REFUNDED:
        return totals.refund_made(entity_id, amount)
    if amount is not None and status is Status.PARTIALLY_CAPTURED:
        return Reading(status, amount, Share(of="capture", id=entity_id, amount=amount))
    return Reading(status, amount)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    status = _STATUS.get(event.type)
    reading, currency, payment_id = Reading(Status.UNKNOWN, None), None, event.entity_id
    if status:
        embedded = event.embedded.entity if event.embedded else msgspec.Raw(b"{}")
        entity = decoding.decode(embedded, _Entity, NAME, "_embedded.entity")
        amount = None
        if entity.amount:
            currency = entity.amount.currency
            amount = mapping.minor_units(entity.amount.value, currency, NAME, "amount.value")
            decoding.required_amount(amount, NAME, "amount.value")
        reading = _read(status, event.entity_id, amount)
        payment_id = entity.payment_id or event.entity_id
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=decoding.required(decoding.moment(event.created_at), NAME, "createdAt (as a time)"),
            payload=raw,
        )
    ]
