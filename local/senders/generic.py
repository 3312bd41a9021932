"""A vendor of its own making, described by a scheme: it signs time and body, hex SHA-512, decimal amounts."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME = SENDS_TIME = True
EVENT_ID, PAYMENT_ID = IdForm("note_"), IdForm("INV-")
SETTINGS: dict[str, Any] = {
    "scheme": {
        "signatureHeader": "x-vendor-signature",
        "algorithm": "sha512",
        "prefix": "sha512=",
        "signed": "{timestamp}.{header:x-vendor-id}.{body}",
        "timestampHeader": "x-vendor-time",
        "id": "/uid",
        "type": "/kind",
        "time": "/at",
        "payment": "/invoice/number",
        "amount": "/invoice/total/value",
        "amountUnit": "major",
        "currency": "/invoice/total/iso",
        "statuses": {
            "invoice.opened": "pending",
            "invoice.reserved": "authorized",
            "invoice.settled": "captured",
            "invoice.failed": "failed",
            "invoice.refunded": "refunded",
            "invoice.partly_refunded": "partially_refunded",
            "invoice.disputed": "disputed",
            "payout.sent": "payout_paid",
        },
    }
}


def new_secret() -> str:
    """Make a secret."""
    return secrets.token_urlsafe(24)


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:
    """Sign time, id and body."""
    mac = hmac.digest(secret.encode(), f"{sending.now}.{sending.event_id}.".encode() + body, "sha512").hex()
    headers = {
        "x-vendor-signature": f"sha512={mac}",
        "x-vendor-time": str(sending.now),
        "x-vendor-id": sending.event_id,
    }
    return SignedSample(body, JSON | headers)
