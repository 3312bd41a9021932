"""The row of coinbase_commerce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coinbase_commerce.error import SignatureVerificationError, WebhookInvalidPayload  # type: ignore[import-untyped]  # ships no types
from coinbase_commerce.webhook import Webhook  # type: ignore[import-untyped]  # ships no types

from lambda_src.errors import Reason
from tests.conformance.rows import Row

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


def _accepts(request: SignedRequest, secret: str) -> bool:
    try:
        Webhook.construct_event(request.body.decode(), request.headers["x-cc-webhook-signature"], secret)
    except (SignatureVerificationError, WebhookInvalidPayload, UnicodeDecodeError):
        return False
    return True


ROW = Row(
    sdk="coinbase-commerce 1.0.1 (verifies only)",
    signed_headers=("x-cc-webhook-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="coinbase_commerce",
    sdk_accepts=_accepts,
    refused={
        "coinbase_commerce-02": Reason.WRONG_SECRET,
        "coinbase_commerce-03": Reason.WRONG_SECRET,
        "coinbase_commerce-04": Reason.WRONG_SECRET,
    },
)
