"""Flutterwave, API version 4.

Document        https://developer.flutterwave.com/docs/webhooks (no SDK verifies it; some mirrors show plain equality)
Header          `flutterwave-signature`
Signed          the raw body
Signature       HMAC-SHA256, base64
Key             the secret hash as it is written
Replay          the body's `timestamp` is signed, but it is the event's: only the ledger stops a replay
Retries         not confirmed
Acknowledgement 200
Not protected   nothing of the body; the other headers are not signed and not read

Amounts are JSON numbers in major units. The payment is the charge, `data.charge_id` where an event is about something
else. `charge.completed` tells of failures too: `data.status` decides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal  # noqa: TC003 - msgspec reads the annotations when it decodes
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Milliseconds  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "flutterwave_v4"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "flutterwave-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Flutterwave's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(request, secrets, _HEADER, signed_body.BASE64)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Flutterwave secret hash",
        "the Dashboard under Settings > Webhooks > Secret hash",
    )


class _Data(msgspec.Struct):
    id: str
    charge_id: str | None = None
    amount: Decimal | None = None
    currency: Currency | None = None
    status: str | None = None


class _Event(msgspec.Struct):
    id: str
    type: str
    timestamp: Milliseconds
    data: msgspec.Raw = msgspec.Raw(b"{}")


_CHARGE = {"succeeded": Status.CAPTURED, "failed": Status.FAILED, "pending": Status.PENDING}
_TRANSFER = {
    **dict.fromkeys(("succeeded", "successful"), Status.PAYOUT_PAID),
    **dict.fromkeys(("failed", "cancelled"), Status.PAYOUT_FAILED),
    **dict.fromkeys(("new", "pending", "initiated"), Status.PAYOUT_PENDING),
}


def _read(event_type: str, data: _Data) -> Reading:
    amount = None
    if data.amount is not None:
        amount = mapping.minor_units_of(data.amount, data.currency, NAME, "data.amount")
    status = data.status or ""
    match event_type.partition(".")[0]:
        case "charge":
            return Reading(_CHARGE.get(status, Status.UNKNOWN), amount)
        case "transfer":
            return Reading(_TRANSFER.get(status, Status.UNKNOWN), amount)
        case "refund" if status in ("succeeded", "completed"):
            return totals.refund_made(data.id, decoding.required_amount(amount, NAME, "data.amount"))
        case "refund" if status == "failed":
            return totals.refund_failed(data.id, amount)
        case "refund":
            return Reading(Status.REFUND_PENDING, amount)
        case _:
            return Reading(Status.DISPUTED, amount)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if event.type.partition(".")[0] in ("charge", "transfer", "refund", "chargeback"):
        data = decoding.decode(event.data, _Data, NAME, "data")
        reading, currency = _read(event.type, data), data.currency
        payment_id = data.charge_id or data.id
    else:
        payment_id = mapping.loose_id(event.data, "charge_id", "id", default=event.id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=datetime.fromtimestamp(event.timestamp // 1000, UTC),
            payload=raw,
        )
    ]
