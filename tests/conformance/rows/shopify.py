"""The row of shopify."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: Shopify has no Python SDK; judged by vectors that @shopify/shopify-api 13.1.0 (npm) confirmed",
    signed_headers=("x-shopify-hmac-sha256",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="shopify",
    refused={
        "shopify-02": Reason.MALFORMED_SIGNATURE,
        "shopify-03": Reason.MISSING_HEADER,
        "shopify-05": Reason.WRONG_SECRET,
        "shopify-15": Reason.MALFORMED_SIGNATURE,
    },
)
