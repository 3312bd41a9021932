"""The published event: its schema, its attributes, and the limits of PublishBatch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from lambda_src.canonical import Status
from lambda_src.errors import Reason
from lambda_src.topic import BATCH_BYTES, BATCH_ENTRIES, EVENT_SCHEMA, Publication, Topic, cloud_event
from tests.unit.harness import FUNCTION, NOW, TOPIC_ARN, FakeAws, new_delivery, payment_event

if TYPE_CHECKING:
    from datetime import datetime

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "payment-event.1.json").read_bytes())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
identifiers = texts.filter(str.isprintable)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def publication(late: bool = False, **fields: Any) -> Publication:  # noqa: ANN401, FBT001, FBT002 - a test's shorthand
    """A recorded event on its way out."""
    event = payment_event(**fields)
    return Publication(event=event, status=event.status, late=late, delivery=new_delivery())


def published(*publications: Publication) -> tuple[list[list[dict[str, Any]]], dict[int, Any]]:
    """The entries of each call, and what failed."""
    aws = FakeAws()
    failed = Topic(TOPIC_ARN, FUNCTION, aws).publish(publications)
    assert {call["TopicArn"] for call in aws.of("publish_batch")} <= {TOPIC_ARN}
    return [call["PublishBatchRequestEntries"] for call in aws.of("publish_batch")], failed


def size_of(entry: dict[str, Any]) -> int:
    """Bytes that SNS counts: message, and name, type and value of each attribute."""
    attributes = entry["MessageAttributes"].items()
    return len(entry["Message"].encode()) + sum(
        len(name) + len(value["DataType"]) + len(value["StringValue"].encode()) for name, value in attributes
    )


def test_event_is_the_documented_one() -> None:
    """Every field of a published event, by value."""
    out = publication(payload=b'{"n":1.10,"deep":[null]}', event_type="charge.refunded", status="refunded", late=True)
    (((entry,),), failed) = published(out)
    assert failed == {}
    event = json.loads(entry["Message"])
    assert event == {
        "specversion": "1.0",
        "id": "fakepay:e1",
        "type": "payment.refunded",
        "source": f"/{FUNCTION}/fakepay",
        "subject": "fakepay:p1",
        "time": "2026-03-01T12:00:00.000Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:webhook-processor:schema:payment-event:1",
        "data": {
            "provider": "fakepay",
            "source": "fakepay",
            "event_id": "e1",
            "event_type": "charge.refunded",
            "status": "refunded",
            "amount": 1000,
            "currency": "EUR",
            "occurred_at": "2026-03-01T12:00:00.000Z",
            "received_at": "2026-03-01T12:00:00.000Z",
            "delivery_id": out.delivery.delivery_id,
            "late": True,
            "payload": {"n": 1.1, "deep": [None]},
        },
    }
    assert '"n":1.10' in entry["Message"]  # numbers are passed on as the provider wrote them
    assert entry["MessageAttributes"] == {
        "provider": {"DataType": "String", "StringValue": "fakepay"},
        "source": {"DataType": "String", "StringValue": "fakepay"},
        "status": {"DataType": "String", "StringValue": "refunded"},
        "schema_version": {"DataType": "String", "StringValue": "1"},
        "currency": {"DataType": "String", "StringValue": "EUR"},
    }


@given(
    status=st.sampled_from(Status),
    amount=st.none() | st.integers(-(10**18), 10**18),
    currency=st.sampled_from([None, "EUR", "JPY", "BHD"]),
    moment=st.datetimes(timezones=st.timezones()),
    payload=json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40),
    names=st.tuples(identifiers, identifiers, identifiers),
)
def test_every_event_is_valid_by_the_schema(  # noqa: PLR0917 - one for each part of an event
    status: Status,
    amount: int | None,
    currency: str | None,
    moment: datetime,
    payload: bytes,
    names: tuple[str, str, str],
) -> None:
    """Whatever the event, what is published holds against the schema, formats included."""
    event_id, event_type, payment_id = names
    ((entry,),) = published(
        publication(
            status=status,
            amount=amount,
            currency=currency,
            occurred_at=moment,
            payload=payload,
            event_id=event_id,
            event_type=event_type,
            payment_id=payment_id,
        )
    )[0]
    event = json.loads(entry["Message"])
    VALIDATOR.validate(event)
    assert event["data"]["amount"] == amount
    assert (
        "currency" not in entry["MessageAttributes"]
        or entry["MessageAttributes"]["currency"]["StringValue"] == currency
    )


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"dataschema": "urn:other"},
        {"time": "2026-03-01T12:00:00Z"},
        {"subject": "nobody"},
        {"extra": 1},
        {"data": {}},
    ],
)
def test_schema_refuses_what_is_not_an_event(change: dict[str, Any]) -> None:
    """The schema is one that can be failed."""
    event = json.loads(cloud_event(publication(), FUNCTION))
    assert VALIDATOR.is_valid(event)
    assert not VALIDATOR.is_valid(event | change)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", "paid"),
        ("amount", 10.5),
        ("amount", "1050"),
        ("currency", "eur"),
        ("delivery_id", "1"),
        ("late", None),
    ],
)
def test_schema_refuses_wrong_data(field: str, value: object) -> None:
    """No wrong status, fractional money, lower-case currency or foreign id passes the schema."""
    event = json.loads(cloud_event(publication(), FUNCTION))
    event["data"][field] = value
    assert not VALIDATOR.is_valid(event)


def test_schema_and_code_agree() -> None:
    """The events' `dataschema` is the schema file's `$id`, its version the attribute's, its statuses ours."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == EVENT_SCHEMA == SCHEMA["properties"]["dataschema"]["const"]
    assert SCHEMA["properties"]["data"]["properties"]["status"]["enum"] == [str(status) for status in Status]
    fields = set(SCHEMA["properties"]["data"]["properties"])
    # Only corrections have it, which operators publish.
    assert fields - set(SCHEMA["properties"]["data"]["required"]) == {"replay_of"}


def test_missing_currency_is_no_attribute() -> None:
    """SNS refuses empty attributes: an event without money has none for its currency."""
    ((entry,),) = published(publication(amount=None, currency=None))[0]
    assert set(entry["MessageAttributes"]) == {"provider", "source", "status", "schema_version"}


@given(st.lists(st.sampled_from([10, 20_000, 100_000, 200_000, 261_000, 300_000, 900_000]), max_size=23))
def test_calls_stay_within_the_limits(sizes: list[int]) -> None:
    """Every event goes out once, in order, in calls of at most 10 entries and 256 KiB."""
    out = [publication(event_id=f"e{n}", payload=b'"' + b"x" * size + b'"') for n, size in enumerate(sizes)]
    calls, failed = published(*out)
    assert failed == {}
    assert all(1 <= len(call) <= BATCH_ENTRIES for call in calls)
    assert all(sum(map(size_of, call)) <= BATCH_BYTES for call in calls)
    events = [json.loads(entry["Message"]) for call in calls for entry in call]
    assert [event["data"]["event_id"] for event in events] == [f"e{n}" for n in range(len(sizes))]
    for event, size in zip(events, sizes, strict=True):
        payload = event["data"]["payload"]
        assert payload == ("x" * size if size < 262_000 - 1000 else None) or size == 261_000


def test_small_events_share_one_call() -> None:
    """Ten events are one call, an eleventh begins another."""
    calls, _ = published(*[publication(event_id=f"e{n}") for n in range(11)])
    assert [len(call) for call in calls] == [10, 1]


def test_payload_is_left_out_exactly_when_it_does_not_fit() -> None:
    """The largest payload that fits is published; one byte more leaves it out as null."""
    ((entry,),) = published(publication(payload=b'""'))[0]
    room = BATCH_BYTES - size_of(entry)
    for extra, payload in ((0, "x" * room), (1, None)):
        ((entry,),) = published(publication(payload=b'"' + b"x" * (room + extra) + b'"'))[0]
        assert json.loads(entry["Message"])["data"]["payload"] == payload
    assert size_of(entry) < 2000


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"a=1&b=2", "a=1&b=2"),
        (b"", ""),
        (b"<xml/>", "<xml/>"),
        (b'{"cut": "in th', '{"cut": "in th'),
        (b"\xff", "\ufffd"),
        (b"NaN", "NaN"),
        (b"{} {}", "{} {}"),
    ],
)
def test_payload_that_is_no_json_is_published_as_text(payload: bytes, text: str) -> None:
    """Another form than JSON, or half of it, is a string in the event and cannot break out of it."""
    ((entry,),) = published(publication(payload=payload))[0]
    assert json.loads(entry["Message"])["data"]["payload"] == text


def test_payload_too_deep_to_check_is_published_as_text() -> None:
    """A payload nested beyond what can be parsed does not reach consumers as structure."""
    payload = "[" * 50_000 + "]" * 50_000
    ((entry,),) = published(publication(payload=payload))[0]
    assert json.loads(entry["Message"])["data"]["payload"] == payload


def test_payload_with_json_text_that_is_not_utf8_is_published_as_text() -> None:
    """A JSON string of bytes that are no UTF-8 is text with the bytes replaced, not a failure of the call."""
    ((entry,),) = published(publication(payload=b'"\xff"'))[0]
    assert json.loads(entry["Message"])["data"]["payload"] == '"\ufffd"'


def test_message_has_only_characters_that_queues_take() -> None:
    """U+FFFE and U+FFFF, which SQS refuses from SNS, are escaped in the message and the same when it is read."""
    ((entry,),) = published(publication(payload='{"a":"\ufffe\uffff"}'))[0]
    assert not set(entry["Message"]) & {"\ufffe", "\uffff"}
    assert json.loads(entry["Message"])["data"]["payload"] == {"a": "\ufffe\uffff"}


def test_call_that_fails_fails_its_entries_only() -> None:
    """Of three calls the second fails: exactly its ten positions are reported."""
    aws = FakeAws()
    aws.fail("publish_batch", None, "InternalError", None)
    failed = Topic(TOPIC_ARN, FUNCTION, aws).publish([publication(event_id=f"e{n}") for n in range(25)])
    assert sorted(failed) == list(range(10, 20))
    assert {(error.reason, error.detail) for error in failed.values()} == {
        (Reason.TOPIC_UNAVAILABLE, "publish_batch: InternalError")
    }


def test_received_at_is_the_deliverys() -> None:
    """`received_at` is when the webhook was accepted, not when it was processed."""
    event = json.loads(cloud_event(publication(), FUNCTION))
    assert event["data"]["received_at"] == NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_entry_that_cannot_be_written_fails_alone() -> None:
    """An event that is no JSON (half a surrogate in its type) is reported by itself; its neighbours are published."""
    aws = FakeAws()
    publications = [
        publication(event_id="a"),
        publication(event_id="b", event_type="\ud800"),
        publication(event_id="c"),
    ]
    failed = Topic(TOPIC_ARN, FUNCTION, aws).publish(publications)
    assert {position: failure.reason for position, failure in failed.items()} == {1: Reason.UNEXPECTED}
    (call,) = aws.of("publish_batch")
    assert [entry["Id"] for entry in call["PublishBatchRequestEntries"]] == ["0", "2"]


def test_escapes_count_towards_the_size_of_a_message() -> None:
    """A payload of characters that double when escaped is left out when it then no longer fits."""
    ((entry,),) = published(publication(payload=b'"' + "\ufffe".encode() * 80_000 + b'"'))[0]
    assert json.loads(entry["Message"])["data"]["payload"] is None
