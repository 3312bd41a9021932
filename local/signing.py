"""Signing as the providers do it, to send samples to a receiver.

Written from the providers' documents with the standard library alone, and not from the code that verifies: the two
are held against each other, and against the providers' SDKs, in the tests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import string
from typing import NamedTuple


class SignedSample(NamedTuple):
    """What goes over the wire: the body (Adyen's signatures lie in it) and the headers."""

    body: bytes
    headers: dict[str, str]


def sign(
    provider: str, body: bytes, secret: str, *, url: str = "", now: int = 0, event_id: str | None = None
) -> SignedSample:
    """Sign a body with a secret of the form that the provider gives out.

    Args:
        provider: The provider's name.
        body: The body; Adyen's as it is before its items are signed.
        secret: The signing secret as the provider shows it.
        url: The URL as registered at the provider; Square signs it.
        now: Time of sending, seconds since the epoch; Stripe and Standard Webhooks sign it.
        event_id: The event's id where the provider sends it in a header (Standard Webhooks); None: a fresh one.

    Raises:
        ValueError: There is no such provider, or the secret has not its form.
    """
    headers = {"content-type": "application/json"}
    match provider:
        case "stripe":
            mac = _hmac(secret.encode(), f"{now}.".encode() + body).hex()
            return SignedSample(body, headers | {"stripe-signature": f"t={now},v1={mac}"})
        case "adyen":
            return SignedSample(_with_item_signatures(body, bytes.fromhex(secret)), headers)
        case "square":
            mac = _base64(_hmac(secret.encode(), url.encode() + body))
            return SignedSample(body, headers | {"x-square-hmacsha256-signature": mac})
        case "standard":
            message_id = event_id or "msg_" + "".join(secrets.choice(string.ascii_letters) for _ in range(24))
            encoded = secret.removeprefix("whsec_").rstrip("=")
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
            mac = _base64(_hmac(key, f"{message_id}.{now}.".encode() + body))
            named = {"webhook-id": message_id, "webhook-timestamp": str(now), "webhook-signature": f"v1,{mac}"}
            return SignedSample(body, headers | named)
        case _:
            raise ValueError(f"the provider is adyen, square, standard or stripe, got {provider!r}")


def _with_item_signatures(body: bytes, key: bytes) -> bytes:
    notification = json.loads(body)
    for wrapper in notification["notificationItems"]:
        item = wrapper["NotificationRequestItem"]
        amount = item.get("amount", {})
        fields = [item.get(name, "") for name in ("pspReference", "originalReference", "merchantAccountCode")]
        fields += [item.get("merchantReference", ""), amount.get("value", ""), amount.get("currency", "")]
        fields += [item.get("eventCode", ""), item.get("success", "")]
        mac = _base64(_hmac(key, ":".join(str(field) for field in fields).encode()))
        item["additionalData"] = item.get("additionalData", {}) | {"hmacSignature": mac}
    return json.dumps(notification, ensure_ascii=False, separators=(",", ":")).encode()


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _base64(mac: bytes) -> str:
    return base64.b64encode(mac).decode()
