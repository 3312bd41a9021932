"""What the columns of the conformance suite share: signed requests, and their way through verification and mapping."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src import providers
from lambda_src.delivery import Delivery
from lambda_src.errors import Rejected
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from local import senders
from local.samples import KINDS, sample
from local.signing import sign
from tests.conformance.rows import NOW, URL, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.errors import Reason

RECEIVED_AT = datetime.fromtimestamp(NOW, UTC)
EVENT_ID = "msg_1"


@cache
def secrets_of(name: str) -> tuple[str, str]:
    """Two live secrets of a provider, newest first, as its sender has them."""
    sender = senders.load(name)
    return sender.new_secret(), sender.new_secret()


def main_kind(name: str) -> str:
    """The kind of sample that the columns about signatures are run with."""
    return "succeeded" if "succeeded" in KINDS[name] else "payout"


@cache
def signed(name: str, body: bytes | None = None, secret: str | None = None, now: int = NOW) -> SignedRequest:
    """A request signed as the provider would, with the newest secret unless told which."""
    body = sample(name, main_kind(name), occurred_at=RECEIVED_AT) if body is None else body
    made = sign(name, body, secret or secrets_of(name)[0], url=URL, now=now, event_id=EVENT_ID)
    return SignedRequest(body=made.body, headers=made.headers, url=URL)


def source_of(name: str, tolerance: int = 300) -> Source:
    """The configuration of a provider's source."""
    return Source(provider=name, tolerance_seconds=tolerance, **row(name).settings)


def check(
    name: str, request: SignedRequest, secrets: Sequence[str] | None = None, *, now: int = NOW, tolerance: int = 300
) -> int:
    """Verify a request, with the provider's two senders' secrets unless told which."""
    live = secrets_of(name) if secrets is None else secrets
    configured = [senders.configured(name, secret) for secret in live]
    return providers.load(name).verify(request, configured, source_of(name, tolerance), now)


def refusal(name: str, request: SignedRequest, **options: Any) -> Reason:  # noqa: ANN401 - passed on to `check`
    """Why a request is refused."""
    with pytest.raises(Rejected) as caught:
        check(name, request, **options)
    return caught.value.reason


def delivered(name: str, request: SignedRequest, received_at: datetime = RECEIVED_AT) -> Delivery:
    """The queue message that the receiver makes of a verified request."""
    provider = providers.load(name)
    return Delivery(
        delivery_id="d-1",
        source="shop",
        provider=name,
        received_at=received_at,
        headers={header: request.headers[header] for header in provider.FORWARDED_HEADERS if header in request.headers},
        body_base64=base64.b64encode(providers.unwrapped(provider, request.body)).decode(),
    )


def mapped(name: str, request: SignedRequest) -> list[PaymentEvent]:
    """The events of a verified request."""
    return providers.load(name).parse(delivered(name, request), source_of(name))
