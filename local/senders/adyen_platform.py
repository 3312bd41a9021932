"""Adyen (platform webhooks) as a sender: the bytes of the body are signed."""

from __future__ import annotations

import base64
import hmac
import secrets
import string

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("", 16, string.ascii_uppercase)


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_hex(32).upper()


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = base64.b64encode(hmac.digest(bytes.fromhex(secret), body, "sha256")).decode()
    return SignedSample(body, JSON | {"hmacsignature": mac, "protocol": "HmacSHA256"})
