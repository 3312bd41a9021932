"""Revolut Merchant.

Document        https://developer.revolut.com/docs/guides/accept-payments/tutorials/work-with-webhooks/verify-the-payload-signature
Headers         `Revolut-Request-Timestamp` (milliseconds), `Revolut-Signature: v1=<signature>[,v1=<signature>]`
Signed          `v1.{timestamp}.` and the raw body
Signature       HMAC-SHA256, lower-case hexadecimal; while a secret is rotated (7 days at most) there are two
Key             the webhook's signing secret as it is written, with its `wsk_`
Replay          the timestamp is signed; Revolut allows 5 minutes, here the source's tolerance, both ways
Retries         3 more, 10 minutes apart
Acknowledgement 200 to 399
Not protected   nothing of the body; the other headers are not signed and not read

The body is thin: no event id, no time, no amount. The event id is the digest of event and object, so a second decline
of one order is taken for a repeat. The time is the receipt's, so an event that was delayed by a retry counts as the
latest: read the order by Revolut's API where that matters. `unknown` on purpose: incremental authorisations,
subscriptions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import Status
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "revolut"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ("toleranceSeconds",)

_TIMESTAMP, _SIGNATURE = "revolut-request-timestamp", "revolut-signature"
_MILLISECONDS = re.compile(r"[0-9]{4,15}")


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Revolut's signature and its age; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    sent_at = schemes.header(request.headers, _TIMESTAMP)
    if not _MILLISECONDS.fullmatch(sent_at):
        raise Rejected(Reason.MALFORMED_HEADER, f"{_TIMESTAMP} is not a time in milliseconds")
    items = [item.strip(" ") for item in schemes.header(request.headers, _SIGNATURE).split(",")]
    signatures = [item.removeprefix("v1=") for item in items if item.startswith("v1=")]
    candidates = schemes.well_formed(signatures, schemes.HEX_SHA256, f"v1 of {_SIGNATURE}")
    message = b"v1.%s.%s" % (sent_at.encode(), request.body)
    position = schemes.match(live, message, candidates, schemes.hexadecimal)
    schemes.check_window(int(sent_at) // 1000, now, source.tolerance_seconds)
    return position


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signing secret; None: nothing is."""
    if secret.startswith("wsk_") and schemes.text_key(secret):
        return None
    return (
        "a Revolut signing secret starts with `wsk_` and has no white space; the Merchant API returns it as "
        "`signing_secret` when the webhook is created or read"
    )


class _Event(msgspec.Struct):
    event: str
    order_id: str | None = None
    payout_id: str | None = None
    dispute_id: str | None = None
    subscription_id: str | None = None


_STATUS = {
    **{f"ORDER_PAYMENT_{how}": Status.PENDING for how in ("AUTHENTICATION_CHALLENGED", "AUTHENTICATED")},
    "ORDER_PAYMENT_AUTHORISATION_STARTED": Status.PENDING,
    "ORDER_AUTHORISED": Status.AUTHORIZED,
    "ORDER_COMPLETED": Status.CAPTURED,
    "ORDER_CANCELLED": Status.CANCELLED,
    **dict.fromkeys(("ORDER_FAILED", "ORDER_PAYMENT_DECLINED", "ORDER_PAYMENT_FAILED"), Status.FAILED),
    "PAYOUT_INITIATED": Status.PAYOUT_PENDING,
    "PAYOUT_COMPLETED": Status.PAYOUT_PAID,
    "PAYOUT_FAILED": Status.PAYOUT_FAILED,
    **dict.fromkeys(("DISPUTE_ACTION_REQUIRED", "DISPUTE_UNDER_REVIEW"), Status.DISPUTED),
    "DISPUTE_WON": Status.DISPUTE_WON,
    "DISPUTE_LOST": Status.DISPUTE_LOST,
}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    about = event.order_id or event.payout_id or event.dispute_id or event.subscription_id
    payment_id = decoding.required(about, NAME, "order_id, payout_id, dispute_id or subscription_id")
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(event.event, payment_id),
            event_type=event.event,
            payment_id=payment_id,
            reading=Reading(_STATUS.get(event.event, Status.UNKNOWN), None),
            currency=None,
            occurred_at=None,
            payload=raw,
        )
    ]
