"""Deliveries as they come: what the log, the topic and the queue tell of each, once it has come as far as it goes."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.console.journeys import Journey, Journeys
from local.log_tail import LogTail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.observer import Observed, Observer, Published

_PUBLISHED_SECONDS = 2.0
"""How long what was published is waited for before its delivery is told without it."""

_KEPT = 500
"""Published events that are remembered for deliveries that are not told yet."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A delivery that has come as far as it goes, for now.

    Attributes:
        journey: Its way, with those of its events that were not told before.
        published: What the topic's subscriber received of them, by the published event's id.
    """

    journey: Journey
    published: dict[str, Published]

    def told(self) -> dict[str, Any]:
        """Return it as the JSON that scripts read: times in milliseconds from the acceptance."""
        told = self.journey.told()
        kept = ("source", "provider", "at", "outcome", "answer", "reason", "detail", "times", "tries", "retry_in")
        return {name: told[name] for name in kept} | {
            "delivery_id": self.journey.key if self.journey.answer < 400 else None,  # noqa: PLR2004 - a refusal has none
            "milliseconds": passed(self.journey),
            "events": [
                event | {"published": each.event if (each := self.event_of(event["event_id"])) else None}
                for event in told["events"]
            ],
        }

    def event_of(self, event_id: str) -> Published | None:
        """Find what was published of an event."""
        return self.published.get(f"{self.journey.provider}:{event_id}")


def passed(journey: Journey) -> dict[str, int]:
    """Tell when ledger and topic were done, in milliseconds after the request was in the queue."""
    began = journey.ended.get("queue")
    stages = ("ledger", "topic")
    if began is None:
        return {}
    return {each: max(0, round((journey.ended[each] - began) * 1000)) for each in stages if each in journey.ended}


class Listening:
    """Follows a system's deliveries.

    Args:
        system: The running system.
        observer: A subscriber of its topic.
    """

    def __init__(self, system: Observed, observer: Observer) -> None:
        self._observer = observer
        self._tail = LogTail(system.clients, system.outputs["log_group_name"], '"message"')
        self._journeys = Journeys(observer.most_receives())
        self._published: OrderedDict[str, Published] = OrderedDict()
        self._open: dict[str, float] = {}
        self._told: dict[str, set[str]] = {}
        for line in self._tail.fresh_lines():  # what came before is none of ours, but may go on
            if journey := self._journeys.tell(line, ()):
                self._told[journey.key] = set(journey.events)

    def look(self) -> Iterator[Heard]:
        """Look once: yield the deliveries that have come as far as they go, oldest first."""
        lines = self._tail.fresh_lines()
        self._published.update({each.event["id"]: each for each in self._observer.receive_some()})
        self._observer.published.clear()
        for line in lines:
            if journey := self._journeys.tell(line, ()):
                self._open.setdefault(journey.key, time.monotonic() + _PUBLISHED_SECONDS)
        for key, deadline in list(self._open.items()):
            journey = self._journeys.get(key)
            if journey is None or (heard := self._heard(journey, late=time.monotonic() > deadline)):
                del self._open[key]
                if journey is not None and heard:
                    yield heard
        while len(self._published) > _KEPT:
            self._published.popitem(last=False)

    def _heard(self, journey: Journey, *, late: bool) -> Heard | None:
        """Take a delivery that waits for nothing more, or has waited long enough; None: it is still on its way."""
        if journey.outcome in {"refused", "unavailable", "retrying", "dead"}:
            return Heard(journey=journey, published={})
        told = self._told.setdefault(journey.key, set())
        fresh = {event_id: event for event_id, event in journey.events.items() if event_id not in told}
        if not fresh or any(event.outcome == "recorded" for event in fresh.values()):
            return None
        ids = {f"{journey.provider}:{event_id}" for event_id, each in fresh.items() if each.outcome == "published"}
        if not (ids <= self._published.keys() or late):
            return None
        told |= fresh.keys()
        found = {each: self._published[each] for each in ids & self._published.keys()}
        return Heard(journey=replace(journey, events=fresh), published=found)
