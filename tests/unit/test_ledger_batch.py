"""Events of a batch are appended by one call, which decides nothing that appending them one by one would not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fake_dynamodb import INSERTED_NAME
from lambda_src.aws import AwsError
from lambda_src.ledger import BATCH_PAYLOAD_BYTES, Entry, Ledger
from tests.unit.harness import TABLE, FakeAws, log_lines, new_delivery, payment_event, sqs_record
from tests.unit.pipe import Pipe
from tests.unit.test_process import existing, failures, one, processor, published

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lambda_src.aws import AwsCall

pytestmark = pytest.mark.usefixtures("fake_provider", "_aws_in_process")


def each_refused(code: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An answer of 200 in which no statement has succeeded."""
    return lambda given: {"Responses": [{"Error": {"Code": code}} for _ in given["Statements"]]}


REFUND = {"status": "partially_refunded", "share": {"of": "refund", "id": "r1", "amount": 400}, "amount": 400}
LARGE = b'"' + b"x" * BATCH_PAYLOAD_BYTES + b'"'


def entries(*events: dict[str, Any]) -> list[Entry]:
    """Events of one payment, each in a delivery of its own."""
    return [Entry(event=payment_event(**event), delivery=new_delivery()) for event in events]


def inserted(aws: FakeAws) -> list[list[str]]:
    """Ids of the events in each batch."""

    def event_id(statement: dict[str, Any]) -> str:
        names = INSERTED_NAME.findall(statement["Statement"])
        return str(statement["Parameters"][names.index("event_id")]["S"])

    return [list(map(event_id, call["Statements"])) for call in aws.of("batch_execute_statement")]


def test_a_batch_is_one_statement_an_event() -> None:
    """Each statement inserts one item whose every value is a parameter, so that no value can be read as PartiQL."""
    aws = FakeAws()
    batch = entries({"event_id": "'e1"}, {"event_id": "e2", "amount": None, "currency": None})
    Ledger(TABLE, aws).append_together(batch, batch)
    (call,) = aws.of("batch_execute_statement")
    common = "'transaction_id': ?, 'provider': ?, 'source': ?, 'event_id': ?, 'event_type': ?, 'payment_id': ?, "
    common += "'status': ?, 'occurred_at': ?, 'received_at': ?, 'delivery_id': ?, "
    assert [statement["Statement"] for statement in call["Statements"]] == [
        f"INSERT INTO \"{TABLE}\" VALUE {{{common}'amount': ?, 'currency': ?, 'record': ?, 'payload': ?}}",
        f"INSERT INTO \"{TABLE}\" VALUE {{{common}'record': ?, 'payload': ?}}",
    ]
    assert call["Statements"][0]["Parameters"][3] == {"S": "'e1"}


def test_what_cannot_be_inserted_is_left_to_be_recorded_alone() -> None:
    """An event whose status waits for a sum, one that is large, and one that comes twice are not in a batch."""
    aws = FakeAws()
    batch = entries(
        {"event_id": "e1"},
        {"event_id": "e2", **REFUND},
        {"event_id": "e3", "payload": LARGE},
        {"event_id": "twice"},
        {"event_id": "e4"},
        {"event_id": "e1", "payment_id": "p2"},
        {"event_id": "twice"},
    )
    Ledger(TABLE, aws).append_together(batch[:-1], batch)
    assert inserted(aws) == [["e1", "e4", "e1"]]
    assert [entry.is_appended for entry in batch] == [True, False, False, False, True, True, False]


@pytest.mark.parametrize("alone", [[], [{}], [{}, REFUND], [{}, {}]], ids=["none", "one", "and a share", "twice"])
def test_one_event_is_no_batch(alone: Sequence[dict[str, Any]]) -> None:
    """Where one event could be inserted, the conditional put does as much, and tells a duplicate by the same call."""
    aws = FakeAws()
    batch = entries(*alone)
    Ledger(TABLE, aws).append_together(batch, batch)
    assert aws.operations() == []


@pytest.mark.parametrize(
    "refuse",
    [
        lambda aws: aws.fail("batch_execute_statement", "AccessDeniedException"),
        lambda aws: aws.fail("batch_execute_statement", "ValidationException"),
        lambda aws: aws.fail("batch_execute_statement", ValueError("secret detail")),
        lambda aws: aws.answer("batch_execute_statement", each_refused("AccessDenied")),
        lambda aws: aws.answer("batch_execute_statement", each_refused("ThrottlingError")),
        lambda aws: aws.answer("batch_execute_statement", lambda _: {}),
        lambda aws: aws.answer("batch_execute_statement", lambda _: {"Responses": [{}]}),
    ],
    ids=["denied", "not understood", "a surprise", "each denied", "each throttled", "no responses", "too few"],
)
def test_events_of_a_refused_batch_are_recorded_one_by_one(
    refuse: Callable[[FakeAws], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever becomes of the short cut, each event goes the whole way, and one line says that it was closed."""
    aws = FakeAws()
    refuse(aws)
    answer = processor(aws).process([sqs_record(one(name, payment_id=name)) for name in ("a", "b")])
    assert answer == {"batchItemFailures": []}
    assert [call["Item"]["event_id"]["S"] for call in aws.of("put_item")] == ["a", "b"]
    assert [event["data"]["event_id"] for event in published(aws)] == ["a", "b"]
    lines = log_lines(capsys)
    assert [line["outcome"] for line in lines if line["message"] == "event"] == ["recorded"] * 2 + ["published"] * 2
    (told,) = (line for line in lines if line["message"] == "batch")
    assert (told["level"], "secret detail" in str(told)) == ("WARN", False)
    assert told["reason"] in {"ledger_unavailable", "unparsable", "unexpected"}


@pytest.mark.parametrize("code", ["DuplicateItem", "ThrottlingError", "InternalServerError", "ValidationError"])
def test_an_event_that_a_batch_did_not_take_is_recorded_alone(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One statement's error is no other's: the conditional put finds out what the event is, here a duplicate."""
    aws = FakeAws()
    aws.answer("batch_execute_statement", lambda _: {"Responses": [{}, {"Error": {"Code": code}}]})
    aws.fail("put_item", existing("another delivery"))
    answer = processor(aws).process([sqs_record(one(name, payment_id=name)) for name in ("new", "old")])
    assert answer == {"batchItemFailures": []}
    assert [call["Item"]["event_id"]["S"] for call in aws.of("put_item")] == ["old"]
    assert [event["data"]["event_id"] for event in published(aws)] == ["new"]
    lines = log_lines(capsys)
    outcomes = [(line["event_id"], line["outcome"]) for line in lines if line["message"] == "event"]
    assert outcomes == [("new", "recorded"), ("old", "duplicate"), ("new", "published")]
    told = [line["detail"] for line in lines if line["message"] == "batch"]
    assert told == ([] if code == "DuplicateItem" else [f"batch_execute_statement: {code}"])


def test_events_of_an_unreadable_message_are_in_no_batch() -> None:
    """A message that cannot be parsed is given back; the others of its batch are appended together all the same."""
    aws = FakeAws()
    records = [sqs_record(one("a")), sqs_record("no delivery", message_id="bad"), sqs_record(one("b"))]
    assert failures(processor(aws).process(records)) == ["bad"]
    assert inserted(aws) == [["a", "b"]]


def test_two_deliveries_of_one_event_in_a_batch_are_one_and_a_duplicate(
    shared: Pipe, capsys: pytest.CaptureFixture[str]
) -> None:
    """The provider's repetition may lie beside the first in one batch: it is recorded and published once."""
    shared.enqueue(one("twice", payment_id="twice"))
    shared.enqueue(one("twice", payment_id="twice"))
    shared.enqueue(one("other", payment_id="other"))
    assert shared.process_once() == {"batchItemFailures": []}
    assert sorted(event["data"]["event_id"] for event in shared.published()) == ["other", "twice"]
    outcomes = [line["outcome"] for line in log_lines(capsys) if line.get("event_id") == "twice"]
    assert sorted(outcomes) == ["duplicate", "published", "recorded"]


@pytest.fixture(scope="module")
def shared(_aws_in_process: None) -> Pipe:
    """One table for a module's examples: each has payments of its own."""
    return Pipe()


STORY: list[dict[str, Any]] = [
    {"event_id": "e1", "status": "authorized"},
    {"event_id": "e2", "status": "captured", "at": 10},
    {"event_id": "e3", "at": 20, **REFUND},
    {"event_id": "e4", "at": 30, "status": "disputed", "amount": 1},
    {"event_id": "e5", "at": 30, "status": "unknown", "amount": None, "currency": None},
    {"event_id": "e6", "at": 5, "status": "pending", "payment_id": "other"},
]
DELIVERY = st.lists(st.sampled_from(STORY), min_size=1, max_size=3, unique_by=lambda event: event["event_id"])
_examples = itertools.count()


class Stubborn:
    """The pipe's AWS, whose table never moves the state of one payment."""

    def __init__(self, call: AwsCall, payment: str) -> None:
        self._call = call
        self._payment = payment

    def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - of any operation
        """Make the call, unless it is the one that fails."""
        if operation == "update_item" and parameters["Key"]["transaction_id"]["S"] == f"fakepay:{self._payment}":
            raise AwsError(operation, "ThrottlingException")
        return self._call(service, operation, **parameters)


@settings(max_examples=25)
@given(st.lists(DELIVERY, min_size=2, max_size=6), st.integers(0, 6), st.booleans())
def test_a_batch_ends_as_its_messages_do_one_by_one(
    shared: Pipe,
    story: list[list[dict[str, Any]]],
    again: int,
    fails: bool,  # noqa: FBT001 - drawn by name
) -> None:
    """Any deliveries, repeated or not, some tried before, one payment stuck or none: all ends as one by one."""
    ends = []
    for way in ("together", "one by one"):
        mark = f"{way} {next(_examples)}"
        deliveries = [
            new_delivery([event | {"payment_id": f"{event.get('payment_id', 'one')} {mark}"} for event in events])
            for events in story
        ]
        records = [sqs_record(delivery, message_id=str(number)) for number, delivery in enumerate(deliveries)]
        process = shared.processor(Stubborn(shared.aws, f"other {mark}") if fails else shared.aws).process
        process(records[:again])  # an earlier try that got through, and whose answer was lost
        batches = [records] if way == "together" else [[record] for record in records]
        given_back = [name for batch in batches for name in failures(process(batch))]
        items = [
            {name: value for name, value in item.items() if name not in {"transaction_id", "payment_id", "delivery_id"}}
            for payment in ("one", "other")
            for item in shared.items(f"fakepay:{payment} {mark}")
        ]
        told = sorted(
            (event["id"], event["type"], event["data"]["late"])
            for event in shared.published()
            if event["subject"].endswith(mark)
        )
        ends.append((items, told, given_back))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("together", [True, False], ids=["in the same batch", "later"])
def test_an_event_that_waits_behind_a_failing_one_may_come_by_another_delivery(shared: Pipe, *, together: bool) -> None:
    """A delivery that is stuck at its first event has not taken the second: whoever brings it has it published."""
    stuck, other = f"stuck {together}", f"free {together}"
    second = {"event_id": "second", "payment_id": other, "at": 10}
    first = new_delivery([{"event_id": "first", "payment_id": stuck}, second])
    records = [sqs_record(first, message_id="stuck"), sqs_record(new_delivery([second]), message_id="other")]
    process = shared.processor(Stubborn(shared.aws, stuck)).process
    batches = [records] if together else [records[:1], records[1:]]
    assert [name for batch in batches for name in failures(process(batch))] == ["stuck"]
    assert [event["data"]["event_id"] for event in shared.published()] == ["second"]


def test_only_first_events_of_new_messages_are_appended_together() -> None:
    """An event whose turn has not come is no delivery's yet; a message that has failed before goes its way alone."""
    aws = FakeAws()
    two = new_delivery([{"event_id": "a1"}, {"event_id": "a2"}])
    records = [
        sqs_record(two),
        sqs_record(one("b")),
        sqs_record(one("c"), receive_count=2),
        sqs_record(new_delivery([])),
    ]
    assert processor(aws).process(records) == {"batchItemFailures": []}
    assert inserted(aws) == [["a1", "b"]]
    assert [call["Item"]["event_id"]["S"] for call in aws.of("put_item")] == ["a2", "c"]
