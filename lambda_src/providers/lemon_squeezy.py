"""Lemon Squeezy.

Document        https://docs.lemonsqueezy.com/help/webhooks/signing-requests (read in lmsqueezy/nextjs-billing)
Header          `X-Signature`
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook's signing secret as it is written, 6 to 40 characters
Replay          no time of sending is signed: only the ledger stops a replay
Retries         3 more: after 5, 25 and 125 s
Acknowledgement 200
Not protected   nothing of the body; `X-Event-Name` is not signed and not read

No event id is sent. It is the digest of event name, object, status and time of its change, all signed and the same in
every retry. The payment is `{type}/{id}` of the order or subscription invoice, since each counts its ids by itself.
Subscription and licence events are about no payment: `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "lemon_squeezy"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Lemon Squeezy's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Lemon Squeezy signing secret",
        "the store under Settings > Webhooks > the webhook > Signing secret",
    )


class _Attributes(msgspec.Struct):
    total: Minor | None = None
    refunded_amount: Minor | None = None
    refunded: bool | None = None
    currency: Currency | None = None
    status: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class _Data(msgspec.Struct):
    type: str
    id: str
    attributes: msgspec.Raw = msgspec.Raw(b"{}")


class _Meta(msgspec.Struct):
    event_name: str


class _Event(msgspec.Struct):
    meta: _Meta
    data: _Data


class _Change(msgspec.Struct):
    status: object = None
    updated_at: object = None


_ORDER = {"paid": Status.CAPTURED, "pending": Status.PENDING, "failed": Status.FAILED}
_STATUS = {
    "order_created": Status.CAPTURED,
    "order_refunded": Status.REFUNDED,
    "subscription_payment_success": Status.CAPTURED,
    "subscription_payment_recovered": Status.CAPTURED,
    "subscription_payment_failed": Status.FAILED,
    "subscription_payment_refunded": Status.REFUNDED,
}


def _read(name: str, status: Status, known: _Attributes) -> Reading:
    total = decoding.required_amount(known.total, NAME, "attributes.total")
    if status is Status.REFUNDED:
        refunded = total if known.refunded_amount is None else known.refunded_amount
        return totals.refunded(total, decoding.required_amount(refunded, NAME, "attributes.refunded_amount"))
    if name == "order_created":
        return Reading(_ORDER.get(known.status or "", Status.UNKNOWN), total)
    return Reading(status, total)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    name, about = event.meta.event_name, event.data
    change = decoding.decode(about.attributes, _Change, NAME, "data.attributes")
    status = _STATUS.get(name)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if status:
        known = decoding.decode(about.attributes, _Attributes, NAME, "data.attributes")
        reading, currency = _read(name, status, known), known.currency
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(name, about.type, about.id, change.status, change.updated_at),
            event_type=name,
            payment_id=f"{about.type}/{about.id}",
            reading=reading,
            currency=currency,
            occurred_at=decoding.moment(change.updated_at),
            payload=raw,
        )
    ]
