"""Keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.resources.context import Context, Created

if TYPE_CHECKING:
    from local.inputs import Inputs


def key(context: Context, inputs: Inputs) -> Created:
    """aws:kms/key:Key; deleting it leaves it pending deletion, as on AWS."""
    kms = context.clients.kms
    tags = context.tags(inputs)
    metadata = kms.create_key(
        Description=inputs.text("description") or "",
        Policy=inputs.required("policy"),
        MultiRegion=inputs.flag("multiRegion"),
        Tags=[{"TagKey": name, "TagValue": value} for name, value in tags.items()],
    )["KeyMetadata"]
    key_id, arn = metadata["KeyId"], metadata["Arn"]
    if inputs.flag("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=inputs.number("rotationPeriodInDays") or 365)
    window = inputs.number("deletionWindowInDays") or 30
    return Created(
        id=key_id,
        outputs={"arn": arn, "keyId": key_id, "tagsAll": tags},
        delete=lambda: kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=window),
    )


def alias(context: Context, inputs: Inputs) -> Created:
    """aws:kms/alias:Alias."""
    kms = context.clients.kms
    name, target = inputs.required("name"), inputs.required("targetKeyId")
    kms.create_alias(AliasName=name, TargetKeyId=target)
    key_arn = kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"]
    return Created(
        id=name,
        outputs={"arn": f"{key_arn.rpartition(':')[0]}:{name}", "targetKeyArn": key_arn},
        delete=lambda: kms.delete_alias(AliasName=name),
    )
