"""Queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs

_ATTRIBUTES = {
    "delaySeconds": "DelaySeconds",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redrivePolicy": "RedrivePolicy",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}
"""Pulumi's property, the API's attribute."""


def queue(context: Context, inputs: Inputs) -> Created:
    """aws:sqs/queue:Queue."""
    sqs = context.clients.sqs
    name, tags = inputs.required("name"), context.tags(inputs)
    attributes = {theirs: value for ours, theirs in _ATTRIBUTES.items() if (value := inputs.text(ours)) is not None}
    url = sqs.create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]  # type: ignore[arg-type]  # plain dicts, checked by the emulator
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return Created(
        id=url, outputs={"arn": arn, "url": url, "tagsAll": tags}, delete=lambda: sqs.delete_queue(QueueUrl=url)
    )


def queue_policy(context: Context, inputs: Inputs) -> Created:
    """aws:sqs/queuePolicy:QueuePolicy."""
    sqs = context.clients.sqs
    url = inputs.required("queueUrl")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": inputs.required("policy")})
    return Created(
        id=url,
        outputs={},
        delete=lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""}),
    )


def redrive_allow_policy(context: Context, inputs: Inputs) -> Created:
    """aws:sqs/redriveAllowPolicy:RedriveAllowPolicy."""
    sqs = context.clients.sqs
    url = inputs.required("queueUrl")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": inputs.required("redriveAllowPolicy")})
    return Created(
        id=url,
        outputs={},
        delete=lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": ""}),
    )
