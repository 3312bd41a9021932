"""Square.

Document        https://developer.squareup.com/docs/webhooks/step3validate (read in square-python-sdk
                `utils/webhooks_helper.py`)
Header          `x-square-hmacsha256-signature` (`x-square-signature`, SHA-1, is deprecated and not read)
Signed          the notification URL as it is registered at Square, byte for byte, and the raw body
Signature       HMAC-SHA256, base64
Key             the subscription's signature key as it is written
Replay          no time is signed: only the ledger stops a replay
Retries         up to 24 h with growing pauses (an older page says 72 h)
Acknowledgement any 2xx, as soon as possible (an older page says within 10 s)
Not protected   the other headers; nothing of the body. A rotated key replaces the old one at once: keep both live here.

Success and failure share `payment.updated`; the object's status tells. `data.id` is not always the object's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import Status
from lambda_src.providers import Acknowledgement
from lambda_src.providers.square_events import SquareEvent, read
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "square"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS = ("notificationUrl",)

_HEADER = "x-square-hmacsha256-signature"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Square's signature over URL and body; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    candidates = schemes.well_formed([schemes.header(request.headers, _HEADER)], schemes.BASE64_SHA256, _HEADER)
    # part of the URL may be the sender's: whatever stands there must not raise
    url = request.url.encode("utf-8", "surrogatepass")
    return schemes.match(live, url + request.body, candidates)


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a signature key; None: nothing is."""
    if schemes.text_key(secret):
        return None
    return (
        "a Square signature key is a text without white space around it; it is in the Developer Console under "
        "Webhooks > Subscriptions > the subscription > Signature key"
    )


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, SquareEvent, NAME)
    told = read(event)
    unknown_id = decoding.first_identifier(event.data.id, default=event.event_id)
    return [
        mapping.payment_event(
            delivery,
            event_id=event.event_id,
            event_type=event.type,
            payment_id=told.payment_id if told else unknown_id,
            reading=told.reading if told else Reading(Status.UNKNOWN, None),
            currency=told.currency if told else None,
            occurred_at=decoding.required(decoding.moment(event.created_at), NAME, "created_at (as a time)"),
            payload=raw,
        )
    ]
