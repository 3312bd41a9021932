"""What came out of the system, from outside: the ledger as an operator sees it, the topic as a subscriber does."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from local.aws import Clients

SECONDS = 15.0
"""How long a result is waited for; it takes a fraction of a second."""

_LOOK_SECONDS = 0.1

_TEXTS = ("delivery_id", "event_id", "event_type", "status")
"""Fields by which a published event is told."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One event as a subscriber received it.

    Attributes:
        event: The CloudEvent.
        attributes: The message attributes, by name.
    """

    event: dict[str, Any]
    attributes: dict[str, str]


class Observed(Protocol):
    """What must be known of a system to observe it, in whichever process it runs."""

    @property
    def clients(self) -> Clients:
        """The operator's AWS clients."""

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""

    @property
    def environment(self) -> str:
        """The environment's suffix."""


@dataclass
class Observer:
    """A downstream team's queue, subscribed to the events topic, and a reader of the ledger.

    A context manager: the subscription and the queue go at its end.
    """

    system: Observed
    name: str = "downstream"
    published: list[Published] = field(default_factory=list)
    _queue_url: str = ""
    _subscription_arn: str = ""

    def __enter__(self) -> Self:
        sqs, topic_arn = self.system.clients.sqs, self.system.outputs["topic_arn"]
        self._queue_url = sqs.create_queue(QueueName=f"{self.name}-{self.system.environment}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=self._queue_url, AttributeNames=["QueueArn"])["Attributes"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": attributes["QueueArn"],
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=self._queue_url, Attributes={"Policy": policy})
        self._subscription_arn = self.system.clients.sns.subscribe(
            TopicArn=topic_arn,
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.system.clients.sns.unsubscribe(SubscriptionArn=self._subscription_arn)
        self.system.clients.sqs.delete_queue(QueueUrl=self._queue_url)

    def receive(self) -> list[Published]:
        """Take what has arrived from the topic, until nothing more is there; return all that ever arrived."""
        while self.receive_some():
            pass
        return self.published

    def receive_some(self) -> list[Published]:
        """Take up to ten of what has arrived from the topic, and return those that are events of the system's.

        Anybody with the account's rights may publish there: what is none of ours is taken away and not returned.
        """
        sqs = self.system.clients.sqs
        messages = sqs.receive_message(
            QueueUrl=self._queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        some = [
            Published(
                event=event,
                attributes={
                    name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
                },
            )
            for message in messages
            if (event := _event(message["Body"])) is not None
        ]
        self.published += some
        if messages:
            sqs.delete_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages)
                ],
            )
        return some

    def ledger(self, payment_id: str | None = None) -> list[dict[str, Any]]:
        """Read the ledger's items, of one payment or all, as plain values (numbers as `int`)."""
        pages = self.system.clients.dynamodb.get_paginator("scan").paginate(
            TableName=self.system.outputs["table_name"], ConsistentRead=True
        )
        items = [{name: _plain(value) for name, value in item.items()} for page in pages for item in page["Items"]]
        return [item for item in items if payment_id is None or item["transaction_id"].endswith(payment_id)]

    def events(self, payment_id: str | None = None) -> list[dict[str, Any]]:
        """Read the ledger's event items, of one payment or all."""
        return [item for item in self.ledger(payment_id) if item["record"].startswith("event#")]

    def state(self, payment_id: str) -> dict[str, Any] | None:
        """Read a payment's state item."""
        return next((item for item in self.ledger(payment_id) if item["record"] == "state"), None)

    def published_of(self, payment_id: str) -> list[Published]:
        """Return what arrived from the topic about one payment."""
        return [each for each in self.receive() if each.event["subject"].endswith(payment_id)]

    def most_receives(self) -> int:
        """Read after how many receives a message becomes a dead letter."""
        attributes = self.system.clients.sqs.get_queue_attributes(
            QueueUrl=self.system.outputs["queue_url"], AttributeNames=["RedrivePolicy"]
        )["Attributes"]
        return int(json.loads(attributes["RedrivePolicy"])["maxReceiveCount"])

    def backlog(self) -> dict[str, int]:
        """Count the messages in the ingest queue (waiting and being processed) and the dead-letter queue."""
        counts = {}
        for name in ("queue_url", "dlq_url"):
            attributes = self.system.clients.sqs.get_queue_attributes(
                QueueUrl=self.system.outputs[name],
                AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            )["Attributes"]
            counts[name] = sum(int(value) for value in attributes.values())
        return counts


LISTENER = "listen"
"""Beginning of the names of observers in other processes, who may not know that the system ends."""


def end_listeners(clients: Clients) -> None:
    """Take away what observers in other processes have made: the system that they observe is about to end."""
    urls = clients.sqs.list_queues(QueueNamePrefix=f"{LISTENER}-").get("QueueUrls", [])
    names = {url.rpartition("/")[2] for url in urls}
    for each in clients.sns.list_subscriptions()["Subscriptions"]:
        if each["Endpoint"].rpartition(":")[2] in names:
            clients.sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    for url in urls:
        clients.sqs.delete_queue(QueueUrl=url)


def wait_until(holds: Callable[[], object], *, seconds: float = SECONDS) -> bool:
    """Look again and again until something holds; say whether it did before the deadline."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _event(body: str) -> dict[str, Any] | None:
    """Read a CloudEvent of ours; None: the message is something else."""
    try:
        event = json.loads(body)
        data = event["data"]
        named = [event["id"], event["subject"], *(data[name] for name in _TEXTS)]
    except (ValueError, RecursionError, TypeError, LookupError):
        return None
    return event if all(isinstance(each, str) for each in named) and isinstance(data.get("late"), bool) else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - a DynamoDB attribute value
    ((kind, content),) = value.items()
    return int(content) if kind == "N" else content
