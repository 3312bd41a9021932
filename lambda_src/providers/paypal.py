"""PayPal.

Document        https://developer.paypal.com/api/rest/webhooks/rest/ (read in PayPal-Python-SDK `notifications.py`)
Headers         `PAYPAL-TRANSMISSION-ID`, `-TRANSMISSION-TIME` (RFC 3339), `-TRANSMISSION-SIG`, `PAYPAL-CERT-URL`,
                `PAYPAL-AUTH-ALGO`
Signed          `{transmission id}|{transmission time}|{webhook id}|{CRC-32 of the raw body, decimal}`
Signature       RSA PKCS #1 v1.5 with SHA-256, base64
Key             the webhook's id and PayPal's certificate or its public key, `{webhook id}:{PEM}`: pinned, never
                fetched; `PAYPAL-CERT-URL` must be https at paypal.com and is otherwise not used
Replay          the transmission time is signed; PayPal does not say whether a retry renews it, so it may be as old as
                the retries last (3 days) and the tolerance, and ahead by the tolerance
Retries         up to 25 times over 3 days
Acknowledgement any 2xx
Not protected   the body but for its CRC-32: who holds one true request can make another body for it within those 3
                days. Confirm amounts by PayPal's API before goods leave. An expired certificate is not used (503).

The payment is the capture, authorization or sale; a refund names it in its link `up`, a dispute by its
`seller_transaction_id`. An order has an id of its own. Refunds carry no total of the capture: they are shares.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lambda_src import decoding, mapping, rsa, schemes
from lambda_src.canonical import Status
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.providers.paypal_events import PayPalEvent, read
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "paypal"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("toleranceSeconds",)

RETRY_SECONDS = 3 * 86_400
"""How long PayPal sends a message again."""

_PREFIX = "paypal-"
_KEY_FORM = "`{webhook id}:{PEM}` with a public key of RSA, or a certificate of one that is valid now"


def _parts(secret: str) -> tuple[str, rsa.PublicKey] | None:
    """Split a secret into webhook id and key."""
    webhook_id, _, pem = secret.partition(":")
    key = rsa.public_key(pem)
    usable = webhook_id.isascii() and webhook_id.isprintable() and not set(webhook_id) & {" ", "|"}
    return (webhook_id, key) if webhook_id and usable and key else None


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check PayPal's signature and its age; see `lambda_src.providers.Provider.verify`."""

    def valid(secret: str) -> tuple[str, rsa.PublicKey] | None:
        parts = _parts(secret)
        return parts if parts and parts[1].is_valid_at(now) else None

    live = schemes.keys(secrets, valid, _KEY_FORM)
    headers = {
        name: schemes.header(request.headers, _PREFIX + name)
        for name in ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")
    }
    if headers["auth-algo"] != "SHA256withRSA":
        raise Rejected(Reason.MALFORMED_HEADER, "paypal-auth-algo is not SHA256withRSA")
    if not _is_paypals(headers["cert-url"]):
        raise Rejected(Reason.MALFORMED_HEADER, "paypal-cert-url is not https at paypal.com")
    message_id, sent_at = headers["transmission-id"], headers["transmission-time"]
    if "|" in message_id + sent_at or not (message_id + sent_at).isascii():
        raise Rejected(Reason.AMBIGUOUS_FIELD, "a transmission header holds a separator")
    sent = decoding.moment(sent_at)
    if sent is None:
        raise Rejected(Reason.MALFORMED_HEADER, "paypal-transmission-time is not a time")
    signature = rsa.signature_of(headers["transmission-sig"], "paypal-transmission-sig")
    checksum = zlib.crc32(request.body)

    def made_it(parts: tuple[str, rsa.PublicKey]) -> bool:
        webhook_id, key = parts
        return rsa.is_signed(key, f"{message_id}|{sent_at}|{webhook_id}|{checksum}".encode(), signature)

    found = schemes.newest(live, made_it)
    if now < sent.timestamp():
        schemes.check_window(int(sent.timestamp()), now, source.tolerance_seconds)
    schemes.check_window(int(sent.timestamp()), now, RETRY_SECONDS + source.tolerance_seconds)
    return found


def _is_paypals(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and host.endswith(".paypal.com") and parts.netloc == host


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of webhook id and key; None: nothing is."""
    if _parts(secret):
        return None
    return (
        "what verifies PayPal's webhooks is `{webhook id}:{PEM}`: the Webhook ID is in the Developer Dashboard under "
        "Apps & Credentials > the app > Webhooks; the PEM is the certificate at PAYPAL-CERT-URL or its public key "
        "(`openssl x509 -pubkey -noout`)"
    )


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, PayPalEvent, NAME)
    told = read(event)
    reading = told.reading if told else Reading(Status.UNKNOWN, None)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.id,
            event_type=event.event_type,
            payment_id=(told.payment_id if told else None) or mapping.loose_id(event.resource, "id", default=event.id),
            reading=reading,
            currency=told.currency if told else None,
            occurred_at=decoding.required(decoding.moment(event.create_time), NAME, "create_time (as a time)"),
            payload=raw,
        )
    ]
