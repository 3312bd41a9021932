"""Shopify.

Document        https://shopify.dev/docs/apps/build/webhooks/subscribe/https
Header          `X-Shopify-Hmac-Sha256`, or `shopify-hmac-sha256`
Signed          the raw body
Signature       HMAC-SHA256, base64
Key             the app's client secret as it is written, or the key that the shop's admin shows; a new one takes 1 h
Replay          no time of sending is signed: only the ledger stops a replay
Retries         8 over 4 h, then a subscription by the Admin API is deleted
Acknowledgement any 2xx within 5 s
Not protected   all headers: topic, shop, event id and time. They decide nothing and are not read; the body's shape
                tells what it is about. One source a shop, since the body does not name it.

The event type is made of the body (`orders/paid`, `order_transactions/sale`, `refunds/create`, `disputes/won`), the
event id is the digest of shape, id, status and time of change. The payment is the order. A refund is one event for
each of its transactions, each a share. Events without a currency (some refunds) tell no amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from lambda_src import decoding, mapping, schemes, signed_body, totals
from lambda_src.canonical import Share, Status
from lambda_src.decoding import Currency  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "shopify"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Shopify's signature of the body; see `lambda_src.providers.Provider.verify`."""
    name = "x-shopify-hmac-sha256"
    header = name if name in request.headers else name.removeprefix("x-")
    return signed_body.verify(request, secrets, header, signed_body.BASE64)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret,
        "a Shopify client secret",
        "the Partner Dashboard under Apps > the app > Client credentials (a shop's own: Settings > Notifications)",
    )


class _Transaction(msgspec.Struct):
    id: int | str
    kind: str
    status: str | None = None
    amount: str | None = None
    currency: Currency | None = None
    created_at: str | None = None
    processed_at: str | None = None


class _Body(msgspec.Struct):
    """An order, a transaction of one, a refund or a dispute, told apart by what they have."""

    id: int | str | None = None
    order_id: int | str | None = None
    financial_status: str | None = None
    cancelled_at: str | None = None
    total_price: str | None = None
    transactions: list[_Transaction] | None = None
    kind: str | None = None
    type: str | None = None
    status: str | None = None
    amount: str | None = None
    currency: Currency | None = None
    created_at: str | None = None
    processed_at: str | None = None
    updated_at: str | None = None
    initiated_at: str | None = None
    finalized_on: str | None = None


class _What(NamedTuple):
    """One event that a body tells of."""

    event_type: str
    identity: tuple[object, ...]
    reading: Reading
    currency: str | None
    time: str | None


_ORDER = {
    "pending": Status.PENDING,
    "authorized": Status.AUTHORIZED,
    "partially_paid": Status.PARTIALLY_CAPTURED,
    "paid": Status.CAPTURED,
    "partially_refunded": Status.PARTIALLY_REFUNDED,
    "refunded": Status.REFUNDED,
    "voided": Status.CANCELLED,
}
_WHOLE = (Status.PENDING, Status.AUTHORIZED, Status.CAPTURED, Status.REFUNDED, Status.CANCELLED)
"""Where the order's total is what the event is about."""

_KIND = {
    "authorization": Status.AUTHORIZED,
    "sale": Status.CAPTURED,
    "capture": Status.PARTIALLY_CAPTURED,
    "void": Status.CANCELLED,
}
_DISPUTE = {
    **dict.fromkeys(("needs_response", "under_review"), Status.DISPUTED),
    "won": Status.DISPUTE_WON,
    **dict.fromkeys(("lost", "accepted"), Status.DISPUTE_LOST),
}


def _minor(text: str | None, currency: str | None) -> int | None:
    if text is None or currency is None:
        return None
    return decoding.required_amount(mapping.minor_units(text, currency, NAME, "amount"), NAME, "amount")


def _order(body: _Body) -> _What:
    state = body.financial_status or ""
    status = _ORDER.get(state, Status.UNKNOWN)
    if body.cancelled_at and status in (Status.PENDING, Status.AUTHORIZED):
        status = Status.CANCELLED
    amount = _minor(body.total_price, body.currency) if status in _WHOLE else None
    time = body.updated_at or body.created_at
    return _What(
        f"orders/{state}", (body.id, state, body.cancelled_at, time), Reading(status, amount), body.currency, time
    )


def _transaction(one: _Transaction) -> _What:
    amount = _minor(one.amount, one.currency)
    share_id = str(one.id)
    if one.kind == "refund":
        reading = Reading(Status.PARTIALLY_REFUNDED, None) if amount is None else totals.refund_made(share_id, amount)
        if one.status != "success":
            is_open = one.status == "pending"
            reading = Reading(Status.REFUND_PENDING, amount) if is_open else totals.refund_failed(share_id, amount)
    elif one.status in ("failure", "error"):
        reading = Reading(Status.FAILED, amount)
    elif one.status == "pending":
        reading = Reading(Status.PENDING, amount)
    else:
        status = _KIND.get(one.kind, Status.UNKNOWN)
        is_share = status is Status.PARTIALLY_CAPTURED and amount is not None
        share = Share(of="capture", id=share_id, amount=amount or 0) if is_share else None
        reading = Reading(status, amount, share)
    time = one.processed_at or one.created_at
    # the same for the transaction itself and as part of a refund
    return _What(f"order_transactions/{one.kind}", (one.id, one.kind, one.status), reading, one.currency, time)


def _whats(body: _Body, raw: bytes) -> list[_What]:
    if body.financial_status is not None:
        return [_order(body)]
    if body.order_id is not None and body.transactions:
        return [_transaction(one)._replace(event_type="refunds/create") for one in body.transactions]
    if body.order_id is not None and body.kind is not None and body.id is not None:
        return [_transaction(decoding.decode(raw, _Transaction, NAME))]
    if body.order_id is not None and body.type in ("chargeback", "inquiry"):
        state = body.status or ""
        reading = Reading(_DISPUTE.get(state, Status.UNKNOWN), _minor(body.amount, body.currency))
        time = body.finalized_on or body.initiated_at
        return [_What(f"disputes/{state}", (body.id, state, time), reading, body.currency, time)]
    time = body.updated_at or body.created_at
    return [_What("unknown", (body.id, mapping.digest_id(raw)), Reading(Status.UNKNOWN, None), None, time)]


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map what a delivery tells of; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    body = decoding.decode(raw, _Body, NAME)
    events = {}
    for what in _whats(body, raw):
        event_id = mapping.digest_id(what.event_type.partition("/")[0], *what.identity)
        about = body.order_id if body.order_id is not None else body.id
        events[event_id] = mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=what.event_type,
            payment_id=event_id if about is None else str(about),
            reading=what.reading,
            currency=what.currency,
            occurred_at=decoding.moment(what.time),
            payload=raw,
        )
    return list(events.values())
