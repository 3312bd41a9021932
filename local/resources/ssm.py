"""Parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def parameter(context: Context, inputs: Inputs) -> Created:
    """aws:ssm/parameter:Parameter."""
    ssm = context.clients.ssm
    name, tags = inputs.required("name"), context.tags(inputs)
    version = ssm.put_parameter(**_request(inputs), Tags=tag_list(tags))["Version"]  # type: ignore[arg-type]  # plain dicts
    arn = ssm.get_parameter(Name=name)["Parameter"].get("ARN", "")

    def update(_context: Context, inputs: Inputs) -> Created:
        version = ssm.put_parameter(**_request(inputs), Overwrite=True)["Version"]
        return replace(created, outputs={**created.outputs, "version": version})

    def read() -> dict[str, Any]:
        found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        return {"type": found.get("Type"), "value": found.get("Value")}

    created = Created(
        id=name,
        outputs={"arn": arn, "version": version, "tagsAll": tags},
        delete=lambda: ssm.delete_parameter(Name=name),
        update=update,
        read=read,
    )
    return created


def _request(inputs: Inputs) -> Any:  # noqa: ANN401 - keyword arguments of one call
    request = {
        "Name": inputs.required("name"),
        "Type": inputs.required("type"),
        "Value": inputs.required("value"),
        "Description": inputs.text("description") or "",
        "Tier": inputs.text("tier") or "Standard",
    }
    if key_id := inputs.text("keyId"):
        request["KeyId"] = key_id
    return request
