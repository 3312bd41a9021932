"""Braintree.

Document        https://developer.paypal.com/braintree/docs/guides/webhooks/parse (read in braintree_python)
Header          none; the body is a form of `bt_signature` and `bt_payload`
Signed          the text of `bt_payload`, with its newlines, or with one more that transport lost
Signature       HMAC-SHA1, lower-case hexadecimal, as `{public key}|{signature}`; several are joined by `&`
Key             `{public key}:{private key}` of the API; the key is the SHA-1 of the private one, and an entry counts
                for its own public key alone
Replay          no time of sending is signed: only the ledger stops a replay
Retries         hourly, for 3 h in the sandbox and 24 h in production
Acknowledgement any 2xx within 30 s
Not protected   nothing of the payload

The payload is XML in base64; it is unwrapped when it was verified, so that masking sees it, and kept as JSON. No
event id is sent: it is the digest of kind, subject and timestamp. The payment is the transaction, also of disputes.
Amounts come without totals. Braintree tells of no authorization and of no successful refund of a card. Its set-up
check is a GET, which is answered 405: add the URL with the check left out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from lambda_src import decoding, mapping, schemes
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.providers.braintree_events import as_json, element_of, first, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "braintree"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_PAYLOAD = re.compile(r"[A-Za-z0-9+=/\n]+")
_HEX_SHA1 = re.compile(r"[0-9a-f]{40}")
_MAX_FIELDS = 16


def _form(body: bytes) -> tuple[str, str] | None:
    """Read signature and payload; None: the body is not such a form."""
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    named = {name: [value for each, value in fields if each == name] for name in ("bt_signature", "bt_payload")}
    if any(len(values) != 1 for values in named.values()):
        return None
    return named["bt_signature"][0], named["bt_payload"][0]


def _key(secret: str) -> tuple[str, bytes] | None:
    """Split a secret into the public key and the bytes that sign: the SHA-1 of the private one."""
    public, _, text = secret.partition(":")
    private = schemes.text_key(text)
    is_public = bool(public) and public.isascii() and public.isprintable() and not set(public) & {" ", "|", "&"}
    return (public, hashlib.sha1(private).digest()) if private and is_public else None  # noqa: S324 - Braintree's scheme


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Braintree's signature of the payload; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, _key, "`{public key}:{private key}`")
    form = _form(request.body)
    if form is None or not _PAYLOAD.fullmatch(form[1]):
        raise Rejected(Reason.MALFORMED_BODY, "not a form of bt_signature and a bt_payload in base64")
    pairs = [pair.partition("|") for pair in form[0].split("&")]
    schemes.well_formed([signature for _, _, signature in pairs], _HEX_SHA1, "bt_signature")
    payload = form[1].encode()

    def made_it(parts: tuple[str, bytes]) -> bool:
        public, key = parts
        candidates = [signature.encode("utf-8", "replace") for name, _, signature in pairs if name == public]
        expected = [schemes.hexadecimal(hmac.digest(key, each, "sha1")) for each in (payload, payload + b"\n")]
        return any([schemes.is_among(each, candidates) for each in expected])  # noqa: C419 - both, whichever is right

    return schemes.newest(live, made_it)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of the keys; None: nothing is."""
    if _key(secret):
        return None
    return (
        "what verifies Braintree's webhooks is `{public key}:{private key}`; both are in the Control Panel under "
        "Settings > API > API Keys"
    )


def unwrap(body: bytes) -> bytes:
    """Take the XML out of a verified form; what is no such form is left as it is."""
    form = _form(body)
    try:
        return base64.b64decode(form[1]) if form else body
    except ValueError:
        return body


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    notification = element_of(decoding.body_of(delivery))
    kind = decoding.required(first(notification, "kind"), NAME, "kind")
    time = decoding.required(first(notification, "timestamp"), NAME, "timestamp")
    told = read(notification, kind)
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(kind, told.subject, time),
            event_type=kind,
            payment_id=told.payment_id,
            reading=told.reading,
            currency=told.currency,
            occurred_at=decoding.required(decoding.moment(time), NAME, "timestamp (as a time)"),
            payload=msgspec.json.encode({notification.tag: as_json(notification)}),
        )
    ]
