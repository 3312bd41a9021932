"""The ingest queue, where a webhook is durable, and the dead-letter queue behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, deny_without_tls, document
from infra.retries import DEAD_LETTER_RETENTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.retries import RetrySchedule

MAXIMUM_MESSAGE_BYTES = 1024 * 1024
"""Largest message, bytes: the most that SQS allows."""

LONG_POLL_SECONDS = 20
"""How long a receive waits for a message, at most: the most that SQS allows, for operators' tools. Lambda's poller
brings its own."""

DATA_KEY_REUSE_SECONDS = 300
"""How long SQS uses one data key, seconds: each new one is a request to KMS, paid for."""


LOGICAL_NAME = "queues"
"""Of the resources here, however the component is called: under another, Pulumi would make empty ones instead."""


@dataclass(frozen=True, kw_only=True)
class QueuesArgs:
    """Arguments of `Queues`."""

    queue_name: str
    """Physical name of the ingest queue."""

    dead_letter_queue_name: str
    """Physical name of the dead-letter queue."""

    account: str
    """Id of the account that owns the queues."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the messages."""

    retries: RetrySchedule
    """When failed messages are tried again."""

    protect: bool
    """Whether Pulumi refuses to delete the queues."""


class Queues(pulumi.ComponentResource):
    """The ingest queue and its dead-letter queue."""

    queue_url: pulumi.Output[str]
    """URL of the ingest queue."""

    queue_arn: pulumi.Output[str]
    """ARN of the ingest queue."""

    dlq_url: pulumi.Output[str]
    """URL of the dead-letter queue."""

    dlq_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""

    def __init__(self, name: str, args: QueuesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Queues", name, None, opts)
        self._account = args.account
        dead_letters = aws.sqs.Queue(
            f"{LOGICAL_NAME}-dlq",
            name=args.dead_letter_queue_name,
            message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
            max_message_size=MAXIMUM_MESSAGE_BYTES,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=DATA_KEY_REUSE_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, protect=args.protect),
        )
        ingest = aws.sqs.Queue(
            f"{LOGICAL_NAME}-ingest",
            name=args.queue_name,
            visibility_timeout_seconds=args.retries.visibility_timeout,
            message_retention_seconds=args.retries.retention,
            max_message_size=MAXIMUM_MESSAGE_BYTES,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": args.retries.maximum_receives}
            ),
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=DATA_KEY_REUSE_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, protect=args.protect),
        )
        # A resource of its own: as a property, the two queues would wait for each other.
        aws.sqs.RedriveAllowPolicy(
            f"{LOGICAL_NAME}-dlq",
            queue_url=dead_letters.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [ingest.arn]}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        for role, queue in (("dlq", dead_letters), ("ingest", ingest)):
            aws.sqs.QueuePolicy(
                f"{LOGICAL_NAME}-{role}",
                queue_url=queue.url,
                policy=document([deny_without_tls("sqs:*", queue.arn)]),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.queue_url = ingest.url
        self.queue_arn = ingest.arn
        self.dlq_url = dead_letters.url
        self.dlq_arn = dead_letters.arn
        self.register_outputs(
            {
                "queue_url": self.queue_url,
                "queue_arn": self.queue_arn,
                "dlq_url": self.dlq_url,
                "dlq_arn": self.dlq_arn,
            }
        )

    def grants_to_code(self) -> Sequence[Statement]:
        """Return what the function itself calls: it enqueues accepted webhooks and schedules retries."""
        return [
            Statement(
                sid="EnqueueAndDelay",
                actions=["sqs:SendMessage", "sqs:ChangeMessageVisibility"],
                resources=[self.queue_arn],
            )
        ]

    def grants_to_poller(self) -> Sequence[Statement]:
        """Return what Lambda's poller calls in the function's name. Moving to the dead-letter queue takes no right."""
        return [
            Statement(
                sid="PollQueue",
                actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                resources=[self.queue_arn],
                conditions={"StringEquals": {"aws:ResourceAccount": [self._account]}},
            )
        ]
