"""How long each provider goes on sending what it got no 2xx for: what bounds an outage of ours.

From the providers' documents as docs/providers.md quotes them. Where a document gives a span and no pauses, the
pauses here grow to fill it; where it gives neither, the span is an assumption, short where we must hurry (alarms) and
long where we must wait (removing a secret).
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class ProviderRetries:
    """One provider's schedule, in seconds.

    Attributes:
        pauses: Before the second attempt, the third, and so on.
        at_most: The longest that it may still go on where documents disagree or say nothing; 0: no longer than the
            pauses together.
        documented: Whether the provider says how long it goes on.
    """

    pauses: tuple[int, ...]
    at_most: int = 0
    documented: bool = True

    @property
    def gives_up_after(self) -> int:
        """When its last attempt may have been made: until then an outage of ours has lost nothing."""
        return sum(self.pauses)

    @property
    def may_last(self) -> int:
        """When its last attempt has surely been made."""
        return max(self.at_most, self.gives_up_after)


def _growing(attempts: int, span: int, first: int = MINUTE, longest: int = DAY) -> tuple[int, ...]:
    """Pauses that double from the first up to the longest, scaled so that together they make the span."""
    doubled = [min(first * 2**attempt, longest) for attempt in range(attempts)]
    *all_but_last, _ = (max(1, pause * span // sum(doubled)) for pause in doubled)
    return (*all_but_last, span - sum(all_but_last))


_ADYEN = ProviderRetries(
    (
        *(9, 18, 27),
        *(minutes * MINUTE for minutes in (2, 5, 10, 15, 30)),
        *(hours * HOUR for hours in (1, 2, 4)),
        *(8 * HOUR,) * 88,
    ),
    at_most=30 * DAY,
)
_UNKNOWN = ProviderRetries((5 * MINUTE,) * 12, at_most=3 * DAY, documented=False)

PROVIDER_RETRIES = {
    "adyen": _ADYEN,
    "adyen_platform": _ADYEN,
    "airwallex": ProviderRetries(_growing(16, 3 * DAY, longest=12 * HOUR)),
    "braintree": ProviderRetries((HOUR,) * 24),
    "checkout_com": _UNKNOWN,
    "coinbase_commerce": ProviderRetries(_growing(76, 3 * DAY, longest=HOUR)),
    "flutterwave_v3": _UNKNOWN,
    "flutterwave_v4": _UNKNOWN,
    "generic": _UNKNOWN,
    "gocardless": ProviderRetries(_growing(8, HOUR), at_most=3 * DAY, documented=False),
    "lemon_squeezy": ProviderRetries((5, 25, 125)),
    "mollie": ProviderRetries(_growing(10, 26 * HOUR)),
    "paddle": ProviderRetries(_growing(60, 3 * DAY, longest=2 * HOUR)),
    "paypal": ProviderRetries(_growing(25, 3 * DAY, longest=4 * HOUR)),
    "paystack": ProviderRetries((3 * MINUTE,) * 4 + (HOUR,) * 72),
    "razorpay": ProviderRetries(_growing(11, DAY)),
    "revolut": ProviderRetries((10 * MINUTE,) * 3),
    "shopify": ProviderRetries(_growing(8, 4 * HOUR)),
    "square": ProviderRetries(
        tuple(minutes * MINUTE for minutes in (1, 2, 4, 8, 16, 32)) + (HOUR,) * 23, at_most=3 * DAY
    ),
    "standard": ProviderRetries((5, 5 * MINUTE, 30 * MINUTE, *(hours * HOUR for hours in (2, 5, 10, 14, 20, 24)))),
    "stripe": ProviderRetries(_growing(16, 3 * DAY, longest=12 * HOUR)),
    "wise": ProviderRetries(tuple(2**attempt * MINUTE for attempt in range(11)) + (DAY,) * 14),
    "worldpay": ProviderRetries((15 * MINUTE, 30 * MINUTE, HOUR, *(2 * HOUR,) * 83)),
}
"""By provider."""
