"""Square's row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from square.utils.webhooks_helper import verify_signature

from lambda_src.errors import Reason
from tests.conformance.rows import Row

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


def _accepts(request: SignedRequest, secret: str) -> bool:
    return verify_signature(
        request_body=request.body.decode(),
        signature_header=request.headers["x-square-hmacsha256-signature"],
        signature_key=secret,
        notification_url=request.url,
    )


ROW = Row(
    sdk="squareup 46.0.0.20260916 (verifies only)",
    sdk_accepts=_accepts,
    signed_headers=("x-square-hmacsha256-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="square",
    refused={
        "square-03": Reason.WRONG_SECRET,
        "square-06": Reason.WRONG_SECRET,
        "square-07": Reason.WRONG_SECRET,
        "square-08": Reason.WRONG_SECRET,
    },
)
