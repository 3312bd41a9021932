"""The network: what leads in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy.resources import Resource, Violation, broken_by, is_for_everyone, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEFAULT_ACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"

TO_THE_OUTSIDE = (
    "aws:ec2/carrierGateway:CarrierGateway",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "aws:ec2/eip:Eip",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/route:Route",
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    "aws:ec2/vpnGateway:VpnGateway",
)
"""Types by which a network could reach another one."""

ADMINISTRATION_PORTS = (22, 3389)
_EVERYWHERE = ("0.0.0.0/0", "::/0")


def vpc_without_way_out(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Nothing leads out of the network. PCI 1.3.2, 1.4.2; prowler's vpc_subnet_separate_private_public wants both."""
    return (broken_by(each, "leads out of the network") for each in of_type(resources, *TO_THE_OUTSIDE))


def vpc_flow_logs_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """All traffic is logged. Prowler: the same; Security Hub: EC2.6; checkov: CKV2_AWS_11."""
    logged = [each for each in of_type(resources, FLOW_LOG) if each.properties["trafficType"] == "ALL"]
    return unless(of_type(resources, VPC), lambda _: logged, "its traffic is not logged")


def vpc_subnet_no_public_ip_by_default(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Nothing in a subnet gets a public address. Prowler: the same; Security Hub: EC2.15; checkov: CKV_AWS_130."""
    subnets = of_type(resources, SUBNET)
    return unless(subnets, lambda each: not each.properties.get("mapPublicIpOnLaunch"), "gives public addresses")


def vpc_endpoint_connections_trust_boundaries(resources: Sequence[Resource]) -> Iterator[Violation]:
    """An endpoint takes known principals only. Prowler: the same."""
    return unless(
        of_type(resources, ENDPOINT),
        lambda each: each.policy() and not any(map(is_for_everyone, each.policy())),
        "takes anyone's credentials",
    )


def vpc_endpoint_limited_to_resources(resources: Sequence[Resource]) -> Iterator[Violation]:
    """An endpoint leads to this stack's resources only. PCI 7.2.5; no public check."""
    return unless(
        of_type(resources, ENDPOINT),
        lambda each: not any("*" in str(s["Resource"]) or "*" in str(s["Action"]) for s in each.policy()),
        "leads to anyone's resources",
    )


def ec2_securitygroup_default_restrict_traffic(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A VPC's own security group is closed. Prowler: the same; Security Hub: EC2.2; checkov: CKV2_AWS_12."""
    closed = [each for each in of_type(resources, DEFAULT_GROUP) if _is_closed(each)]
    return unless(of_type(resources, VPC), lambda _: closed, "its default security group is open")


def ec2_networkacl_default_restrict_traffic(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A VPC's own network ACL is closed. Prowler: ec2_networkacl_allow_ingress_any_port; Security Hub: EC2.21."""
    closed = [each for each in of_type(resources, DEFAULT_ACL) if _is_closed(each)]
    return unless(of_type(resources, VPC), lambda _: closed, "its default network ACL is open")


def ec2_networkacl_allow_ingress_any_port(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No network ACL lets everything in. Prowler: the same."""
    return unless(
        of_type(resources, NETWORK_ACL),
        lambda each: (
            not any(rule["protocol"] in ("-1", "all") or rule["fromPort"] == 0 for rule in _from_anywhere(each))
        ),
        "lets every port in from anywhere",
    )


def ec2_networkacl_allow_ingress_tcp_port_3389(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No network ACL lets administration in. Prowler: the same, and ..._port_22; Security Hub: EC2.21."""
    return unless(
        of_type(resources, NETWORK_ACL),
        lambda each: (
            not any(
                rule["fromPort"] <= port <= rule["toPort"]
                for rule in _from_anywhere(each)
                for port in ADMINISTRATION_PORTS
            )
        ),
        "lets port 22 or 3389 in from anywhere",
    )


def ec2_securitygroup_allow_ingress_from_internet_to_any_port(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No security group lets the internet in. Prowler: the same."""
    return unless(of_type(resources, INGRESS_RULE), _names_no_address, "lets an address in")


def ec2_securitygroup_egress_restricted(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No security group lets anything out to addresses. Checkov: CKV_AWS_382; cfn-nag: W5, W29."""
    return unless(of_type(resources, EGRESS_RULE), _names_no_address, "lets traffic out to an address")


def ec2_securitygroup_only_standalone_rules(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A group's rules are resources of their own, each looked at here. AWS Guard: no-rule-management-conflicts."""
    return unless(
        of_type(resources, GROUP),
        lambda each: not each.properties.get("ingress") and not each.properties.get("egress"),
        "has rules within itself",
    )


def ec2_securitygroup_described(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Groups and rules say what they are for. Checkov: CKV_AWS_23; cfn-nag: W36."""
    described = of_type(resources, GROUP, INGRESS_RULE, EGRESS_RULE)
    return unless(described, lambda each: each.properties.get("description"), "no description")


def _is_closed(resource: Resource) -> bool:
    return not resource.properties.get("ingress") and not resource.properties.get("egress")


def _names_no_address(rule: Resource) -> bool:
    return not rule.properties.get("cidrIpv4") and not rule.properties.get("cidrIpv6")


def _from_anywhere(acl: Resource) -> list[dict[str, Any]]:
    return [
        rule
        for rule in acl.properties.get("ingress") or []
        if rule["action"] == "allow" and (rule.get("cidrBlock") or rule.get("ipv6CidrBlock")) in _EVERYWHERE
    ]


RULES = (
    vpc_without_way_out,
    vpc_flow_logs_enabled,
    vpc_subnet_no_public_ip_by_default,
    vpc_endpoint_connections_trust_boundaries,
    vpc_endpoint_limited_to_resources,
    ec2_securitygroup_default_restrict_traffic,
    ec2_networkacl_default_restrict_traffic,
    ec2_networkacl_allow_ingress_any_port,
    ec2_networkacl_allow_ingress_tcp_port_3389,
    ec2_securitygroup_allow_ingress_from_internet_to_any_port,
    ec2_securitygroup_egress_restricted,
    ec2_securitygroup_only_standalone_rules,
    ec2_securitygroup_described,
)
