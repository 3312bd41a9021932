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

from lambda_src import decoding, mapping, schemes, signed_body
from lambda_src.canonical import Status
from lambda_src.decoding import Seconds  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.errors import Unprocessable
from lambda_src.providers import Acknowledgement
from lambda_src.providers.razorpay_events import read
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


class _LooseHolder(msgspec.Struct):
    entity: dict[str, object] = {}


class _Event(msgspec.Struct):
    event: str
    created_at: Seconds
    account_id: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"{}")


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    told = read(event.event, event.payload)
    identity = told.identity if told else _loose_id(event)
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(event.account_id, event.event, identity, event.created_at),
            event_type=event.event,
            payment_id=told.payment_id if told else identity,
            reading=told.reading if told else Reading(Status.UNKNOWN, None),
            currency=told.currency if told else None,
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
