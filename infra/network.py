"""The isolated network that the function runs in: no way in, and out only to the services that it calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pulumi
import pulumi_aws as aws

from infra.addresses import subnet_blocks, zone_parts
from infra.endpoints import Endpoints, EndpointsArgs
from infra.flow_logs import FlowLogs, FlowLogsArgs
from infra.policy import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.names import Names

HTTPS = 443
EPHEMERAL_PORTS = (1024, 65535)
"""Ports that Lambda's connections come from, so that answers go to.
https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports"""

ZONES_WITHOUT_LAMBDA = ("use1-az3",)
"""Zone ids that are never chosen: Lambda refuses subnets there. One more can be left out by `excludedZoneIds`."""

INTERFACE_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda does as the function's role to place the function in the network.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions"""

_Rule = TypeVar("_Rule", aws.ec2.NetworkAclIngressArgs, aws.ec2.NetworkAclEgressArgs)

_EVERYWHERE = "0.0.0.0/0"

_DELETE_TIMEOUT = "45m"
"""Lambda gives its network interfaces back some 20 minutes after the function is gone, at times more."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """Arguments of `Network`."""

    names: Names
    """Names and ARNs of this environment."""

    block: str
    """The network's addresses, an IPv4 block that `network_block` accepted."""

    zones: Sequence[str]
    """Availability zones, each of which gets a subnet."""

    grants_to_code: Sequence[Statement]
    """What the function's code may call."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts flow logs."""

    log_retention_days: int
    """How long flow logs are kept."""


class Network(pulumi.ComponentResource):
    """A VPC of isolated subnets: no internet gateway, no NAT, no route but the local one and the gateway endpoint's."""

    vpc_id: pulumi.Output[str]
    """The VPC."""

    subnet_ids: Sequence[pulumi.Output[str]]
    """A subnet in each zone."""

    security_group_id: pulumi.Output[str]
    """What guards the function: nothing comes in, HTTPS goes out to the endpoints."""

    closed_security_group_id: pulumi.Output[str]
    """The VPC's default group, without any rule: takes the function's place in `security_group_id` at its end."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Network", name, None, opts)
        self._region = args.names.region
        child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": args.names.processor},
            opts=child,
        )
        closed = aws.ec2.DefaultSecurityGroup(name, vpc_id=vpc.id, ingress=[], egress=[], opts=child)
        aws.ec2.DefaultNetworkAcl(
            name,
            default_network_acl_id=vpc.default_network_acl_id,
            ingress=[],
            egress=[],
            # AWS adds subnets to it by itself while others come and go.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["subnetIds"]),
        )
        FlowLogs(
            f"{name}-flow-logs",
            FlowLogsArgs(names=args.names, vpc_id=vpc.id, key_arn=args.key_arn, retention_days=args.log_retention_days),
            child,
        )
        routes = aws.ec2.RouteTable(name, vpc_id=vpc.id, tags={"Name": args.names.processor}, opts=child)
        blocks = subnet_blocks(args.block)
        parts = zone_parts(args.zones)
        subnets = [
            aws.ec2.Subnet(
                f"{name}-{part}",
                vpc_id=vpc.id,
                cidr_block=blocks[part],
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{args.names.processor}-{zone}"},
                opts=pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(delete=_DELETE_TIMEOUT)),
            )
            for zone, part in parts.items()
        ]
        for part, subnet in zip(parts.values(), subnets, strict=True):
            aws.ec2.RouteTableAssociation(f"{name}-{part}", subnet_id=subnet.id, route_table_id=routes.id, opts=child)
        self._network_acl(name, vpc, subnets, args)
        function = self._security_group(name, "function", "The function: out to the endpoints", vpc, args)
        interfaces = self._security_group(name, "endpoints", "Endpoints: in from the function", vpc, args)
        endpoints = Endpoints(
            f"{name}-endpoints",
            EndpointsArgs(
                names=args.names,
                vpc_id=vpc.id,
                subnet_ids=[subnet.id for subnet in subnets],
                route_table_id=routes.id,
                security_group_id=interfaces.id,
                grants_to_code=args.grants_to_code,
            ),
            child,
        )
        self._rules(name, function, interfaces, endpoints)
        self.vpc_id = vpc.id
        self.subnet_ids = [subnet.id for subnet in subnets]
        self.security_group_id = function.id
        self.closed_security_group_id = closed.id
        self.register_outputs({"vpc_id": self.vpc_id, "subnet_ids": self.subnet_ids})

    def grants_to_lambda(self) -> Sequence[Statement]:
        """Return what Lambda needs to place the function in the network."""
        return [
            Statement(
                sid="PlaceInNetwork",
                actions=INTERFACE_ACTIONS,
                # The interfaces do not exist yet, and Describe knows no resources.
                resources=["*"],
                conditions={"StringEquals": {"aws:RequestedRegion": [self._region]}},
            )
        ]

    def denied_to_code(self) -> Sequence[Statement]:
        """Return what the code must not do with the rights that the role has for Lambda's sake."""
        return [
            Statement(sid="NoInterfacesFromCode", effect="Deny", actions=INTERFACE_ACTIONS, resources=["*"]),
        ]

    def _security_group(
        self, name: str, role: str, description: str, vpc: aws.ec2.Vpc, args: NetworkArgs
    ) -> aws.ec2.SecurityGroup:
        # Its name is unique within its VPC, so a new VPC's group may bear it beside the old one. Left to itself, the
        # provider deletes the old one first because of the name, which AWS refuses while the function is in it. The
        # provider takes away the rule by which AWS opens every new group to the outside.
        return aws.ec2.SecurityGroup(
            f"{name}-{role}",
            name=f"{args.names.processor}-{role}",
            description=description,
            vpc_id=vpc.id,
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=False,
                custom_timeouts=pulumi.CustomTimeouts(delete=_DELETE_TIMEOUT),
            ),
        )

    def _rules(
        self,
        name: str,
        function: aws.ec2.SecurityGroup,
        interfaces: aws.ec2.SecurityGroup,
        endpoints: Endpoints,
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-function-to-endpoints",
            description="HTTPS to the interface endpoints",
            security_group_id=function.id,
            referenced_security_group_id=interfaces.id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            opts=child,
        )
        for service, prefix_list_id in endpoints.prefix_list_ids.items():
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-function-to-{service}",
                description=f"HTTPS to {service} through its gateway endpoint",
                security_group_id=function.id,
                prefix_list_id=prefix_list_id,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                opts=child,
            )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints-from-function",
            description="HTTPS from the function",
            security_group_id=interfaces.id,
            referenced_security_group_id=function.id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            opts=child,
        )

    def _network_acl(self, name: str, vpc: aws.ec2.Vpc, subnets: Sequence[aws.ec2.Subnet], args: NetworkArgs) -> None:
        """Let HTTPS and its answers pass: stateless, so answers are a rule of their own.

        Those of the gateway endpoint come from public addresses, and a network ACL takes no prefix list. No route leads
        there but the endpoint's, and the security groups, which know what was asked, let nothing else in.
        """
        https = (HTTPS, HTTPS)
        ingress = aws.ec2.NetworkAclIngressArgs
        egress = aws.ec2.NetworkAclEgressArgs
        aws.ec2.NetworkAcl(
            name,
            vpc_id=vpc.id,
            subnet_ids=[subnet.id for subnet in subnets],
            ingress=[
                _allow(ingress, 100, args.block, https),
                _allow(ingress, 110, _EVERYWHERE, EPHEMERAL_PORTS),
            ],
            egress=[
                _allow(egress, 100, _EVERYWHERE, https),
                _allow(egress, 110, args.block, EPHEMERAL_PORTS),
            ],
            tags={"Name": args.names.processor},
            opts=pulumi.ResourceOptions(parent=self),
        )


def _allow(kind: type[_Rule], number: int, block: str, ports: tuple[int, int]) -> _Rule:
    first, last = ports
    return kind(rule_no=number, action="allow", protocol="tcp", cidr_block=block, from_port=first, to_port=last)
