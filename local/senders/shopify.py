"""Shopify as a sender."""

from __future__ import annotations

import base64
import hmac
import secrets

from local.senders import JSON, NUMBER, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), NUMBER


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_hex(16)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {"x-shopify-hmac-sha256": mac, "x-shopify-shop-domain": "example.myshopify.com"}
    return SignedSample(body, JSON | headers)
