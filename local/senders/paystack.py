"""Paystack as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("T")


def new_secret() -> str:
    """Make a secret."""
    return "sk_" + secrets.token_hex(20)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), body, "sha512").hex()
    return SignedSample(body, JSON | {"x-paystack-signature": mac})
