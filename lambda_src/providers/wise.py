"""Wise.

Document        https://docs.wise.com/api-docs/features/webhooks-notifications/event-handling (read in
                transferwise/digital-signatures-examples)
Header          `X-Signature-SHA256`
Signed          the raw body
Signature       RSA PKCS #1 v1.5 with SHA-256, base64
Key             Wise's public key, PEM, one for the sandbox and one for production; pinned, never fetched
Replay          no time of sending is signed: only the ledger stops a replay
Retries         11 times with growing pauses (1, 2, 4 ... min), then 14 times daily: up to 25 over two weeks
Acknowledgement any 2xx within 5 s
Not protected   nothing of the body; `X-Delivery-Id` and `X-Test-Notification` are not signed and not read

No event id is sent. It is the digest of subscription, event type, resource, state and time, all signed and the same in
every retry. The payment is the resource (`data.resource.id`), a transfer mostly. Events tell no amount, save that of a
credit; `balances#credit` and `balances#update` are about an account and no payment: `unknown`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping, rsa, schemes
from lambda_src.canonical import Status
from lambda_src.providers import Acknowledgement
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

NAME = "wise"
ACKNOWLEDGEMENT = Acknowledgement()
FORWARDED_HEADERS: tuple[str, ...] = ()
SETTINGS: tuple[str, ...] = ()

_HEADER = "x-signature-sha256"


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
    """Check Wise's signature of the body; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, rsa.public_key, "a PEM public key of RSA")
    signature = rsa.signature_of(schemes.header(request.headers, _HEADER), _HEADER)
    return schemes.newest(live, lambda key: rsa.is_signed(key, request.body, signature))


def secret_problem(secret: str) -> str | None:
    """Say what is wrong with the form of a public key; None: nothing is."""
    if rsa.public_key(secret):
        return None
    return (
        "what verifies Wise's webhooks is its public key, PEM, from `-----BEGIN PUBLIC KEY-----` on; it is in Wise's "
        "API reference under Webhooks > Event handling, one for the sandbox and one for production"
    )


class _Resource(msgspec.Struct):
    id: int | str | None = None
    type: str | None = None


class _Data(msgspec.Struct):
    resource: _Resource | None = None
    current_state: str | None = None
    occurred_at: str | None = None


class _Event(msgspec.Struct):
    event_type: str
    data: _Data
    subscription_id: str = ""
    sent_at: str | None = None


_STATE = {
    **dict.fromkeys(("incoming_payment_waiting", "incoming_payment_initiated", "processing"), Status.PENDING),
    "funds_converted": Status.PENDING,
    "outgoing_payment_sent": Status.PAYOUT_PAID,
    "cancelled": Status.CANCELLED,
    "funds_refunded": Status.REFUNDED,
    "bounced_back": Status.FAILED,
    "charged_back": Status.DISPUTED,
}
_TYPE = {"transfers#payout-failure": Status.PAYOUT_FAILED, "transfers#refund": Status.REFUNDED}


def parse(delivery: Delivery, source: Source) -> list[PaymentEvent]:
    """Map the one event of a delivery; see `lambda_src.providers.Provider.parse`."""
    raw = decoding.body_of(delivery)
    event = decoding.decode(raw, _Event, NAME)
    data = event.data
    resource = data.resource or _Resource()
    state = data.current_state or ""
    stated = data.occurred_at or event.sent_at
    occurred_at = decoding.required(decoding.moment(stated), NAME, "data.occurred_at (as a time)")
    event_id = mapping.digest_id(event.subscription_id, event.event_type, resource.type, resource.id, state, stated)
    if event.event_type == "transfers#state-change":
        status = _STATE.get(state, Status.UNKNOWN)
    else:
        status = _TYPE.get(event.event_type, Status.UNKNOWN)
    return [
        mapping.payment_event(
            delivery,
            event_id=event_id,
            event_type=event.event_type,
            payment_id=str(resource.id) if resource.id is not None else event_id,
            reading=Reading(status, None),
            currency=None,
            occurred_at=occurred_at,
            payload=raw,
        )
    ]
