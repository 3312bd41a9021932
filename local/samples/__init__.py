"""Sample payloads of every provider: ours, in the form of the provider's own, without anybody's data.

Each file is JSON in which texts hold placeholders. A text that is nothing but a placeholder becomes the value itself,
so `"$amount"` becomes a number.

    $event_id $payment_id      the ids (of Adyen, `$event_id` is the pspReference of a change to the payment)
    $token $payment_token      what makes other ids fresh: by event and by payment
    $amount $part              minor units; a quarter of the amount, at least 1
    $currency $currency_lower  ISO 4217
    $time $offset_time $seconds $date   when it happened
"""

from __future__ import annotations

import json
import secrets
import string
from datetime import UTC, datetime
from pathlib import Path

_HERE = Path(__file__).parent

KINDS = {
    directory.name: tuple(sorted(file.stem for file in directory.glob("*.json")))
    for directory in sorted(_HERE.iterdir())
    if directory.is_dir() and any(directory.glob("*.json"))
}
"""The kinds of sample that there are of each provider; only Adyen has `batch`, several events in one request."""

_ID_PREFIXES = {"stripe": ("evt_", "pi_"), "adyen": ("", ""), "square": ("", ""), "standard": ("msg_", "pay_")}
_ID_LETTERS = {"adyen": (string.ascii_uppercase, 16)}


def fresh_event_id(provider: str) -> str:
    """Make up an id as the provider gives its events (for Adyen, changes to payments)."""
    return _ID_PREFIXES[provider][0] + _letters(provider)


def fresh_payment_id(provider: str) -> str:
    """Make up an id as the provider gives its payments."""
    return _ID_PREFIXES[provider][1] + _letters(provider)


def sample(
    provider: str,
    kind: str,
    *,
    payment_id: str | None = None,
    event_id: str | None = None,
    occurred_at: datetime | None = None,
    amount: int = 2000,
    currency: str = "EUR",
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

    Raises:
        ValueError: There is no such sample.
    """
    if kind not in KINDS.get(provider, ()):
        known = ", ".join(f"{name}: {' '.join(kinds)}" for name, kinds in KINDS.items())
        raise ValueError(f"no sample {kind!r} of {provider!r}; there are {known}")
    at = (occurred_at or datetime.now(UTC)).astimezone(UTC)
    payment = payment_id or fresh_payment_id(provider)
    milliseconds = at.isoformat(timespec="milliseconds")
    values: dict[str, str | int] = {
        "event_id": event_id or fresh_event_id(provider),
        "payment_id": payment,
        "token": _letters(provider),
        "payment_token": payment.rpartition("_")[2],
        "amount": amount,
        "part": max(1, amount // 4),
        "currency": currency,
        "currency_lower": currency.lower(),
        "time": milliseconds.replace("+00:00", "Z"),
        "offset_time": milliseconds,
        "seconds": int(at.timestamp()),
        "date": at.date().isoformat(),
    }
    template = json.loads((_HERE / provider / f"{kind}.json").read_bytes())
    # Stripe sends its JSON indented, the others do not
    indent, separators = (2, None) if provider == "stripe" else (None, (",", ":"))
    return json.dumps(_filled(template, values), ensure_ascii=False, indent=indent, separators=separators).encode()


def _filled(value: object, values: dict[str, str | int]) -> object:
    if isinstance(value, dict):
        return {name: _filled(member, values) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, values) for member in value]
    if not isinstance(value, str):
        return value
    whole = values.get(value.removeprefix("$")) if value.startswith("$") else None
    return string.Template(value).substitute(values) if whole is None else whole


def _letters(provider: str) -> str:
    """Make up the part of an id that is random: letters only, so that it can never look like a card number."""
    letters, length = _ID_LETTERS.get(provider, (string.ascii_letters, 24))
    return "".join(secrets.choice(letters) for _ in range(length))
