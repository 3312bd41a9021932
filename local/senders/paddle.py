"""Paddle Billing as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = True, True
EVENT_ID, PAYMENT_ID = IdForm("evt_"), IdForm("txn_")


def new_secret() -> str:
    """Make a secret."""
    return "pdl_ntfset_" + secrets.token_hex(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), f"{sending.now}:".encode() + body, "sha256").hex()
    return SignedSample(body, JSON | {"paddle-signature": f"ts={sending.now};h1={mac}"})
