"""What Braintree's kinds of notification say about money, and how their XML is read.

`unknown` on purpose: transaction_disbursed, _reviewed and _retried (the payment is as it was), check (a test).
"""

from __future__ import annotations

from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

import msgspec

from lambda_src import decoding, mapping, totals
from lambda_src.canonical import Status
from lambda_src.decoding import Currency
from lambda_src.totals import Reading

NAME = "braintree"


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


def element_of(raw: bytes) -> Element:
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


def as_json(element: Element, depth: int = 0) -> object:
    """Turn an element into what JSON can hold: texts, objects, and lists of what repeats."""
    if depth > _DEEPEST:
        raise decoding.unprocessable(NAME, "the payload: nested too deeply")
    if not len(element):
        return (element.text or "").strip() or None
    members: dict[str, object] = {}
    for child in element:
        value = as_json(child, depth + 1)
        known = members.get(child.tag)
        members[child.tag] = [*known, value] if isinstance(known, list) else value if known is None else [known, value]
    return members


_DEEPEST = 32


def first(element: Element, *paths: str) -> str | None:
    """Find the first of some paths that holds a text."""
    texts = ((element.findtext(path) or "").strip() for path in paths)
    return next((text for text in texts if text), None)


class Told(NamedTuple):
    """What a notification says: about which subject and payment, what, in which currency."""

    subject: str
    payment_id: str
    reading: Reading
    currency: str | None


_WITHIN = ("dispute/transaction", "transaction", "local-payment/transaction", "subscription/transactions/transaction")


def read(notification: Element, kind: str) -> Told:
    """Read a notification."""
    transaction = first(notification, *(f"subject/{path}/id" for path in _WITHIN))
    subject = first(notification, "subject/*/id", "subject/*/payment-id", "subject/transaction/id") or kind
    status = _STATUS.get(kind, Status.UNKNOWN)
    original = first(notification, "subject/transaction/refunded-transaction-id")
    amount, currency = _money(notification) if status is not Status.UNKNOWN else (None, None)
    reading = totals.refund_failed(subject, amount) if status is Status.REFUND_FAILED else Reading(status, amount)
    return Told(subject, original or transaction or subject, reading, currency)


def _money(notification: Element) -> tuple[int | None, str | None]:
    """Read amount and currency, which some kinds leave out."""
    places = ("dispute", "disbursement", "disbursement/merchant-account", *_WITHIN[1:])
    amount = first(notification, "subject/dispute/amount-disputed", *(f"subject/{path}/amount" for path in places))
    currency = first(notification, *(f"subject/{path}/currency-iso-code" for path in places))
    if amount is None or currency is None:
        return None, None
    decoding.decode(msgspec.json.encode(currency), Currency, NAME, "currency-iso-code")
    return mapping.minor_units(amount, currency, NAME, "amount"), currency
