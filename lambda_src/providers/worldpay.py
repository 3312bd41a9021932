"""Worldpay Access.

Document        https://docs.worldpay.com/access/products/events/signature
Header          `Event-Signature: {key id}/SHA256/{signature}`; several are separated by commas
Signed          the raw body
Signature       HMAC-SHA256, lower-case hexadecimal (the document does not say how it is written: assumed)
Key             `{key id}:{secret}`; an entry counts for the secret of its key id alone
Replay          no time of sending is signed: only the ledger stops a replay
Retries         15 min to 2 h apart, up to 1 week
Acknowledgement 200 within 10 s
Not protected   nothing of the body; the other headers are not signed and not read

The payment is `transactionReference`. Times have no zone and are taken as UTC. No totals are sent: a refund is a share.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes, totals
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

NAME = "worldpay"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "event-signature"


def _key(secret: str) -> tuple[str, bytes] | None:
    key_id, _, text = secret.partition(":")
    key = schemes.text_key(text)
    return (key_id, key) if key and key_id.isalnum() and key_id.isascii() else None


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Worldpay's signature of the body; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, _key, "`{key id}:{secret}`")
    entries = [entry.strip(" ").split("/") for entry in schemes.header(request.headers, _HEADER).split(",")]
    named = [entry for entry in entries if len(entry) == len(("key id", "hash", "signature")) and entry[1] == "SHA256"]
    schemes.well_formed([entry[2] for entry in named], schemes.HEX_SHA256, _HEADER)

    def made_it(parts: tuple[str, bytes]) -> bool:
        key_id, key = parts
        candidates = [entry[2].encode("utf-8", "replace") for entry in named if entry[0] == key_id]
        return schemes.is_among(schemes.hexadecimal(hmac.digest(key, request.body, "sha256")), candidates)

    return schemes.newest(live, made_it)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    if _key(secret):
        return None
    return (
        "a Worldpay event signature key is `{key id}:{secret}`; both were agreed with Worldpay when the events were "
        "set up (Worldpay Dashboard > Developer Tools > Events)"
    )


class _Amount(msgspec.Struct):
    value: Minor
    currency: Currency = msgspec.field(name="currencyCode")


class _Details(msgspec.Struct, rename="camel"):
    type: str
    transaction_reference: str
    amount: _Amount | None = None


class _Event(msgspec.Struct, rename="camel"):
    event_id: str
    event_timestamp: str
    event_details: _Details


_STATUS = {
    "sentForAuthorization": Status.PENDING,
    "authorized": Status.AUTHORIZED,
    "sentForSettlement": Status.PENDING,
    "settled": Status.CAPTURED,
    "cancelled": Status.CANCELLED,
    "expired": Status.EXPIRED,
    "refused": Status.FAILED,
    "error": Status.FAILED,
    "sentForRefund": Status.REFUND_PENDING,
    "refunded": Status.REFUNDED,
    "refundFailed": Status.REFUND_FAILED,
    "informationRequested": Status.DISPUTED,
    "chargedBack": Status.DISPUTED,
    "chargebackReversed": Status.DISPUTE_WON,
}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    details = event.event_details
    status = _STATUS.get(details.type, Status.UNKNOWN)
    known = details.amount if status is not Status.UNKNOWN else None
    amount = decoding.required_amount(known.value, NAME, "amount.value") if known else None
    reading = Reading(status, amount)
    if status is Status.REFUNDED:
        # an event is all that names a refund
        reading = totals.refund_made(event.event_id, decoding.required(amount, NAME, "amount"))
    return [
        mapping.payment_event(
            delivery,
            event_id=event.event_id,
            event_type=details.type,
            payment_id=details.transaction_reference,
            reading=reading,
            currency=known.currency if known else None,
            occurred_at=decoding.required(
                decoding.utc_moment(event.event_timestamp), NAME, "eventTimestamp (as a time)"
            ),
            payload=raw,
        )
    ]
