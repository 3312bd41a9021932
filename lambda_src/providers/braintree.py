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
from xml.etree.ElementTree import Element, ParseError, fromstring

import msgspec

from lambda_src import decoding, mapping, schemes, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency
from lambda_src.errors import Reason, Rejected
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

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


def _key(secret: str) -> bytes | None:
    public, _, private = secret.partition(":")
    is_public = bool(public) and public.isascii() and public.isprintable() and not set(public) & {" ", "|", "&"}
    return secret.encode() if is_public and schemes.text_key(private) else None


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Braintree's signature of the payload; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, _key, "`{public key}:{private key}`")
    form = _form(request.body)
    if form is None or not _PAYLOAD.fullmatch(form[1]):
        raise Rejected(Reason.MALFORMED_BODY, "not a form of bt_signature and a bt_payload in base64")
    pairs = [pair.partition("|") for pair in form[0].split("&")]
    schemes.well_formed([signature for _, _, signature in pairs], _HEX_SHA1, "bt_signature")
    payload = form[1].encode()
    position: int | None = None
    for key in live.usable:
        public, _, private = key.value.decode().partition(":")
        candidates = [signature.encode("utf-8", "replace") for name, _, signature in pairs if name == public]
        mac_key = hashlib.sha1(private.encode()).digest()  # noqa: S324 - the provider's scheme
        for message in (payload, payload + b"\n"):
            expected = schemes.hexadecimal(hmac.digest(mac_key, message, "sha1"))
            if schemes.is_among(expected, candidates) and position is None:
                position = key.position
    return schemes.verdict(live, position)


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


_STATUS = {
    "transaction_settled": Status.CAPTURED,
    "transaction_settlement_declined": Status.FAILED,
    "refund_failed": Status.REFUND_FAILED,
    **dict.fromkeys(("dispute_opened", "dispute_under_review", "dispute_disputed"), Status.DISPUTED),
    "dispute_won": Status.DISPUTE_WON,
    **dict.fromkeys(("dispute_lost", "dispute_accepted"), Status.DISPUTE_LOST),
    **dict.fromkeys(("dispute_auto_accepted", "dispute_expired"), Status.DISPUTE_LOST),
    "disbursement": Status.PAYOUT_PAID,
    "disbursement_exception": Status.PAYOUT_FAILED,
    "local_payment_completed": Status.CAPTURED,
    "local_payment_expired": Status.EXPIRED,
    "local_payment_funded": Status.PENDING,
    "local_payment_reversed": Status.CANCELLED,
    "subscription_charged_successfully": Status.CAPTURED,
    "subscription_charged_unsuccessfully": Status.FAILED,
}
"""`unknown` on purpose: transaction_disbursed, _reviewed and _retried (the payment is as it was), check (a test)."""


def _element(raw: bytes) -> Element:
    """Read the XML, of which a document type is no part: it could only define entities.

    Raises:
        Unprocessable: It is none.
    """
    if b"<!" in raw:
        raise decoding.unprocessable(NAME, "the payload: a document type is not accepted")
    try:
        return fromstring(raw)  # noqa: S314 - verified, and without entities
    except (ParseError, ValueError, LookupError) as error:
        raise decoding.unprocessable(NAME, "the payload: not the XML that was expected") from error


def _as_json(element: Element, depth: int = 0) -> object:
    """Turn an element into what JSON can hold: texts, objects, and lists of what repeats."""
    if depth > _DEEPEST:
        raise decoding.unprocessable(NAME, "the payload: nested too deeply")
    if not len(element):
        return (element.text or "").strip() or None
    members: dict[str, object] = {}
    for child in element:
        value = _as_json(child, depth + 1)
        known = members.get(child.tag)
        members[child.tag] = [*known, value] if isinstance(known, list) else value if known is None else [known, value]
    return members


_DEEPEST = 32


def _first(element: Element, *paths: str) -> str | None:
    texts = ((element.findtext(path) or "").strip() for path in paths)
    return next((text for text in texts if text), None)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    notification = _element(decoding.body_of(delivery))
    kind = decoding.required(_first(notification, "kind"), NAME, "kind")
    time = decoding.required(_first(notification, "timestamp"), NAME, "timestamp")
    within = (
        "dispute/transaction",
        "transaction",
        "local-payment/transaction",
        "subscription/transactions/transaction",
    )
    transaction = _first(notification, *(f"subject/{path}/id" for path in within))
    subject = _first(notification, "subject/*/id", "subject/*/payment-id", "subject/transaction/id") or kind
    status = _STATUS.get(kind, Status.UNKNOWN)
    original = _first(notification, "subject/transaction/refunded-transaction-id")
    amount, currency = _money(notification, within) if status is not Status.UNKNOWN else (None, None)
    reading = totals.refund_failed(subject, amount) if status is Status.REFUND_FAILED else Reading(status, amount)
    return [
        mapping.payment_event(
            delivery,
            event_id=mapping.digest_id(kind, subject, time),
            event_type=kind,
            payment_id=original or transaction or subject,
            reading=reading,
            currency=currency,
            occurred_at=decoding.required(decoding.moment(time), NAME, "timestamp (as a time)"),
            payload=msgspec.json.encode({notification.tag: _as_json(notification)}),
        )
    ]


def _money(notification: Element, within: tuple[str, ...]) -> tuple[int | None, str | None]:
    """Read amount and currency, which some kinds leave out."""
    places = ("dispute", "disbursement", "disbursement/merchant-account", *within[1:])
    amount = _first(notification, "subject/dispute/amount-disputed", *(f"subject/{path}/amount" for path in places))
    currency = _first(notification, *(f"subject/{path}/currency-iso-code" for path in places))
    if amount is None or currency is None:
        return None, None
    decoding.decode(msgspec.json.encode(currency), Currency, NAME, "currency-iso-code")
    return mapping.minor_units(amount, currency, NAME, "amount"), currency
