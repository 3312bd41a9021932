"""The row of paystack."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: the SDKs verify no webhooks; judged by the logic of the documented PHP snippet",
    signed_headers=("x-paystack-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="paystack",
    refused={"paystack-08": Reason.WRONG_SECRET, "paystack-09": Reason.MALFORMED_SIGNATURE},
)
