"""The row of revolut."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: Revolut has no SDK that verifies; judged by the published worked example",
    signed_headers=("revolut-request-timestamp", "revolut-signature"),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="revolut",
    refused={
        "revolut-07": Reason.WRONG_SECRET,
        "revolut-08": Reason.WRONG_SECRET,
        "revolut-10": Reason.MISSING_SIGNATURE,
    },
)
