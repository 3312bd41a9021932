"""Worldpay Access as a sender."""

from __future__ import annotations

import hmac
import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("order-")


def new_secret() -> str:
    """Make a secret."""
    return f"{secrets.randbelow(90) + 10}:{secrets.token_hex(16)}"


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    key_id, _, text = secret.partition(":")
    mac = hmac.digest(text.encode(), body, "sha256").hex()
    return SignedSample(body, JSON | {"event-signature": f"{key_id}/SHA256/{mac}"})
