"""Adyen's row: standard webhooks, whose bytes are not signed but eight fields of each item."""

from __future__ import annotations

import json
from typing import Any

from Adyen.util import (  # type: ignore[import-untyped]  # the SDK ships no types
    generate_notification_sig,
    is_valid_hmac_notification,
)

from lambda_src.errors import Reason, Rejected
from lambda_src.request import SignedRequest
from tests.conformance.rows import URL, Row

_SIGNED = (
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "value",
    "currency",
    "eventCode",
    "success",
    "hmacSignature",
)


def _accepts(request: SignedRequest, secret: str) -> bool:
    wrappers = json.loads(request.body)["notificationItems"]
    # the SDK itself looks at the first item only
    return all(is_valid_hmac_notification({"notificationItems": [one]}, secret) for one in wrappers)


def _signs(body: bytes, secret: str) -> SignedRequest:
    notification: dict[str, Any] = json.loads(body)
    for wrapper in notification["notificationItems"]:
        item = wrapper["NotificationRequestItem"]
        signature = generate_notification_sig(item, secret).decode()
        item["additionalData"] = {**item["additionalData"], "hmacSignature": signature}
    return SignedRequest(body=json.dumps(notification, indent=1).encode(), headers={}, url=URL)


def _covers(body: bytes, at: int) -> bool:
    """Whether a byte lies inside the value of a signed field."""
    for field in _SIGNED:
        start = body.find(b'"%s":' % field.encode())
        while start >= 0:
            value = start + len(field) + 3
            quoted = body[value : value + 1] == b'"'
            end = body.index(b'"', value + 1) if quoted else min(body.find(mark, value) % len(body) for mark in b",}")
            if value + quoted <= at < end:
                return True
            start = body.find(b'"%s":' % field.encode(), end)
    return False


ROW = Row(
    sdk="Adyen 16.0.0",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    signed_headers=(),
    malformed_secrets=("", "xyz", "ABC", "AB CD", "\uff21\uff22"),
    vector_prefix="adyen",
    refused={
        "adyen-16": Reason.WRONG_SECRET,
        "adyen-17": Reason.WRONG_SECRET,
        "adyen-23": Reason.MISSING_SIGNATURE,
        "adyen-24": Reason.WRONG_SECRET,
    },
    # the SDK accepts it: text moved over a colon into the next field under the same signature
    stricter={"adyen-20": (Rejected, Reason.AMBIGUOUS_FIELD)},
    covers=_covers,
    acknowledgement=("text/plain", "[accepted]"),
)
