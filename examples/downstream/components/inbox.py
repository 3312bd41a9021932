"""The queue that payment events wait in, subscribed to the topic, and where those go that cannot be taken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from components.policy import deny_without_tls, document, sns_in_the_name_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MAXIMUM_RECEIVES = 5
"""Times that a message is tried before it moves to the dead-letter queue."""

RETENTION_SECONDS = 4 * 24 * 3600
"""How long the queue keeps a message: a long weekend."""

DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 3600
"""How long the other two keep one: the most that SQS allows."""


@dataclass(frozen=True, kw_only=True)
class InboxArgs:
    """Arguments of `Inbox`."""

    name: str
    """Name of the queue; the others' names begin with it."""

    topic_arn: pulumi.Input[str]
    """ARN of the topic."""

    statuses: Sequence[str]
    """Statuses to hear of."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the messages; its policy lets SNS use it."""

    visibility_timeout_seconds: int
    """How long a message is hidden while it is worked on: six times the function's timeout, as Lambda asks for."""


class Inbox(pulumi.ComponentResource):
    """Three encrypted queues: for events, for those that the consumer cannot take, for those SNS cannot deliver."""

    queue_url: pulumi.Output[str]
    """URL of the queue."""

    queue_arn: pulumi.Output[str]
    """ARN of the queue."""

    dead_letters_url: pulumi.Output[str]
    """URL of the queue of messages that the consumer failed on."""

    undelivered_url: pulumi.Output[str]
    """URL of the queue of messages that SNS could not deliver, such as for a wrong policy."""

    queue_name: pulumi.Output[str]
    """Name of the queue, as metrics have it; the next two are the others'."""

    dead_letters_name: pulumi.Output[str]
    undelivered_name: pulumi.Output[str]

    def __init__(self, name: str, args: InboxArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("refund-desk:components:Inbox", name, None, opts)
        self._args = args
        dead_letters = self._queue(f"{name}-dead-letters", retention=DEAD_LETTER_RETENTION_SECONDS)
        undelivered = self._queue(f"{name}-undelivered", retention=DEAD_LETTER_RETENTION_SECONDS)
        queue = self._queue(
            name,
            retention=RETENTION_SECONDS,
            visibility_timeout_seconds=args.visibility_timeout_seconds,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAXIMUM_RECEIVES}
            ),
        )
        for role, sources in (("dead-letters", [queue.arn]), ("undelivered", None)):
            target = dead_letters if sources else undelivered
            # SNS's own dead letters take no such permission: nobody's queue may use that one.
            allow = (
                {"redrivePermission": "byQueue", "sourceQueueArns": sources}
                if sources
                else {"redrivePermission": "denyAll"}
            )
            aws.sqs.RedriveAllowPolicy(
                f"{name}-{role}",
                queue_url=target.url,
                redrive_allow_policy=pulumi.Output.json_dumps(allow),
                opts=pulumi.ResourceOptions(parent=self),
            )
        policies = [
            aws.sqs.QueuePolicy(
                resource,
                queue_url=target.url,
                policy=document(*statements, deny_without_tls("sqs:*", target.arn)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for resource, target, statements in (
                (name, queue, [self._from_topic(queue.arn)]),
                (f"{name}-undelivered", undelivered, [self._from_topic(undelivered.arn)]),
                (f"{name}-dead-letters", dead_letters, []),
            )
        ]
        aws.sns.TopicSubscription(
            name,
            topic=args.topic_arn,
            protocol="sqs",
            endpoint=queue.arn,
            raw_message_delivery=True,
            filter_policy=json.dumps({"status": list(args.statuses)}),
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": undelivered.arn}),
            # Before, SNS would be refused.
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        self.queue_url = queue.url
        self.queue_arn = queue.arn
        self.dead_letters_url = dead_letters.url
        self.undelivered_url = undelivered.url
        self.queue_name = queue.name
        self.dead_letters_name = dead_letters.name
        self.undelivered_name = undelivered.name
        self.register_outputs(
            {
                "queue_url": self.queue_url,
                "queue_arn": self.queue_arn,
                "dead_letters_url": self.dead_letters_url,
                "undelivered_url": self.undelivered_url,
                "queue_name": self.queue_name,
                "dead_letters_name": self.dead_letters_name,
                "undelivered_name": self.undelivered_name,
            }
        )

    def _queue(self, name: str, *, retention: int, **more: Any) -> aws.sqs.Queue:  # noqa: ANN401 - the queue's own arguments
        return aws.sqs.Queue(
            name,
            name=name.replace("inbox", self._args.name),
            message_retention_seconds=retention,
            kms_master_key_id=self._args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            **more,
        )

    def _from_topic(self, queue_arn: pulumi.Input[str]) -> dict[str, Any]:
        return sns_in_the_name_of(self._args.topic_arn, "FromTopic", ["sqs:SendMessage"], queue_arn)
