"""The row of razorpay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import razorpay  # type: ignore[import-untyped]  # the SDK ships no types

from lambda_src.errors import Reason
from tests.conformance.rows import Row

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


def _accepts(request: SignedRequest, secret: str) -> bool:
    client = razorpay.Client(auth=("key", "secret"))
    try:
        client.utility.verify_webhook_signature(request.body.decode(), request.headers["x-razorpay-signature"], secret)
    except (razorpay.errors.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


ROW = Row(
    sdk="razorpay 2.0.1 (verifies only)",
    signed_headers=("x-razorpay-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="razorpay",
    sdk_accepts=_accepts,
    refused={
        "razorpay-02": Reason.WRONG_SECRET,
        "razorpay-04": Reason.MALFORMED_SIGNATURE,
        "razorpay-06": Reason.MALFORMED_SIGNATURE,
        "razorpay-13": Reason.WRONG_SECRET,
    },
)
