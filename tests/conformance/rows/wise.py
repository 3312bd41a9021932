"""Wise's row."""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from local.senders import keys
from tests.conformance.rows import URL, Row


def accepts(key: str, message: bytes, signature: str) -> bool:
    """Ask the cryptography library whether a private key's public one verifies a signature."""
    public = keys.private_key(key).public_key()
    try:
        public.verify(base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _signs(body: bytes, secret: str) -> SignedRequest:
    signature = keys.private_key(secret).sign(body, padding.PKCS1v15(), hashes.SHA256())
    return SignedRequest(body=body, headers={"x-signature-sha256": base64.b64encode(signature).decode()}, url=URL)


ROW = Row(
    sdk="none: Wise has sample code only; judged by cryptography 50.0.2 and a genuine signature of Wise's sandbox",
    sdk_accepts=lambda request, secret: accepts(secret, request.body, request.headers["x-signature-sha256"]),
    sdk_signs=_signs,
    signed_headers=("x-signature-sha256",),
    malformed_secrets=("", "key", "-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----", "\ud800"),
    vector_prefix="wise",
    refused={"wise-03": Reason.WRONG_SECRET, "wise-07": Reason.WRONG_SECRET},
)
