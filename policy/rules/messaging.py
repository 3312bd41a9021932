"""Queues and topics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from policy.resources import Resource, Violation, is_for_everyone, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REDRIVE_ALLOW_POLICY = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"


def sqs_queues_server_side_encryption_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Queues are encrypted with the stack's key. Prowler: the same; Security Hub: SQS.1; checkov: CKV_AWS_27."""
    return unless(of_type(resources, QUEUE), lambda each: each.properties.get("kmsMasterKeyId"), "no key")


def sqs_queues_not_publicly_accessible(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No queue takes messages of everyone. Prowler: the same; checkov: CKV_AWS_168."""
    policies = of_type(resources, QUEUE_POLICY)
    return unless(policies, lambda each: not any(map(is_for_everyone, each.policy())), "for everyone")


def sqs_queues_refuse_plain_http(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Each queue denies what is not encrypted on the way. Checkov: CKV2_AWS_73 (at rest), PCI 4.2.1."""
    return _refuse_plain_http(resources, QUEUE, QUEUE_POLICY)


def sqs_queue_dead_letters(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A message that cannot be processed goes to a queue that takes it, and to no stranger's. No public check."""
    limited = {
        each.name
        for each in of_type(resources, REDRIVE_ALLOW_POLICY)
        if json.loads(each.properties["redriveAllowPolicy"]).get("sourceQueueArns")
    }
    return unless(
        of_type(resources, QUEUE),
        lambda each: each.properties.get("redrivePolicy") or each.name in limited,
        "its dead letters have nowhere to go, or it takes anyone's",
    )


def sns_topics_kms_encryption_at_rest_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Topics are encrypted with the stack's key. Prowler: the same; Security Hub: SNS.1; checkov: CKV_AWS_26."""
    return unless(of_type(resources, TOPIC), lambda each: each.properties.get("kmsMasterKeyId"), "no key")


def sns_topics_not_publicly_accessible(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No topic is everyone's. Prowler: the same; Security Hub: SNS.4; checkov: CKV_AWS_169."""
    policies = of_type(resources, TOPIC_POLICY)
    return unless(policies, lambda each: not any(map(is_for_everyone, each.policy())), "for everyone")


def sns_topics_refuse_plain_http(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Each topic denies what is not encrypted on the way. PCI 4.2.1; cdk-nag: AwsSolutions-SNS3."""
    return _refuse_plain_http(resources, TOPIC, TOPIC_POLICY)


def sns_subscription_not_using_http_endpoints(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No subscription is delivered in the clear. Prowler: the same."""
    return unless(of_type(resources, SUBSCRIPTION), lambda each: each.properties["protocol"] != "http", "plain HTTP")


def _refuse_plain_http(resources: Sequence[Resource], kind: str, policy_kind: str) -> Iterator[Violation]:
    denying = {
        each.name
        for each in of_type(resources, policy_kind)
        for statement in each.policy()
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") in ("false", ["false"])
    }
    return unless(of_type(resources, kind), lambda each: each.name in denying, "takes plain HTTP")


RULES = (
    sqs_queues_server_side_encryption_enabled,
    sqs_queues_not_publicly_accessible,
    sqs_queues_refuse_plain_http,
    sqs_queue_dead_letters,
    sns_topics_kms_encryption_at_rest_enabled,
    sns_topics_not_publicly_accessible,
    sns_topics_refuse_plain_http,
    sns_subscription_not_using_http_endpoints,
)
