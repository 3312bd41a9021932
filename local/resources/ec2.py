"""Networks: VPCs, subnets, routes, security groups, network ACLs, endpoints and flow logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.resources.context import Context, Created, tag_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from types_boto3_ec2 import EC2Client

    from local.inputs import Inputs


def vpc(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/vpc:Vpc."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    created = ec2.create_vpc(CidrBlock=inputs.required("cidrBlock"), TagSpecifications=_tagged("vpc", tags))["Vpc"]
    vpc_id = created["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsSupport={"Value": inputs.flag("enableDnsSupport", default=True)})
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": inputs.flag("enableDnsHostnames")})
    of_vpc: Any = [{"Name": "vpc-id", "Values": [vpc_id]}]
    acl = ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"][0]
    group = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]
    return Created(
        id=vpc_id,
        outputs={
            "arn": _arn(context, f"vpc/{vpc_id}"),
            "defaultNetworkAclId": acl["NetworkAclId"],
            "defaultSecurityGroupId": group["GroupId"],
            "tagsAll": tags,
        },
        delete=lambda: ec2.delete_vpc(VpcId=vpc_id),
    )


def default_security_group(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/defaultSecurityGroup:DefaultSecurityGroup: AWS's own, adopted; it goes with its VPC."""
    ec2 = context.clients.ec2
    of_vpc: Any = [
        {"Name": "vpc-id", "Values": [inputs.required("vpcId")]},
        {"Name": "group-name", "Values": ["default"]},
    ]
    group = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]
    group_id = group["GroupId"]
    _take_rules_away(ec2, group_id)
    inputs.none("ingress")
    inputs.none("egress")
    return Created(id=group_id, outputs={"arn": _arn(context, f"security-group/{group_id}")}, delete=_nothing)


def default_network_acl(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/defaultNetworkAcl:DefaultNetworkAcl: AWS's own, adopted; it goes with its VPC."""
    ec2 = context.clients.ec2
    acl_id = inputs.required("defaultNetworkAclId")
    acl = ec2.describe_network_acls(NetworkAclIds=[acl_id])["NetworkAcls"][0]
    for entry in acl["Entries"]:
        if entry["RuleNumber"] != _LAST_RULE:
            ec2.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=entry["RuleNumber"], Egress=entry["Egress"])
    inputs.none("ingress")
    inputs.none("egress")
    return Created(id=acl_id, outputs={"arn": _arn(context, f"network-acl/{acl_id}")}, delete=_nothing)


def network_acl(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/networkAcl:NetworkAcl."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    vpc_id = inputs.required("vpcId")
    acl_id: str = ec2.create_network_acl(VpcId=vpc_id, TagSpecifications=_tagged("network-acl", tags))["NetworkAcl"][
        "NetworkAclId"
    ]
    for entry in _entries(inputs):
        ec2.create_network_acl_entry(NetworkAclId=acl_id, **entry)
    inputs.left_out("subnetIds")

    def update(_context: Context, inputs: Inputs) -> Created:
        """Change the rules; a new number among them is refused by the emulator."""
        inputs.required("vpcId")
        for entry in _entries(inputs):
            ec2.replace_network_acl_entry(NetworkAclId=acl_id, **entry)
        inputs.left_out("subnetIds")
        return made

    made = Created(
        id=acl_id,
        outputs={"arn": _arn(context, f"network-acl/{acl_id}"), "tagsAll": tags},
        delete=lambda: ec2.delete_network_acl(NetworkAclId=acl_id),
        update=update,
    )
    return made


def _entries(inputs: Inputs) -> Iterator[Any]:
    """Yield the keyword arguments by which each rule is made or changed."""
    for egress in (False, True):
        for rule in inputs.each("egress" if egress else "ingress"):
            yield {
                "RuleNumber": rule.number("ruleNo") or 0,
                "Protocol": _PROTOCOLS[rule.required("protocol")],
                "RuleAction": rule.required("action"),
                "Egress": egress,
                "CidrBlock": rule.required("cidrBlock"),
                "PortRange": {"From": rule.number("fromPort") or 0, "To": rule.number("toPort") or 0},
            }


def subnet(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/subnet:Subnet."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    subnet_id = ec2.create_subnet(
        VpcId=inputs.required("vpcId"),
        CidrBlock=inputs.required("cidrBlock"),
        AvailabilityZone=inputs.required("availabilityZone"),
        TagSpecifications=_tagged("subnet", tags),
    )["Subnet"]["SubnetId"]
    public = inputs.flag("mapPublicIpOnLaunch")
    ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": public})
    return Created(
        id=subnet_id,
        outputs={"arn": _arn(context, f"subnet/{subnet_id}"), "tagsAll": tags},
        delete=lambda: ec2.delete_subnet(SubnetId=subnet_id),
    )


def route_table(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/routeTable:RouteTable."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    table_id = ec2.create_route_table(VpcId=inputs.required("vpcId"), TagSpecifications=_tagged("route-table", tags))[
        "RouteTable"
    ]["RouteTableId"]
    return Created(
        id=table_id,
        outputs={"arn": _arn(context, f"route-table/{table_id}"), "tagsAll": tags},
        delete=lambda: ec2.delete_route_table(RouteTableId=table_id),
    )


def route_table_association(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/routeTableAssociation:RouteTableAssociation."""
    ec2 = context.clients.ec2
    association_id = ec2.associate_route_table(
        RouteTableId=inputs.required("routeTableId"), SubnetId=inputs.required("subnetId")
    )["AssociationId"]
    return Created(
        id=association_id,
        outputs={},
        delete=lambda: ec2.disassociate_route_table(AssociationId=association_id),
    )


def security_group(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/securityGroup:SecurityGroup; the rule that AWS adds by itself is taken away, as the provider does."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    group_id = ec2.create_security_group(
        GroupName=inputs.required("name"),
        Description=inputs.required("description"),
        VpcId=inputs.required("vpcId"),
        TagSpecifications=_tagged("security-group", tags),
    )["GroupId"]
    _take_rules_away(ec2, group_id)
    return Created(
        id=group_id,
        outputs={"arn": _arn(context, f"security-group/{group_id}"), "tagsAll": tags},
        delete=lambda: ec2.delete_security_group(GroupId=group_id),
    )


def security_group_egress_rule(context: Context, inputs: Inputs) -> Created:
    """aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    group_id, rule = inputs.required("securityGroupId"), _rule(inputs)
    ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[rule])
    return Created(
        id=f"{group_id}-{inputs.text('description')}",
        outputs={"tagsAll": tags},
        delete=lambda: ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=[rule]),
    )


def security_group_ingress_rule(context: Context, inputs: Inputs) -> Created:
    """aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    group_id, rule = inputs.required("securityGroupId"), _rule(inputs)
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[rule])
    return Created(
        id=f"{group_id}-{inputs.text('description')}",
        outputs={"tagsAll": tags},
        delete=lambda: ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=[rule]),
    )


def vpc_endpoint(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/vpcEndpoint:VpcEndpoint."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    service = inputs.required("serviceName")
    request = _endpoint(context, inputs)
    endpoint_id = ec2.create_vpc_endpoint(**request)["VpcEndpoint"]["VpcEndpointId"]
    outputs: dict[str, Any] = {"arn": _arn(context, f"vpc-endpoint/{endpoint_id}"), "tagsAll": tags}
    if request["VpcEndpointType"] == "Gateway":
        by_name: Any = [{"Name": "prefix-list-name", "Values": [service]}]
        outputs["prefixListId"] = ec2.describe_prefix_lists(Filters=by_name)["PrefixLists"][0]["PrefixListId"]

    def update(_context: Context, inputs: Inputs) -> Created:
        for unchanged in ("vpcId", "serviceName", "vpcEndpointType", "privateDnsEnabled"):
            inputs.text(unchanged)
        (now,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"]
        before = {
            "SubnetId": now.get("SubnetIds", []),
            "RouteTableId": now.get("RouteTableIds", []),
            "SecurityGroupId": [group["GroupId"] for group in now.get("Groups", [])],
        }
        request: Any = {"VpcEndpointId": endpoint_id, "PolicyDocument": inputs.required("policy")}
        for kind, old in before.items():
            new = inputs.strings(f"{kind[0].lower()}{kind[1:]}s")
            if added := sorted({*new} - {*old}):
                request[f"Add{kind}s"] = added
            if removed := sorted({*old} - {*new}):
                request[f"Remove{kind}s"] = removed
        ec2.modify_vpc_endpoint(**request)
        return created

    created = Created(
        id=endpoint_id,
        outputs=outputs,
        delete=lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id]),
        update=update,
    )
    return created


def _endpoint(context: Context, inputs: Inputs) -> dict[str, Any]:
    request: dict[str, Any] = {
        "VpcId": inputs.required("vpcId"),
        "ServiceName": inputs.required("serviceName"),
        "VpcEndpointType": inputs.text("vpcEndpointType") or "Gateway",
        "PolicyDocument": inputs.required("policy"),
        "TagSpecifications": _tagged("vpc-endpoint", context.tags(inputs)),
    }
    if tables := inputs.strings("routeTableIds"):
        request["RouteTableIds"] = tables
    if subnets := inputs.strings("subnetIds"):
        request["SubnetIds"] = subnets
    if groups := inputs.strings("securityGroupIds"):
        request["SecurityGroupIds"] = groups
    if inputs.flag("privateDnsEnabled"):
        request["PrivateDnsEnabled"] = True
    return request


def flow_log(context: Context, inputs: Inputs) -> Created:
    """aws:ec2/flowLog:FlowLog."""
    ec2, tags = context.clients.ec2, context.tags(inputs)
    (log_id,) = ec2.create_flow_logs(
        ResourceIds=[inputs.required("vpcId")],
        ResourceType="VPC",
        TrafficType=inputs.required("trafficType"),  # type: ignore[arg-type]  # a text, checked by the emulator
        LogDestinationType=inputs.required("logDestinationType"),  # type: ignore[arg-type]  # the same
        LogDestination=inputs.required("logDestination"),
        DeliverLogsPermissionArn=inputs.required("iamRoleArn"),
        MaxAggregationInterval=inputs.number("maxAggregationInterval") or 600,
        TagSpecifications=_tagged("vpc-flow-log", tags),
    )["FlowLogIds"]
    return Created(
        id=log_id,
        outputs={"arn": _arn(context, f"vpc-flow-log/{log_id}"), "tagsAll": tags},
        delete=lambda: ec2.delete_flow_logs(FlowLogIds=[log_id]),
    )


_LAST_RULE = 32767
"""Number of the rule that ends every ACL and cannot be taken away: whatever is left is denied."""

_PROTOCOLS = {"tcp": "6"}
"""Protocols that the program names, by the number that the API wants."""


def _rule(inputs: Inputs) -> Any:  # noqa: ANN401 - one permission, as the API spells it
    rule: dict[str, Any] = {
        "IpProtocol": inputs.required("ipProtocol"),
        "FromPort": inputs.number("fromPort"),
        "ToPort": inputs.number("toPort"),
    }
    description = inputs.required("description")
    if other := inputs.text("referencedSecurityGroupId"):
        rule["UserIdGroupPairs"] = [{"GroupId": other, "Description": description}]
    else:
        rule["PrefixListIds"] = [{"PrefixListId": inputs.required("prefixListId"), "Description": description}]
    return rule


def _take_rules_away(ec2: EC2Client, group_id: str) -> None:
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    if group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])


def _tagged(kind: str, tags: dict[str, str]) -> Any:  # noqa: ANN401 - the literal type of each call differs
    return [{"ResourceType": kind, "Tags": tag_list(tags)}] if tags else []


def _arn(context: Context, resource: str) -> str:
    return f"arn:aws:ec2:{context.clients.region}:{context.clients.account_id}:{resource}"


def _nothing() -> None:
    """Delete what AWS keeps as long as the VPC: nothing."""
