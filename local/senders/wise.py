"""Wise as a sender: it signs with a private key, and the receiver knows the public one."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from local.senders import JSON, NUMBER, IdForm, Sending, SignedSample, keys

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), NUMBER


def new_secret() -> str:
    """Make a key pair; the private key signs."""
    return keys.new_private_key()


def configured(secret: str) -> str:
    """Give the public key of a private one."""
    return keys.public_of(secret)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - the body is all that is signed
    """Sign the body."""
    signature = keys.private_key(secret).sign(body, padding.PKCS1v15(), hashes.SHA256())
    return SignedSample(body, JSON | {"x-signature-sha256": base64.b64encode(signature).decode()})
