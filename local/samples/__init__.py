"""Sample payloads of every provider: ours, in the form of the provider's own, without anybody's data.

Each file is JSON (or XML) in which texts hold placeholders. A JSON text that is nothing but a placeholder becomes the
value itself, so `"$amount"` becomes a number; `"${amount}"` stays a text.

    $event_id $payment_id      the ids (of Adyen, `$event_id` is the pspReference of a change to the payment)
    $payment_number            the payment's id as a number, of providers whose ids are numbers
    $token $payment_token      what makes other ids fresh: by event and by payment
    $amount $part              minor units; a quarter of the amount, at least 1
    $decimal $decimal_part     the same in major units, as a decimal text
    $major $major_part         the same as a JSON number
    $currency $currency_lower  ISO 4217
    $time $offset_time $compact_time $seconds $milliseconds $date   when it happened
"""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from lambda_src import money
from lambda_src.providers import PROVIDERS
from local import senders

_HERE = Path(__file__).parent

KINDS = {
    directory.name: tuple(sorted(file.stem for file in directory.iterdir() if file.suffix in {".json", ".xml"}))
    for directory in sorted(_HERE.iterdir())
    if directory.name in PROVIDERS
}
"""The kinds of sample that there are of each provider; `batch` is several events in one request."""

STATE = {
    "pending": "pending",
    "authorized": "authorized",
    "succeeded": "captured",
    "failed": "failed",
    "partially_refunded": "partially_refunded",
    "refunded": "refunded",
    "disputed": "disputed",
    "payout": "payout_paid",
}
"""What a payment becomes by a sample of each kind."""

_event_tokens = senders.IdForm()


def fresh_event_id(provider: str) -> str:
    """Make up an id as the provider gives its events (for Adyen, changes to payments)."""
    return senders.load(provider).EVENT_ID.fresh()


def fresh_payment_id(provider: str) -> str:
    """Make up an id as the provider gives its payments."""
    return senders.load(provider).PAYMENT_ID.fresh()


def sample(
    provider: str,
    kind: str,
    *,
    payment_id: str | None = None,
    event_id: str | None = None,
    occurred_at: datetime | None = None,
    amount: int = 2000,
    currency: str = "EUR",
    token: str | None = None,
) -> bytes:
    """Make the body of a webhook; each call makes another event, and another payment unless told which.

    Args:
        provider: The provider's name.
        kind: One of the provider's `KINDS`.
        payment_id: The payment's id; None: a fresh one.
        event_id: The event's id; None: a fresh one. Standard Webhooks send it in a header: give it to `sign` as well.
        occurred_at: When it happened, aware; None: now.
        amount: Minor units of the whole payment.
        currency: ISO 4217 code, upper case.
        token: What makes the other ids of the event fresh; None: a new one.

    Raises:
        ValueError: There is no such sample.
    """
    if kind not in KINDS.get(provider, ()):
        known = ", ".join(f"{name}: {' '.join(kinds)}" for name, kinds in KINDS.items())
        raise ValueError(f"no sample {kind!r} of {provider!r}; there are {known}")
    at = (occurred_at or datetime.now(UTC)).astimezone(UTC)
    payment = payment_id or fresh_payment_id(provider)
    milliseconds = at.isoformat(timespec="milliseconds")
    part = max(1, amount // 4)
    decimals = {"decimal": _decimal_text(amount, currency), "decimal_part": _decimal_text(part, currency)}
    values: dict[str, str | int | Decimal] = {
        "event_id": event_id or fresh_event_id(provider),
        "payment_id": payment,
        "token": token or _event_tokens.fresh(),
        "payment_token": payment.rpartition("_")[2],
        "amount": amount,
        "part": part,
        **decimals,
        "major": Decimal(decimals["decimal"]),
        "major_part": Decimal(decimals["decimal_part"]),
        "currency": currency,
        "currency_lower": currency.lower(),
        "time": milliseconds.replace("+00:00", "Z"),
        "offset_time": milliseconds,
        "compact_time": at.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "seconds": int(at.timestamp()),
        "milliseconds": int(at.timestamp()) * 1000,
        "date": at.date().isoformat(),
    }
    if payment.isdecimal():
        values["payment_number"] = int(payment)
    xml = _HERE / provider / f"{kind}.xml"
    if xml.exists():
        return string.Template(xml.read_text()).substitute(values).encode()
    template = json.loads((_HERE / provider / f"{kind}.json").read_bytes())
    body = _encoder.encode(_filled(template, values))
    # Stripe sends its JSON indented, the others do not
    return msgspec.json.format(body, indent=2) if provider == "stripe" else body


_encoder = msgspec.json.Encoder(decimal_format="number")


def _decimal_text(amount: int, currency: str) -> str:
    """Write minor units as a decimal text in major units: (1050, "EUR") is "10.50"."""
    return str(Decimal(amount).scaleb(-money.exponent(currency)))


def _filled(value: object, values: dict[str, str | int | Decimal]) -> object:
    if isinstance(value, dict):
        return {name: _filled(member, values) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, values) for member in value]
    if not isinstance(value, str):
        return value
    whole = values.get(value.removeprefix("$")) if value.startswith("$") else None
    return string.Template(value).substitute(values) if whole is None else whole
