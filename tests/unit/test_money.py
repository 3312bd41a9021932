"""Amounts: exact both ways, never rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.money import EXPONENTS, exponent, minor_units, rescaled

CURRENCIES = st.sampled_from([*EXPONENTS, "EUR", "USD", "GBP"])
AMOUNTS = st.integers(-(10**18) + 1, 10**18 - 1)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("10.50", "EUR", 1050),
        ("10.5", "EUR", 1050),
        ("10", "EUR", 1000),
        ("0.01", "EUR", 1),
        ("-0.01", "EUR", -1),
        ("007.000", "USD", 700),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("1.234", "BHD", 1234),
        ("1.2345", "CLF", 12345),
        ("0", "KWD", 0),
        ("9999999999999999.99", "EUR", 999_999_999_999_999_999),
    ],
)
def test_decimal_texts_become_minor_units(text: str, currency: str, amount: int) -> None:
    """A decimal text becomes minor units by the currency's ISO 4217 exponent."""
    assert minor_units(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("1,50", "EUR"),
        ("1e3", "EUR"),
        ("+1", "EUR"),
        (" 1", "EUR"),
        ("1\n", "EUR"),
        ("NaN", "EUR"),
        ("٣", "EUR"),
        ("0.001", "EUR"),
        ("0.5", "JPY"),
        ("10000000000000000.00", "EUR"),
        ("9" * 5000, "JPY"),
    ],
)
def test_anything_else_is_refused(text: str, currency: str) -> None:
    """What is no plain decimal number, or finer than the minor unit, is refused and not rounded."""
    with pytest.raises(ValueError, match=r"decimal|finer|digits"):
        minor_units(text, currency)


def decimal_text(amount: int, currency: str) -> str:
    """Write minor units in major units, by exact arithmetic."""
    return format(Decimal(amount).scaleb(-exponent(currency)), "f")


@given(amount=AMOUNTS, currency=CURRENCIES)
def test_there_and_back_is_exact(amount: int, currency: str) -> None:
    """Every amount survives the way to a text and back."""
    assert minor_units(decimal_text(amount, currency), currency) == amount


@given(left=st.integers(0, 10**16), right=st.integers(0, 10**16), currency=CURRENCIES)
def test_sums_agree(left: int, right: int, currency: str) -> None:
    """Adding minor units is adding the decimal numbers."""
    total = Decimal(decimal_text(left, currency)) + Decimal(decimal_text(right, currency))
    assert minor_units(str(total), currency) == left + right


@pytest.mark.parametrize(
    ("amount", "places", "currency", "minor"),
    [(500, 2, "ISK", 5), (5, 0, "MGA", 500), (1050, 2, "EUR", 1050), (-100, 2, "CLP", -1), (7, 0, "CVE", 700)],
)
def test_other_decimal_places_are_brought_to_iso(amount: int, places: int, currency: str, minor: int) -> None:
    """An amount in a provider's own decimal places becomes ISO minor units."""
    assert rescaled(amount, places, currency) == minor


def test_rescaling_never_rounds() -> None:
    """An amount finer than the minor unit is refused."""
    with pytest.raises(ValueError, match="finer than the minor unit of ISK"):
        rescaled(550, 2, "ISK")
