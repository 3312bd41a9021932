"""Razorpay as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm("", 14), IdForm("pay_", 14)


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_urlsafe(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), body, "sha256").hex()
    return SignedSample(body, JSON | {"x-razorpay-signature": mac, "x-razorpay-event-id": sending.event_id})
