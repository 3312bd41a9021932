"""PayPal's row."""

from __future__ import annotations

import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lambda_src.errors import Reason
from tests.conformance.rows import Row
from tests.conformance.rows.wise import accepts

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


def _accepts(request: SignedRequest, secret: str) -> bool:
    webhook_id, _, key = secret.partition(":")
    fields = [request.headers[f"paypal-transmission-{name}"] for name in ("id", "time")]
    message = "|".join([*fields, webhook_id, str(zlib.crc32(request.body))]).encode()
    return accepts(key, message, request.headers["paypal-transmission-sig"])


def _secrets_of(vector: dict[str, Any]) -> list[str]:
    return [f"{vector['secret']}:{vector['cert_pem']}"]


def _clock_of(vector: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(vector["headers"]["PAYPAL-TRANSMISSION-TIME"]).timestamp())


ROW = Row(
    sdk="none: paypalrestsdk 1.13.3 needs a pyOpenSSL before 24; judged by cryptography 50.0.2 and a genuine message",
    sdk_accepts=_accepts,
    signed_headers=(
        "paypal-transmission-id",
        "paypal-transmission-time",
        "paypal-transmission-sig",
        "paypal-auth-algo",
    ),
    malformed_secrets=("", "8PT597110X687430L", "8PT597110X687430L:", "8PT597110X687430L:key"),
    vector_prefix="paypal",
    secrets_of=_secrets_of,
    clock_of=_clock_of,
    refused={
        "paypal-02": Reason.WRONG_SECRET,
        "paypal-03": Reason.WRONG_SECRET,
        "paypal-04": Reason.WRONG_SECRET,
        "paypal-06": Reason.WRONG_SECRET,
        "paypal-12": Reason.WRONG_SECRET,
        "paypal-13": Reason.WRONG_SECRET,
    },
)
