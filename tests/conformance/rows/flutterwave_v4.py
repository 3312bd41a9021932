"""The row of flutterwave_v4."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: flutterwave-node-v3 verifies no webhooks; judged by the documented algorithm",
    signed_headers=("flutterwave-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="flutterwave_v4",
    refused={"flutterwave_v4-02": Reason.WRONG_SECRET, "flutterwave_v4-03": Reason.MALFORMED_SIGNATURE},
)
