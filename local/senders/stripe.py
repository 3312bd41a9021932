"""Stripe as a sender."""

from __future__ import annotations

import hmac
import secrets
import string

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME = SENDS_TIME = True
EVENT_ID, PAYMENT_ID = IdForm("evt_"), IdForm("pi_")


def new_secret() -> str:
    """Make an endpoint's signing secret."""
    return "whsec_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign time and body."""
    mac = hmac.digest(secret.encode(), f"{sending.now}.".encode() + body, "sha256").hex()
    return SignedSample(body, JSON | {"stripe-signature": f"t={sending.now},v1={mac}"})
