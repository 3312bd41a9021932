"""A request's way through the system, read from log lines that may come late, and from what a subscriber received."""

from __future__ import annotations

from typing import Any

from local.console.journeys import KEPT, Journey, Journeys

SECOND = "2026-11-29T10:00:0{:.3f}Z"


def _webhook(at: float, **fields: object) -> dict[str, Any]:
    line = {"message": "webhook", "timestamp": SECOND.format(at), "source": "shop", "provider": "stripe"}
    return line | {"request_id": "r1", "delivery_id": "d1", "outcome": "accepted"} | fields


def _event(at: float, outcome: str, **fields: object) -> dict[str, Any]:
    line = {"message": "event", "timestamp": SECOND.format(at), "source": "shop", "provider": "stripe"}
    ids = {"delivery_id": "d1", "event_id": "e1", "event_type": "payment", "transaction_id": "stripe:p1"}
    return line | ids | {"outcome": outcome, "status": "captured"} | fields


def _failed(at: float, tries: int) -> dict[str, Any]:
    line = {"message": "failed", "timestamp": SECOND.format(at), "source": "shop", "provider": "stripe"}
    return line | {"delivery_id": "d1", "outcome": "retried", "reason": "ledger_unavailable", "receive_count": tries}


def _published(**fields: object) -> dict[str, Any]:
    data = {"delivery_id": "d1", "event_id": "e1", "event_type": "payment", "status": "captured", "late": False}
    return {"subject": "stripe:p1", "data": data | fields}


def _told(*lines: dict[str, Any], segments: tuple[dict[str, Any], ...] = ()) -> tuple[Journeys, Journey]:
    journeys = Journeys(most_receives=2)
    for line in lines:
        journeys.tell(line, segments)
    journey = journeys.get("d1")
    assert journey is not None
    return journeys, journey


def test_stages_are_timed_from_the_requests_trace() -> None:
    """The trace that ended when the line was written gives the beginning; each stage counts from there."""
    trace = {"name": "receive", "id": "t", "annotations": {"source": "shop", "outcome": "accepted"}}
    other = trace | {"id": "o", "annotations": {"source": "other", "outcome": "accepted"}}
    began = 1795946401.0  # 2026-11-29T10:00:01Z
    segments = (
        {
            "name": "sqs.send_message",
            "parent_id": "t",
            "id": "s",
            "start_time": began + 0.002,
            "end_time": began + 0.01,
        },
        trace | {"start_time": began, "end_time": began + 0.011},
        other | {"start_time": began - 1, "end_time": began + 0.012},
    )
    _, journey = _told(_webhook(1.012), _event(1.05, "recorded"), _event(1.06, "published"), segments=segments)
    assert journey.told()["passed"] == {"verify": 2.0, "queue": 10.0, "ledger": 50.0, "topic": 60.0}
    assert (journey.outcome, journey.at) == ("published", "2026-11-29T10:00:01.000Z")


def test_a_message_is_stored_before_it_is_read() -> None:
    """Where the worker was done before the call that stored the message was answered, it was stored by then."""
    trace = {"name": "receive", "id": "t", "annotations": {"source": "shop", "outcome": "accepted"}}
    began = 1795946401.0
    segments = (
        {"name": "sqs.send_message", "parent_id": "t", "id": "s", "start_time": began, "end_time": began + 0.06},
        trace | {"start_time": began, "end_time": began + 0.06},
    )
    _, journey = _told(_webhook(1.06), _event(1.04, "recorded"), _event(1.05, "published"), segments=segments)
    assert journey.told()["passed"] == {"verify": 0.0, "queue": 40.0, "ledger": 40.0, "topic": 50.0}


def test_without_a_trace_nothing_is_timed() -> None:
    """Stages are passed, at a time that nobody knows."""
    _, journey = _told(_webhook(1.0), _event(1.1, "recorded"))
    assert journey.told()["passed"] == {"verify": None, "queue": None, "ledger": None}
    assert journey.outcome == "accepted"


def test_what_a_subscriber_received_is_published_whatever_the_log_says() -> None:
    """The log's own lines may come later, or never: they neither undo it nor count twice."""
    journeys, journey = _told(_webhook(1.0))
    assert journeys.received(_published(late=True)) is journey
    assert (journey.outcome, journey.events["e1"].late) == ("published", True)
    journeys.tell(_event(1.1, "recorded"), ())
    assert journey.outcome == "published"
    journeys.tell(_event(1.2, "published"), ())
    assert journeys.totals == {"refused": 0, "recorded": 1, "published": 1}
    assert journeys.received(_published()) is None
    assert journeys.received(_published(delivery_id="another")) is None


def test_a_failure_is_a_retry_until_the_last_receive() -> None:
    """After the queue's last receive it is a dead letter; a redrive that succeeds brings it back."""
    journeys, journey = _told(_webhook(1.0), _failed(2.0, tries=1))
    assert (journey.outcome, journey.reason, journey.tries) == ("retrying", "ledger_unavailable", 1)
    journeys.tell(_failed(3.0, tries=2), ())
    assert journey.outcome == "dead"
    journeys.tell(_event(4.0, "published"), ())
    assert (journey.outcome, journey.reason) == ("published", "")
    journeys.tell(_failed(3.5, tries=2), ())
    assert journey.outcome == "published"


def test_refusals_are_counted_as_often_as_their_line_says() -> None:
    """A line that stands for many equal refusals counts as many; its key is the request's."""
    journeys = Journeys(most_receives=2)
    fields = {"delivery_id": None, "outcome": "rejected", "reason": "unknown_source", "source": None, "times": 8}
    journey = journeys.tell(_webhook(1.0, **fields), ())
    assert journey is not None
    assert (journey.key, journey.outcome, journey.answer, journey.source) == ("r1", "refused", 404, "")
    assert journeys.totals["refused"] == 8


def test_only_the_newest_are_remembered() -> None:
    """The console of a system under load does not grow; its counts go on."""
    journeys = Journeys(most_receives=2)
    for number in range(KEPT + 3):
        journeys.tell(_event(1.0, "published", delivery_id=f"d{number}"), ())
    assert [journeys.get(key) is None for key in ("d0", "d2", "d3")] == [True, True, False]
    assert journeys.totals["published"] == KEPT + 3
