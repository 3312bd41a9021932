"""Revolut Merchant as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = True, False
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("", 32, "abcdef")


def new_secret() -> str:
    """Make a secret."""
    return "wsk_" + secrets.token_hex(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign as the document says."""
    mac = hmac.digest(secret.encode(), f"v1.{sending.now}000.".encode() + body, "sha256").hex()
    headers = {"revolut-request-timestamp": f"{sending.now}000", "revolut-signature": f"v1={mac}"}
    return SignedSample(body, JSON | headers)
