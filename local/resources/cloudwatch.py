"""Log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.inputs import NotImplementedLocally
from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs


def log_group(context: Context, inputs: Inputs) -> Created:
    """aws:cloudwatch/logGroup:LogGroup."""
    logs = context.clients.logs
    name, tags = inputs.required("name"), context.tags(inputs)
    if inputs.left_out("skipDestroy"):
        raise NotImplementedLocally(f"{inputs.type}: skipDestroy would leave {name} behind")
    request: dict[str, Any] = {"logGroupName": name, "tags": tags}
    if key_id := inputs.text("kmsKeyId"):
        request["kmsKeyId"] = key_id
    logs.create_log_group(**request)
    if days := inputs.number("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    arn = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["arn"]
    return Created(
        id=name,
        # Pulumi's ARN of a log group has no `:*`.
        outputs={"arn": arn.removesuffix(":*"), "tagsAll": tags},
        delete=lambda: logs.delete_log_group(logGroupName=name),
    )
