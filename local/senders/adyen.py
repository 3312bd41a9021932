"""Adyen (standard webhooks) as a sender: the signatures lie in the body, one an item."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import string

from local.senders import JSON, IdForm, Sending, SignedSample

SIGNS_TIME, SENDS_TIME = False, True
EVENT_ID = PAYMENT_ID = IdForm(length=16, alphabet=string.ascii_uppercase)


def new_secret() -> str:
    """Make an HMAC key."""
    return secrets.token_hex(32).upper()


def sign(body: bytes, secret: str, sending: Sending) -> SignedSample:  # noqa: ARG001 - the items are all that is signed
    """Sign every item."""
    notification = json.loads(body)
    for wrapper in notification["notificationItems"]:
        item = wrapper["NotificationRequestItem"]
        amount = item.get("amount", {})
        fields = [item.get(name, "") for name in ("pspReference", "originalReference", "merchantAccountCode")]
        fields += [item.get("merchantReference", ""), amount.get("value", ""), amount.get("currency", "")]
        fields += [item.get("eventCode", ""), item.get("success", "")]
        mac = hmac.digest(bytes.fromhex(secret), ":".join(str(field) for field in fields).encode(), "sha256")
        signature = base64.b64encode(mac).decode()
        item["additionalData"] = item.get("additionalData", {}) | {"hmacSignature": signature}
    return SignedSample(json.dumps(notification, ensure_ascii=False, separators=(",", ":")).encode(), dict(JSON))
