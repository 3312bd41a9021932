"""Airwallex as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME = SENDS_TIME = True
EVENT_ID, PAYMENT_ID = IdForm("evt_"), IdForm("int_")


def new_secret() -> str:
    """Make a webhook's secret."""
    return "whsec_" + secrets.token_urlsafe(24)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign time and body."""
    mac = hmac.digest(secret.encode(), f"{sending.now}000".encode() + body, "sha256").hex()
    return SignedSample(body, JSON | {"x-timestamp": f"{sending.now}000", "x-signature": mac})
