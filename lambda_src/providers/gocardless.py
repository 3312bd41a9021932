"""GoCardless.

Document        https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks
Header          `Webhook-Signature`
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook endpoint's secret as it is written; several may be live here
Replay          no time of sending is signed: only the ledger stops a replay
Retries         up to 8, with growing pauses; a redirect is a failure
Events          up to 250, unrelated to each other
Acknowledgement any 2xx within 10 s
Not protected   nothing of the body; the other headers are not signed and not read

Up to 250 events a request, each on its own. They tell no amounts and no currency. The payment is `links.payment`; an
event about a refund or payout names only that, which then has a transaction of its own. A failed payment that will be
tried again is `pending`. `unknown` on purpose: paid_out and refund_settled (the payment stays as it is).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body
from lambda_src.canonical import Status
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "gocardless"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "webhook-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check GoCardless's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a GoCardless webhook endpoint secret",
        "the Dashboard under Developers > Webhook endpoints > the endpoint > Secret",
    )


class _Details(msgspec.Struct):
    will_attempt_retry: bool | None = None


class _Event(msgspec.Struct):
    id: str
    created_at: str
    resource_type: str
    action: str
    links: dict[str, object] = {}
    details: _Details | None = None


class _Body(msgspec.Struct):
    events: list[msgspec.Raw]


_STATUS = {
    **{("payments", how): Status.PENDING for how in ("created", "customer_approval_granted", "submitted")},
    ("payments", "resubmission_requested"): Status.PENDING,
    ("payments", "customer_approval_denied"): Status.CANCELLED,
    ("payments", "confirmed"): Status.CAPTURED,
    ("payments", "failed"): Status.FAILED,
    ("payments", "late_failure_settled"): Status.FAILED,
    ("payments", "cancelled"): Status.CANCELLED,
    ("payments", "charged_back"): Status.DISPUTED,
    ("payments", "chargeback_cancelled"): Status.DISPUTE_WON,
    ("payments", "chargeback_settled"): Status.DISPUTE_LOST,
    ("refunds", "created"): Status.REFUND_PENDING,
    ("refunds", "paid"): Status.REFUNDED,
    ("refunds", "failed"): Status.REFUND_FAILED,
    ("refunds", "funds_returned"): Status.REFUND_FAILED,
    ("payouts", "paid"): Status.PAYOUT_PAID,
}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map every event of a delivery, equal ids once; see `lambda_src.providers.Provider.parse`."""
    wrapped = decoding.decode(decoding.body_of(delivery), _Body, NAME).events
    if not wrapped:
        raise decoding.unprocessable(NAME, "events is empty")
    events: dict[str, PaymentEvent] = {}
    for raw in wrapped:
        event = _event(raw, delivery)
        events.setdefault(event.event_id, event)
    return list(events.values())


def _event(raw: msgspec.Raw, delivery: Delivery) -> PaymentEvent:
    event = decoding.decode(raw, _Event, NAME, "events")
    status = _STATUS.get((event.resource_type, event.action), Status.UNKNOWN)
    if status is Status.FAILED and event.details and event.details.will_attempt_retry:
        status = Status.PENDING
    links = event.links
    # `payments` is about links.payment
    named = (links.get("payment"), links.get(event.resource_type.removesuffix("s")), *links.values())
    return mapping.payment_event(
        delivery,
        event_id=event.id,
        event_type=f"{event.resource_type}.{event.action}",
        payment_id=decoding.first_identifier(*named, default=event.id),
        reading=Reading(status, None),
        currency=None,
        occurred_at=decoding.required(decoding.moment(event.created_at), NAME, "created_at (as a time)"),
        payload=raw,
    )
