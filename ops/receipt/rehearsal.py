"""Webhooks sent through the function's own code, before an AWS in memory that writes down what is asked of it."""

from __future__ import annotations

import io
import re
import uuid
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lambda_src.aws import AwsError
from lambda_src.ledger import Ledger
from lambda_src.process import Processor
from lambda_src.queue import Queue
from lambda_src.receive import Receiver
from lambda_src.signing_secrets import SigningSecrets
from lambda_src.sources import Source
from lambda_src.topic import Topic
from ops.receipt import webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.receipt.billing import Item

AT = datetime(2026, 1, 1, tzinfo=UTC)
"""When the rehearsal takes place; sizes do not depend on it."""

FUNCTION, ACCOUNT = "webhook-processor-prod", "123456789012"
_SOURCES = {webhook.SOURCE: Source(provider="stripe")}


class Call(NamedTuple):
    """One call of the function to AWS.

    Attributes:
        service: boto3's name of the service.
        operation: boto3's name of the operation.
        parameters: What was sent.
        written: Of each write to the table, the item before (None: there was none) and after.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    written: Sequence[tuple[Item | None, Item]] = ()


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What became of some webhooks, each received on its own, all processed in one run.

    Attributes:
        events: How many.
        received: The calls of receiving them.
        processed: The calls of the run that processed them.
        receive_lines: The log lines of receiving them, of all requests together.
        process_lines: The log lines of the run.
    """

    events: int
    received: Sequence[Call]
    processed: Sequence[Call]
    receive_lines: Sequence[str]
    process_lines: Sequence[str]

    @property
    def calls(self) -> Sequence[Call]:
        """All calls, in order."""
        return [*self.received, *self.processed]

    @property
    def lines(self) -> Sequence[str]:
        """All log lines, in order."""
        return [*self.receive_lines, *self.process_lines]


def rehearse(webhooks: Sequence[bytes], aws: MemoryAws | None = None) -> Rehearsal:
    """Receive webhooks one by one, then process what was enqueued in one run.

    Args:
        webhooks: Bodies, as `webhook.body` writes them.
        aws: What answers; None: a new AWS in memory.
    """
    aws = aws or MemoryAws()
    queue = Queue(f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/webhook-queue-prod", aws)
    secrets = SigningSecrets("/webhook-processor/prod/sources", aws)
    secrets.of(webhook.SOURCE)  # a warm environment's: fetched every five minutes, not for every event
    aws.calls.clear()
    receiver = Receiver(_SOURCES, secrets, queue, FUNCTION, lambda: AT)
    processor = Processor(
        ledger=Ledger("payment-transactions-prod", aws),
        topic=Topic(f"arn:aws:sns:us-east-1:{ACCOUNT}:payment-events-prod", FUNCTION, aws),
        queue=queue,
        sources=_SOURCES,
        namespace=FUNCTION,
        retry_delays=(30,),
    )
    with redirect_stdout(io.StringIO()) as receive_log:
        for body in webhooks:
            answer = receiver.receive(webhook.request(body, str(uuid.UUID(int=0)), AT))
            if answer["statusCode"] != 200:  # noqa: PLR2004 - accepted
                raise ValueError(f"the function refuses the model's webhook: {answer['body']}")
    received = list(aws.calls)
    with redirect_stdout(io.StringIO()) as process_log:
        answer = processor.process([_record(call) for call in received if call.operation == "send_message"])
    if answer["batchItemFailures"]:
        raise ValueError("the function does not process the model's webhook")
    return Rehearsal(
        events=len(webhooks),
        received=received,
        processed=aws.calls[len(received) :],
        receive_lines=receive_log.getvalue().splitlines(),
        process_lines=process_log.getvalue().splitlines(),
    )


def _record(sent: Call) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "model",
        "body": sent.parameters["MessageBody"],
        "attributes": {"ApproximateReceiveCount": "1"},
    }


class MemoryAws:
    """The part of AWS that an accepted, new event meets; it answers nothing else.

    Attributes:
        calls: What was asked, in order.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._table: dict[tuple[str, str], Item] = {}
        self._written: list[tuple[Item | None, Item]] = []

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Write down the call and answer it.

        Raises:
            NotImplementedError: The function has come to call something that this model does not know.
        """
        given = cast("dict[str, Any]", parameters)
        self._written = []
        answer = self.answer(service, operation, given)
        self.calls.append(Call(service, operation, given, self._written))
        return answer

    def answer(self, service: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer a call."""
        match operation:
            case "get_parameter":
                return {"Parameter": {"Value": f'["{webhook.SECRET}"]'}}
            case "send_message":
                return {}
            case "put_item":
                self._put(given["Item"])
                return {}
            case "batch_execute_statement":
                return {"Responses": [self._insert(**statement) for statement in given["Statements"]]}
            case "update_item":
                return {"Attributes": self._update(given)}
            case "publish_batch":
                return {"Successful": [{"Id": entry["Id"]} for entry in given["PublishBatchRequestEntries"]]}
        raise NotImplementedError(f"the model does not know {service}.{operation}")

    def _put(self, item: Item) -> None:
        key = item["transaction_id"]["S"], item["record"]["S"]
        if key in self._table:
            raise AwsError("put_item", "ConditionalCheckFailedException", {"Item": self._table[key]})
        self._table[key] = item
        self._written.append((None, item))

    def _insert(self, Statement: str, Parameters: Sequence[Any]) -> dict[str, Any]:  # noqa: N803 - as AWS calls them
        """Run the ledger's statement: every value of the item is a parameter."""
        self._put(dict(zip(_NAME.findall(Statement), Parameters, strict=True)))
        return {}

    def _update(self, given: dict[str, Any]) -> Item:
        """Do an update whose condition holds, as that of a new payment's first event does."""
        key = given["Key"]["transaction_id"]["S"], given["Key"]["record"]["S"]
        old = self._table.get(key)
        new = self._table[key] = updated(old or given["Key"], given)
        self._written.append((old, new))
        return new


_NAME = re.compile(r"'(\w+)': \?")
_CLAUSE = re.compile(r"\b(SET|REMOVE|ADD) ((?:(?! (?:SET|REMOVE|ADD) ).)+)")


def updated(item: Item, update: dict[str, Any]) -> Item:
    """Apply an update expression of the plain forms that the ledger uses: `SET a = :a`, `REMOVE a`, `ADD a :n`."""
    names, values = update.get("ExpressionAttributeNames", {}), update["ExpressionAttributeValues"]
    new = dict(item)
    for clause, actions in _CLAUSE.findall(update["UpdateExpression"]):
        for action in actions.split(", "):
            words = action.replace(" = ", " ").split()
            name = names.get(words[0], words[0])
            if clause == "REMOVE":
                new.pop(name, None)
            elif clause == "SET":
                new[name] = values[words[1]]
            else:
                new[name] = {"N": str(int(new.get(name, {"N": "0"})["N"]) + int(values[words[1]]["N"]))}
    return new
