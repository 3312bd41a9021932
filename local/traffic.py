"""What providers send in a day, in minutes: a seeded plan of good, repeated, reordered, batched and bad webhooks."""

from __future__ import annotations

import gzip
import random
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local import senders
from local.samples import KINDS, sample
from local.sending import (
    AMOUNT,
    PROVIDERS_THAT_SIGN_NOTHING,
    PROVIDERS_THAT_SIGN_THE_TIME,
    STALE_SECONDS,
    Endpoint,
    Event,
    signed,
    tampered,
)
from local.settings import new_secret
from local.variants import SIGNED_BY_ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.senders import SignedSample

EVENTS_A_SECOND = 100
"""The plan's pace: faster than a laptop, which falls behind and keeps the order."""

_LIFE = ("pending", "authorized", "succeeded", "partially_refunded", "refunded", "disputed")
"""The kinds of a payment's events in the order of their times."""

_OVERSIZE_BYTES = 1_100_000

_NESTING = 50_000

_SHARE_REPEATED = 0.2
_SHARE_BAD = 0.15
_SHARE_OVERSIZE = 0.02
"""Of the bad ones: each is a megabyte."""

_JITTER_SECONDS = 4.0
"""How far from its turn a webhook is sent: what makes the order of arrival another than that of the events."""

REFUSED = {"forged": 401, "tampered": 401, "truncated": 401, "stale": 401, "gzip": 401, "oversize": 413}
"""What must not be accepted, and the answer that it must get."""

ODD = ("duplicate_key", "nested", "wrong_charset", "base64", "no_event")
"""What a provider might sign in a bad hour: accepted, since it is the provider's; what becomes of it is ours to say."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One request that a provider wants to deliver, signed anew at each attempt.

    Attributes:
        number: Its place in the plan.
        source: The source that it is for.
        what: `good`, `again` (a repeat), one of `ODD`, or one of `REFUSED`.
        event: The event in it.
        due: When it is first sent, seconds after the start.
    """

    number: int
    source: str
    what: str
    event: Event
    due: float

    @property
    def refused(self) -> int | None:
        """The status that must answer it; None: it must be accepted."""
        return REFUSED.get(self.what)

    def request(self, endpoint: Endpoint, now: int) -> SignedSample:
        """Sign it.

        Args:
            endpoint: Where it goes, with the secret of the hour.
            now: Time of the signature, seconds since the epoch.
        """
        secret = new_secret(self.event.provider) if self.what == "forged" else None
        at = now - STALE_SECONDS if self.what == "stale" else now
        request = signed(self.event, endpoint, now=at, secret=secret)
        match self.what:
            case "tampered":
                return tampered(request, self.event)
            case "truncated":
                return request._replace(body=request.body[: len(request.body) // 2])
            case "gzip":
                headers = request.headers | {"content-encoding": "gzip", "content-type": "application/octet-stream"}
                return request._replace(body=gzip.compress(request.body, mtime=0), headers=headers)
            case "wrong_charset" | "base64":
                return request._replace(headers=request.headers | {"content-type": "application/octet-stream"})
            case _:
                return request


def plan(sources: Sequence[Endpoint], *, events: int, seed: int, bad: bool = True) -> list[Webhook]:
    """Make the plan.

    Args:
        sources: Where webhooks go.
        events: How many events happen; repeats and bad ones come on top.
        seed: Decides everything but the signing secrets.
        bad: Whether anything but good webhooks is sent.

    Returns:
        The webhooks in the order of their first sending.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret is made of it
    planned: list[Webhook] = []
    happened: list[tuple[Endpoint, Event]] = []
    for endpoint, event in _happenings(sources, draw):
        if len(happened) == events:
            break
        happened.append((endpoint, event))
        due = len(happened) / EVENTS_A_SECOND
        good = Webhook(number=0, source=endpoint.source.name, what="good", event=event, due=_about(due, draw))
        planned.append(good)
        if not bad:
            continue
        if draw.random() < _SHARE_REPEATED:
            again = replace(good, what="again")
            planned += [replace(again, due=_about(due, draw)) for _ in range(draw.randint(1, 3))]
        if draw.random() < _SHARE_BAD:
            planned.append(_spoiled(*draw.choice(happened), _about(due, draw), draw))
    planned.sort(key=lambda webhook: webhook.due)
    return [replace(webhook, number=number) for number, webhook in enumerate(planned)]


def _happenings(sources: Sequence[Endpoint], draw: random.Random) -> Iterator[tuple[Endpoint, Event]]:
    """Let payments live, one after the other, without end."""
    start = datetime.fromtimestamp(int(time.time()), UTC) - timedelta(hours=1)
    while True:
        endpoint = draw.choice(sources)
        provider = endpoint.source.provider
        life = [kind for kind in _LIFE if kind in KINDS[provider]]
        others = [[kind] for kind in KINDS[provider] if kind not in _LIFE]
        kinds = draw.choice([life, life, life, *others])
        payment = senders.load(provider).PAYMENT_ID.fresh(draw)
        at = start + timedelta(seconds=draw.randint(0, 1800))
        for kind in kinds:
            if kind in life and draw.random() < 1 / 3:
                continue
            at += timedelta(seconds=draw.randint(1, 60))
            yield endpoint, _event(provider, kind, payment, at, draw)


def _event(provider: str, kind: str, payment: str, at: datetime, draw: random.Random) -> Event:
    event_id = senders.load(provider).EVENT_ID.fresh(draw)
    token = senders.IdForm().fresh(draw)
    body = sample(provider, kind, payment_id=payment, event_id=event_id, occurred_at=at, amount=AMOUNT, token=token)
    return Event(provider=provider, kind=kind, event_id=event_id, payment_id=payment, body=body)


def _spoiled(endpoint: Endpoint, event: Event, due: float, draw: random.Random) -> Webhook:
    """Make something bad of an event that has happened: nothing of it may take effect a second time."""
    provider = event.provider
    spoils = ["forged", "truncated", "gzip"]
    if provider in PROVIDERS_THAT_SIGN_NOTHING:
        spoils = ["forged"]
    elif draw.random() < _SHARE_OVERSIZE and provider not in SIGNED_BY_ITEM:
        spoils = ["oversize"]
    else:
        spoils.append("tampered")
        if provider in PROVIDERS_THAT_SIGN_THE_TIME:
            spoils.append("stale")
        if provider not in SIGNED_BY_ITEM:
            spoils += ODD
    what = draw.choice(spoils)
    body = (
        event.body
        if what in {"forged", "tampered", "truncated", "stale", "gzip", "base64"}
        else _odd(what, event, draw)
    )
    return Webhook(number=0, source=endpoint.source.name, what=what, event=replace(event, body=body), due=due)


def _odd(what: str, event: Event, draw: random.Random) -> bytes:
    token = senders.IdForm().fresh(draw).encode()
    match what:
        case "duplicate_key":
            return b'{"id":"' + token + b'",' + event.body.lstrip()[1:]
        case "nested":
            return b'{"token":"' + token + b'","deep":' + b"[" * _NESTING + b"]" * _NESTING + b"}"
        case "wrong_charset":
            return b'{"token":"' + token + b'","name":"Caf\xe9"}'
        case "oversize":
            return b'{"token":"' + token + b'","padding":"' + b"x" * _OVERSIZE_BYTES + b'"}'
        case _:
            return b'{"token":"' + token + b'"}'


def _about(due: float, draw: random.Random) -> float:
    return max(0.0, due + draw.uniform(-_JITTER_SECONDS, _JITTER_SECONDS))
