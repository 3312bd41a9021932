"""A vendor that follows Standard Webhooks, as a sender."""

from __future__ import annotations

import base64
import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME = SENDS_TIME = True
EVENT_ID, PAYMENT_ID = IdForm("msg_"), IdForm("pay_")


def new_secret() -> str:
    """Make an endpoint's secret."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign id, time and body."""
    encoded = secret.removeprefix("whsec_").rstrip("=")
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    mac = base64.b64encode(hmac.digest(key, f"{sending.event_id}.{sending.now}.".encode() + body, "sha256")).decode()
    headers = {
        "webhook-id": sending.event_id,
        "webhook-timestamp": str(sending.now),
        "webhook-signature": f"v1,{mac}",
    }
    return SignedSample(body, JSON | headers)
