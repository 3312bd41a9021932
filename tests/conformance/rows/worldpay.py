"""The row of worldpay."""

from __future__ import annotations

from lambda_src.errors import Reason
from tests.conformance.rows import Row

ROW = Row(
    sdk="none: there is no SDK; judged by the document, the hexadecimal form is assumed",
    signed_headers=("event-signature",),
    malformed_secrets=("", "key", "1:", "1: key", ":key"),
    vector_prefix="worldpay",
    refused={"worldpay-03": Reason.WRONG_SECRET, "worldpay-04": Reason.WRONG_SECRET},
    secrets_of=lambda vector: [f"{vector['key_id']}:{vector['secret']}"],
)
