"""GoCardless as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm("EV"), IdForm("PM")


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_urlsafe(30)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), body, "sha256").hex()
    return SignedSample(body, JSON | {"webhook-signature": mac})
