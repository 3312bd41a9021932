"""Paystack.

Document        https://paystack.com/docs/payments/webhooks/ (read in PaystackOSS/doc-code-snippets)
Header          `x-paystack-signature`
Signed          the raw body
Signature       HMAC-SHA512, lower-case hexadecimal
Key             the API secret key as it is written (it begins with `sk_`): rotating one rotates the other
Replay          no time of sending is signed: only the ledger stops a replay
Retries         live: every 3 min four times, then hourly for 72 h; test: hourly for 72 h (told by a third party)
Acknowledgement 200
Not protected   nothing of the body; the other headers are not signed and not read

No event id is sent. It is the digest of event, object, reference and status, all signed and the same in every retry; so
repeated reminders of one dispute are one event. The payment is the transaction's reference, of a transfer its own.
Refunds tell no time: the receipt stands in. There is no webhook for a failed charge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "paystack"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-paystack-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Paystack's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER, signed_body.HEX_SHA512, digest="sha512")


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Paystack secret key, which begins with `sk_`,",
        "the Dashboard under Settings > API Keys & Webhooks",
    )


class _Transaction(msgspec.Struct):
    reference: str | None = None


class _Data(msgspec.Struct):
    id: int | str | None = None
    reference: str | None = None
    transaction_reference: str | None = None
    refund_reference: str | None = None
    transfer_code: str | None = None
    transaction: _Transaction | None = None
    amount: Minor | str | None = None
    refund_amount: Minor | str | None = None
    currency: Currency | None = None
    status: str | None = None
    resolution: str | None = None
    paid_at: str | None = None
    resolved_at: str | None = msgspec.field(default=None, name="resolvedAt")
    created_at: str | None = None
    updated_at: str | None = None


class _Event(msgspec.Struct):
    event: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


_STATUS = {
    "charge.success": Status.CAPTURED,
    "charge.dispute.create": Status.DISPUTED,
    "charge.dispute.remind": Status.DISPUTED,
    "charge.dispute.resolve": Status.UNKNOWN,  # its resolution says how
    "refund.pending": Status.REFUND_PENDING,
    "refund.processing": Status.REFUND_PENDING,
    "refund.processed": Status.REFUNDED,
    "refund.failed": Status.REFUND_FAILED,
    "transfer.success": Status.PAYOUT_PAID,
    "transfer.failed": Status.PAYOUT_FAILED,
    "transfer.reversed": Status.PAYOUT_FAILED,
}
_RESOLUTION = {
    "declined": Status.DISPUTE_WON,
    "merchant-accepted": Status.DISPUTE_LOST,
    "auto-accepted": Status.DISPUTE_LOST,
}


def _read(event_type: str, status: Status, data: _Data) -> Reading:
    amount = _minor(data.refund_amount if event_type.startswith("charge.dispute.") else data.amount)
    if event_type == "charge.dispute.resolve":
        return Reading(_RESOLUTION.get(data.resolution or "", Status.UNKNOWN), amount)
    if status in (Status.REFUNDED, Status.REFUND_FAILED):
        refund_id = decoding.required(data.refund_reference or str(data.id or "") or None, NAME, "refund_reference")
        if status is Status.REFUND_FAILED:
            return totals.refund_failed(refund_id, amount)
        return totals.refund_made(refund_id, decoding.required(amount, NAME, "data.amount"))
    return Reading(status, amount)


def _minor(value: int | str | None) -> int | None:
    """Read minor units, which some events write as a text."""
    if value is None:
        return None
    text = str(value).encode("utf-8", "replace")
    return decoding.required_amount(decoding.decode(text, Minor, NAME, "data.amount"), NAME, "data.amount")


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    status = _STATUS.get(event.event)
    reading, currency, occurred_at = Reading(Status.UNKNOWN, None), None, None
    if status is not None:
        data = decoding.decode(event.data, _Data, NAME, "data")
        reading, currency = _read(event.event, status, data), data.currency
        reference = data.transaction.reference if data.transaction else None
        reference = reference or data.transaction_reference or data.reference or data.transfer_code
        payment_id = decoding.required(reference, NAME, "data.reference")
        event_id = mapping.digest_id(event.event, data.id, payment_id, data.refund_reference, data.status)
        occurred_at = decoding.moment(data.resolved_at or data.paid_at or data.updated_at or data.created_at)
    else:
        event_id = payment_id = mapping.digest_id(raw)
    return [
        mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=event.event,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=occurred_at,
            payload=raw,
        )
    ]
