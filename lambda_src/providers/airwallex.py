"""Airwallex.

Document        https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events (read in
                airwallex/paymentacceptance-plugin-woocommerce `WebhookService.php`)
Headers         `x-timestamp` (milliseconds), `x-signature`
Signed          `{x-timestamp}` and the raw body, nothing between them
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the webhook's secret as it is written
Replay          the timestamp is signed; Airwallex does not say whether a retry renews it, so it may be as old as the
                retries last (3 days) and the tolerance, and ahead by the tolerance
Retries         growing pauses over about 3 days, of whatever is not answered by 200
Acknowledgement 200
Not protected   nothing of the body; the other headers are not signed and not read

The payment is the PaymentIntent, of attempts, refunds and disputes `payment_intent_id`; a dispute may come without and
then stands for itself. Amounts are JSON numbers in major units. Refunds come without totals and are shares. `unknown`
on purpose: payment_intent.updated (it does not say what happened); payment_attempt.capture_requested, settled and paid
(the intent tells of the capture, and settlement may come days later, after a refund).

A test event of the web app ("Test event") is signed with a key that it brings along in `client-secret-key`. Anybody
could make one, so it is refused: try the sandbox's own events instead.

Not verified: a genuine message (no account was at hand), whether Airwallex writes the amount of any currency with other
decimals than ISO 4217 has, and whether a notification of a transfer always has `amount_beneficiary_receives`. Where
`created_at` is missing, as in some published examples, the object's `updated_at` stands in.
"""

from __future__ import annotations

import re
from decimal import Decimal  # noqa: TC003 - msgspec reads the annotations when it decodes
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "airwallex"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ("toleranceSeconds",)

RETRY_SECONDS = 3 * 86_400
"""How long Airwallex sends an event again."""

_TIMESTAMP, _SIGNATURE = "x-timestamp", "x-signature"
_MILLISECONDS = re.compile(r"[0-9]{4,15}")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$", re.ASCII)


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Airwallex's signature and its age; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    sent_at = schemes.header(request.headers, _TIMESTAMP)
    if not _MILLISECONDS.fullmatch(sent_at):
        raise Rejected(Reason.MALFORMED_HEADER, f"{_TIMESTAMP} is not a time in milliseconds")
    candidates = schemes.well_formed([schemes.header(request.headers, _SIGNATURE)], schemes.HEX_SHA256, _SIGNATURE)
    position = schemes.match(live, sent_at.encode() + request.body, candidates, schemes.hexadecimal)
    signed_at = int(sent_at) // 1000
    retries = RETRY_SECONDS if signed_at < now else 0
    schemes.check_window(signed_at, now, source.tolerance_seconds + retries)
    return position


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "an Airwallex webhook secret",
        "the web app under Settings > Developer > Webhooks > the webhook > Secret",
    )


class _Object(msgspec.Struct):
    """A PaymentIntent, attempt, refund or dispute, or a transfer."""

    id: str
    payment_intent_id: str | None = None
    amount: Decimal | None = None
    captured_amount: Decimal | None = None
    currency: Currency | None = None
    amount_beneficiary_receives: Decimal | None = None
    transfer_currency: Currency | None = None
    updated_at: str | None = None


class _Event(msgspec.Struct):
    id: str
    name: str
    created_at: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Data(msgspec.Struct):
    object: msgspec.Raw


_PENDING = ("created", "requires_payment_method", "requires_customer_action", "pending", "pending_review")
_FAILED = ("authentication_failed", "authorization_failed", "risk_declined", "failed_to_process", "capture_failed")
_PAYOUT_PENDING = ("in_approval", "scheduled", "overdue", "processing", "sent", "cancellation_requested")
_STATUS = {
    **{f"payment_intent.{state}": Status.PENDING for state in _PENDING},
    "payment_intent.requires_capture": Status.AUTHORIZED,
    "payment_intent.succeeded": Status.CAPTURED,
    "payment_intent.cancelled": Status.CANCELLED,
    "payment_attempt.received": Status.PENDING,
    "payment_attempt.authentication_redirected": Status.PENDING,
    "payment_attempt.pending_authorization": Status.PENDING,
    "payment_attempt.authorized": Status.AUTHORIZED,
    **{f"payment_attempt.{state}": Status.FAILED for state in _FAILED},
    "payment_attempt.cancelled": Status.CANCELLED,
    "payment_attempt.expired": Status.EXPIRED,
    **dict.fromkeys(("refund.received", "refund.accepted", "refund.processing"), Status.REFUND_PENDING),
    **dict.fromkeys(("refund.settled", "refund.succeeded"), Status.PARTIALLY_REFUNDED),
    "refund.failed": Status.REFUND_FAILED,
    **{
        f"payment_dispute.{state}": Status.DISPUTED
        for state in ("requires_response", "challenged", "pending_decision", "pending_closure")
    },
    **{f"payment_dispute.{state}": Status.DISPUTE_WON for state in ("won", "reversed")},
    **{f"payment_dispute.{state}": Status.DISPUTE_LOST for state in ("lost", "accepted", "expired")},
    **{f"payout.transfer.{state}": Status.PAYOUT_PENDING for state in _PAYOUT_PENDING},
    "payout.transfer.paid": Status.PAYOUT_PAID,
    **{f"payout.transfer.{state}": Status.PAYOUT_FAILED for state in ("failed", "cancelled")},
}
"""By the names of API version 2026-08-21; refund.processing and refund.succeeded are those of versions before."""


def _unwrapped(data: msgspec.Raw) -> msgspec.Raw:
    """Take the object out of `data`; a transfer is not wrapped, and of an unknown event it may be anything."""
    try:
        return msgspec.json.decode(data, type=_Data).object
    except (msgspec.MsgspecError, RecursionError):
        return data


def _minor(number: Decimal | None, currency: str | None, field: str) -> int | None:
    if number is None:
        return None
    return decoding.required_amount(mapping.minor_units_of(number, currency, NAME, field), NAME, field)


def _read(status: Status, about: _Object) -> tuple[Reading, str | None]:
    """Read what an event says of the money, and in which currency."""
    if about.amount_beneficiary_receives is not None:
        currency = about.transfer_currency
        return Reading(
            status, _minor(about.amount_beneficiary_receives, currency, "amount_beneficiary_receives")
        ), currency
    currency = about.currency
    amount = _minor(about.amount, currency, "amount")
    if status is Status.CAPTURED and amount is not None and about.captured_amount is not None:
        captured = decoding.required(
            _minor(about.captured_amount, currency, "captured_amount"), NAME, "captured_amount"
        )
        return totals.captured(amount, captured), currency
    if status is Status.PARTIALLY_REFUNDED:
        return totals.refund_made(about.id, decoding.required(amount, NAME, "amount")), currency
    if status is Status.REFUND_FAILED:
        return totals.refund_failed(about.id, amount), currency
    return Reading(status, amount), currency


def _moment(text: str | None) -> datetime | None:
    """Read a time as Airwallex writes it, with an offset without a colon."""
    return None if text is None else decoding.moment(_OFFSET.sub(r"\1:\2", text))


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    status = _STATUS.get(event.name)
    reading, currency, occurred_at = Reading(Status.UNKNOWN, None), None, _moment(event.created_at)
    data = _unwrapped(event.data)
    if status:
        about = decoding.decode(data, _Object, NAME, "data.object")
        reading, currency = _read(status, about)
        payment_id = about.payment_intent_id or about.id
        occurred_at = occurred_at or _moment(about.updated_at)
    else:
        payment_id = mapping.loose_id(data, "payment_intent_id", "id", default=event.id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.name,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=occurred_at,
            payload=raw,
        )
    ]
