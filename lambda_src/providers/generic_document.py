"""The values of a generic source's JSON, found by JSON pointers and taken by the scheme."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, mapping

if TYPE_CHECKING:
    from datetime import datetime

    from lambda_src.sources import Scheme

NAME = "generic"

_MILLISECONDS_FROM = 10**11
"""A number of this size is a time in milliseconds: as seconds it would be in the year 5138."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


def document_of(raw: bytes) -> object:
    """Decode an object, its fractions exactly.

    Raises:
        Unprocessable: It is none.
    """
    decoding.decode(raw, dict[str, object], NAME)
    return _decoder.decode(raw)


def at(document: object, pointer: str | None) -> object:
    """Find what a JSON pointer (RFC 6901) points to; None: nothing."""
    if pointer is None:
        return None
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(name)
        elif isinstance(document, list) and name.isascii() and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            return None
    return document


def text_of(value: object, field: str, pointer: str | None) -> str:
    """Take a text or a whole number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise decoding.unprocessable(NAME, f"{field}: nothing at {pointer} that could be one")
    return str(value)


def amount_of(value: object, currency: str, scheme: Scheme) -> int | None:
    """Take an amount as the scheme writes it, in minor units."""
    if value is None:
        return None
    decoding.decode(msgspec.json.encode(currency), decoding.Currency, NAME, "currency")
    if isinstance(value, Decimal):
        if scheme.amount_unit == "major":
            return mapping.minor_units_of(value, currency, NAME, "amount")
        raise decoding.unprocessable(NAME, "amount: not a whole number of minor units")
    text = text_of(value, "amount", scheme.amount)
    if scheme.amount_unit == "major":
        return mapping.minor_units(text, currency, NAME, "amount")
    return decoding.decode(text.encode("utf-8", "replace"), decoding.Minor, NAME, "amount")


def time_of(value: object) -> datetime | None:
    """Take a time: RFC 3339, or a number of seconds or milliseconds."""
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value // 1000 if value >= _MILLISECONDS_FROM else value
        return decoding.moment_of_seconds(decoding.decode(str(seconds).encode(), decoding.Seconds, NAME, "time"))
    return decoding.moment(value)
