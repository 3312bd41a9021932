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

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import PaymentEvent, Status
from lambda_src.decoding import Seconds  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.providers.stripe_events import RULES, STRIPE_PLACES, StripeObject
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

_HEADER = "stripe-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Stripe's signature and its age; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    items = [item.partition("=") for item in schemes.header(request.headers, _HEADER).split(",")]
    times = [value for name, _, value in items if name == "t"]
    if len(times) != 1:
        raise Rejected(Reason.MALFORMED_HEADER, f"{_HEADER} has {len(times)} times, not one")
    signed_at = schemes.timestamp(times[0], f"t of {_HEADER}")
    signatures = [value for name, _, value in items if name == "v1"]
    candidates = schemes.well_formed(signatures, schemes.HEX_SHA256, f"v1 of {_HEADER}")
    message = b"%s.%s" % (times[0].encode(), request.body)
    position = schemes.match(live, message, candidates, schemes.hexadecimal)
    schemes.check_window(signed_at, now, source.tolerance_seconds)
    return position


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signing secret; None: nothing is."""
    if secret.startswith("whsec_") and len(secret) > len("whsec_") and schemes.text_key(secret):
        return None
    return (
        "a Stripe signing secret starts with `whsec_` and has no white space; "
        "it is in the Dashboard under Developers > Webhooks > the endpoint > Signing secret"
    )


class _Any(msgspec.Struct):
    """Of an object that is not known: where an id may be, of whatever type."""

    id: object = None
    charge: object = None
    payment_intent: object = None


class _Data(msgspec.Struct):
    object: msgspec.Raw = msgspec.Raw(b"{}")


class _Event(msgspec.Struct):
    id: str
    type: str
    created: Seconds | str
    object: str = ""
    data: _Data = msgspec.field(default_factory=_Data)
    related_object: _Any | None = None


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    thin = event.object.startswith("v2.")
    rule = None if thin else RULES.get(event.type)
    if rule:
        known = decoding.decode(event.data.object, StripeObject, NAME, "data.object")
        reading = mapping.rescaled(rule(known), known.currency, STRIPE_PLACES, NAME)
        currency = decoding.required(known.currency, NAME, "currency") if reading.amount is not None else None
        # of a charge, refund, dispute, session or invoice the payment is the intent; an intent has neither field
        payment_id = known.payment_intent or known.charge or known.id
    else:
        loose = decoding.decode(event.data.object, _Any, NAME, "data.object")
        about = event.related_object or loose
        reading, currency = Reading(Status.UNKNOWN, None), None
        payment_id = decoding.first_identifier(about.payment_intent, about.charge, about.id, default=event.id)
    return [
        decoding.checked(
            PaymentEvent(
                provider=NAME,
                event_id=event.id,
                event_type=event.type,
                payment_id=payment_id,
                status=reading.status,
                amount=reading.amount,
                currency=currency.upper() if currency else None,
                occurred_at=_occurred_at(event.created),
                share=reading.share,
                payload=decoding.without_secrets(raw, NAME),
            )
        )
    ]


def _occurred_at(created: int | str) -> datetime:
    if isinstance(created, int):
        return datetime.fromtimestamp(created, UTC)
    return decoding.required(decoding.moment(created), NAME, "created (as a time)")
