"""Braintree as a sender: a form whose payload is XML in base64."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from urllib.parse import urlencode

from local.senders import IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID, PAYMENT_ID = IdForm(), IdForm("", 8, string.ascii_lowercase)


def new_secret() -> str:
    """Make a secret."""
    return f"{secrets.token_hex(8)}:{secrets.token_hex(16)}"


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - not all is signed
    """Sign as the document says."""
    public, _, private = secret.partition(":")
    payload = base64.encodebytes(body)
    mac = hmac.digest(hashlib.sha1(private.encode()).digest(), payload, "sha1").hex()  # noqa: S324 - its scheme
    form = urlencode({"bt_signature": f"{public}|{mac}", "bt_payload": payload.decode()}).encode()
    return SignedSample(form, {"content-type": "application/x-www-form-urlencoded"})
