"""Adyen for Platforms, banking and management webhooks.

Document        https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
Header          `HmacSignature`
Signed          the raw body (unlike Adyen's standard webhooks)
Signature       HMAC-SHA256, base64
Key             the HMAC key's hexadecimal text decoded (32 bytes)
Replay          no time of sending is signed: only the ledger stops a replay
Retries         as Adyen's standard webhooks: 3 within a minute, then growing pauses up to 30 days
Acknowledgement any 2xx within 10 s
Not protected   nothing of the body; the other headers are not signed and not read

Only outgoing bank transfers move money in our words: they are payouts. Everything else is kept as `unknown`. No event
id is sent: it is the digest of type, object, status and time. Amounts have Adyen's own decimal places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body
from lambda_src.canonical import Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.providers.adyen_account import ADYEN_PLACES, adyen_key_problem
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "adyen_platform"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "hmacsignature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Adyen's signature of the body; see `lambda_src.providers.Provider.verify`."""
    return signed_body.verify(
        request,
        secrets,
        _HEADER,
        signed_body.BASE64,
        key_of=schemes.hex_key,
        key_form="the hexadecimal text of an HMAC key",
    )


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of an HMAC key; None: nothing is."""
    return adyen_key_problem(secret)


class _Amount(msgspec.Struct):
    value: Minor
    currency: Currency


class _Transfer(msgspec.Struct, rename="camel"):
    id: str
    category: str | None = None
    direction: str | None = None
    status: str | None = None
    amount: _Amount | None = None


class _Loose(msgspec.Struct, rename="camel"):
    id: object = None
    status: object = None
    updated_at: object = None
    creation_date: object = None


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")
    timestamp: object = None


_TRANSFERS = ("balancePlatform.transfer.created", "balancePlatform.transfer.updated")
_STATUS = {
    **dict.fromkeys(("received", "pendingApproval", "authorised"), Status.PAYOUT_PENDING),
    "booked": Status.PAYOUT_PAID,
    **dict.fromkeys(("refused", "failed", "cancelled", "returned", "error"), Status.PAYOUT_FAILED),
}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    loose = decoding.decode(event.data, _Loose, NAME, "data")
    reading, currency = Reading(Status.UNKNOWN, None), None
    if event.type in _TRANSFERS:
        transfer = decoding.decode(event.data, _Transfer, NAME, "data")
        if transfer.category == "bank" and transfer.direction == "outgoing":
            amount = abs(transfer.amount.value) if transfer.amount else None
            currency = transfer.amount.currency if transfer.amount else None
            reading = Reading(_STATUS.get(transfer.status or "", Status.UNKNOWN), amount)
            reading = mapping.rescaled(reading, currency, ADYEN_PLACES, NAME)
    stated = event.timestamp or loose.updated_at or loose.creation_date
    identity = (event.type, loose.id, loose.status, stated)
    event_id = mapping.digest_id(*identity) if loose.id else mapping.digest_id(raw)
    return [
        mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=event.type,
            payment_id=decoding.first_identifier(loose.id, default=event_id),
            reading=reading,
            currency=currency,
            occurred_at=decoding.moment(stated),
            payload=raw,
        )
    ]
