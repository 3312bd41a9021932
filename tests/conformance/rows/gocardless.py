"""The row of gocardless."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gocardless_pro import webhooks  # type: ignore[import-untyped]  # ships no types
from gocardless_pro.errors import InvalidSignatureError  # type: ignore[import-untyped]  # ships no types

from lambda_src.errors import Reason
from tests.conformance.rows import Row

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


def _accepts(request: SignedRequest, secret: str) -> bool:
    try:
        webhooks.parse(request.body.decode(), secret, request.headers["webhook-signature"])
    except (InvalidSignatureError, UnicodeDecodeError):
        return False
    return True


ROW = Row(
    sdk="gocardless-pro 3.22.0 (verifies only)",
    signed_headers=("webhook-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="gocardless",
    sdk_accepts=_accepts,
    refused={
        "gocardless-02": Reason.WRONG_SECRET,
        "gocardless-03": Reason.MALFORMED_SIGNATURE,
        "gocardless-07": Reason.WRONG_SECRET,
        "gocardless-08": Reason.MALFORMED_SIGNATURE,
    },
)
