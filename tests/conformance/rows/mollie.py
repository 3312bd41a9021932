"""The row of mollie."""

from __future__ import annotations

from mollie.utils.webhooks.signature_validator import InvalidSignatureException, SignatureValidator

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from tests.conformance.rows import URL, Row


def _accepts(request: SignedRequest, secret: str) -> bool:
    try:
        return SignatureValidator.validate(request.body.decode(), secret, request.headers["x-mollie-signature"])
    except (InvalidSignatureException, UnicodeDecodeError):
        return False


def _signs(body: bytes, secret: str) -> SignedRequest:
    signature = SignatureValidator.create_signature(body.decode(), secret)
    return SignedRequest(body=body, headers={"x-mollie-signature": f"sha256={signature}"}, url=URL)


ROW = Row(
    sdk="mollie-api-py 1.10.20",
    signed_headers=("x-mollie-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="mollie",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    refused={"mollie-05": Reason.MISSING_HEADER, "mollie-06": Reason.MISSING_HEADER, "mollie-12": Reason.WRONG_SECRET},
)
