"""The example of a downstream team's program, deployed beside the system that it listens to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.deployment import Deployment, StackConfig
from local.emulator import PROJECT
from local.inventory import PENDING_DELETION
from local.observer import wait_until
from local.sending import new_event
from tests.integration.conftest import endpoint, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws import Clients
    from local.observer import Observer
    from local.sending import Event
    from local.system import LocalSystem

PROGRAM = PROJECT / "examples" / "downstream" / "__main__.py"
PAYMENTS = "organization/webhook-processor/test"
NOW = datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """The deployed example.

    Attributes:
        clients: The emulator's clients.
        outputs: Its stack's outputs.
    """

    clients: Clients
    outputs: dict[str, Any]

    def payment(self, payment_id: str) -> dict[str, Any] | None:
        """Read what the desk knows of a Stripe payment, plain."""
        item = self.clients.dynamodb.get_item(
            TableName=self.outputs["table_name"], Key={"key": {"S": f"payment#stripe:{payment_id}"}}
        ).get("Item")
        return {name: next(iter(value.values())) for name, value in item.items()} if item else None

    def status(self, payment_id: str) -> str | None:
        """Read the latest status of a Stripe payment."""
        return (self.payment(payment_id) or {}).get("status")

    def outcomes(self, event_id: str) -> list[str]:
        """Return what the function logged of an event, each time that it got it."""
        pages = self.clients.logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{self.outputs['function_name']}"
        )
        lines = [
            json.loads(each["message"]) for page in pages for each in page["events"] if '"outcome"' in each["message"]
        ]
        return [line["outcome"] for line in lines if line.get("id") == event_id]

    def waiting(self, queue: str) -> int:
        """Count the messages in a queue, hidden ones too."""
        attributes = self.clients.sqs.get_queue_attributes(
            QueueUrl=self.outputs[queue],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(map(int, attributes.values()))


@pytest.fixture(scope="module")
def desk(system: LocalSystem, observer: Observer) -> Iterator[Desk]:  # noqa: ARG001 - its queue is none of the example's
    """The example, as its own Pulumi.yaml configures it; its end fails if anything is left behind."""
    declared = yaml.safe_load((PROGRAM.parent / "Pulumi.yaml").read_text())
    values = {
        f"{declared['name']}:{key}": json.dumps(entry["default"])
        for key, entry in declared["config"].items()
        if "default" in entry
    }
    values[f"{declared['name']}:paymentsStack"] = PAYMENTS
    deployment = Deployment(clients=system.clients, others={PAYMENTS: system.outputs})
    deployment.up(StackConfig(stack="test", values=values, project=declared["name"]), program=PROGRAM)
    yield Desk(clients=system.clients, outputs=deployment.outputs)
    left = deployment.destroy()
    assert [each for each in sorted(left) if not each.startswith(PENDING_DELETION)] == []


def test_a_refund_reaches_the_desk(system: LocalSystem, desk: Desk) -> None:
    """A signed webhook becomes a row of another team's table, the amount in minor units."""
    refund = _sent(system, "refunded")
    assert wait_until(lambda: desk.status(refund.payment_id) == "refunded")
    row = desk.payment(refund.payment_id)
    assert row is not None
    assert (row["amount"], row["currency"]) == ("2000", "EUR")
    assert row["occurred_at"] == NOW.replace(microsecond=0).isoformat(timespec="milliseconds")


def test_an_event_that_comes_again_is_taken_once(system: LocalSystem, observer: Observer, desk: Desk) -> None:
    """The topic delivers at least once: the same event a second time is known by its id and changes nothing."""
    refund = _sent(system, "partially_refunded")
    assert wait_until(lambda: observer.published_of(refund.payment_id))
    (published,) = observer.published_of(refund.payment_id)
    assert wait_until(lambda: desk.status(refund.payment_id) == "partially_refunded")
    before = desk.payment(refund.payment_id)
    _publish(system, published.event, published.attributes)
    assert wait_until(lambda: len(desk.outcomes(published.event["id"])) == 2)
    assert desk.outcomes(published.event["id"]) == ["applied", "duplicate"]
    assert desk.payment(refund.payment_id) == before


def test_an_older_event_that_comes_later_changes_nothing(system: LocalSystem, observer: Observer, desk: Desk) -> None:
    """What happened last is kept, not what arrived last; the older event is taken, and once."""
    dispute = _sent(system, "disputed")
    assert wait_until(lambda: desk.status(dispute.payment_id) == "disputed")
    _sent(system, "refunded", payment_id=dispute.payment_id, occurred_at=NOW - timedelta(hours=1))
    assert wait_until(lambda: len(observer.published_of(dispute.payment_id)) == 2)
    _, late = observer.published_of(dispute.payment_id)
    assert wait_until(lambda: desk.outcomes(late.event["id"]) == ["older"])
    _publish(system, late.event, late.attributes)
    assert wait_until(lambda: desk.outcomes(late.event["id"]) == ["older", "duplicate"])
    assert desk.status(dispute.payment_id) == "disputed"


def test_a_correction_takes_the_place_of_what_it_corrects(system: LocalSystem, observer: Observer, desk: Desk) -> None:
    """An operator's correction is of the same time as its original, of another rank, and counts."""
    refund = _sent(system, "refunded")
    assert wait_until(lambda: observer.published_of(refund.payment_id))
    (published,) = observer.published_of(refund.payment_id)
    assert wait_until(lambda: desk.status(refund.payment_id) == "refunded")
    original = published.event["id"]
    data = published.event["data"] | {"status": "partially_refunded", "amount": 500, "replay_of": original}
    correction = published.event | {"id": f"{original}:replay:0123456789abcdef", "data": data}
    _publish(system, correction, published.attributes | {"status": "partially_refunded", "replay": "true"})
    assert wait_until(lambda: desk.status(refund.payment_id) == "partially_refunded")
    assert (desk.payment(refund.payment_id) or {})["amount"] == "500"


def test_a_status_that_was_not_asked_for_does_not_arrive(system: LocalSystem, observer: Observer, desk: Desk) -> None:
    """The subscription's filter keeps captured payments away; they do not even wait in the queue."""
    captured = _sent(system, "succeeded")
    refund = _sent(system, "refunded", payment_id=captured.payment_id, occurred_at=NOW + timedelta(seconds=1))
    assert wait_until(lambda: len(observer.published_of(captured.payment_id)) == 2)
    statuses = {each.event["data"]["status"]: each.event["id"] for each in observer.published_of(captured.payment_id)}
    assert wait_until(lambda: desk.outcomes(statuses["refunded"]) == ["applied"])
    assert desk.status(refund.payment_id) == "refunded"
    assert desk.outcomes(statuses["captured"]) == []
    assert desk.waiting("queue_url") == 0


def test_a_message_that_is_no_event_ends_in_the_dead_letter_queue(
    system: LocalSystem, observer: Observer, desk: Desk
) -> None:
    """A poisoned message is kept whole; the good one of its batch is taken."""
    refund = _sent(system, "refunded")
    assert wait_until(lambda: observer.published_of(refund.payment_id))
    (published,) = observer.published_of(refund.payment_id)
    again = json.dumps(published.event | {"id": f"{published.event['id']}:2"})
    poison = '{"specversion":"1.0"}'
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate((poison, again))]
    system.clients.sqs.send_message_batch(QueueUrl=desk.outputs["queue_url"], Entries=entries)  # type: ignore[arg-type]  # plain dicts
    assert wait_until(lambda: desk.waiting("dead_letters_url") == 1)
    (dead,) = system.clients.sqs.receive_message(QueueUrl=desk.outputs["dead_letters_url"])["Messages"]
    assert dead["Body"] == poison
    assert wait_until(lambda: desk.outcomes(f"{published.event['id']}:2") == ["applied"])
    system.clients.sqs.delete_message(QueueUrl=desk.outputs["dead_letters_url"], ReceiptHandle=dead["ReceiptHandle"])


def test_another_topic_cannot_deliver(system: LocalSystem, desk: Desk) -> None:
    """SNS may fill the queue in the name of this topic only: it works for every account's topics."""
    sns, queue_url = system.clients.sns, desk.outputs["queue_url"]
    queue_arn = system.clients.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    other = sns.create_topic(Name="somebody-elses")["TopicArn"]
    try:
        sns.subscribe(TopicArn=other, Protocol="sqs", Endpoint=queue_arn["Attributes"]["QueueArn"])
        sns.publish(TopicArn=other, Message="not an event")
        assert desk.waiting("queue_url") == desk.waiting("dead_letters_url") == 0
    finally:
        sns.delete_topic(TopicArn=other)


def test_the_subscription_keeps_what_cannot_be_delivered(system: LocalSystem, desk: Desk) -> None:
    """SNS is told where to put what it cannot deliver, and that queue takes it from this topic."""
    topic_arn = system.outputs["topic_arn"]
    (arn,) = [
        each["SubscriptionArn"]
        for each in system.clients.sns.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
        if each["Endpoint"].endswith(":refund-desk-test")
    ]
    attributes = system.clients.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    target = system.clients.sqs.get_queue_attributes(
        QueueUrl=desk.outputs["undelivered_url"], AttributeNames=["QueueArn", "Policy", "KmsMasterKeyId"]
    )["Attributes"]
    assert json.loads(attributes["RedrivePolicy"]) == {"deadLetterTargetArn": target["QueueArn"]}
    allowed, denied = json.loads(target["Policy"])["Statement"]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "sns.amazonaws.com"}, ["sqs:SendMessage"])
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": topic_arn}}
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert target["KmsMasterKeyId"].startswith("arn:aws:kms:")


def _sent(system: LocalSystem, kind: str, *, payment_id: str | None = None, occurred_at: datetime = NOW) -> Event:
    """Send a signed webhook of Stripe's."""
    what = new_event("stripe", kind, occurred_at=occurred_at, payment_id=payment_id)
    assert send(endpoint(system, "stripe"), what).status == 200
    return what


def _publish(system: LocalSystem, event: dict[str, Any], attributes: dict[str, str]) -> None:
    """Publish an event, as the processor does when it is not sure that it did."""
    system.clients.sns.publish(
        TopicArn=system.outputs["topic_arn"],
        Message=json.dumps(event),
        MessageAttributes={name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
    )
