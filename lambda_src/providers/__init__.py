"""The providers: one module each, imported when a source of that provider is first used.

A provider's module has
    ACKNOWLEDGEMENT     what the provider wants to hear when its request is accepted
    FORWARDED_HEADERS   the request headers (lower case) that `parse` needs
    verify(request, secrets, source, now) -> int
    parse(delivery, source) -> list[PaymentEvent]
    secret_problem(secret) -> str | None
    SETTINGS            the fields of a source's configuration that it heeds beside `provider`
and, where what is signed wraps what is meant,
    unwrap(body) -> bytes
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from lambda_src.errors import Reason, Unprocessable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

PROVIDERS = (
    "adyen",
    "adyen_platform",
    "airwallex",
    "braintree",
    "checkout_com",
    "coinbase_commerce",
    "flutterwave_v3",
    "flutterwave_v4",
    "generic",
    "gocardless",
    "lemon_squeezy",
    "mollie",
    "paddle",
    "paypal",
    "paystack",
    "razorpay",
    "revolut",
    "shopify",
    "square",
    "standard",
    "stripe",
    "wise",
    "worldpay",
)
"""Names of the providers; each is the name of a module in this package."""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that a provider takes as "received": status 200 and this body."""

    content_type: str = "application/json"
    body: str = '{"received":true}'


class Provider(Protocol):
    """What the module of a provider offers."""

    ACKNOWLEDGEMENT: Acknowledgement
    FORWARDED_HEADERS: tuple[str, ...]
    SETTINGS: tuple[str, ...]

    def verify(self, request: SignedRequest, secrets: Sequence[str], source: Source, now: int) -> int:
        """Check that the request is from the provider.

        Args:
            request: The request as it came.
            secrets: The live secrets, newest first; never empty.
            source: The source's configuration (tolerance, allow-lists).
            now: Time of receipt, seconds since the epoch.

        Returns:
            The position in `secrets` of the one that signed the request.

        Raises:
            Rejected: Anything missing, malformed, stale, from the future or wrongly signed.
            Unavailable: A configured secret has not the form that the provider gives out.
        """

    def parse(self, delivery: Delivery, source: Source) -> list[PaymentEvent]:
        """Map a verified delivery to canonical events, at least one.

        Args:
            delivery: The delivery.
            source: The source's configuration as it is now.

        Raises:
            Unprocessable: The body is not what the provider sends.
        """

    def secret_problem(self, secret: str) -> str | None:
        """Say what is wrong with a signing secret's form and where to find the right one; None: nothing is."""


def load(name: str) -> Provider:
    """Import a provider's module by name.

    Raises:
        Unprocessable: There is no such provider.
    """
    if name not in PROVIDERS:
        raise Unprocessable(Reason.UNKNOWN_PROVIDER, name)
    return cast("Provider", importlib.import_module(f"lambda_src.providers.{name}"))


def unwrapped(provider: Provider, body: bytes) -> bytes:
    """Take a verified body out of what the provider wraps it in (Braintree: base64 in a form) to mask and read it."""
    unwrap = getattr(provider, "unwrap", None)
    return body if unwrap is None else cast("bytes", unwrap(body))
