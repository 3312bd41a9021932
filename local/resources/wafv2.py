"""Web application firewalls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from local.inputs import Inputs


def ip_set(context: Context, inputs: Inputs) -> Created:
    """aws:wafv2/ipSet:IpSet."""
    waf, tags = context.clients.wafv2, context.tags(inputs)
    name, scope = inputs.required("name"), inputs.required("scope")
    summary = waf.create_ip_set(
        Name=name,
        Scope=scope,  # type: ignore[arg-type]  # a text, checked by the emulator
        Description=inputs.text("description") or "",
        IPAddressVersion=inputs.required("ipAddressVersion"),  # type: ignore[arg-type]  # the same
        Addresses=inputs.strings("addresses"),
        Tags=tag_list(tags),  # type: ignore[arg-type]  # plain dicts
    )["Summary"]
    where: Any = {"Name": name, "Scope": scope, "Id": summary["Id"]}

    def update(_context: Context, inputs: Inputs) -> Created:
        for unchanged in ("name", "scope", "ipAddressVersion"):
            inputs.required(unchanged)
        waf.update_ip_set(
            **where,
            Description=inputs.text("description") or "",
            Addresses=inputs.strings("addresses"),
            LockToken=waf.get_ip_set(**where)["LockToken"],
        )
        return created

    created = Created(
        id=summary["Id"],
        outputs={"arn": summary["ARN"], "tagsAll": tags},
        delete=lambda: waf.delete_ip_set(**where, LockToken=waf.get_ip_set(**where)["LockToken"]),
        update=update,
    )
    return created


def web_acl(context: Context, inputs: Inputs) -> Created:
    """aws:wafv2/webAcl:WebAcl; no rule is ever asked about a request."""
    waf, tags = context.clients.wafv2, context.tags(inputs)
    name, scope = inputs.required("name"), inputs.required("scope")
    summary = waf.create_web_acl(
        Name=name,
        Scope=scope,  # type: ignore[arg-type]  # a text, checked by the emulator
        **_web_acl(inputs),
        Tags=tag_list(tags),  # type: ignore[arg-type]  # plain dicts
    )["Summary"]
    where: Any = {"Name": name, "Scope": scope, "Id": summary["Id"]}

    def update(_context: Context, inputs: Inputs) -> Created:
        inputs.required("name")
        inputs.required("scope")
        waf.update_web_acl(**where, **_web_acl(inputs), LockToken=waf.get_web_acl(**where)["LockToken"])
        return created

    created = Created(
        id=summary["Id"],
        outputs={"arn": summary["ARN"], "tagsAll": tags},
        delete=lambda: waf.delete_web_acl(**where, LockToken=waf.get_web_acl(**where)["LockToken"]),
        update=update,
    )
    return created


def _web_acl(inputs: Inputs) -> Any:  # noqa: ANN401 - keyword arguments of two calls
    return {
        "Description": inputs.text("description") or "",
        "DefaultAction": _api(inputs.json("defaultAction")),
        "Rules": [_api(rule) for rule in inputs.json("rules")],
        "VisibilityConfig": _api(inputs.json("visibilityConfig")),
    }


def web_acl_association(context: Context, inputs: Inputs) -> Created:
    """aws:wafv2/webAclAssociation:WebAclAssociation."""
    waf, resource = context.clients.wafv2, inputs.required("resourceArn")
    acl = inputs.required("webAclArn")
    waf.associate_web_acl(WebACLArn=acl, ResourceArn=resource)
    return Created(id=f"{acl},{resource}", outputs={}, delete=lambda: waf.disassociate_web_acl(ResourceArn=resource))


def web_acl_logging_configuration(_context: Context, inputs: Inputs) -> Created:
    """aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration: the emulator refuses it, so nothing is made."""
    for name in ("logDestinationConfigs", "redactedFields", "loggingFilter"):
        inputs.left_out(name)
    return Created(
        id=inputs.required("resourceArn"),
        outputs={},
        delete=lambda: None,
        update=web_acl_logging_configuration,
    )


_NAMES = {
    "arn": "ARN",
    "cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
    "ipSetReferenceStatement": "IPSetReferenceStatement",
}
"""Names that the API spells in a way of its own."""


def _api(value: Any) -> Any:  # noqa: ANN401 - a tree of rules
    """Spell a rule as the API does: `andStatement` is `AndStatement`, a statement within `not` stands alone."""
    if isinstance(value, list):
        return [_api(each) for each in value]
    if not isinstance(value, dict):
        return value
    spelled = {_NAMES.get(key, key[0].upper() + key[1:]): _api(each) for key, each in value.items()}
    if "NotStatement" in spelled:
        (inner,) = spelled["NotStatement"]["Statements"]
        spelled["NotStatement"] = {"Statement": inner}
    return spelled
