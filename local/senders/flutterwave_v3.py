"""Flutterwave (version 3) as a sender: it shows the secret."""

from __future__ import annotations

import secrets

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, False
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("tx-")


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_hex(20)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    return SignedSample(body, JSON | {"verif-hash": secret})
