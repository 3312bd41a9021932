"""The whole pipe in process, on moto: receiver, queue, processor, ledger, topic and a subscriber's queue."""

from __future__ import annotations

import json
import uuid
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from lambda_src import delivery as deliveries
from lambda_src.aws import Aws
from lambda_src.ledger import Ledger
from lambda_src.process import Processor
from lambda_src.queue import Queue
from lambda_src.receive import Receiver
from lambda_src.signing_secrets import SigningSecrets
from lambda_src.sources import Source
from lambda_src.topic import Topic
from tests.unit.harness import FUNCTION, NOW, RETRY_DELAYS, STRIPE_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_src.aws import AwsCall
    from lambda_src.delivery import Delivery

ADYEN_SECRET = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
SOURCES = {name: Source(provider=name) for name in ("stripe", "adyen", "square", "standard", "fakepay")}

Item = dict[str, Any]


@cache
def door() -> Aws:
    """The real door to AWS, which under moto leads nowhere; its clients are what costs, so there is one."""
    return Aws()


@cache
def _client(service: str) -> Any:  # noqa: ANN401 - boto3 types its clients by literal names
    return boto3.client(service)  # type: ignore[call-overload]  # a variable name


class Killed(BaseException):
    """The process ends here: no handler of ours may catch it."""


class KillingDoor:
    """A door to AWS at which the process dies, before a certain call leaves or after it has taken effect."""

    def __init__(self, call: AwsCall, kill_at: int | None = None, *, after_effect: bool = False) -> None:
        self._call = call
        self._kill_at = kill_at
        self._after_effect = after_effect
        self.made: list[str] = []

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Make the call, or die."""
        dies = len(self.made) == self._kill_at
        self.made.append(operation)
        if dies and not self._after_effect:
            raise Killed
        try:
            return self._call(service, operation, **parameters)
        finally:
            if dies:
                raise Killed


class Pipe:
    """One deployment with names of its own; its queues make a message visible again at once.

    Args:
        dead_letters: Whether the ingest queue has a dead-letter queue, which takes a message after five receives; a
            failed message then comes back at once, without the retry schedule's pauses.
    """

    def __init__(self, *, dead_letters: bool = False) -> None:
        suffix = uuid.uuid4().hex[:8]
        self.table_name = f"payment-transactions-{suffix}"
        self._secrets_path = f"/webhook-processor/{suffix}/sources"
        self._dynamodb, self._sns, self._sqs = _client("dynamodb"), _client("sns"), _client("sqs")
        self._dynamodb.create_table(
            TableName=self.table_name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "transaction_id", "AttributeType": "S"},
                {"AttributeName": "record", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "transaction_id", "KeyType": "HASH"},
                {"AttributeName": "record", "KeyType": "RANGE"},
            ],
        )
        self.topic_arn = self._sns.create_topic(Name=f"payment-events-{suffix}")["TopicArn"]
        self.queue_url, self._subscriber_url = (
            self._sqs.create_queue(QueueName=f"{name}-{suffix}", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
            for name in ("webhook-queue", "subscriber")
        )
        self._retry_delays: tuple[int, ...] = RETRY_DELAYS
        self._dead_letter_url = ""
        if dead_letters:
            self._retry_delays = (0,) * len(RETRY_DELAYS)
            self._dead_letter_url = self._sqs.create_queue(
                QueueName=f"webhook-dlq-{suffix}", Attributes={"VisibilityTimeout": "0"}
            )["QueueUrl"]
            policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:123456789012:webhook-dlq-{suffix}"}
            self._sqs.set_queue_attributes(
                QueueUrl=self.queue_url,
                Attributes={"RedrivePolicy": json.dumps(policy | {"maxReceiveCount": len(RETRY_DELAYS) + 1})},
            )
        self._sns.subscribe(
            TopicArn=self.topic_arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:123456789012:subscriber-{suffix}",
            Attributes={"RawMessageDelivery": "true"},
        )
        ssm = _client("ssm")
        for source, secret in {"stripe": STRIPE_SECRET, "adyen": ADYEN_SECRET, "fakepay": "hush"}.items():
            ssm.put_parameter(
                Name=f"{self._secrets_path}/{source}/signing-secrets", Value=json.dumps([secret]), Type="SecureString"
            )
        self.aws = door()

    def receiver(self, call: AwsCall | None = None) -> Receiver:
        """Build a receiver as a cold start does."""
        call = call or self.aws
        return Receiver(
            SOURCES, SigningSecrets(self._secrets_path, call), Queue(self.queue_url, call), FUNCTION, lambda: NOW
        )

    def processor(self, call: AwsCall | None = None, retention_days: int = 0) -> Processor:
        """Build a processor as a cold start does."""
        call = call or self.aws
        return Processor(
            self.ledger(call, retention_days),
            Topic(self.topic_arn, FUNCTION, call),
            Queue(self.queue_url, call),
            SOURCES,
            FUNCTION,
            retry_delays=self._retry_delays,
        )

    def ledger(self, call: AwsCall | None = None, retention_days: int = 0) -> Ledger:
        """Build the ledger."""
        return Ledger(self.table_name, call or self.aws, retention_days)

    def enqueue(self, delivery: Delivery | str) -> None:
        """Put a message into the queue."""
        body = delivery if isinstance(delivery, str) else deliveries.encode(delivery)
        self._sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)

    def queued(self) -> list[str]:
        """Bodies of the messages in the queue, which stay there."""
        return [message["Body"] for message in self._receive(self.queue_url)]

    def process_once(self, call: AwsCall | None = None) -> dict[str, Any]:
        """Do what the event source mapping does with one batch: invoke, then delete what did not fail."""
        messages = self._receive(self.queue_url)
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": message["Attributes"]["ApproximateReceiveCount"]},
            }
            for message in messages
        ]
        answer = self.processor(call).process(records)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        self._delete(self.queue_url, (message for message in messages if message["MessageId"] not in failed))
        return answer

    def drain(self) -> None:
        """Process until the queue is empty."""
        while self._visible(self.queue_url):
            self.process_once()

    def redrive(self, *, dies_before_deleting: bool = False) -> None:
        """Send every dead letter back, or die after sending the first one."""
        while messages := self._receive(self._dead_letter_url):
            for message in messages:
                self.enqueue(message["Body"])
                if dies_before_deleting:
                    return
                self._delete(self._dead_letter_url, [message])

    def take_dead_letters(self) -> list[str]:
        """Take the bodies out of the dead-letter queue."""
        bodies = []
        while messages := self._receive(self._dead_letter_url):
            bodies += [message["Body"] for message in messages]
            self._delete(self._dead_letter_url, messages)
        return bodies

    def items(self, transaction_id: str | None = None) -> list[Item]:
        """Read the table as plain values, ordered by key; payloads are decompressed."""
        read = {"TableName": self.table_name, "ConsistentRead": True}
        if transaction_id is None:
            found = self._dynamodb.scan(**read)["Items"]
        else:
            found = self._dynamodb.query(
                **read,
                KeyConditionExpression="transaction_id = :id",
                ExpressionAttributeValues={":id": {"S": transaction_id}},
            )["Items"]
        plain = [{name: _plain(value) for name, value in item.items()} for item in found]
        for item in plain:
            if "payload" in item:
                item["payload"] = zlib.decompress(item["payload"])
        return sorted(plain, key=lambda item: (item["transaction_id"], item["record"]))

    def state(self, transaction_id: str) -> Item:
        """Read a transaction's state item."""
        (state,) = (item for item in self.items(transaction_id) if item["record"] == "state")
        return state

    def published(self) -> list[Item]:
        """Take what the subscriber has got: the events, in the order of their publication where there are few."""
        events = []
        while messages := self._receive(self._subscriber_url):
            events += [json.loads(message["Body"]) for message in messages]
            self._delete(self._subscriber_url, messages)
        return events

    def _visible(self, url: str) -> bool:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"]) > 0

    def _receive(self, url: str) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, AttributeNames=["All"])
        return [dict(message) for message in answer.get("Messages", [])]

    def _delete(self, url: str, messages: Iterable[dict[str, Any]]) -> None:
        for message in messages:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _plain(value: Any) -> Any:  # noqa: ANN401 - DynamoDB's typed form of anything
    kind, content = next(iter(value.items()))
    if kind == "N":
        return int(content)
    return bytes(content) if kind == "B" else content
