"""The objects that Stripe's events are about, as far as they are read."""

from __future__ import annotations

import msgspec

from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes

STRIPE_PLACES = {"ISK": 2, "MGA": 0, "UGX": 2}
"""Decimal places that differ from ISO 4217: https://docs.stripe.com/currencies#special-cases"""


class StripeObject(msgspec.Struct):
    """The fields used of the objects that events are about: payment intent, charge, refund, dispute, payout, ..."""

    id: str
    amount: Minor | None = None
    amount_captured: Minor | None = None
    amount_due: Minor | None = None
    amount_paid: Minor | None = None
    amount_received: Minor | None = None
    amount_refunded: Minor | None = None
    amount_total: Minor | None = None
    captured: bool = False
    charge: str | None = None
    currency: Currency | None = None
    payment_intent: str | None = None
    payment_status: str | None = None
    refunded: bool = False
    status: str | None = None
