"""Stripe.

Document        https://docs.stripe.com/webhooks (read in stripe-python `_webhook.py`)
Header          `Stripe-Signature: t=<unix seconds>,v1=<signature>[,v1=<signature>]`; other items are ignored, `v0` too
Signed          `{t}.` and the raw body
Signature       HMAC-SHA256, lower-case hexadecimal; while a secret is rotated (24 h at most) there are two `v1`
Key             the endpoint's signing secret as it is written, with its `whsec_`
Replay          `t` is signed; Stripe's SDKs refuse what is older than 300 s. We refuse what lies ahead as well.
Retries         live mode: up to 3 days with growing pauses; sandboxes: three times over a few hours
Acknowledgement any 2xx
Not protected   nothing of the body; the other headers are not signed and not read

One event a request, in no particular order, sometimes twice. Thin events (`"object": "v2.core.event"`) are signed the
same way; they only point to an object, so their status is `unknown`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_time
from lambda_src.canonical import PaymentEvent, Status
from lambda_src.decoding import Seconds  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.providers.stripe_events import RULES
from lambda_src.providers.stripe_object import STRIPE_PLACES, StripeObject
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "stripe"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("toleranceSeconds",)

_LAYOUT = signed_time.Layout(header="stripe-signature", separator=",", time="t", signature="v1", joint=b".")


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Stripe's signature and its age; see `lambda_src.providers.Provider.verify`."""
    return signed_time.verify(request, secrets, source, now, _LAYOUT)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signing secret; None: nothing is."""
    if secret.startswith("whsec_") and len(secret) > len("whsec_") and schemes.text_key(secret):
        return None
    return (
        "a Stripe signing secret starts with `whsec_` and has no white space; "
        "it is in the Dashboard under Developers > Webhooks > the endpoint > Signing secret"
    )


class _Data(msgspec.Struct):
    object: msgspec.Raw = msgspec.Raw(b"{}")


class _Event(msgspec.Struct):
    id: str
    type: str
    created: Seconds | str
    object: str = ""
    data: _Data = msgspec.field(default_factory=_Data)
    related_object: msgspec.Raw = msgspec.Raw(b"null")


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    thin = event.object.startswith("v2.")
    rule = None if thin else RULES.get(event.type)
    if rule:
        known = decoding.decode(event.data.object, StripeObject, NAME, "data.object")
        reading = mapping.rescaled(rule(known), known.currency, STRIPE_PLACES, NAME)
        currency = known.currency
        # of a charge, refund, dispute, session or invoice the payment is the intent; an intent has neither field
        payment_id = known.payment_intent or known.charge or known.id
    else:
        reading, currency = Reading(Status.UNKNOWN, None), None
        about = event.data.object if bytes(event.related_object) == b"null" else event.related_object
        payment_id = mapping.loose_id(about, "payment_intent", "charge", "id", default=event.id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=_occurred_at(event.created),
            payload=raw,
        )
    ]


def _occurred_at(created: int | str) -> datetime:
    if isinstance(created, int):
        return datetime.fromtimestamp(created, UTC)
    return decoding.required(decoding.moment(created), NAME, "created (as a time)")
