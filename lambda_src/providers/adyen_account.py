"""What all of Adyen's webhooks have in common: the HMAC key's form, and the decimal places of amounts."""

from __future__ import annotations

from lambda_src import schemes

KEY_DIGITS = 64
"""Hexadecimal digits of an HMAC key as Adyen generates them."""

ADYEN_PLACES = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
"""Decimal places that differ from ISO 4217: https://docs.adyen.com/development-resources/currency-codes"""


def adyen_key_problem(secret: str) -> str | None:
    """Say what is wrong with the form of an HMAC key; None: nothing is."""
    if len(secret) == KEY_DIGITS and schemes.hex_key(secret):
        return None
    return (
        f"an Adyen HMAC key is {KEY_DIGITS} hexadecimal digits, got {len(secret)} characters; it is in the Customer "
        "Area under Developers > Webhooks > the webhook > Security > HMAC key, shown once when it is generated"
    )
