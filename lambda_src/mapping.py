"""Building the canonical event: what is done alike for every provider."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, money
from lambda_src.canonical import PaymentEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from lambda_src.delivery import Delivery
    from lambda_src.totals import Reading

_DIGEST_CHARACTERS = 32
"""Of a digest that stands in for an event id: 128 bits."""


def payment_event(
    delivery: Delivery,
    *,
    event_id: str,
    event_type: str,
    payment_id: str,
    reading: Reading,
    currency: str | None,
    occurred_at: datetime | None,
    payload: bytes | msgspec.Raw,
) -> PaymentEvent:
    """Build the event of a delivery whose body is signed.

    Args:
        delivery: The delivery.
        event_id: The provider's id of the event, or `digest_id` of what is signed.
        event_type: The type as the provider calls it.
        payment_id: The id that all events of the payment share.
        reading: Status, amount and share.
        currency: ISO 4217 code in either case; left out where there is no amount.
        occurred_at: The signed time of the event; None: the provider sends none, and the receipt stands in for it.
        payload: The provider's own JSON of this one event.

    Raises:
        Unprocessable: An id is none, an amount has no currency, or the payload is not JSON.
    """
    has_amount = reading.amount is not None
    if has_amount:
        currency = decoding.required(currency or None, delivery.provider, "the currency")
    return decoding.checked(
        PaymentEvent(
            provider=delivery.provider,
            event_id=event_id,
            event_type=event_type,
            payment_id=payment_id,
            status=reading.status,
            amount=reading.amount,
            currency=currency.upper() if currency and has_amount else None,
            occurred_at=occurred_at or delivery.received_at,
            occurred_at_signed=occurred_at is not None,
            share=reading.share,
            payload=decoding.without_secrets(payload, delivery.provider),
        )
    )


def loose_id(about: msgspec.Raw, *names: str, default: str) -> str:
    """Find an id in an object of an event whose type is not known, under the first of some names that holds one.

    Args:
        about: The object's JSON, whatever it is.
        names: Names of its members, the likeliest first.
        default: What to take where there is none.
    """
    try:
        members = msgspec.json.decode(about, type=dict[str, msgspec.Raw])
        values = [msgspec.json.decode(members[name]) for name in names if name in members]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return default
    return decoding.first_identifier(*values, default=default)


def digest_id(*fields: object) -> str:
    """Make an event id for a provider that sends none, from signed fields that every redelivery repeats.

    SHA-256 of the fields' texts, each led by its length, cut to 128 bits, in hexadecimal.
    """
    texts = [str(field).encode("utf-8", "surrogatepass") for field in fields]
    joined = b"".join(b"%d:%s" % (len(text), text) for text in texts)
    return hashlib.sha256(joined).hexdigest()[:_DIGEST_CHARACTERS]


def minor_units(text: str, currency: str | None, provider: str, field: str) -> int:
    """Turn a decimal text in major units into minor units.

    Raises:
        Unprocessable: It is none, or the currency is missing.
    """
    try:
        return money.minor_units(text, decoding.required(currency or None, provider, "the currency").upper())
    except ValueError as error:
        raise decoding.unprocessable(provider, f"{field}: {error}") from error


def minor_units_of(number: Decimal, currency: str | None, provider: str, field: str) -> int:
    """Turn a JSON number in major units into minor units.

    Raises:
        Unprocessable: It is finer than the minor unit or far too large, or the currency is missing.
    """
    # written out, a number such as 1e999999999 would fill the memory
    if not number.is_finite() or abs(number.adjusted()) > money.MAX_DIGITS:
        raise decoding.unprocessable(provider, f"{field}: more than {money.MAX_DIGITS} digits")
    return minor_units(format(number, "f"), currency, provider, field)


def rescaled(reading: Reading, currency: str | None, places: Mapping[str, int], provider: str) -> Reading:
    """Bring the amounts of a provider whose decimal places differ from ISO 4217 for some currencies to minor units.

    Args:
        reading: What was read, in the provider's units.
        currency: ISO 4217 code in either case.
        places: The provider's decimal places of the currencies that differ, by upper-case code.
        provider: Its name.

    Raises:
        Unprocessable: An amount is finer than the minor unit.
    """
    code = (currency or "").upper()
    if code not in places:
        return reading

    def scaled(amount: int) -> int:
        try:
            return money.rescaled(amount, places[code], code)
        except ValueError as error:
            raise decoding.unprocessable(provider, f"amount: {error}") from error

    share = reading.share
    if share:
        share = msgspec.structs.replace(share, amount=scaled(share.amount))
    amount = None if reading.amount is None else scaled(reading.amount)
    return reading._replace(amount=amount, share=share)
