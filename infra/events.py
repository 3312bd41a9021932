"""The topic that canonical payment events are published to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, deny_without_tls, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.names import Names

EVENT_SCHEMA = "urn:webhook-processor:schema:payment-event:1"
"""`dataschema` of every published event and `$id` of schemas/payment-event.1.json."""

OWNER_ACTIONS = (
    "sns:GetTopicAttributes",
    "sns:SetTopicAttributes",
    "sns:AddPermission",
    "sns:RemovePermission",
    "sns:DeleteTopic",
    "sns:Subscribe",
    "sns:ListSubscriptionsByTopic",
    "sns:Publish",
)
"""What SNS's default topic policy lets the owner's account do; an explicit policy replaces the default one.
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html"""

SUBSCRIBER_PROTOCOLS = ("sqs", "lambda")
"""What other accounts may subscribe: their queues and functions, no mailbox, telephone or web server."""


LOGICAL_NAME = "events"
"""Of the resources here, however the component is called: under another, Pulumi would make empty ones instead."""


@dataclass(frozen=True, kw_only=True)
class EventsArgs:
    """Arguments of `Events`."""

    names: Names
    """Names and ARNs of this environment."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the events."""

    subscriber_accounts: Sequence[str]
    """Ids of other accounts that may subscribe."""

    protect: bool
    """Whether Pulumi refuses to delete the topic: subscriptions would go with it."""


class Events(pulumi.ComponentResource):
    """The encrypted topic and who may use it."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""

    def __init__(self, name: str, args: EventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Events", name, None, opts)
        topic = aws.sns.Topic(
            LOGICAL_NAME,
            name=args.names.topic,
            kms_master_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, protect=args.protect),
        )
        aws.sns.TopicPolicy(
            LOGICAL_NAME,
            arn=topic.arn,
            policy=document(_topic_policy(args, topic.arn)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})

    def grants_to_publish(self) -> Sequence[Statement]:
        """Return what publishing takes; a batch is authorised by the same action."""
        return [Statement(sid="PublishEvents", actions=["sns:Publish"], resources=[self.topic_arn])]


def owner_statements(names: Names, topic_arn: pulumi.Input[str]) -> list[Statement]:
    """Return what every topic's policy begins with: the owner's account may use it, nobody without TLS."""
    return [
        Statement(
            sid="Owner",
            principal={"AWS": [names.root_arn]},
            actions=OWNER_ACTIONS,
            resources=[topic_arn],
            conditions={"StringEquals": {"aws:PrincipalAccount": [names.account]}},
        ),
        # SNS refuses a policy that says sns:* here; publishing is what carries data.
        deny_without_tls("sns:Publish", topic_arn),
    ]


def _topic_policy(args: EventsArgs, topic_arn: pulumi.Input[str]) -> Sequence[Statement]:
    """Return the topic's policy: the owner's account, subscriber accounts, nobody without TLS."""
    statements = owner_statements(args.names, topic_arn)
    if args.subscriber_accounts:
        statements.append(
            Statement(
                sid="Subscribers",
                principal={
                    "AWS": [f"arn:{args.names.partition}:iam::{account}:root" for account in args.subscriber_accounts]
                },
                actions=["sns:Subscribe"],
                resources=[topic_arn],
                conditions={"StringEquals": {"sns:Protocol": SUBSCRIBER_PROTOCOLS}},
            )
        )
    return statements
