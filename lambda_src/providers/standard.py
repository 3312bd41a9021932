"""Standard Webhooks 1.0, for any vendor that follows it (Svix and its customers too).

Document        https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
Headers         `webhook-id`, `webhook-timestamp` (unix seconds), `webhook-signature`; or all three as `svix-*`
Signed          `{id}.{timestamp}.` and the raw body; an id with a full stop is refused, it would make that ambiguous
Signature       `v1,` and the HMAC-SHA256 in base64; several are separated by spaces. `v1a` (ed25519) is not supported.
Key             the secret without `whsec_`, base64-decoded (Stripe's has the same prefix and is not decoded)
Replay          the timestamp is signed; 300 s either way in the reference libraries
Retries         5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h
Acknowledgement any 2xx
Not protected   nothing of the body; the other headers are not signed and not read

The payload is `{type, timestamp, data}`. The specification leaves `data` to the vendor; this is what is read of it:
    data.id               the payment; of a refund, dispute or payout its own id
    data.payment_id       the payment that a refund or dispute belongs to
    data.amount           integer, minor units of data.currency (decimal texts are not accepted: they would be a guess);
                          not recorded when there is no currency
    data.amount_captured, data.amount_refunded   totals so far, where the vendor has them
    data.status           of a closed dispute: `won` or `lost`
Several vendors may be configured, so ids are prefixed with the source's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, schemes
from lambda_src.canonical import PaymentEvent, Status
from lambda_src.errors import Reason, Rejected, Unprocessable
from lambda_src.providers import Acknowledgement
from lambda_src.providers.standard_events import RULES, StandardData
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "standard"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS = ("webhook-id", "svix-id")
SETTINGS = ("toleranceSeconds",)

KEY_BYTES = range(24, 65)
"""Length of a key by the specification; verification takes others as well, since the libraries do."""

_PREFIX = "whsec_"


def _family(headers: Mapping[str, str]) -> str:
    """Choose one set of header names, the same when verifying and when reading the id: the other set is unsigned."""
    return "webhook" if "webhook-id" in headers else "svix"


def _key(secret: str) -> bytes | None:
    return schemes.base64_key(secret.removeprefix(_PREFIX))


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check the signature and its age; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, _key, "base64, with or without `whsec_` before it")
    family = _family(request.headers)
    message_id = schemes.header(request.headers, f"{family}-id")
    sent_at = schemes.header(request.headers, f"{family}-timestamp")
    tokens = schemes.header(request.headers, f"{family}-signature").split(" ")
    if not (message_id.isascii() and message_id.isprintable()):
        raise Rejected(Reason.MALFORMED_HEADER, f"{family}-id is not printable ASCII")
    if "." in message_id:
        raise Rejected(Reason.AMBIGUOUS_FIELD, f"{family}-id holds a full stop")
    signed_at = schemes.timestamp(sent_at, f"{family}-timestamp")
    signatures = [token.removeprefix("v1,") for token in tokens if token.startswith("v1,")]
    candidates = schemes.well_formed(signatures, schemes.BASE64_SHA256, f"v1 of {family}-signature")
    message = b"%s.%s.%s" % (message_id.encode(), sent_at.encode(), request.body)
    position = schemes.match(live, message, candidates)
    schemes.check_window(signed_at, now, source.tolerance_seconds)
    return position


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signing secret; None: nothing is."""
    key = _key(secret)
    if key and len(key) in KEY_BYTES:
        return None
    return (
        f"a Standard Webhooks secret is `whsec_` and the base64 of {KEY_BYTES[0]} to {KEY_BYTES[-1]} bytes; "
        "the vendor shows it with the webhook endpoint. `whpk_` keys (v1a) are not supported"
    )


class _Any(msgspec.Struct):
    """Of data that is not known: where an id may be, of whatever type."""

    id: object = None
    payment_id: object = None


class _Event(msgspec.Struct):
    type: str
    timestamp: object = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`.

    The signed `webhook-timestamp` is the time of the sending, which changes with every retry; where the payload has no
    timestamp of its own, the time of the receipt stands in and is marked as not signed.
    """
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    message_id = decoding.required(delivery.headers.get(f"{_family(delivery.headers)}-id") or None, NAME, "webhook-id")
    if rule := RULES.get(event.type):
        known = decoding.decode(event.data, StandardData, NAME, "data")
        reading, currency = rule(known), known.currency
        payment_id = decoding.required(known.payment_id or known.id, NAME, "data.id")
    else:
        reading, currency = Reading(Status.UNKNOWN, None), None
        payment_id = _loose_id(event.data) or message_id
    occurred_at = decoding.moment(event.timestamp)
    return [
        decoding.checked(
            PaymentEvent(
                provider=NAME,
                event_id=f"{delivery.source}/{message_id}",
                event_type=event.type,
                payment_id=f"{delivery.source}/{payment_id}",
                status=reading.status,
                amount=reading.amount if currency else None,
                currency=currency.upper() if currency else None,
                occurred_at=occurred_at or delivery.received_at,
                occurred_at_signed=occurred_at is not None,
                share=reading.share if currency else None,
                payload=decoding.without_secrets(raw, NAME),
            )
        )
    ]


def _loose_id(data: msgspec.Raw) -> str:
    """Find an id in data of any form; an empty text: there is none."""
    try:
        about = decoding.decode(data, _Any, NAME, "data")
    except Unprocessable:
        return ""
    return decoding.first_identifier(about.payment_id, about.id, default="")
