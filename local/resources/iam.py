"""Roles and their policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.iam import translate
from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def role(context: Context, inputs: Inputs) -> Created:
    """aws:iam/role:Role."""
    iam = context.clients.iam
    name, tags = inputs.required("name"), context.tags(inputs)
    request: dict[str, Any] = {
        "RoleName": name,
        "AssumeRolePolicyDocument": inputs.required("assumeRolePolicy"),
        "Description": inputs.text("description") or "",
        "Path": inputs.text("path") or "/",
        "Tags": tag_list(tags),
    }
    if seconds := inputs.number("maxSessionDuration"):
        request["MaxSessionDuration"] = seconds
    created = iam.create_role(**request)["Role"]
    return Created(
        id=name,
        outputs={"arn": created["Arn"], "uniqueId": created["RoleId"], "tagsAll": tags},
        delete=lambda: iam.delete_role(RoleName=name),
    )


def role_policy(context: Context, inputs: Inputs) -> Created:
    """aws:iam/rolePolicy:RolePolicy, translated for the emulator."""
    iam = context.clients.iam
    name, role_name, declared = inputs.required("name"), inputs.required("role"), inputs.replaced("policy")
    sent = translate(declared)
    iam.put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=sent)

    def read() -> dict[str, Any]:
        found = iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"]
        return {"policy": declared if found == json.loads(sent) else json.dumps(found)}

    return Created(
        id=f"{role_name}:{name}",
        outputs={},
        delete=lambda: iam.delete_role_policy(RoleName=role_name, PolicyName=name),
        update=role_policy,
        read=read,
    )


def role_policy_attachment(context: Context, inputs: Inputs) -> Created:
    """aws:iam/rolePolicyAttachment:RolePolicyAttachment, of a policy of AWS's."""
    iam, role_name, arn = context.clients.iam, inputs.required("role"), inputs.required("policyArn")
    iam.attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return Created(
        id=f"{role_name}/{arn}",
        outputs={},
        delete=lambda: iam.detach_role_policy(RoleName=role_name, PolicyArn=arn),
    )
