"""Topics, their policies and their subscriptions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs

_ATTRIBUTES = {"displayName": "DisplayName", "kmsMasterKeyId": "KmsMasterKeyId", "signatureVersion": "SignatureVersion"}
"""Pulumi's property, the API's attribute."""


def topic(context: Context, inputs: Inputs) -> Created:
    """aws:sns/topic:Topic."""
    sns = context.clients.sns
    name, tags = inputs.required("name"), context.tags(inputs)
    arn = sns.create_topic(Name=name, Attributes=_attributes(inputs), Tags=tag_list(tags))["TopicArn"]  # type: ignore[arg-type]  # plain dicts, checked by the emulator

    def update(_context: Context, inputs: Inputs) -> Created:
        inputs.required("name")
        for attribute, value in _attributes(inputs).items():
            sns.set_topic_attributes(TopicArn=arn, AttributeName=attribute, AttributeValue=value)
        return created

    def read() -> dict[str, Any]:
        found: Any = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
        return {ours: found.get(theirs) for ours, theirs in _ATTRIBUTES.items()}

    created = Created(
        id=arn,
        outputs={"arn": arn, "tagsAll": tags},
        delete=lambda: sns.delete_topic(TopicArn=arn),
        update=update,
        read=read,
    )
    return created


def _attributes(inputs: Inputs) -> dict[str, str]:
    return {theirs: value for ours, theirs in _ATTRIBUTES.items() if (value := inputs.text(ours)) is not None}


def topic_policy(context: Context, inputs: Inputs, *, default: str | None = None) -> Created:
    """aws:sns/topicPolicy:TopicPolicy; deleting it puts back the default policy, as Pulumi does."""
    sns = context.clients.sns
    arn = inputs.required("arn")
    first = default if default is not None else sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy", "")
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=inputs.required("policy"))
    return Created(
        id=arn,
        outputs={"owner": context.clients.account_id},
        delete=lambda: sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=first),
        update=partial(topic_policy, default=first),
        read=lambda: {"policy": sns.get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")},
    )


def topic_subscription(context: Context, inputs: Inputs) -> Created:
    """aws:sns/topicSubscription:TopicSubscription."""
    sns = context.clients.sns
    arn = sns.subscribe(
        TopicArn=inputs.required("topic"),
        Protocol=inputs.required("protocol"),
        Endpoint=inputs.required("endpoint"),
        Attributes={name: value for name, value in _subscription(inputs).items() if value},
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]

    def update(_context: Context, inputs: Inputs) -> Created:
        for name in ("topic", "protocol", "endpoint"):
            inputs.required(name)
        for attribute, value in _subscription(inputs).items():
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=attribute, AttributeValue=value)
        return created

    created = Created(id=arn, outputs={"arn": arn}, delete=lambda: sns.unsubscribe(SubscriptionArn=arn), update=update)
    return created


def _subscription(inputs: Inputs) -> dict[str, str]:
    """Return a subscription's attributes, each empty as the API takes one away."""
    return {
        "FilterPolicy": inputs.text("filterPolicy") or "",
        "RawMessageDelivery": "true" if inputs.flag("rawMessageDelivery") else "false",
        "RedrivePolicy": inputs.text("redrivePolicy") or "",
    }
