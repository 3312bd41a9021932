"""The example's handler against a table: any order, any number of deliveries, the same row."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from lambda_src.topic import cloud_event
from local.emulator import PROJECT
from schemas.payment_event import PaymentEvent, Status
from tests.contract.test_published import PUBLICATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT = json.loads(cloud_event(PUBLICATIONS["refund"], "webhook-processor-prod"))
START = datetime(2026, 11, 23, 9, 59, 59, tzinfo=UTC)
SUBJECTS = (f"stripe:pi_{number}" for number in count())


@pytest.fixture(scope="module")
def desk() -> Iterator[Any]:
    """The handler's module, beside its model as in its archive, with a table and a queue."""
    variables = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TABLE_NAME": "refund-desk",
    }
    with mock_aws(), mock.patch.dict("os.environ", variables):
        queue_url = boto3.client("sqs").create_queue(QueueName="refund-desk")["QueueUrl"]
        boto3.client("dynamodb").create_table(
            TableName="refund-desk",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        path = PROJECT / "examples" / "downstream" / "consumer" / "handler.py"
        spec = importlib.util.spec_from_file_location("refund_desk_handler", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        with (
            mock.patch.object(sys, "path", [str(PROJECT / "schemas"), *sys.path]),
            mock.patch.dict("os.environ", {"QUEUE_URL": queue_url}),
        ):
            spec.loader.exec_module(module)
        yield module


def _event(subject: str, seconds: int, status: Status, event_id: str, *, replay_of: str | None = None) -> str:
    moment = (START + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = EVENT["data"] | {"status": status, "occurred_at": moment, "amount": seconds}
    if replay_of is not None:
        data["replay_of"] = f"stripe:{replay_of}"
    return json.dumps(EVENT | {"id": f"stripe:{event_id}", "subject": subject, "time": moment, "data": data})


def _handled(
    desk: Any,  # noqa: ANN401 - a module
    bodies: list[str],
    sqs: mock.Mock | None = None,
) -> tuple[list[str], list[dict[str, Any]]]:
    """Run the handler on one batch; return the messages that failed, and the log's lines."""
    records = [{"messageId": str(n), "receiptHandle": f"r{n}", "body": body} for n, body in enumerate(bodies)]
    sqs = sqs or mock.Mock()
    with mock.patch.object(desk, "print", create=True) as printed, mock.patch.object(desk, "sqs", sqs):
        answer = desk.handler({"Records": records}, None)
    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    return failed, [json.loads(call.args[0]) for call in printed.call_args_list]


def _row(desk: Any, subject: str) -> dict[str, Any]:  # noqa: ANN401 - a module
    found: dict[str, Any] = desk.dynamodb.get_item(
        TableName="refund-desk", Key={"key": {"S": f"payment#{subject}"}}, ConsistentRead=True
    )
    item: dict[str, Any] = found.get("Item", {})
    return item


# Not made smaller when it fails: with a whole table behind it, that takes minutes.
@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    events=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(Status), st.sampled_from("abcdef")),
        min_size=1,
        max_size=6,
        unique_by=lambda event: event[2],
    ),
    data=st.data(),
)
def test_the_row_is_the_latest_event_in_any_order(
    desk: Any,  # noqa: ANN401 - a module
    events: list[tuple[int, Status, str]],
    data: st.DataObject,
) -> None:
    """Each event is taken once, and the row is that of the greatest time, rank and id; unknown moves nothing."""
    subject = next(SUBJECTS)
    bodies = [_event(subject, seconds, status, f"{subject}{name}") for seconds, status, name in events]
    deliveries = data.draw(st.permutations(bodies + data.draw(st.lists(st.sampled_from(bodies), max_size=4))))
    failed, lines = _handled(desk, deliveries)
    assert failed == []
    outcomes = Counter((line["id"], line["outcome"] == "duplicate") for line in lines)
    assert {key[0]: number for key, number in outcomes.items() if not key[1]} == {
        json.loads(body)["id"]: 1 for body in bodies
    }
    known = [event for event in map(PaymentEvent.from_json, bodies) if event.data.status is not Status.UNKNOWN]
    latest = max(known, key=lambda event: (event.time, event.data.status.rank, event.id), default=None)
    row = _row(desk, subject)
    assert row.get("status", {}).get("S") == (latest.data.status if latest else None)
    assert row.get("id", {}).get("S") == (latest.id if latest else None)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_corrections_take_their_originals_place_in_any_order(
    desk: Any,  # noqa: ANN401 - a module
    order: tuple[int, ...],
) -> None:
    """Whatever its rank the original neither stays nor returns; of two corrections the greater position stays."""
    subject = next(SUBJECTS)
    bodies = [
        _event(subject, 0, Status.CAPTURED, subject),
        _event(subject, 0, Status.FAILED, f"{subject}:replay:1", replay_of=subject),
        _event(subject, 0, Status.PENDING, f"{subject}:replay:2", replay_of=subject),
    ]
    assert _handled(desk, [bodies[each] for each in order])[0] == []
    assert _row(desk, subject)["status"]["S"] == "failed"


def test_an_original_after_its_correction_changes_nothing_even_behind_a_third_event(
    desk: Any,  # noqa: ANN401 - a module
) -> None:
    """The correction is remembered although another event of the same time holds the row."""
    subject = next(SUBJECTS)
    bodies = [
        _event(subject, 0, Status.AUTHORIZED, f"{subject}other"),
        _event(subject, 0, Status.FAILED, f"{subject}:replay:1", replay_of=subject),
        _event(subject, 0, Status.CAPTURED, subject),
    ]
    _, lines = _handled(desk, bodies)
    assert [line["outcome"] for line in lines] == ["applied", "older", "duplicate"]
    assert _row(desk, subject)["status"]["S"] == "authorized"


def test_a_correction_to_unknown_moves_nothing_in_either_order(desk: Any) -> None:  # noqa: ANN401 - a module
    """It says nothing, so its original still counts, even when it comes after."""
    for turn in (1, -1):
        subject = next(SUBJECTS)
        bodies = [
            _event(subject, 0, Status.CAPTURED, subject),
            _event(subject, 0, Status.UNKNOWN, f"{subject}:replay:1", replay_of=subject),
        ]
        assert _handled(desk, bodies[::turn])[0] == []
        assert _row(desk, subject)["status"]["S"] == "captured"


def test_an_invalid_message_fails_alone_even_when_it_cannot_be_hurried(desk: Any) -> None:  # noqa: ANN401 - a module
    """SQS refuses to change the visibility: the message comes again later, and the batch's others are taken."""
    subject = next(SUBJECTS)
    refused = ClientError({"Error": {"Code": "ThrottlingException"}}, "ChangeMessageVisibility")
    sqs = mock.Mock(**{"change_message_visibility.side_effect": refused})
    failed, lines = _handled(desk, ["{}", _event(subject, 0, Status.REFUNDED, subject)], sqs)
    assert failed == ["0"]
    assert [line["outcome"] for line in lines] == ["invalid", "not_hurried", "applied"]
    assert lines[1] == {"message_id": "0", "outcome": "not_hurried", "reason": "ClientError"}


def test_a_conflict_with_another_run_is_tried_again(desk: Any) -> None:  # noqa: ANN401 - a module
    """Two runs that write one payment at once do not cost the event a try of the queue's."""
    subject = next(SUBJECTS)
    conflict = desk.dynamodb.exceptions.TransactionCanceledException(
        {"CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict"}]}, "TransactWriteItems"
    )
    answers = [conflict, conflict, mock.DEFAULT]
    with (
        mock.patch.object(desk.time, "sleep") as slept,
        mock.patch.object(desk.dynamodb, "transact_write_items", side_effect=answers) as calls,
    ):
        failed, lines = _handled(desk, [_event(subject, 0, Status.REFUNDED, subject)])
    assert (failed, [line["outcome"] for line in lines]) == ([], ["applied"])
    assert (calls.call_count, slept.call_count) == (3, 2)


def test_a_failure_fails_its_message_alone_and_names_no_data(desk: Any) -> None:  # noqa: ANN401 - a module
    """What DynamoDB refuses comes again; the log has the error's type."""
    subject = next(SUBJECTS)
    bodies = [_event(subject, seconds, Status.REFUNDED, f"{subject}{seconds}") for seconds in (0, 1)]
    refused = RuntimeError(subject)
    with mock.patch.object(desk.dynamodb, "transact_write_items", side_effect=[refused, mock.DEFAULT]):
        failed, lines = _handled(desk, bodies)
    assert failed == ["0"]
    assert lines[0] == {"message_id": "0", "outcome": "failed", "reason": "RuntimeError"}
    assert lines[1]["outcome"] == "applied"
