"""Coinbase Commerce.

Document        https://docs.cdp.coinbase.com/commerce/docs/webhooks (read in coinbase-commerce-python `webhook.py`)
Header          `X-CC-Webhook-Signature`
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook's shared secret as it is written
Replay          no time of sending is signed: only the ledger stops a replay
Retries         growing pauses of at most 1 h, for up to 3 days
Acknowledgement 200
Not protected   nothing of the body; the other headers are not signed and not read

The outer id and times are the delivery's; `event` is the event. The payment is the charge's `code`, the amount its
price in local currency. There are no refunds and disputes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body
from lambda_src.canonical import Status
from lambda_src.decoding import Currency  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "coinbase_commerce"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-cc-webhook-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Coinbase's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Coinbase Commerce shared secret",
        "the Commerce dashboard under Settings > Notifications > Webhook shared secret",
    )


class _Money(msgspec.Struct):
    amount: str
    currency: Currency


class _Pricing(msgspec.Struct):
    local: _Money | None = None


class _Step(msgspec.Struct):
    status: str | None = None


class _Charge(msgspec.Struct):
    code: str | None = None
    id: str | None = None
    pricing: _Pricing | None = None
    timeline: list[_Step] = []


class _Inner(msgspec.Struct):
    id: str
    type: str
    created_at: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Envelope(msgspec.Struct):
    event: _Inner


_STATUS = {
    "charge:created": Status.PENDING,
    "charge:pending": Status.PENDING,
    "charge:delayed": Status.PENDING,  # paid too late: somebody has to decide
    "charge:confirmed": Status.CAPTURED,
    "charge:resolved": Status.CAPTURED,
    "charge:failed": Status.FAILED,
}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Envelope, NAME).event
    status = _STATUS.get(event.type)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if status:
        charge = decoding.decode(event.data, _Charge, NAME, "event.data")
        if status is Status.FAILED and charge.timeline and charge.timeline[-1].status == "EXPIRED":
            status = Status.EXPIRED
        price = charge.pricing.local if charge.pricing else None
        currency = price.currency if price else None
        amount = mapping.minor_units(price.amount, currency, NAME, "pricing.local.amount") if price else None
        reading = Reading(status, amount)
        payment_id = decoding.required(charge.code or charge.id, NAME, "event.data.code")
    else:
        payment_id = mapping.loose_id(event.data, "code", "id", default=event.id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=decoding.required(decoding.moment(event.created_at), NAME, "event.created_at (as a time)"),
            payload=raw,
        )
    ]
