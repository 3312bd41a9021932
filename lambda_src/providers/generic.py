"""Any sender that signs with an HMAC, described by the source's `scheme` alone.

Document        the vendor's own; the scheme's fields are those of `lambda_src.sources.Scheme`
Header          `signatureHeader`, with `prefix` before the signature; several are separated by commas
Signed          the template `signed`, of the raw body, the timestamp header, the registered URL and other headers
Signature       HMAC by `algorithm` (sha256, sha512, sha1), as `encoding` (hex, base64)
Key             the secret by `key`: as it is written, or hex or base64 decoded
Replay          with `timestampHeader` its time is signed and held against the clock both ways; else the ledger alone
Retries         the vendor's own
Acknowledgement any 2xx
Not protected   whatever the template leaves out: headers that it does not name are not read

Ids are prefixed with the source's name, since several vendors may be configured. Without `id` the event id is a digest
of the body. A status map says what each type is: partial or full is then the map's word, as there are no totals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import Status
from lambda_src.errors import Reason, Rejected, Unavailable
from lambda_src.providers import Acknowledgement
from lambda_src.providers.generic_document import amount_of, at, document_of, text_of, time_of
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Scheme, Source

NAME = "generic"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("toleranceSeconds", "notificationUrl", "scheme")

PLACEHOLDER = re.compile(r"\{(body|timestamp|url|header:[a-z0-9-]+)\}")
"""What a template may hold."""

_KEYS = {"text": schemes.text_key, "hex": schemes.hex_key, "base64": schemes.base64_key}
_DIGEST_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}


def _scheme(source: Source) -> Scheme:
    if source.scheme is None:
        raise Unavailable(Reason.SECRET_NOT_CONFIGURED, "the source has no scheme")
    return source.scheme


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check the signature by the scheme, and the age where a time is signed; see `lambda_src.providers.Provider`."""
    scheme = _scheme(source)
    live = schemes.keys(secrets, _KEYS[scheme.key], f"{scheme.key}, as the scheme's `key` says")
    length = _DIGEST_BYTES[scheme.algorithm]
    is_hex = scheme.encoding == "hex"
    form = f"[0-9a-f]{{{2 * length}}}" if is_hex else f"[A-Za-z0-9+/]{{{-(-length * 4 // 3)}}}={{0,2}}"
    parts = [part.strip(" ") for part in schemes.header(request.headers, scheme.signature_header).split(",")]
    candidates = [part.removeprefix(scheme.prefix) for part in parts if part.startswith(scheme.prefix)]
    signatures = schemes.well_formed(candidates, re.compile(form), scheme.signature_header)
    sent_at = schemes.header(request.headers, scheme.timestamp_header) if scheme.timestamp_header else ""
    signed_at = _sent(sent_at, scheme)
    message = _message(scheme, request, sent_at)
    encode = schemes.hexadecimal if is_hex else schemes.base64_text
    position = schemes.match(live, message, signatures, encode, scheme.algorithm)
    if signed_at is not None:
        schemes.check_window(signed_at, now, source.tolerance_seconds)
    return position


def _sent(text: str, scheme: Scheme) -> int | None:
    if scheme.timestamp_header is None:
        return None
    if scheme.timestamp_unit == "milliseconds":
        if not re.fullmatch(r"[0-9]{4,15}", text):
            raise Rejected(Reason.MALFORMED_HEADER, f"{scheme.timestamp_header} is not a time in milliseconds")
        return int(text) // 1000
    return schemes.timestamp(text, scheme.timestamp_header)


def _message(scheme: Scheme, request: SignedRequest, sent_at: str) -> bytes:
    """Fill the template; every second part of the split is a placeholder."""
    pieces = []
    for index, part in enumerate(PLACEHOLDER.split(scheme.signed)):
        if index % 2 == 0:
            pieces.append(part.encode())
        elif part == "body":
            pieces.append(request.body)
        else:
            name = part.removeprefix("header:")
            text = {"timestamp": sent_at, "url": request.url}.get(part)
            value = schemes.header(request.headers, name) if text is None else text
            pieces.append(value.encode("utf-8", "surrogatepass"))
    return b"".join(pieces)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is. Its key is tried when a request comes."""
    return schemes.text_secret_problem(secret, "a signing secret", "the vendor's webhook settings")


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery by the scheme; see `lambda_src.providers.Provider.parse`."""
    scheme = source.scheme
    if scheme is None:
        raise decoding.unprocessable(NAME, "the source has no scheme any more")
    raw = decoding.body_of(delivery)
    document = document_of(raw)
    event_type = text_of(at(document, scheme.type), "type", scheme.type)
    status = scheme.statuses.get(event_type, Status.UNKNOWN)
    currency = at(document, scheme.currency)
    amount = None
    if status is not Status.UNKNOWN and isinstance(currency, str):
        amount = amount_of(at(document, scheme.amount), currency, scheme)
    event_id = text_of(at(document, scheme.id), "id", scheme.id) if scheme.id else mapping.digest_id(raw)
    return [
        mapping.payment_event(
            delivery,
            event_id=f"{delivery.source}/{event_id}",
            event_type=event_type,
            payment_id=f"{delivery.source}/{text_of(at(document, scheme.payment), 'payment', scheme.payment)}",
            reading=Reading(status, amount),
            currency=str(currency) if currency else None,
            occurred_at=time_of(at(document, scheme.time)),
            payload=raw,
        )
    ]
