"""The row of adyen_platform."""

from __future__ import annotations

from Adyen.util import (  # type: ignore[import-untyped]  # the SDK ships no types
    generate_payload_sig,
    is_valid_hmac_payload,
)

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from tests.conformance.rows import URL, Row


def _accepts(request: SignedRequest, secret: str) -> bool:
    return bool(is_valid_hmac_payload(request.headers["hmacsignature"], secret, request.body))


def _signs(body: bytes, secret: str) -> SignedRequest:
    signature = generate_payload_sig(body, secret).decode()
    return SignedRequest(body=body, headers={"hmacsignature": signature}, url=URL)


ROW = Row(
    sdk="Adyen 16.0.0",
    signed_headers=("hmacsignature",),
    malformed_secrets=("", "xyz", "ABC", "AB CD", "\uff21\uff22"),
    vector_prefix="adyen_platform",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    refused={"adyen_platform-03": Reason.MALFORMED_SIGNATURE, "adyen_platform-04": Reason.WRONG_SECRET},
)
