"""Paddle Billing.

Document        https://developer.paddle.com/webhooks/signature-verification (read in paddle-python-sdk `Verifier.py`)
Header          `Paddle-Signature: ts=<unix seconds>;h1=<signature>[;h1=<signature>]`; other items are ignored
Signed          `{ts}:` and the raw body
Signature       HMAC-SHA256, lower-case hexadecimal; while a secret is rotated there are two `h1`
Key             the notification destination's secret key as it is written, with its `pdl_ntfset_`
Replay          `ts` is signed; Paddle's SDKs allow 5 s, which a slow network breaks: here the source's tolerance
Retries         live: 60 over 3 days; sandbox: 3 over 15 min
Acknowledgement 200 within 5 s
Not protected   nothing of the body; the other headers are not signed and not read

The payment is the transaction, also of adjustments. An adjustment is a share, since it has no total of the transaction.
`unknown` on purpose: transaction.past_due, .updated and .revised (nothing was paid), credits (no money moves).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_time, totals
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

NAME = "paddle"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ("toleranceSeconds",)

_LAYOUT = signed_time.Layout(header="paddle-signature", separator=";", time="ts", signature="h1", joint=b":")


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Paddle's signature and its age; see `lambda_src.providers.Provider.verify`."""
    return signed_time.verify(request, secrets, source, now, _LAYOUT)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret key; None: nothing is."""
    if secret.startswith("pdl_ntf") and schemes.text_key(secret):
        return None
    return (
        "a Paddle secret key starts with `pdl_ntfset_` and has no white space; it is in the Dashboard under "
        "Developer tools > Notifications > the destination > Secret key"
    )


class _Totals(msgspec.Struct):
    total: str | None = None
    grand_total: str | None = None


class _Details(msgspec.Struct):
    totals: _Totals | None = None


class _Data(msgspec.Struct):
    id: str
    transaction_id: str | None = None
    currency_code: Currency | None = None
    details: _Details | None = None
    totals: _Totals | None = None
    amount: str | None = None
    action: str | None = None
    status: str | None = None


class _Event(msgspec.Struct):
    event_id: str
    event_type: str
    occurred_at: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


_STATUS = {
    "transaction.created": Status.PENDING,
    "transaction.ready": Status.PENDING,
    "transaction.billed": Status.PENDING,
    "transaction.paid": Status.CAPTURED,
    "transaction.completed": Status.CAPTURED,
    "transaction.payment_failed": Status.FAILED,
    "transaction.canceled": Status.CANCELLED,
    "payout.created": Status.PAYOUT_PENDING,
    "payout.paid": Status.PAYOUT_PAID,
}
_ADJUSTMENTS = ("adjustment.created", "adjustment.updated")
_DISPUTE = {
    **dict.fromkeys(("chargeback", "chargeback_warning"), Status.DISPUTED),
    **dict.fromkeys(("chargeback_reverse", "chargeback_warning_reverse"), Status.DISPUTE_WON),
}


def _minor(text: str | None, field: str) -> int | None:
    """Read minor units, which Paddle writes as a text."""
    if text is None:
        return None
    return decoding.decode(text.encode("utf-8", "replace"), Minor, NAME, field)


def _read_adjustment(data: _Data) -> Reading:
    amount = _minor(data.totals.total if data.totals else None, "totals.total")
    if data.action != "refund":
        return Reading(_DISPUTE.get(data.action or "", Status.UNKNOWN), amount)
    match data.status:
        case "approved":
            return totals.refund_made(data.id, decoding.required_amount(amount, NAME, "totals.total"))
        case "pending_approval":
            return Reading(Status.REFUND_PENDING, amount)
        case "rejected" | "reversed":
            return totals.refund_failed(data.id, amount)
        case _:
            return Reading(Status.UNKNOWN, amount)


def _read(event_type: str, data: _Data) -> Reading:
    if event_type in _ADJUSTMENTS:
        return _read_adjustment(data)
    known = data.details.totals if data.details else None
    return Reading(_STATUS[event_type], _minor(known.grand_total if known else data.amount, "the amount"))


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    reading, currency = Reading(Status.UNKNOWN, None), None
    if event.event_type in _STATUS or event.event_type in _ADJUSTMENTS:
        data = decoding.decode(event.data, _Data, NAME, "data")
        reading, currency = _read(event.event_type, data), data.currency_code
        payment_id = data.transaction_id or data.id
    else:
        payment_id = mapping.loose_id(event.data, "transaction_id", "id", default=event.event_id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.event_id,
            event_type=event.event_type,
            payment_id=payment_id,
            reading=reading,
            currency=currency,
            occurred_at=decoding.required(decoding.moment(event.occurred_at), NAME, "occurred_at (as a time)"),
            payload=raw,
        )
    ]
