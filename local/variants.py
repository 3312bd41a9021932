"""What can be sent on purpose: a good webhook of a source, and each way in which one can be wrong or odd."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.problems import Problem
from local import senders
from local.samples import KINDS
from local.sending import (
    PROVIDERS_THAT_SIGN_NOTHING,
    PROVIDERS_THAT_SIGN_THE_TIME,
    STALE_SECONDS,
    Endpoint,
    Event,
    new_event,
    signed,
    tampered,
)
from local.settings import new_secret

if TYPE_CHECKING:
    from local.senders import SignedSample

VARIANTS = {
    "good": "signed by the provider's rules: recorded and published",
    "duplicate": "send it twice: the second is acknowledged and changes nothing",
    "forge": "sign with another secret: refused",
    "late": "then send an event of the same payment that happened before it: recorded and published as late",
    "stale": "sign as of four days ago: refused, where the provider signs the time",
    "tamper": "change the amount after signing: refused",
    "poison": "sign what is no event: acknowledged, then a dead letter",
}
"""What each is and what comes of it."""

SIGNED_BY_ITEM = frozenset({"adyen", "braintree"})
"""Providers whose signatures lie in the body, so that not any bytes can be signed."""

_BEFORE = ("authorized", "pending", "succeeded", "payout_pending")
"""Kinds of sample that come before another one of the same payment, the earliest first."""

_AFTER = ("partially_refunded", "refunded")
"""Kinds that come after it."""


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One request that is about to be sent.

    Attributes:
        event: The event in it.
        note: How it differs from a good one; empty: it is good.
        webhook: The signed request.
    """

    event: Event
    note: str = ""
    webhook: SignedSample


def variants_of(provider: str) -> tuple[str, ...]:
    """Name the variants that make sense of a provider."""
    without = {
        "late": not senders.load(provider).SENDS_TIME or provider in PROVIDERS_THAT_SIGN_NOTHING,
        "stale": provider not in PROVIDERS_THAT_SIGN_THE_TIME,
        "tamper": provider in PROVIDERS_THAT_SIGN_NOTHING,
        "poison": provider in SIGNED_BY_ITEM,
    }
    return tuple(name for name in VARIANTS if not without.get(name))


def sendings(endpoint: Endpoint, kind: str, variant: str = "good") -> list[Sending]:  # noqa: PLR0911 - one a variant
    """Make the requests of a variant, signed as of now.

    Args:
        endpoint: Where they will go.
        kind: Kind of sample.
        variant: One of `VARIANTS`.

    Raises:
        Problem: The provider has no such sample, or the variant makes no sense of it.
    """
    provider, now, seconds = endpoint.source.provider, datetime.now(UTC), int(time.time())
    event = new_event(provider, kind, occurred_at=now)
    good = Sending(event=event, webhook=signed(event, endpoint, now=seconds))
    match variant:
        case "good":
            return [good]
        case "duplicate":
            return [good, Sending(event=event, note="again", webhook=signed(event, endpoint, now=seconds))]
        case "forge":
            forged = signed(event, endpoint, now=seconds, secret=new_secret(provider))
            return [Sending(event=event, note="signed with another secret", webhook=forged)]
        case "late":
            first, then = _out_of_order(provider, kind)
            event = new_event(provider, first, occurred_at=now)
            late = new_event(provider, then, occurred_at=now - timedelta(minutes=1), payment_id=event.payment_id)
            return [
                Sending(event=event, webhook=signed(event, endpoint, now=seconds)),
                Sending(event=late, note="from before it", webhook=signed(late, endpoint, now=seconds)),
            ]
        case "stale":
            if provider not in PROVIDERS_THAT_SIGN_THE_TIME:
                raise Problem(f"{provider} signs no time: its signatures never grow stale")
            stale = signed(event, endpoint, now=seconds - STALE_SECONDS)
            return [Sending(event=event, note="signed days ago", webhook=stale)]
        case "tamper":
            return [Sending(event=event, note="with another amount", webhook=tampered(good.webhook, event))]
        case "poison":
            return [_poisoned(event, endpoint, seconds)]
        case _:
            raise Problem(f"the variant is one of {', '.join(VARIANTS)}; got {variant!r}")


def _out_of_order(provider: str, kind: str) -> tuple[str, str]:
    """Two kinds of one payment, in the wrong order; one of them is the kind asked for."""
    kinds = KINDS[provider]
    for before in _BEFORE:
        if before in kinds and before != kind:
            return kind, before
    for after in _AFTER:
        if after in kinds and after != kind:
            return after, kind
    raise Problem(f"{provider} has no sample of what comes before or after {kind!r}")


def _poisoned(event: Event, endpoint: Endpoint, seconds: int) -> Sending:
    if event.provider in SIGNED_BY_ITEM:
        raise Problem(f"{event.provider} signs its items one by one: what is none cannot be signed")
    odd = replace(event, body=b'["no event of this provider"]')
    return Sending(event=odd, note="that is no event", webhook=signed(odd, endpoint, now=seconds))
