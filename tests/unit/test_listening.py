"""What is told of a delivery while it travels: once, when it has come as far as it goes, and in one line."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.text import Text

from local import listening
from local.commands.listen import lines
from local.listening import Listening
from local.observer import Published

if TYPE_CHECKING:
    from local.observer import Observed, Observer

AT = "2026-11-29T11:00:00.{:03}Z"


class Log:
    """A function's log that is written by hand, behind CloudWatch's call."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def get_paginator(self, _name: str) -> Log:
        """Stand in for the client's paginator."""
        return self

    def paginate(self, **_options: object) -> list[dict[str, Any]]:
        """Give all lines, as one page."""
        events = [{"timestamp": number, "message": json.dumps(line)} for number, line in enumerate(self.lines)]
        return [{"events": events}]

    def write(self, message: str, milliseconds: int, **fields: object) -> None:
        """Write a line of the function's."""
        line = {"message": message, "timestamp": AT.format(milliseconds), "source": "shop", "provider": "stripe"}
        self.lines.append(line | fields)


class Topic:
    """A subscriber of the topic."""

    def __init__(self) -> None:
        self.waiting: list[Published] = []
        self.published: list[Published] = []

    def receive_some(self) -> list[Published]:
        """Take what has arrived."""
        some, self.waiting = self.waiting, []
        return some

    def most_receives(self) -> int:
        """Tell how often a message is received at most."""
        return 5


@pytest.fixture
def log() -> Log:
    """The log."""
    return Log()


@pytest.fixture
def topic() -> Topic:
    """The subscriber."""
    return Topic()


def _listening(log: Log, topic: Topic) -> Listening:
    system = SimpleNamespace(clients=SimpleNamespace(logs=log), outputs={"log_group_name": "g"}, environment="dev")
    return Listening(cast("Observed", system), cast("Observer", topic))


def _event(log: Log, outcome: str, milliseconds: int, event_id: str = "evt_1", **fields: object) -> None:
    about = {"event_id": event_id, "event_type": "payment_intent.succeeded", "transaction_id": "stripe:pi_1"}
    log.write("event", milliseconds, delivery_id="d-1", outcome=outcome, status="captured", **about, **fields)


def _publish(topic: Topic, event_id: str = "evt_1") -> None:
    event = {"id": f"stripe:{event_id}", "data": {"amount": 1050, "currency": "EUR"}}
    topic.waiting.append(Published(event=event, attributes={}))


def _said(listening: Listening) -> list[str]:
    return [Text.from_markup(line).plain for heard in listening.look() for line in lines(heard)]


def test_a_delivery_is_told_when_it_is_published(log: Log, topic: Topic) -> None:
    """Nothing is said before the event is at the subscriber; then one line, with the amount and the stages' times."""
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    assert _said(here) == []
    _event(log, "recorded", 130)
    _event(log, "published", 142)
    assert _said(here) == []
    _publish(topic)
    (line,) = _said(here)
    told = "shop 200 published captured 10.50 EUR stripe:pi_1 ledger 30, topic 42 ms"
    assert line.split()[1:] == told.split()
    assert _said(here) == []


def test_a_delivery_is_told_without_what_never_arrives(log: Log, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the subscriber receives nothing, the delivery is told after a while without an amount."""
    monkeypatch.setattr(listening, "_PUBLISHED_SECONDS", -1.0)
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    _event(log, "recorded", 130)
    assert _said(here) == []
    _event(log, "published", 140)
    (line,) = _said(here)
    assert "published" in line
    assert "EUR" not in line


def test_what_came_before_is_not_told(log: Log, topic: Topic) -> None:
    """The past is left out, but a delivery of then that goes on is told."""
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    _event(log, "duplicate", 110, "evt_0")
    here = _listening(log, topic)
    assert _said(here) == []
    _event(log, "duplicate", 130, "evt_1")
    (line,) = _said(here)
    assert "duplicate" in line


def test_a_refusal_is_told_with_its_reason(log: Log, topic: Topic) -> None:
    """A refused request is a line with the answer, the log's reason and detail, and how many it stands for."""
    here = _listening(log, topic)
    reason = {"reason": "missing_header", "detail": "stripe-signature"}
    log.write("webhook", 100, request_id="r-1", outcome="rejected", times=3, **reason)
    (line,) = _said(here)
    assert line.split()[1:] == ["shop", "401", "refused", "missing_header:", "stripe-signature", "(3", "times)"]


def test_a_failure_is_told_with_the_next_try(log: Log, topic: Topic) -> None:
    """Each failed try is a line, the last one says that the message is dead."""
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    failure = {"delivery_id": "d-1", "reason": "ledger_unavailable", "detail": "throttled"}
    log.write("failed", 200, receive_count=1, retry_in_seconds=30, **failure)
    assert [line.split()[2:] for line in _said(here)] == [
        ["200", "retrying", "ledger_unavailable:", "throttled,", "again", "in", "30", "s"]
    ]
    log.write("failed", 300, receive_count=5, retry_in_seconds=0, **failure)
    assert [line.split()[2:] for line in _said(here)] == [["200", "dead", "ledger_unavailable:", "throttled"]]


def test_each_event_of_a_request_is_a_line(log: Log, topic: Topic) -> None:
    """Several events of one request are told together when the last of them is published, late ones as such."""
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    for event_id in ("evt_1", "evt_2"):
        _event(log, "recorded", 130, event_id, **({"late": 1} if event_id == "evt_2" else {}))
    _event(log, "published", 140)
    _publish(topic)
    assert _said(here) == []
    _event(log, "published", 141, "evt_2")
    _publish(topic, "evt_2")
    first, second = _said(here)
    assert (" late" in first, " late" in second) == (False, True)


def test_a_wide_terminal_shows_the_events_type(log: Log, topic: Topic) -> None:
    """Beside an editor a line is short; where there is room it has the type as the provider calls it."""
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    _event(log, "duplicate", 130)
    (heard,) = here.look()
    narrow, wide = ("".join(lines(heard, width=width)) for width in (110, 140))
    assert ("payment_intent.succeeded" in narrow, "payment_intent.succeeded" in wide) == (False, True)
    assert len(Text.from_markup(narrow).plain) <= 110


def test_json_has_the_published_event(log: Log, topic: Topic) -> None:
    """For scripts a delivery is an object with the event as a subscriber received it."""
    here = _listening(log, topic)
    log.write("webhook", 100, delivery_id="d-1", outcome="accepted")
    _event(log, "recorded", 130)
    _event(log, "published", 142)
    _publish(topic)
    (heard,) = here.look()
    told = heard.told()
    assert (told["source"], told["outcome"], told["delivery_id"]) == ("shop", "published", "d-1")
    assert told["milliseconds"] == {"ledger": 30, "topic": 42}
    assert told["events"][0]["published"]["data"] == {"amount": 1050, "currency": "EUR"}
    assert json.loads(json.dumps(told)) == told
