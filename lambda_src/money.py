"""Money: ISO 4217 exponents and the exact way from a decimal text to minor units."""

from __future__ import annotations

import re

DEFAULT_EXPONENT = 2
"""Digits after the decimal point of every currency that `EXPONENTS` does not list."""

_NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

EXPONENTS = {
    **dict.fromkeys(_NO_MINOR_UNIT.split(), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Currencies whose minor unit is not a hundredth; ISO 4217 list one, published 2024-06-25."""

MAX_DIGITS = 18
"""Digits of an amount in minor units."""

_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


def exponent(currency: str) -> int:
    """Say how many digits the minor unit of a currency (upper-case ISO 4217 code) has: JPY 0, EUR 2, BHD 3."""
    return EXPONENTS.get(currency, DEFAULT_EXPONENT)


def minor_units(text: str, currency: str) -> int:
    """Turn a decimal text in major units into minor units, exactly: ("10.5", "EUR") is 1050.

    Zeros beyond the currency's minor unit are allowed, other digits are not: nothing is ever rounded.

    Raises:
        ValueError: The text is no plain decimal number, is finer than the minor unit, or has too many digits.
    """
    found = _DECIMAL.fullmatch(text)
    if not found:
        raise ValueError("not a decimal number")
    sign, whole, fraction = found[1], found[2], found[3] or ""
    places = exponent(currency)
    kept, beyond = fraction[:places], fraction[places:]
    if beyond.strip("0"):
        raise ValueError(f"finer than the minor unit of {currency}, which has {places} digits")
    digits = (whole + kept.ljust(places, "0")).lstrip("0") or "0"
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits, got {len(digits)}")
    return int(sign + digits)


def rescaled(amount: int, places: int, currency: str) -> int:
    """Turn an amount with a provider's own number of decimal places into ISO minor units: (500, 2, "ISK") is 5.

    Raises:
        ValueError: The amount is finer than the minor unit.
    """
    shift = exponent(currency) - places
    if shift >= 0:
        return int(amount * 10**shift)
    whole, rest = divmod(amount, 10**-shift)
    if rest:
        raise ValueError(f"finer than the minor unit of {currency}, which has {exponent(currency)} digits")
    return int(whole)
