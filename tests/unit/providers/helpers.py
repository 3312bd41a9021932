"""What the tests of the providers share: building requests and deliveries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from lambda_src.delivery import Delivery
from lambda_src.errors import Rejected
from lambda_src.providers import PROVIDERS, load
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from local.signing import sign
from tests.conformance.harness import secrets_of, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.errors import Reason
    from lambda_src.providers import Provider
    from local.senders import SignedSample

NOW = 1_760_000_000
RECEIVED_AT = datetime.fromtimestamp(NOW, UTC)
URL = "https://hooks.example.com/shop?a=b"

SECRETS = {name: secrets_of(name) for name in PROVIDERS}
"""Two live secrets of each provider, newest first."""


def provider(name: str) -> Provider:
    """The module of a provider."""
    return load(name)


def as_request(signed: SignedSample, url: str = URL) -> SignedRequest:
    """The request in which a signed sample arrives."""
    return SignedRequest(body=signed.body, headers=signed.headers, url=url)


def signed_request(name: str, body: bytes, secret: str | None = None, now: int = NOW) -> SignedRequest:
    """A request signed as the provider would, with the newest secret unless told which."""
    return as_request(sign(name, body, secret or SECRETS[name][0], url=URL, now=now, event_id="msg_1"))


def check(
    name: str,
    request: SignedRequest,
    secrets: Sequence[str] | None = None,
    *,
    now: int = NOW,
    tolerance: int = 300,
    merchants: tuple[str, ...] = (),
) -> int:
    """Verify a request with the provider's secrets unless told which."""
    source = Source(provider=name, tolerance_seconds=tolerance, merchant_accounts=merchants)
    return provider(name).verify(request, SECRETS[name] if secrets is None else secrets, source, now)


def delivery(
    name: str, body: bytes, headers: dict[str, str] | None = None, received_at: datetime = RECEIVED_AT
) -> Delivery:
    """The queue message in which a verified body comes to the mapping."""
    if headers is None:
        headers = {"webhook-id": "msg_1"} if name == "standard" else {}
    return Delivery(
        delivery_id="d-1",
        source="shop",
        provider=name,
        received_at=received_at,
        headers=headers,
        body=body.decode(),
    )


def parse(name: str, message: Delivery) -> list[PaymentEvent]:
    """Map a delivery."""
    return provider(name).parse(message, source_of(name))


def parse_json(name: str, value: object) -> list[PaymentEvent]:
    """Map a body given as a Python value."""
    return parse(name, delivery(name, msgspec.json.encode(value)))


def refusal(name: str, request: SignedRequest, **options: Any) -> Reason:  # noqa: ANN401 - passed on to `check`
    """Why a request is refused."""
    with pytest.raises(Rejected) as caught:
        check(name, request, **options)
    return caught.value.reason
