"""Keys and aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    _rotate(context, inputs, key_id)
    window = inputs.number("deletionWindowInDays") or 30

    def update(context: Context, inputs: Inputs) -> Created:
        inputs.flag("multiRegion")
        inputs.number("deletionWindowInDays")
        kms.update_key_description(KeyId=key_id, Description=inputs.text("description") or "")
        kms.put_key_policy(KeyId=key_id, Policy=inputs.required("policy"))
        _rotate(context, inputs, key_id)
        return created

    def read() -> dict[str, Any]:
        rotation = kms.get_key_rotation_status(KeyId=key_id)
        return {
            "policy": kms.get_key_policy(KeyId=key_id)["Policy"],
            "enableKeyRotation": rotation["KeyRotationEnabled"],
        }

    created = Created(
        id=key_id,
        outputs={"arn": arn, "keyId": key_id, "tagsAll": tags},
        delete=lambda: kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=window),
        update=update,
        read=read,
    )
    return created


def _rotate(context: Context, inputs: Inputs, key_id: str) -> None:
    period = inputs.number("rotationPeriodInDays") or 365
    if inputs.flag("enableKeyRotation"):
        context.clients.kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=period)
    else:
        context.clients.kms.disable_key_rotation(KeyId=key_id)


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
