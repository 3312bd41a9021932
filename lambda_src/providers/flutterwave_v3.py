"""Flutterwave, API version 3.

Document        https://developer.flutterwave.com/v3.0/docs/webhooks (read in Flutterwave/Woocommerce)
Header          `verif-hash`
Signed          nothing: the header is the secret itself
Signature       none; the header equals the secret
Key             the secret hash as it is written
Replay          nothing is signed: only the ledger stops a replay, by ids that nobody vouches for
Retries         not confirmed
Acknowledgement 200
Not protected   the whole body. It decides nothing about money here: every event is recorded and published as `unknown`,
                without amount, and moves no state. Ask `GET /v3/transactions/{id}/verify`, or use version 4.

The event id is the digest of event, object and status; the payment is `data.tx_ref`, else `data.id`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, schemes
from lambda_src.canonical import Status
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "flutterwave_v3"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "verif-hash"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check that the sender knows the secret; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    shown = schemes.header(request.headers, _HEADER).encode("utf-8", "surrogatepass")
    return schemes.newest(live, lambda key: schemes.is_among(key, [shown]))


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a secret; None: nothing is."""
    return schemes.text_secret_problem(
        secret, "a Flutterwave secret hash", "the Dashboard under Settings > Webhooks > Secret hash"
    )


class _Data(msgspec.Struct):
    id: object = None
    tx_ref: object = None
    status: object = None


class _Event(msgspec.Struct):
    event: str
    data: _Data = msgspec.field(default_factory=_Data)


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    data = event.data
    event_id = mapping.digest_id(event.event, data.id, data.tx_ref, data.status)
    number = str(data.id) if isinstance(data.id, int) else data.id
    return [
        mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=event.event,
            payment_id=decoding.first_identifier(data.tx_ref, number, default=event_id),
            reading=Reading(Status.UNKNOWN, None),
            currency=None,
            occurred_at=None,
            payload=raw,
        )
    ]
