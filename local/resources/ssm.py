"""Parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def parameter(context: Context, inputs: Inputs) -> Created:
    """aws:ssm/parameter:Parameter."""
    ssm = context.clients.ssm
    name, tags = inputs.required("name"), context.tags(inputs)
    request: dict[str, Any] = {
        "Name": name,
        "Type": inputs.required("type"),
        "Value": inputs.required("value"),
        "Description": inputs.text("description") or "",
        "Tier": inputs.text("tier") or "Standard",
        "Tags": tag_list(tags),
    }
    if key_id := inputs.text("keyId"):
        request["KeyId"] = key_id
    version = ssm.put_parameter(**request)["Version"]
    arn = ssm.get_parameter(Name=name)["Parameter"].get("ARN", "")
    return Created(
        id=name,
        outputs={"arn": arn, "version": version, "tagsAll": tags},
        delete=lambda: ssm.delete_parameter(Name=name),
    )
