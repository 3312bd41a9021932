"""The SQS trigger: exactly the messages that are not done are given back, each with the right delay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src.aws import AwsError
from lambda_src.ledger import Ledger
from lambda_src.process import Processor
from lambda_src.queue import Queue
from lambda_src.topic import Topic
from tests.unit.harness import (
    FUNCTION,
    NOW,
    QUEUE_URL,
    RETRY_DELAYS,
    TABLE,
    TOPIC_ARN,
    FakeAws,
    log_lines,
    new_delivery,
    payment_event,
    sqs_record,
    stripe_body,
)

if TYPE_CHECKING:
    from lambda_src.delivery import Delivery
    from tests.unit.pipe import Pipe

pytestmark = pytest.mark.usefixtures("fake_provider")


def processor(aws: FakeAws) -> Processor:
    """Build a processor on a fake AWS."""
    return Processor(
        Ledger(TABLE, aws),
        Topic(TOPIC_ARN, FUNCTION, aws),
        Queue(QUEUE_URL, aws),
        {},
        FUNCTION,
        retry_delays=RETRY_DELAYS,
    )


def failures(answer: dict[str, Any]) -> list[str]:
    """Ids of the messages that were given back."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def published(aws: FakeAws) -> list[dict[str, Any]]:
    """The events in all PublishBatch calls."""
    return [
        json.loads(entry["Message"]) for call in aws.of("publish_batch") for entry in call["PublishBatchRequestEntries"]
    ]


def one(event_id: str = "e1", **fields: object) -> Delivery:
    """A delivery of one event."""
    return new_delivery([{"event_id": event_id, **fields}])


def existing(delivery_id: str, status: str = "captured") -> AwsError:
    """The failed condition of an event that is in the table already."""
    item = {"delivery_id": {"S": delivery_id}, "status": {"S": status}}
    return AwsError("put_item", "ConditionalCheckFailedException", {"Item": item})


def state_of(delivery: Delivery, event_id: str = "e1", seconds: int = 0) -> AwsError:
    """The failed condition of a state that has moved to an event already."""
    event = payment_event(event_id=event_id, at=seconds)
    item = {
        "delivery_id": {"S": delivery.delivery_id},
        "occurred_at": {"S": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")},
        "status_rank": {"N": str(event.status.rank)},
        "event_id": {"S": event_id},
    }
    return AwsError("update_item", "ConditionalCheckFailedException", {"Item": item})


def test_good_message_is_recorded_then_published(capsys: pytest.CaptureFixture[str]) -> None:
    """One event: appended, state advanced, published, and nothing given back."""
    aws = FakeAws()
    assert processor(aws).process([sqs_record(one())]) == {"batchItemFailures": []}
    assert aws.operations() == ["put_item", "update_item", "publish_batch"]
    assert published(aws)[0]["id"] == "fakepay:e1"
    lines = log_lines(capsys)
    assert [(line["outcome"], line["event_id"], line["status"]) for line in lines] == [
        ("recorded", "e1", "captured"),
        ("published", "e1", "captured"),
    ]
    assert (lines[0]["recorded"], lines[1]["published"]) == (1, 1)


def test_only_failed_messages_are_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    """Good, unparsable, transient and unexpected in one batch: the good are done, each other fails for itself."""
    aws = FakeAws()
    aws.fail("batch_execute_statement", "Unreachable")
    aws.fail("put_item", None, "ThrottlingException", ValueError("secret detail"), None)
    records = [
        sqs_record(one("good"), message_id="good"),
        sqs_record("not a delivery", message_id="foreign"),
        sqs_record(new_delivery("not the provider's"), message_id="unparsable"),
        sqs_record(one("throttled"), message_id="throttled"),
        sqs_record(one("surprise"), message_id="surprise"),
        sqs_record(one("good2"), message_id="good2"),
    ]
    answer = processor(aws).process(records)
    assert failures(answer) == ["foreign", "unparsable", "throttled", "surprise"]
    assert [event["data"]["event_id"] for event in published(aws)] == ["good", "good2"]
    delays = {call["ReceiptHandle"]: call["VisibilityTimeout"] for call in aws.of("change_message_visibility")}
    assert delays["handle of foreign"] == delays["handle of unparsable"] == 0
    assert 24 <= delays["handle of throttled"] <= 36
    assert 24 <= delays["handle of surprise"] <= 36
    out = capsys.readouterr().out
    assert "secret detail" not in out
    failed = [json.loads(line) for line in out.splitlines() if '"failed"' in line]
    assert [(line["outcome"], line["reason"]) for line in failed] == [
        ("unprocessable", "unparsable"),
        ("unprocessable", "unparsable"),
        ("retried", "ledger_unavailable"),
        ("retried", "unexpected"),
    ]
    assert failed[3]["detail"].startswith("ValueError at harness.py:")


@pytest.mark.parametrize(
    ("receive_count", "least", "most"),
    [(1, 24, 36), (2, 96, 144), (3, 384, 576), (4, 1440, 2160), (5, 0, 0), (6, 0, 0), (0, 0, 0)],
)
def test_transient_failure_waits_longer_each_time(
    receive_count: int, least: int, most: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """About 30 s, 2, 8 and 30 min by receive count; after the fifth the next receive is the dead-letter queue's."""
    aws = FakeAws()
    aws.fail("publish_batch", "InternalError")
    answer = processor(aws).process([sqs_record(one(), receive_count, "m")])
    assert failures(answer) == ["m"]
    (call,) = aws.of("change_message_visibility")
    assert least <= call["VisibilityTimeout"] <= most
    line = log_lines(capsys)[-1]
    assert (line["retry_in_seconds"], line["receive_count"]) == (call["VisibilityTimeout"], receive_count)
    assert (line["reason"], line["detail"]) == ("topic_unavailable", "publish_batch: InternalError")
    # While the fourth pause lasts an operator can still act: the alarm counts it.
    assert line.get("last_try") == (1 if receive_count == 4 else None)


def test_unconfirmed_delay_is_not_claimed(capsys: pytest.CaptureFixture[str]) -> None:
    """When the visibility cannot be changed, the message is given back all the same and the log claims no delay."""
    aws = FakeAws()
    aws.fail("put_item", "Unreachable")
    aws.fail("change_message_visibility", "Unreachable")
    assert failures(processor(aws).process([sqs_record(one(), message_id="m")])) == ["m"]
    assert "retry_in_seconds" not in log_lines(capsys)[-1]


def test_failed_entries_of_a_publish_are_honoured(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a PublishBatch that succeeds in part, exactly the messages of the failed entries are given back."""
    aws = FakeAws()
    aws.answer(
        "publish_batch",
        lambda _: {
            "Successful": [{"Id": "0"}],
            "Failed": [{"Id": "1", "Code": "InternalError", "SenderFault": False}],
        },
    )
    records = [sqs_record(one(f"e{number}"), message_id=f"m{number}") for number in range(3)]
    assert failures(processor(aws).process(records)) == ["m1", "m2"]
    details = [line["detail"] for line in log_lines(capsys) if line["message"] == "failed"]
    assert details == ["publish_batch: InternalError", "publish_batch: no answer"]


def test_events_of_one_message_may_need_several_calls() -> None:
    """25 events of one message are published 10 at a time; a failure of the last call gives back the message."""
    events = [{"event_id": f"e{number:02}", "payment_id": f"p{number}"} for number in range(25)]
    aws = FakeAws()
    assert failures(processor(aws).process([sqs_record(new_delivery(events))])) == []
    assert [len(call["PublishBatchRequestEntries"]) for call in aws.of("publish_batch")] == [10, 10, 5]
    aws = FakeAws()
    aws.fail("publish_batch", None, None, "InternalError")
    assert failures(processor(aws).process([sqs_record(new_delivery(events), message_id="m")])) == ["m"]


def test_ids_of_entries_are_unique_over_messages() -> None:
    """Events of several messages share a call, each entry under an id of its own."""
    aws = FakeAws()
    processor(aws).process([sqs_record(one(f"e{number}")) for number in range(10)])
    (call,) = aws.of("publish_batch")
    assert [entry["Id"] for entry in call["PublishBatchRequestEntries"]] == [str(number) for number in range(10)]


def test_unknown_event_is_kept_and_published_but_moves_nothing(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """An event of a type that is not known is recorded and published as `unknown`; the state stays."""
    pipe.enqueue(one("known", status="captured"))
    pipe.process_once()
    before = pipe.state("fakepay:p1")
    pipe.enqueue(one("odd", status="unknown", at=60, event_type="thing.new"))
    pipe.process_once()
    assert pipe.state("fakepay:p1") == before
    assert [item["event_id"] for item in pipe.items() if item["record"] != "state"] == ["known", "odd"]
    assert sorted(event["type"] for event in pipe.published()) == ["payment.captured", "payment.unknown"]
    assert [line["unknown"] for line in log_lines(capsys) if "unknown" in line] == [1]


def test_late_event_is_published_as_late(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """An event from before the state's is kept and published with `late`; the state only learns the total."""
    pipe.enqueue(one("second", status="refunded", at=60))
    pipe.process_once()
    before = pipe.state("fakepay:p1")
    pipe.enqueue(one("first", status="captured"))
    pipe.process_once()
    learnt = {"captured_amount": 1000, "captured_amount_at": "2026-03-01T12:00:00.000Z", "version": 2}
    assert pipe.state("fakepay:p1") == before | learnt
    assert {event["data"]["event_id"]: event["data"]["late"] for event in pipe.published()} == {
        "second": False,
        "first": True,
    }
    assert [line["event_id"] for line in log_lines(capsys) if line.get("late")] == ["first"]


def test_duplicate_is_done_but_not_published(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """The same event in another delivery changes nothing and is not published again."""
    pipe.enqueue(one())
    pipe.process_once()
    before = pipe.items()
    assert len(pipe.published()) == 1
    capsys.readouterr()
    pipe.enqueue(one())
    assert pipe.process_once() == {"batchItemFailures": []}
    assert pipe.items() == before
    assert pipe.published() == []
    (line,) = log_lines(capsys)
    assert (line["outcome"], line["duplicate"]) == ("duplicate", 1)


def test_own_retry_goes_on() -> None:
    """An event that is there by this message's own delivery was left halfway: its next steps are taken."""
    aws, delivery = FakeAws(), one()
    aws.fail("put_item", existing(delivery.delivery_id))
    aws.fail("update_item", state_of(delivery))
    assert failures(processor(aws).process([sqs_record(delivery)])) == []
    (event,) = published(aws)
    assert (event["id"], event["data"]["late"]) == ("fakepay:e1", False)


def test_own_retry_keeps_the_status_of_the_first_try() -> None:
    """What was recorded as full is published as full, whatever the totals say now."""
    aws, delivery = FakeAws(), one(status="partially_refunded")
    aws.fail("put_item", existing(delivery.delivery_id, "refunded"))
    processor(aws).process([sqs_record(delivery)])
    assert published(aws)[0]["type"] == "payment.refunded"


def test_events_before_a_failure_are_published_and_repeated() -> None:
    """When the second of two events fails, the first is published and the message comes back for both."""
    aws = FakeAws()
    aws.fail("update_item", None, "ThrottlingException")
    delivery = new_delivery([{"event_id": "a"}, {"event_id": "b", "payment_id": "p2"}])
    assert failures(processor(aws).process([sqs_record(delivery, message_id="m")])) == ["m"]
    assert [event["data"]["event_id"] for event in published(aws)] == ["a"]


def test_events_of_one_request_are_not_late_to_each_other() -> None:
    """Events of one payment in one request are recorded in order of time, however the provider lists them."""
    aws = FakeAws()
    delivery = new_delivery([{"event_id": "b", "at": 60, "status": "captured"}, {"event_id": "a", "status": "pending"}])
    processor(aws).process([sqs_record(delivery)])
    moves = [call["ExpressionAttributeValues"] for call in aws.of("update_item")]
    assert [move[":event_id"]["S"] for move in moves] == ["a", "b"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "{}",
        "[" * 100_000,
        '{"delivery_id":"d","source":"s","provider":"fakepay","received_at":"yesterday"}',
        '{"delivery_id":"d","source":"s","provider":"fakepay","received_at":"2026-03-01T12:00:00","body":"[{}]"}',
        '{"delivery_id":"d","source":"s","provider":"os","received_at":"2026-03-01T12:00:00Z","body":"[]"}',
        '{"delivery_id":"d","source":"s","provider":"stripe","received_at":"2026-03-01T12:00:00Z","body_base64":"%"}',
        '{"delivery_id":"d","source":"s","provider":"stripe","received_at":"2026-03-01T12:00:00Z"}',
    ],
)
def test_message_that_is_no_delivery_goes_to_the_dead_letter_queue(body: str) -> None:
    """Whatever somebody else wrote into the queue is visible again at once, so that its receives are used up."""
    aws = FakeAws()
    assert failures(processor(aws).process([sqs_record(body, message_id="m")])) == ["m"]
    assert [call["VisibilityTimeout"] for call in aws.of("change_message_visibility")] == [0]
    assert set(aws.operations()) == {"change_message_visibility"}


@pytest.mark.usefixtures("broken_provider")
def test_bug_in_a_mapping_keeps_the_message_and_its_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """A mapping's unforeseen exception makes the message unprocessable; its text is not logged."""
    aws = FakeAws()
    assert failures(processor(aws).process([sqs_record(one(), message_id="m")])) == ["m"]
    out = capsys.readouterr().out
    line = json.loads(out)
    assert (line["reason"], line["outcome"]) == ("unparsable", "unprocessable")
    assert "whsec_hidden" not in out


@pytest.mark.parametrize(
    "poison",
    [
        {"event_type": "half a surrogate \ud800"},
        {"payload": b'"\xff"'},
        {"payload": b"\xff\xfe"},
        {"payload": b"[" * 100_000},
        {"amount": 2**70},
    ],
    ids=["surrogate", "JSON string that is not UTF-8", "no UTF-8", "deep", "huge amount"],
)
def test_event_that_cannot_be_published_does_not_fail_its_batch(
    poison: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One message whose event cannot be written as JSON or logged never takes the others of its batch along."""
    events = {"bad": payment_event(event_id="bad", **poison), "good": payment_event(event_id="good")}
    monkeypatch.setattr(
        "tests.unit.harness.FakeProvider.parse", lambda _self, delivery, _source: [events[json.loads(delivery.raw)[0]]]
    )
    aws = FakeAws()
    records = [sqs_record(new_delivery([name]), message_id=name) for name in ("bad", "good")]
    answer = processor(aws).process(records)
    assert "good" not in failures(answer)
    assert "fakepay:good" in [event["id"] for event in published(aws)]


def test_value_that_the_table_never_takes_is_not_retried_for_an_hour() -> None:
    """AWS's ValidationException is about the message, not the moment: trying again cannot help."""
    aws = FakeAws()
    aws.fail("put_item", "ValidationException")
    processor(aws).process([sqs_record(one())])
    assert [call["VisibilityTimeout"] for call in aws.of("change_message_visibility")] == [0]


def test_queued_time_is_not_judged_again() -> None:
    """A message that waited for days is processed: the replay window was judged at the receipt."""
    aws = FakeAws()
    delivery = new_delivery(stripe_body().decode(), provider="stripe", received_at=NOW.replace(year=2020))
    assert failures(processor(aws).process([sqs_record(delivery)])) == []
    assert published(aws)[0]["data"]["received_at"] == "2020-03-01T12:00:00.000Z"


def test_empty_batch_is_nothing_to_do() -> None:
    """No records, no calls."""
    aws = FakeAws()
    assert processor(aws).process([]) == {"batchItemFailures": []}
    assert aws.calls == []
