"""The row of checkout_com."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: the SDKs verify no webhooks; judged by the logic of checkout-woocommerce-plugin 71f231b",
    signed_headers=("cko-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="checkout_com",
    refused={"checkout_com-08": Reason.WRONG_SECRET, "checkout_com-09": Reason.MALFORMED_SIGNATURE},
)
