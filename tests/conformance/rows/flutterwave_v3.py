"""The row of flutterwave_v3."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: flutterwave-node-v3 verifies no webhooks; judged by the official plugin for WooCommerce",
    signed_headers=("verif-hash",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="flutterwave_v3",
    covers=lambda _body, _at: False,
    refused={"flutterwave_v3-04": Reason.WRONG_SECRET, "flutterwave_v3-05": Reason.MISSING_HEADER},
)
