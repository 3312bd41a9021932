"""Sending webhooks as a provider would, well and badly."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.problems import Problem
from lambda_src.providers import PROVIDERS
from local import senders
from local.samples import fresh_event_id, fresh_payment_id, sample
from local.signing import sign

if TYPE_CHECKING:
    from datetime import datetime

    from local.senders import SignedSample
    from local.settings import LocalSource

AMOUNT = 2000
"""Amount of every sample, minor units; a partial one is a quarter of it."""

STALE_SECONDS = 4 * 86_400
"""Age of a stale signature: outside any source's tolerance, and the three days of PayPal's retries."""

PROVIDERS_THAT_SIGN_THE_TIME = frozenset(name for name in PROVIDERS if senders.load(name).SIGNS_TIME)
"""The others' signatures never grow stale: of them the ledger alone stops replays."""

PROVIDERS_THAT_SIGN_NOTHING = frozenset({"flutterwave_v3"})
"""Of them nothing but a shared secret comes with the body, so nothing of it is believed."""

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a source's webhooks go.

    Attributes:
        source: The source.
        url: What is POSTed to.
        registered_url: The URL that the provider would have registered, which Square signs.
    """

    source: LocalSource
    url: str
    registered_url: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a payment, before it is signed.

    Attributes:
        provider: The provider's name.
        kind: Kind of the sample.
        event_id: The provider's id of the event.
        payment_id: The provider's id of the payment.
        body: The unsigned body.
    """

    provider: str
    kind: str
    event_id: str
    payment_id: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the receiver said.

    Attributes:
        status: HTTP status.
        body: Body.
    """

    status: int
    body: str


def new_event(provider: str, kind: str, *, occurred_at: datetime, payment_id: str | None = None) -> Event:
    """Make up an event.

    Args:
        provider: The provider's name.
        kind: Kind of the sample.
        occurred_at: When it happened, aware.
        payment_id: The payment it belongs to; None: a new one.

    Raises:
        Problem: The provider has no such sample.
    """
    event_id, payment_id = fresh_event_id(provider), payment_id or fresh_payment_id(provider)
    try:
        body = sample(provider, kind, payment_id=payment_id, event_id=event_id, occurred_at=occurred_at, amount=AMOUNT)
    except ValueError as error:
        raise Problem(str(error)) from error
    return Event(provider=provider, kind=kind, event_id=event_id, payment_id=payment_id, body=body)


def signed(event: Event, endpoint: Endpoint, *, now: int, secret: str | None = None) -> SignedSample:
    """Sign an event for an endpoint.

    Args:
        event: The event.
        endpoint: Where it will go.
        now: Time of the signature, seconds since the epoch.
        secret: The secret to sign with; None: the source's own.
    """
    return sign(
        event.provider,
        event.body,
        endpoint.source.secret if secret is None else secret,
        url=endpoint.registered_url,
        now=now,
        event_id=event.event_id,
    )


def tampered(webhook: SignedSample, event: Event) -> SignedSample:
    """Change one byte of what is signed: a digit of the amount, else of the payment's id, else of the payload."""
    texts = [str(amount) for amount in (AMOUNT, AMOUNT // 4)]
    texts += [f"{amount // 100}.{amount % 100:02}" for amount in (AMOUNT, AMOUNT // 4)] + [event.payment_id]
    for text in texts:
        at = webhook.body.find(text.encode())
        if at >= 0:
            at += len(text) - 1
            break
    else:
        at = len(webhook.body) - len(webhook.body) // 4  # the encoded payload of a form
    other = b"1" if webhook.body[at : at + 1] != b"1" else b"2"
    return webhook._replace(body=webhook.body[:at] + other + webhook.body[at + 1 :])


def post(endpoint: Endpoint, webhook: SignedSample, *, timeout_seconds: float = _TIMEOUT_SECONDS) -> Answer:
    """POST a webhook.

    Args:
        endpoint: Where to.
        webhook: What.
        timeout_seconds: How long each step of the connection is waited for.

    Raises:
        Problem: Nobody answers there.
    """
    parts = urlsplit(endpoint.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=timeout_seconds)
        try:
            connection.request("POST", parts.path or "/", webhook.body, webhook.headers)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(errors="replace"))
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise Problem(f"nobody answers at {endpoint.url} ({error})") from error
