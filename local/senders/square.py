"""Square as a sender."""

from __future__ import annotations

import base64
import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID = PAYMENT_ID = IdForm()


def new_secret() -> str:
    """Make a subscription's signature key."""
    return secrets.token_urlsafe(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign the registered URL and the body."""
    mac = hmac.digest(secret.encode(), sending.url.encode() + body, "sha256")
    return SignedSample(body, JSON | {"x-square-hmacsha256-signature": base64.b64encode(mac).decode()})
