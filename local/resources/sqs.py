"""Queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs
    from local.resources.context import Adapter

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
    url = sqs.create_queue(QueueName=name, Attributes=_attributes(inputs), tags=tags)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def update(_context: Context, inputs: Inputs) -> Created:
        inputs.required("name")
        sqs.set_queue_attributes(QueueUrl=url, Attributes=_attributes(inputs))
        return created

    def read() -> dict[str, Any]:
        found: Any = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return {ours: found.get(theirs) for ours, theirs in _ATTRIBUTES.items()}

    created = Created(
        id=url,
        outputs={"arn": arn, "url": url, "tagsAll": tags},
        delete=lambda: sqs.delete_queue(QueueUrl=url),
        update=update,
        read=read,
    )
    return created


def _attributes(inputs: Inputs) -> Any:  # noqa: ANN401 - plain dicts, checked by the emulator
    return {theirs: value for ours, theirs in _ATTRIBUTES.items() if (value := inputs.text(ours)) is not None}


def queue_policy(context: Context, inputs: Inputs) -> Created:
    """aws:sqs/queuePolicy:QueuePolicy."""
    return _attribute_apart(context, inputs, "policy", "Policy", queue_policy)


def redrive_allow_policy(context: Context, inputs: Inputs) -> Created:
    """aws:sqs/redriveAllowPolicy:RedriveAllowPolicy."""
    return _attribute_apart(context, inputs, "redriveAllowPolicy", "RedriveAllowPolicy", redrive_allow_policy)


def _attribute_apart(context: Context, inputs: Inputs, ours: str, theirs: Any, adapter: Adapter) -> Created:  # noqa: ANN401 - a literal of the API
    """Set an attribute of a queue that Pulumi makes a resource of its own."""
    sqs, url = context.clients.sqs, inputs.required("queueUrl")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={theirs: inputs.required(ours)})
    return Created(
        id=url,
        outputs={},
        delete=lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={theirs: ""}),
        update=adapter,
        read=lambda: {
            ours: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[theirs]).get("Attributes", {}).get(theirs)
        },
    )
