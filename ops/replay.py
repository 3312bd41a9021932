"""Replaying the ledger: what today's code would make of recorded payloads, and corrections for what changed.

The ledger's items are immutable, and stay as they were recorded. A correction is a published event of its own: its id
is the original's with a digest of the corrected values, the same however often the replay is run, so that consumers who
de-duplicate on `id` take it once; `data.replay_of` names the original.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from cli.problems import Failure
from lambda_src import log, providers, topic
from lambda_src.canonical import Status
from lambda_src.delivery import Delivery
from lambda_src.errors import WebhookError
from lambda_src.ledger import FULL
from lambda_src.sources import source_of
from lambda_src.topic import Publication, cloud_event, message_attributes
from ops.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambda_src.canonical import PaymentEvent
    from ops.ledger import Item
    from ops.stack import Stack

COMPARED = ("status", "amount", "currency")
"""What a correction may be about."""

ROOM_FOR_ATTRIBUTES = 1024
"""Bytes of a message that its attributes may take."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What today's code makes of a recorded event.

    Attributes:
        event: The event.
        delivery: Its delivery as far as the ledger still knows it.
        after: The compared values.
    """

    event: PaymentEvent
    delivery: Delivery
    after: dict[str, Any]

    @property
    def publication(self) -> Publication:
        """The event on its way to the subscribers."""
        return Publication(event=self.event, status=Status(self.after["status"]), late=False, delivery=self.delivery)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One recorded event that today's code reads differently.

    Attributes:
        item: The event's item.
        before: The compared values as recorded.
        reading: What it is now; None: it cannot be read.
        problem: Why not.
    """

    item: Item
    before: dict[str, Any]
    reading: Reading | None = None
    problem: str = ""


@dataclass
class Replayed:
    """What a replay found and did."""

    counts: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)


class Replay:
    """Compares recorded events with what today's code makes of them.

    Args:
        stack: The stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._ledger = Ledger(stack)
        self._sources = stack.sources
        self._sns = stack.sns
        self._topic_arn = stack.outputs["topic_arn"]
        self._function_name = stack.outputs["function_name"]

    def compare(self, *, since: datetime, until: datetime, source: str | None) -> Replayed:
        """Read the events received in a span of time again."""
        replayed = Replayed()
        for item in self._ledger.events(since=since, until=until, source=source):
            replayed.counts["read"] += 1
            if item.get("payload_cut"):
                replayed.counts["payload was cut, cannot be read"] += 1
                continue
            change = self._change(item)
            if change is None:
                replayed.counts["as recorded"] += 1
            else:
                replayed.counts["different" if change.reading else "unreadable today"] += 1
                replayed.changes.append(change)
        return replayed

    def publish(
        self, changes: Iterable[Change], *, rate: float, on_published: Callable[[Change], None] = lambda _change: None
    ) -> int:
        """Publish a correction for each change that can be read; return how many.

        Raises:
            Failure: The topic did not confirm one.
        """
        count = 0
        for change in changes:
            if change.reading is None:
                continue
            message = self.correction(change.reading)
            attributes = message_attributes(change.reading.publication) | {"replay": "true"}
            if not self._sns.publish(
                TopicArn=self._topic_arn,
                Message=json.dumps(message),
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            ).get("MessageId"):
                raise Failure(f"{message['id']}: the topic did not confirm it")
            count += 1
            on_published(change)
            time.sleep(1 / rate)
        return count

    def correction(self, reading: Reading) -> dict[str, Any]:
        """Write the correction's CloudEvent."""
        event: dict[str, Any] = json.loads(cloud_event(reading.publication, self._function_name))
        if len(json.dumps(event)) > topic.BATCH_BYTES - ROOM_FOR_ATTRIBUTES:
            event["data"]["payload"] = None
        event["data"]["replay_of"] = event["id"]
        values = json.dumps([reading.after[name] for name in COMPARED])
        event["id"] += f":replay:{hashlib.sha256(values.encode()).hexdigest()[:16]}"
        return event

    def _change(self, item: Item) -> Change | None:
        before = {name: item.get(name) for name in COMPARED}
        try:
            delivery = _delivery_of(item)
            source = source_of(item["source"], item["provider"], self._sources)
            events = providers.load(item["provider"]).parse(delivery, source)
        except WebhookError as error:
            return Change(item=item, before=before, problem=str(error))
        except Exception as error:  # noqa: BLE001 - a fault of today's mapping is a finding, not the end of the replay
            return Change(item=item, before=before, problem=log.surprise(error))
        event = next((each for each in events if each.event_id == item["event_id"]), None)
        if event is None:
            return Change(item=item, before=before, problem="it has another event id now")
        # Partial or full was decided in the ledger, by all sums.
        full = FULL.get(event.status) if event.share else None
        status = full if full and str(full) == before["status"] else event.status
        after = {"status": str(status), "amount": event.amount, "currency": event.currency}
        if after == before:
            return None
        return Change(item=item, before=before, reading=Reading(event=event, delivery=delivery, after=after))


def _delivery_of(item: Item) -> Delivery:
    """The delivery as far as the ledger knows it: one event's payload, in the wrapping that its provider sends."""
    return Delivery(
        delivery_id=item.get("delivery_id") or str(uuid.UUID(int=0)),
        source=item["source"],
        provider=item["provider"],
        received_at=datetime.fromisoformat(item["received_at"]),
        # The one provider that sends its event id in a header.
        headers={"webhook-id": item["event_id"].partition("/")[2] or item["event_id"]},
        body=_wrapped(item["provider"], item["payload"]),
    )


def _wrapped(provider: str, payload: bytes) -> str:
    text = payload.decode()
    match provider:
        case "adyen":
            return f'{{"live":"false","notificationItems":[{{"NotificationRequestItem":{text}}}]}}'
        case "gocardless":
            return f'{{"events":[{text}]}}'
        case "braintree":
            ((tag, members),) = json.loads(text).items()
            return ET.tostring(next(_elements(tag, members)), encoding="unicode")
        case _:
            return text


def _elements(tag: str, value: Any) -> Iterator[ET.Element]:  # noqa: ANN401 - any JSON
    for each in value if isinstance(value, list) else [value]:
        element = ET.Element(tag)
        if isinstance(each, dict):
            for name, member in each.items():
                element.extend(_elements(name, member))
        elif each is not None:
            element.text = str(each)
        yield element
