"""The demonstration: webhooks of every kind, and what must come of each.

What came of them is read from outside (HTTP answers, ledger table, a subscribed queue), never from the function.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.observer import wait_until
from local.samples import KINDS
from local.sending import (
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
    authorized = _event(endpoint, "authorized", minutes_ago=2)
    payment = authorized.payment_id
    yield Step(
        endpoint=endpoint,
        what="authorized",
        event=authorized,
        webhook=_signed(authorized, endpoint),
        state="authorized",
    )
    succeeded = _event(endpoint, "succeeded", minutes_ago=1, payment_id=payment)
    good = Step(
        endpoint=endpoint,
        what="succeeded",
        event=succeeded,
        webhook=_signed(succeeded, endpoint),
        state="captured",
    )
    yield good
    yield replace(good, what="the same again", webhook=_signed(succeeded, endpoint), added=0)

    # The refused ones claim a refund of the same payment: had any an effect, its state would show it.
    refund = _event(endpoint, "refunded", minutes_ago=0, payment_id=payment)
    refused = replace(good, event=refund, status=401, added=0)
    secret = new_secret(endpoint.source.provider)
    yield replace(refused, what="forged: another secret", webhook=_signed(refund, endpoint, secret=secret))
    yield replace(refused, what="tampered: another amount", webhook=tampered(_signed(refund, endpoint), refund))
    if endpoint.source.provider in PROVIDERS_THAT_SIGN_THE_TIME:
        yield replace(
            refused, what="stale: signed an hour ago", webhook=_signed(refund, endpoint, age_seconds=STALE_SECONDS)
        )


def _out_of_order(endpoint: Endpoint) -> Iterator[Step]:
    refunded = _event(endpoint, "partially_refunded", minutes_ago=1)
    yield Step(
        endpoint=endpoint,
        what="partially refunded",
        event=refunded,
        webhook=_signed(refunded, endpoint),
        state="partially_refunded",
    )
    before = _event(endpoint, "authorized", minutes_ago=2, payment_id=refunded.payment_id)
    yield Step(
        endpoint=endpoint,
        what="late: authorized before",
        event=before,
        webhook=_signed(before, endpoint),
        state="partially_refunded",
        late=True,
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
