"""The demonstration: webhooks of every kind, and what must come of each.

What came of them is read from outside (HTTP answers, ledger table, a subscribed queue), never from the function.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local import senders
from local.observer import wait_until
from local.samples import KINDS, STATE
from local.sending import (
    PROVIDERS_THAT_SIGN_NOTHING,
    PROVIDERS_THAT_SIGN_THE_TIME,
    STALE_SECONDS,
    Answer,
    Endpoint,
    Event,
    new_event,
    post,
    signed,
    tampered,
)
from local.settings import new_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.observer import Observer
    from local.senders import SignedSample
    from local.system import LocalSystem


@dataclass(frozen=True, kw_only=True)
class Step:
    """One webhook and what must come of it.

    Attributes:
        endpoint: Where it goes.
        what: What is sent, in words.
        event: The event in it.
        webhook: The signed request.
        status: The HTTP status that must answer.
        added: How many events of its payment the ledger and the topic must gain by it.
        state: The payment's status afterwards; None: it must have none.
        late: Whether its event must be published as late.
    """

    endpoint: Endpoint
    what: str
    event: Event
    webhook: SignedSample
    status: int = 200
    added: int = 1
    state: str | None
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a step.

    Attributes:
        step: The step.
        answer: The HTTP answer.
        recorded: Events of its payment that the ledger gained.
        published: Events of its payment that the subscriber gained.
        state: The payment's status in the ledger.
        problems: What is not as it must be, in words.
    """

    step: Step
    answer: Answer
    recorded: int
    published: int
    state: str | None
    problems: list[str] = field(default_factory=list)


def steps(system: LocalSystem) -> Iterator[Step]:
    """Make the steps of all sources; each is made when it is its turn, so that its signature is fresh."""
    for source in system.sources.values():
        endpoint = Endpoint(
            source=source,
            url=f"{system.webhook_url}{source.name}",
            registered_url=system.outputs["source_urls"][source.name],
        )
        yield from _one_payment(endpoint)
        yield from _out_of_order(endpoint)
        if "batch" in KINDS[source.provider]:
            event = _event(endpoint, "batch", minutes_ago=1)
            yield Step(
                endpoint=endpoint,
                what="several events in one request",
                event=event,
                webhook=_signed(event, endpoint),
                added=2,
                state="captured",
            )


def _one_payment(endpoint: Endpoint) -> Iterator[Step]:
    provider = endpoint.source.provider
    kinds = KINDS[provider]
    main = "succeeded" if "succeeded" in kinds else "payout"
    payment = None
    if before := _before(kinds):
        earlier = _event(endpoint, before, minutes_ago=2)
        payment = earlier.payment_id
        yield _good(endpoint, earlier, before)
    event = _event(endpoint, main, minutes_ago=1, payment_id=payment)
    good = _good(endpoint, event, main)
    yield good
    yield replace(good, what="the same again", webhook=_signed(event, endpoint), added=0)

    # The refused ones claim something else of the same payment: had any an effect, its state would show it.
    claim = _event(endpoint, "refunded" if "refunded" in kinds else main, minutes_ago=0, payment_id=event.payment_id)
    refused = replace(good, event=claim, status=401, added=0)
    secret = new_secret(provider)
    yield replace(refused, what="forged: another secret", webhook=_signed(claim, endpoint, secret=secret))
    if provider not in PROVIDERS_THAT_SIGN_NOTHING:
        yield replace(refused, what="tampered: one byte changed", webhook=tampered(_signed(claim, endpoint), claim))
    if provider in PROVIDERS_THAT_SIGN_THE_TIME:
        yield replace(
            refused, what="stale: signed days ago", webhook=_signed(claim, endpoint, age_seconds=STALE_SECONDS)
        )


def _out_of_order(endpoint: Endpoint) -> Iterator[Step]:
    """Send a later event first, where the provider tells when its events happened and one payment has two."""
    provider = endpoint.source.provider
    kinds = KINDS[provider]
    if not senders.load(provider).SENDS_TIME or provider in PROVIDERS_THAT_SIGN_NOTHING:
        return
    before = _before(kinds)
    later = next(kind for kind in ("partially_refunded", "refunded", "succeeded", "payout") if kind in kinds)
    if before is None:
        before = "succeeded" if later != "succeeded" and "succeeded" in kinds else None
    if before is None:
        return
    last = _event(endpoint, later, minutes_ago=1)
    first = _good(endpoint, last, later)
    yield first
    late = _event(endpoint, before, minutes_ago=2, payment_id=last.payment_id)
    yield replace(
        first, what=f"late: {before} before", event=late, webhook=_signed(late, endpoint), state=first.state, late=True
    )


def _before(kinds: tuple[str, ...]) -> str | None:
    """The kind that comes before the money moved."""
    return next((kind for kind in ("authorized", "pending") if kind in kinds), None)


def _good(endpoint: Endpoint, event: Event, kind: str) -> Step:
    """A webhook that must be accepted; what nobody signs moves no state."""
    state = None if endpoint.source.provider in PROVIDERS_THAT_SIGN_NOTHING else STATE[kind]
    return Step(
        endpoint=endpoint, what=kind.replace("_", " "), event=event, webhook=_signed(event, endpoint), state=state
    )


def run(step: Step, observer: Observer) -> Outcome:
    """Send a step's webhook, wait for what must come of it, and compare."""
    payment = step.event.payment_id
    recorded, published = len(observer.events(payment)), len(observer.published_of(payment))
    answer = post(step.endpoint, step.webhook)
    wait_until(
        lambda: (
            len(observer.events(payment)) >= recorded + step.added
            and len(observer.published_of(payment)) >= published + step.added
            and observer.backlog()["queue_url"] == 0
        )
    )
    state = observer.state(payment)
    events = observer.published_of(payment)
    outcome = Outcome(
        step=step,
        answer=answer,
        recorded=len(observer.events(payment)) - recorded,
        published=len(events) - published,
        state=None if state is None else state["status"],
    )
    late = [each.event["data"]["late"] for each in events[published:]]
    outcome.problems.extend(problems_of(outcome, late))
    return outcome


def problems_of(outcome: Outcome, late: list[bool]) -> Iterator[str]:
    """Compare an outcome with what its step must bring; `late` are the marks of the newly published events."""
    step = outcome.step
    if outcome.answer.status != step.status:
        yield f"answered {outcome.answer.status}, must be {step.status}"
    if outcome.recorded != step.added:
        yield f"recorded {outcome.recorded}, must be {step.added}"
    if outcome.published != step.added:
        yield f"published {outcome.published}, must be {step.added}"
    if outcome.state != step.state:
        yield f"state {outcome.state}, must be {step.state}"
    if any(each is not step.late for each in late):
        yield f"published {'as late' if not step.late else 'without being marked late'}"


def final_problems(outcomes: list[Outcome], observer: Observer, system: LocalSystem) -> Iterator[str]:
    """Compare the whole ledger and everything published with the sum of the steps."""
    expected = sum(outcome.step.added for outcome in outcomes)
    recorded, published = observer.events(), observer.receive()
    if len(recorded) != expected:
        yield f"the ledger holds {len(recorded)} events, must be {expected}"
    if len(published) != expected:
        yield f"{len(published)} events were published, must be {expected}"
    in_ledger = {f"{item['provider']}:{item['event_id']}" for item in recorded}
    if in_ledger != {each.event["id"] for each in published}:
        yield "the published events are not those of the ledger"
    schemas = {each.event["dataschema"] for each in published}
    if schemas != {system.outputs["event_schema"]}:
        yield f"the published events follow {', '.join(sorted(schemas)) or 'no schema'}"
    if (backlog := observer.backlog()) != {"queue_url": 0, "dlq_url": 0}:
        yield f"messages are left: {backlog['queue_url']} in the queue, {backlog['dlq_url']} in the dead-letter queue"
    if not any("annotations" in segment for segment in system.xray.segments):
        yield "no trace reached X-Ray"


def _event(endpoint: Endpoint, kind: str, *, minutes_ago: int, payment_id: str | None = None) -> Event:
    return new_event(
        endpoint.source.provider,
        kind,
        occurred_at=datetime.now(UTC) - timedelta(minutes=minutes_ago),
        payment_id=payment_id,
    )


def _signed(event: Event, endpoint: Endpoint, *, age_seconds: int = 0, secret: str | None = None) -> SignedSample:
    return signed(event, endpoint, now=int(time.time()) - age_seconds, secret=secret)
