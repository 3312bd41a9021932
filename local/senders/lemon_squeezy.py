"""Lemon Squeezy as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, NUMBER, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), NUMBER


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_hex(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), body, "sha256").hex()
    return SignedSample(body, JSON | {"x-signature": mac})
