"""Checkout.com.

Document        https://www.checkout.com/docs/developer-resources/webhooks (read in checkout-woocommerce-plugin)
Header          `Cko-Signature`; the optional `Authorization` is a fixed text of your own and not read
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal
Key             the workflow's signature key as it is written
Replay          no time is signed: only the ledger stops a replay
Retries         automatic; the schedule is not published
Acknowledgement any 2xx within 10 s
Not protected   nothing of the body; the other headers are not signed and not read

The payment is `data.id`, of a dispute `data.payment_id`. Partial or full is decided from `data.balances`. Amounts are
in minor units, of CLP with two decimal places. `unknown` on purpose: payment_void_declined (the payment is as it was),
dispute_resolved (it does not say how).
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

NAME = "checkout_com"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "cko-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Checkout.com's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Checkout.com signature key",
        "the Dashboard under Developers > Workflows > the webhook > Signature key",
    )


class _Balances(msgspec.Struct):
    total_authorized: Minor | None = None
    total_captured: Minor | None = None
    total_refunded: Minor | None = None


class _Data(msgspec.Struct):
    id: str
    payment_id: str | None = None
    action_id: str | None = None
    amount: Minor | None = None
    currency: Currency | None = None
    balances: _Balances | None = None


class _Event(msgspec.Struct):
    id: str
    type: str
    created_on: str | None = None
    timestamp: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


_STATUS = {
    "payment_pending": Status.PENDING,
    "payment_capture_pending": Status.PENDING,
    "payment_approved": Status.AUTHORIZED,
    "payment_declined": Status.FAILED,
    "payment_captured": Status.CAPTURED,
    "payment_capture_declined": Status.FAILED,
    "payment_voided": Status.CANCELLED,
    "payment_canceled": Status.CANCELLED,
    "payment_expired": Status.EXPIRED,
    "payment_refunded": Status.REFUNDED,
    "payment_refund_pending": Status.REFUND_PENDING,
    "payment_refund_declined": Status.REFUND_FAILED,
    "payment_paid": Status.PAYOUT_PAID,
    "payment_returned": Status.PAYOUT_FAILED,
    **dict.fromkeys(("dispute_received", "dispute_evidence_required", "dispute_evidence_submitted"), Status.DISPUTED),
    **dict.fromkeys(("dispute_arbitration_sent_to_scheme", "dispute_arbitration_required"), Status.DISPUTED),
    **dict.fromkeys(("dispute_won", "dispute_canceled", "dispute_arbitration_won"), Status.DISPUTE_WON),
    **dict.fromkeys(("dispute_lost", "dispute_expired", "dispute_accepted"), Status.DISPUTE_LOST),
    "dispute_arbitration_lost": Status.DISPUTE_LOST,
}
_PLACES = {"CLP": 2}
"""https://www.checkout.com/docs/payments/accept-payments/format-the-amount-value"""


def _read(status: Status, data: _Data) -> Reading:
    balances = data.balances or _Balances()
    amount = None if data.amount is None else decoding.required_amount(data.amount, NAME, "data.amount")
    if status is Status.CAPTURED and balances.total_authorized is not None and balances.total_captured is not None:
        return totals.captured(balances.total_authorized, balances.total_captured)
    if status is Status.REFUNDED:
        if balances.total_captured is not None and balances.total_refunded is not None:
            return totals.refunded(balances.total_captured, balances.total_refunded)
        made = decoding.required(amount, NAME, "data.amount")
        return totals.refund_made(decoding.required(data.action_id, NAME, "data.action_id"), made)
    return Reading(status, amount)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    status = _STATUS.get(event.type)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if status:
        data = decoding.decode(event.data, _Data, NAME, "data")
        currency = data.currency
        reading = mapping.rescaled(_read(status, data), currency, _PLACES, NAME)
        payment_id = data.payment_id or data.id
    else:
        payment_id = mapping.loose_id(event.data, "payment_id", "id", default=event.id)
    occurred_at = decoding.moment(event.created_on or event.timestamp)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=decoding.required(occurred_at, NAME, "created_on (as a time)"),
            payload=raw,
        )
    ]
