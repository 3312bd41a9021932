"""PayPal as a sender: it signs with a private key, and the receiver knows the public one and the webhook's id."""

from __future__ import annotations

import base64
import string
import zlib
from datetime import UTC, datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from local.senders import JSON, IdForm, Sending, SignedSample, keys

SIGNS_TIME = SENDS_TIME = True
EVENT_ID, PAYMENT_ID = IdForm("WH-", 20, string.ascii_uppercase), IdForm("", 17, string.ascii_uppercase)
_TRANSMISSION_ID, _WEBHOOK_ID = IdForm(length=32, alphabet="abcdef"), IdForm(length=17, alphabet=string.ascii_uppercase)


def new_secret() -> str:
    """Make a webhook's id and a key pair; the private key signs."""
    return f"{_WEBHOOK_ID.fresh()}:{keys.new_private_key()}"


def configured(secret: str) -> str:
    """Give webhook id and public key."""
    webhook_id, colon, pem = secret.partition(":")
    return webhook_id + colon + keys.public_of(pem)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign the transmission and the body's CRC-32."""
    webhook_id, _, pem = secret.partition(":")
    transmission = _TRANSMISSION_ID.fresh()
    sent_at = datetime.fromtimestamp(sending.now, UTC).isoformat().replace("+00:00", "Z")
    message = f"{transmission}|{sent_at}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = keys.private_key(pem).sign(message, padding.PKCS1v15(), hashes.SHA256())
    headers = {
        "paypal-transmission-id": transmission,
        "paypal-transmission-time": sent_at,
        "paypal-transmission-sig": base64.b64encode(signature).decode(),
        "paypal-cert-url": "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-local",
        "paypal-auth-algo": "SHA256withRSA",
    }
    return SignedSample(body, JSON | headers)
