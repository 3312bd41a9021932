"""Changes the tags of what exists: each service has a call of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.inputs import NotImplementedLocally
from local.resources.context import tag_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws import Clients
    from local.resources.context import Created


def retag(clients: Clients, type_: str, created: Created, tags: dict[str, str]) -> None:
    """Give a resource tags; what it has under other names stays.

    Args:
        clients: The emulator's clients.
        type_: Pulumi type of the resource.
        created: The resource; has an output `arn`, and `url` if it is a queue.
        tags: Tags, the provider's and its own.

    Raises:
        NotImplementedLocally: Nobody taught the local runner to tag this service's resources again.
    """
    service = type_.removeprefix("aws:").partition("/")[0]
    try:
        call = _CALLS[service]
    except KeyError:
        raise NotImplementedLocally(f"{type_}: its tags cannot be changed by the local runner") from None
    call(clients, created, tags)


_CALLS: Mapping[str, Callable[[Clients, Created, Any], object]] = {
    "apigateway": lambda aws, made, tags: aws.apigateway.tag_resource(resourceArn=made.outputs["arn"], tags=tags),
    "cloudwatch": lambda aws, made, tags: (
        aws.logs.tag_resource(resourceArn=made.outputs["arn"], tags=tags)
        if ":logs:" in made.outputs["arn"]
        else aws.cloudwatch.tag_resource(ResourceARN=made.outputs["arn"], Tags=tag_list(tags))  # type: ignore[arg-type]  # plain dicts
    ),
    "dynamodb": lambda aws, made, tags: aws.dynamodb.tag_resource(
        ResourceArn=made.outputs["arn"],
        Tags=tag_list(tags),  # type: ignore[arg-type]  # plain dicts
    ),
    "ec2": lambda aws, made, tags: aws.ec2.create_tags(Resources=[made.id], Tags=tag_list(tags)),  # type: ignore[arg-type]  # plain dicts
    "iam": lambda aws, made, tags: aws.iam.tag_role(RoleName=made.id, Tags=tag_list(tags)),  # type: ignore[arg-type]  # plain dicts
    "kms": lambda aws, made, tags: aws.kms.tag_resource(
        KeyId=made.id, Tags=[{"TagKey": name, "TagValue": value} for name, value in tags.items()]
    ),
    "lambda": lambda aws, made, tags: aws.functions.tag_resource(Resource=made.outputs["arn"], Tags=tags),
    "sns": lambda aws, made, tags: aws.sns.tag_resource(ResourceArn=made.outputs["arn"], Tags=tag_list(tags)),  # type: ignore[arg-type]  # plain dicts
    "sqs": lambda aws, made, tags: aws.sqs.tag_queue(QueueUrl=made.outputs["url"], Tags=tags),
    "ssm": lambda aws, made, tags: aws.ssm.add_tags_to_resource(
        ResourceType="Parameter",
        ResourceId=made.id,
        Tags=tag_list(tags),  # type: ignore[arg-type]  # plain dicts
    ),
    # The emulator tags no rule of a security group, and lists none.
    "vpc": lambda _aws, _made, _tags: None,
    "wafv2": lambda aws, made, tags: aws.wafv2.tag_resource(ResourceARN=made.outputs["arn"], Tags=tag_list(tags)),  # type: ignore[arg-type]  # plain dicts
}
