"""A made-up webhook of any size, in Stripe's form: what the model sends through the function."""

from __future__ import annotations

import hmac
import string
from bisect import bisect_right
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

SECRET = "whsec_model"  # noqa: S105 - signs made-up webhooks only
SOURCE = "stripe"
SMALLEST_BYTES = 1024
SMALLEST_LINE_BYTES = 200
"""Of one line of the order."""


def body(size: int, number: int, at: datetime) -> bytes:
    """Write an event of exactly so many bytes, of another payment for each number; the same on every machine.

    Texts and ids are drawn, names repeat, as in a real one: it compresses neither better nor worse.

    Args:
        size: Bytes, 1024 at least.
        number: Which event.
        at: When it happened, aware.

    Raises:
        ValueError: The size is too small for an event.
    """
    if size < SMALLEST_BYTES:
        raise ValueError(f"an event has at least {SMALLEST_BYTES} bytes; got {size}")
    draw = Random(number)  # noqa: S311 - not a secret
    event = _event(draw, int(at.timestamp()))
    drawn = [_line(draw) for _ in range(size // SMALLEST_LINE_BYTES)]
    kept = bisect_right(range(len(drawn) + 1), size, key=lambda count: len(_encoded(event, drawn[:count]))) - 1
    missing = size - len(_encoded(event, drawn[:kept]))
    event["data"]["object"]["description"] += "".join(draw.choices(string.ascii_letters, k=missing))
    return _encoded(event, drawn[:kept])


def request(webhook: bytes, request_id: str, at: datetime) -> dict[str, Any]:
    """Sign a webhook and wrap it as a Function URL hands it over."""
    seconds = int(at.timestamp())
    mac = hmac.digest(SECRET.encode(), f"{seconds}.".encode() + webhook, "sha256").hex()
    return {
        "rawPath": f"/{SOURCE}",
        "headers": {"content-type": "application/json", "stripe-signature": f"t={seconds},v1={mac}"},
        "requestContext": {"domainName": "model.example", "requestId": request_id, "http": {"method": "POST"}},
        "body": webhook.decode(),
        "isBase64Encoded": False,
    }


def _event(draw: Random, seconds: int) -> dict[str, Any]:
    return {
        "id": _id(draw, "evt_"),
        "object": "event",
        "created": seconds,
        "data": {
            "object": {
                "id": _id(draw, "pi_"),
                "object": "payment_intent",
                "amount": 10_50,
                "amount_received": 10_50,
                "created": seconds,
                "currency": "eur",
                "customer": _id(draw, "cus_"),
                "description": "Order ",
                "latest_charge": _id(draw, "ch_"),
                "payment_method": _id(draw, "pm_"),
                "status": "succeeded",
            }
        },
        "type": "payment_intent.succeeded",
    }


def _line(draw: Random) -> dict[str, Any]:
    return {
        "id": _id(draw, "li_"),
        "object": "item",
        "amount_total": draw.randrange(100, 1000),
        "currency": "eur",
        "description": "".join(draw.choices(string.ascii_lowercase + " ", k=24)),
        "price": _id(draw, "price_"),
        "quantity": draw.randrange(1, 10),
    }


def _id(draw: Random, prefix: str) -> str:
    """Draw an id, of letters alone, so that none looks like a card number."""
    return prefix + "".join(draw.choices(string.ascii_letters, k=24))


def _encoded(event: dict[str, Any], lines: list[dict[str, Any]]) -> bytes:
    """Write it with its lines, indented, as Stripe does."""
    payment = event["data"]["object"] | {"lines": lines}
    return msgspec.json.format(msgspec.json.encode(event | {"data": {"object": payment}}), indent=2)
