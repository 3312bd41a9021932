"""Shopify.

Document        https://shopify.dev/docs/apps/build/webhooks/subscribe/https
Header          `X-Shopify-Hmac-Sha256`, or `shopify-hmac-sha256`
Signed          the raw body
Signature       HMAC-SHA256, base64
Key             the app's client secret as it is written, or the key that the shop's admin shows; a new one takes 1 h
Replay          no time of sending is signed: only the ledger stops a replay
Retries         8 over 4 h, then a subscription by the Admin API is deleted
Events          one; of a refund, one for each of its transactions
Acknowledgement any 2xx within 5 s
Not protected   all headers: topic, shop, event id and time. They decide nothing and are not read; the body's shape
                tells what it is about. One source a shop, since the body does not name it.

The event type is made of the body (`orders/paid`, `order_transactions/sale`, `refunds/create`, `disputes/won`), the
event id is the digest of shape, id, status and time of change. The payment is the order. A refund is one event for
each of its transactions, each a share. Events without a currency (some refunds) tell no amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_src import decoding, mapping, schemes, signed_body
from lambda_src.providers import Acknowledgement
from lambda_src.providers.shopify_events import ShopifyBody, read

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


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map what a delivery tells of; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    body = decoding.decode(raw, ShopifyBody, NAME)
    events = {}
    for told in read(body, raw):
        event_id = mapping.digest_id(told.event_type.partition("/")[0], *told.identity)
        about = body.order_id if body.order_id is not None else body.id
        events[event_id] = mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=told.event_type,
            payment_id=event_id if about is None else str(about),
            reading=told.reading,
            currency=told.currency,
            occurred_at=decoding.moment(told.time),
            payload=raw,
        )
    return list(events.values())
