"""Each request's way through the system, read from the function's own log lines."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lambda_src.errors import STATUS_OF_REASON, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STAGES = ("verify", "queue", "ledger", "topic")

KEPT = 500
"""Requests that are remembered; older ones are in the ledger and the log."""

_NEAR_SECONDS = 0.25
"""How far the end of a trace may lie from the log line of the same run."""


@dataclass
class Event:
    """One event of a delivery.

    Attributes:
        event_id: The provider's id.
        event_type: Its name at the provider.
        transaction_id: The payment, `{provider}:{payment id}`.
        status: The canonical status.
        outcome: `recorded`, `duplicate` or `published`.
        late: Whether its payment had already moved on.
    """

    event_id: str
    event_type: str
    transaction_id: str
    status: str = ""
    outcome: str = ""
    late: bool = False


@dataclass
class Journey:
    """One HTTP request and what has become of it so far.

    Attributes:
        key: The delivery's id; of a refused request the request's.
        number: Which one it is since the console began, from 1.
        source: The source's name; empty: the path named none.
        provider: Its provider.
        at: When the request came, RFC 3339; of one that is not traced, when it was answered.
        outcome: `accepted`, `refused`, `unavailable`, `published`, `duplicate`, `retrying` or `dead`.
        answer: The HTTP status it was answered.
        reason: Why it was refused or failed, by the log.
        detail: The log's detail.
        times: How many requests of the kind the line stands for.
        tries: Receives of the message that failed.
        retry_in: Seconds until the next one.
        ended: When each stage was done (`start` when it came, if it was traced), seconds since the epoch.
        events: What was in it.
    """

    key: str
    number: int
    source: str = ""
    provider: str = ""
    at: str = ""
    outcome: str = "accepted"
    answer: int = 200
    reason: str = ""
    detail: str = ""
    times: int = 1
    tries: int = 0
    retry_in: int = 0
    ended: dict[str, float] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return what the page is told."""
        began = self.ended.get("start")
        moments = {stage: self.ended[stage] for stage in STAGES if stage in self.ended}
        for stage, after in reversed(tuple(pairwise(moments))):
            # A message can be read before the call that stored it has been answered.
            moments[stage] = min(moments[stage], moments[after])
        return {name: value for name, value in asdict(self).items() if name != "ended"} | {
            "events": [asdict(event) for event in self.events.values()],
            "passed": {
                stage: None if began is None else max(0.0, round((moment - began) * 1000, 1))
                for stage, moment in moments.items()
            },
        }


class Journeys:
    """All that the console remembers, the newest last.

    Args:
        most_receives: Receives after which a message is a dead letter.

    Attributes:
        totals: Requests `refused`, events `recorded` and `published`, since the console began.
    """

    def __init__(self, most_receives: int) -> None:
        self._most_receives = most_receives
        self._journeys: OrderedDict[str, Journey] = OrderedDict()
        self._number = 0
        self.totals = {"refused": 0, "recorded": 0, "published": 0}

    def __iter__(self) -> Iterator[Journey]:
        return iter(self._journeys.values())

    def get(self, key: str) -> Journey | None:
        """Find one by its key."""
        return self._journeys.get(key)

    def tell(self, line: Mapping[str, Any], segments: Sequence[Mapping[str, Any]]) -> Journey | None:
        """Take in a log line.

        Args:
            line: The line's fields.
            segments: The traces so far, oldest first.

        Returns:
            The request that the line is about; None: it is about none.
        """
        key = line.get("delivery_id") or (line.get("request_id") if line.get("message") == "webhook" else None)
        if not key:
            return None
        journey = self._journeys.get(key) or self._new(key)
        journey.at = journey.at or line["timestamp"]
        journey.source = line.get("source") or ""
        journey.provider = line.get("provider") or ""
        match line["message"]:
            case "webhook":
                _received(journey, line, segments)
                self.totals["refused"] += journey.times if journey.outcome == "refused" else 0
            case "event":
                self._count(journey.events.get(line["event_id"]), line["outcome"])
                _processed(journey, line)
            case "failed":
                self._failed(journey, line)
        return journey

    def received(self, event: Mapping[str, Any]) -> Journey | None:
        """Take in what a subscriber received: a busy emulator writes some lines of a run only with the next one.

        Args:
            event: The published CloudEvent.

        Returns:
            The request that it came by; None: none that is remembered, or one of which the log has told as much.
        """
        data = event["data"]
        journey = self._journeys.get(data["delivery_id"])
        if journey is None or getattr(journey.events.get(data["event_id"]), "outcome", "") == "published":
            return None
        told = {name: data[name] for name in ("event_id", "event_type", "status")}
        line = told | {"transaction_id": event["subject"], "late": data["late"], "outcome": "published"}
        self._count(journey.events.get(data["event_id"]), "published")
        _processed(journey, line)
        return journey

    def _new(self, key: str) -> Journey:
        self._number += 1
        journey = self._journeys[key] = Journey(key=key, number=self._number)
        if len(self._journeys) > KEPT:
            self._journeys.popitem(last=False)
        return journey

    def _count(self, known: Event | None, outcome: str) -> None:
        """Count an event's recording and publishing once, however often they are tried."""
        if outcome != "duplicate" and known is None:
            self.totals["recorded"] += 1
        if outcome == "published" and (known is None or known.outcome != "published"):
            self.totals["published"] += 1

    def _failed(self, journey: Journey, line: Mapping[str, Any]) -> None:
        if _seconds(line["timestamp"]) < max(journey.ended.get("ledger", 0), journey.ended.get("topic", 0)):
            return  # written late: another try has succeeded since
        journey.reason, journey.detail = line.get("reason", ""), line.get("detail", "")
        journey.tries = line.get("receive_count", 0)
        journey.retry_in = line.get("retry_in_seconds", 0)
        journey.outcome = "dead" if journey.tries >= self._most_receives else "retrying"


def _received(journey: Journey, line: Mapping[str, Any], segments: Sequence[Mapping[str, Any]]) -> None:
    logged = _seconds(line["timestamp"])
    journey.times = line.get("times", 1)
    trace = _trace_of(line, logged, segments)
    if trace:
        journey.ended["start"] = trace["start_time"]
    journey.at = _text(journey.ended.get("start", logged))
    if line["outcome"] == "accepted":
        stored = next(
            (
                each
                for each in segments
                if trace and each.get("parent_id") == trace["id"] and each["name"].startswith("sqs.")
            ),
            None,
        )
        journey.ended["verify"] = stored["start_time"] if stored else logged
        journey.ended["queue"] = stored["end_time"] if stored else logged
        return
    journey.outcome = "refused" if line["outcome"] == "rejected" else "unavailable"
    journey.reason, journey.detail = line.get("reason", ""), line.get("detail", "")
    journey.answer = 503 if journey.outcome == "unavailable" else STATUS_OF_REASON.get(Reason(journey.reason), 401)
    journey.ended["verify"] = trace["end_time"] if trace else logged


def _processed(journey: Journey, line: Mapping[str, Any]) -> None:
    event = journey.events.setdefault(
        line["event_id"],
        Event(event_id=line["event_id"], event_type=line.get("event_type", ""), transaction_id=line["transaction_id"]),
    )
    event.status = line.get("status", "")
    stage = "topic" if line["outcome"] == "published" else "ledger"
    if event.outcome != "published":
        event.outcome = line["outcome"]
    event.late = event.late or bool(line.get("late"))
    if "timestamp" in line:
        journey.ended[stage] = _seconds(line["timestamp"])
    outcomes = {each.outcome for each in journey.events.values()}
    journey.outcome = next((each for each in ("recorded", "published") if each in outcomes), "duplicate")
    if journey.outcome == "recorded":
        journey.outcome = "accepted"
    journey.reason = journey.detail = ""
    journey.retry_in = 0


def _trace_of(
    line: Mapping[str, Any], logged: float, segments: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Find the run's trace: of the same source and outcome, ended when the line was written."""
    wanted = {"source": line.get("source", "unknown"), "outcome": line["outcome"]}
    found = [
        each
        for each in segments
        if each.get("name") == "receive"
        and wanted.items() <= each.get("annotations", {}).items()
        and abs(each["end_time"] - logged) < _NEAR_SECONDS
    ]
    return min(found, key=lambda each: abs(each["end_time"] - logged), default=None)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
