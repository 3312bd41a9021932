"""Flutterwave (version 4) as a sender."""

from __future__ import annotations

import base64
import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm("wbk_"), IdForm("chg_")


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_hex(20)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    mac = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return SignedSample(body, JSON | {"flutterwave-signature": mac})
