"""Headers that carry a signature or a secret: no log outside of the function may hold their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.source_settings import Sources

ALWAYS = ("authorization", "cookie")
"""No provider sends them; whoever does may send something that is a secret elsewhere."""

OF_PROVIDERS = (
    "cko-signature",
    "client-secret-key",
    "event-signature",
    "flutterwave-signature",
    "hmacsignature",
    "paddle-signature",
    "paypal-transmission-sig",
    "revolut-signature",
    "stripe-signature",
    "svix-signature",
    "verif-hash",
    "webhook-signature",
    "x-cc-webhook-signature",
    "x-mollie-signature",
    "x-paystack-signature",
    "x-razorpay-signature",
    "x-shopify-hmac-sha256",
    "shopify-hmac-sha256",
    "x-signature",
    "x-signature-sha256",
    "x-square-hmacsha256-signature",
)
"""Of the providers, lower case. Adyen's and Braintree's signatures lie in the body, which is not logged."""


def signature_headers(sources: Sources) -> list[str]:
    """Return the headers to redact: the known ones, and those that generic sources name."""
    named = {source.scheme.signature_header for source in sources.values() if source.scheme}
    return sorted({*ALWAYS, *OF_PROVIDERS, *named})
