"""The model of the bill counts what the function really sends and logs, to the unit."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

from ops.receipt import webhook
from ops.receipt.rehearsal import AT, MemoryAws, rehearse, updated
from ops.receipt.units import units
from tests.unit import harness

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

    from tests.unit.pipe import Pipe


class Counter:
    """A door to AWS that counts the calls through it and keeps the bodies of their requests as they go over the wire.

    Attributes:
        calls: Services called, in order.
        bodies: Bodies by service.
        sent: The bodies of the messages sent to the queue.
        published: The messages of each PublishBatch.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.calls: list[str] = []
        self.bodies: dict[str, list[bytes]] = {}
        self.sent: list[str] = []
        self.published: list[list[dict[str, Any]]] = []

    def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - the operation's own
        """Make the call."""
        self.calls.append(service)
        if operation == "send_message":
            self.sent.append(parameters["MessageBody"])
        if operation == "publish_batch":
            self.published.append(parameters["PublishBatchRequestEntries"])
        return self._pipe.aws(service, operation, **parameters)

    def listen(self) -> None:
        """Hear the requests of all clients that there are."""
        for service, client in self._pipe.aws._clients.items():

            def note(request: AWSPreparedRequest, service: str = service, **_: object) -> None:
                body = request.body or b""
                assert isinstance(body, str | bytes)
                self.bodies.setdefault(service, []).append(body.encode() if isinstance(body, str) else body)

            client.meta.events.register_first("before-send", note, unique_id="counter")

    def stop(self) -> None:
        """Hear them no more."""
        for client in self._pipe.aws._clients.values():
            client.meta.events.unregister("before-send", unique_id="counter")


def request(size_kb: int, number: int) -> dict[str, Any]:
    """The model's webhook, as the pipe's receiver takes it."""
    event = harness.stripe_event(webhook.body(size_kb * 1024, number, AT))
    event["requestContext"]["requestId"] = "00000000-0000-0000-0000-000000000000"
    return event


def size_in_table(item: dict[str, dict[str, Any]]) -> int:
    """An item's size by DynamoDB's documented rules; amounts here have no zeros to leave out but trailing ones."""
    size = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        digits = str(content).strip("0") if kind == "N" else ""
        size += len(name) + (math.ceil(len(digits) / 2) + 1 if kind == "N" else len(content))
    return size


@pytest.mark.parametrize(("size_kb", "batch"), [(1, 1), (4, 3), (16, 1), (64, 3)])
def test_the_model_counts_what_arrives(
    pipe: Pipe, capsys: pytest.CaptureFixture[str], size_kb: int, batch: int
) -> None:
    """Calls, bytes and every billed unit are those of the real receiver and processor before an emulated AWS."""
    counter = Counter(pipe)
    receiver = pipe.receiver(counter)
    receiver.receive(request(1, number=99))  # a warm environment has its secret and its clients
    pipe.process_once(counter)
    before = pipe._dynamodb.scan(TableName=pipe.table_name)["Items"]
    pipe.published()
    capsys.readouterr()
    counter.calls.clear()
    counter.sent.clear()
    counter.published.clear()
    counter.listen()
    try:
        for number in range(batch):
            assert receiver.receive(request(size_kb, number))["statusCode"] == 200
        pipe.process_once(counter)
    finally:
        counter.stop()
    items = [item for item in pipe._dynamodb.scan(TableName=pipe.table_name)["Items"] if item not in before]
    lines = capsys.readouterr().out.splitlines()

    counted = units(rehearse([webhook.body(size_kb * 1024, number, AT) for number in range(batch)]))

    chunk = 65536
    messages = [len(body.encode()) for body in counter.sent]
    assert counted.calls == len(counter.calls)
    assert counted.queue_sends == sum(math.ceil(size / chunk) for size in messages)
    assert counted.queue_receives == math.ceil(sum(messages) / chunk)
    assert counted.write_units == sum(math.ceil(size_in_table(item) / 1024) for item in items)
    assert counted.stored_bytes == sum(
        size_in_table(item) + 100 for item in items if item["record"]["S"].startswith("event#")
    )
    assert counted.topic_requests == sum(
        math.ceil(
            sum(
                len(entry["Message"].encode())
                + sum(
                    len(name) + len("String") + len(value["StringValue"])
                    for name, value in entry["MessageAttributes"].items()
                )
                for entry in entries
            )
            / chunk
        )
        for entries in counter.published
    )
    assert counted.function_log_bytes == sum(len(line.encode()) + 26 for line in lines)
    assert counted.interface_calls == sum(service != "dynamodb" for service in counter.calls)
    assert counted.interface_bytes == sum(
        len(body) for service, bodies in counter.bodies.items() if service != "dynamodb" for body in bodies
    ) - _length_of_names(pipe, counter)


def _length_of_names(pipe: Pipe, counter: Counter) -> int:
    """How much longer the pipe's names are in the requests than the model's."""
    sends = sum(service == "sqs" for service in counter.calls)
    publishes = sum(service == "sns" for service in counter.calls)
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/webhook-queue-prod"
    topic = "arn:aws:sns:us-east-1:123456789012:payment-events-prod"
    return sends * (len(pipe.queue_url) - len(queue)) + publishes * (len(pipe.topic_arn) - len(topic))


def test_an_update_changes_the_item_as_dynamodb_would() -> None:
    """SET, REMOVE and ADD are applied, names and values by their placeholders."""
    item = {"record": {"S": "state"}, "amount": {"N": "5"}, "version": {"N": "1"}}
    update = {
        "UpdateExpression": "SET #status = :status, total = :total REMOVE #amount, #absent ADD #version :one",
        "ExpressionAttributeNames": {
            "#status": "status",
            "#amount": "amount",
            "#absent": "absent",
            "#version": "version",
        },
        "ExpressionAttributeValues": {":status": {"S": "captured"}, ":total": {"N": "7"}, ":one": {"N": "1"}},
    }
    assert updated(item, update) == {
        "record": {"S": "state"},
        "version": {"N": "2"},
        "status": {"S": "captured"},
        "total": {"N": "7"},
    }


@pytest.mark.parametrize("size", [1024, 1025, 2048, 4000, 65536])
def test_a_made_up_webhook_has_the_size_that_was_asked_for(size: int) -> None:
    """To the byte, and it is JSON."""
    body = webhook.body(size, 3, AT)
    assert len(body) == size
    assert json.loads(body)["type"] == "payment_intent.succeeded"


def test_what_the_model_does_not_know_is_not_counted_as_nothing() -> None:
    """A call that the function has come to make stops the model, so that its bill is never too small in silence."""
    with pytest.raises(NotImplementedError, match=r"dynamodb\.transact_write_items"):
        MemoryAws()("dynamodb", "transact_write_items")
