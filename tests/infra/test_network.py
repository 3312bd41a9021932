"""The isolated network: no way in, and out only to what the function calls."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from policy.rules.network import TO_THE_OUTSIDE
from tests.infra.program import ACCOUNT, PREFIX_LIST, REGION, Deployment, deploy, problems_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/webhook-processor-dev"


def test_nothing_leads_out_of_the_network(deployment: Deployment) -> None:
    """There is no gateway, no address of its own and no route but the VPC's local one."""
    assert [each.urn for each in deployment.of_aws if each.type in TO_THE_OUTSIDE] == []
    assert deployment.one("aws:ec2/routeTable:RouteTable").inputs == {
        "vpcId": "network-id",
        "tags": {"Name": "webhook-processor-dev"},
    }
    assert deployment.one("aws:ec2/vpc:Vpc").inputs == {
        "cidrBlock": "10.64.0.0/24",
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"Name": "webhook-processor-dev"},
    }


def test_each_zone_has_a_subnet_without_public_addresses(deployment: Deployment) -> None:
    """Two zones by default; each subnet uses the table without routes."""
    assert [each.inputs for each in deployment.all("aws:ec2/subnet:Subnet")] == [
        {
            "vpcId": "network-id",
            "cidrBlock": block,
            "availabilityZone": zone,
            "mapPublicIpOnLaunch": False,
            "tags": {"Name": f"webhook-processor-dev-{zone}"},
        }
        for zone, block in ((f"{REGION}a", "10.64.0.0/26"), (f"{REGION}b", "10.64.0.64/26"))
    ]
    assert [each.inputs for each in deployment.all("aws:ec2/routeTableAssociation:RouteTableAssociation")] == [
        {"subnetId": f"network-{position}-id", "routeTableId": "network-id"} for position in (0, 1)
    ]


def test_the_function_reaches_the_endpoints_by_https_and_nothing_else(deployment: Deployment) -> None:
    """No rule names an address: out go the function to the endpoints and to DynamoDB, in comes the function to them."""
    https = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    rules = [
        *deployment.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        *deployment.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
    ]
    assert [{key: value for key, value in each.inputs.items() if key != "description"} for each in rules] == [
        {"securityGroupId": "network-function-id", "prefixListId": PREFIX_LIST, **https},
        {"securityGroupId": "network-function-id", "referencedSecurityGroupId": "network-endpoints-id", **https},
        {"securityGroupId": "network-endpoints-id", "referencedSecurityGroupId": "network-function-id", **https},
    ]
    assert all(each.inputs["description"] for each in rules)
    for group in deployment.all("aws:ec2/securityGroup:SecurityGroup"):
        assert set(group.inputs) == {"name", "description", "vpcId"}


def test_what_aws_opens_by_default_is_closed(deployment: Deployment) -> None:
    """The VPC's own security group and network ACL let nothing pass, whoever is put into them."""
    assert deployment.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").inputs == {
        "vpcId": "network-id",
        "ingress": [],
        "egress": [],
    }
    acl = deployment.one("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    assert acl.inputs == {"defaultNetworkAclId": "acl-default", "ingress": [], "egress": []}


def test_the_network_acl_lets_https_and_its_answers_pass(deployment: Deployment) -> None:
    """Four rules, each with its ports; what comes from anywhere are answers to high ports only."""

    def allow(number: int, block: str, first: int, last: int) -> dict[str, Any]:
        ports = {"fromPort": first, "toPort": last}
        return {"ruleNo": number, "action": "allow", "protocol": "tcp", "cidrBlock": block, **ports}

    acl = deployment.one("aws:ec2/networkAcl:NetworkAcl").inputs
    assert acl["ingress"] == [allow(100, "10.64.0.0/24", 443, 443), allow(110, "0.0.0.0/0", 1024, 65535)]
    assert acl["egress"] == [allow(100, "0.0.0.0/0", 443, 443), allow(110, "10.64.0.0/24", 1024, 65535)]
    assert acl["subnetIds"] == ["network-0-id", "network-1-id"]


def test_each_service_that_the_code_calls_has_an_endpoint_for_just_these_calls(deployment: Deployment) -> None:
    """An endpoint takes the function's role of this account, for the actions and resources of the role's policy."""
    from_us = {"ArnEquals": {"aws:PrincipalArn": [ROLE]}, "StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}
    opened = {
        each.inputs["serviceName"]: [
            (statement["Effect"], statement["Principal"], statement["Action"], statement["Resource"])
            for statement in each.policy()["Statement"]
            if statement["Condition"] == from_us
        ]
        for each in deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint")
    }
    here = f"{REGION}:{ACCOUNT}"
    secrets = [
        f"arn:aws:ssm:{here}:parameter/webhook-processor/dev/sources/{source}/signing-secrets"
        for source in ("adyen", "square", "standard", "stripe")
    ]
    table = f"arn:aws:dynamodb:{here}:table/payment-transactions-dev"
    assert opened == {
        f"com.amazonaws.{REGION}.{service}": [("Allow", "*", actions, resources)]
        for service, actions, resources in (
            ("dynamodb", ["dynamodb:PartiQLInsert", "dynamodb:PutItem", "dynamodb:UpdateItem"], [table]),
            ("sns", ["sns:Publish"], [f"arn:aws:sns:{here}:payment-events-dev"]),
            ("sqs", ["sqs:SendMessage", "sqs:ChangeMessageVisibility"], [f"arn:aws:sqs:{here}:webhook-queue-dev"]),
            ("ssm", ["ssm:GetParameter"], secrets),
        )
    }


def test_dynamodb_is_reached_by_the_free_gateway_and_the_rest_by_interfaces(deployment: Deployment) -> None:
    """Interfaces stand in every zone, behind their security group, under the services' ordinary names."""
    placed = {
        each.inputs["serviceName"].rpartition(".")[2]: {
            key: each.inputs.get(key)
            for key in ("vpcEndpointType", "routeTableIds", "subnetIds", "securityGroupIds", "privateDnsEnabled")
        }
        for each in deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint")
    }
    interface = {
        "vpcEndpointType": "Interface",
        "routeTableIds": None,
        "subnetIds": ["network-0-id", "network-1-id"],
        "securityGroupIds": ["network-endpoints-id"],
        "privateDnsEnabled": True,
    }
    assert placed == {
        "dynamodb": {
            "vpcEndpointType": "Gateway",
            "routeTableIds": ["network-id"],
            "subnetIds": None,
            "securityGroupIds": None,
            "privateDnsEnabled": None,
        },
        "sns": interface,
        "sqs": interface,
        "ssm": interface,
    }


def test_the_function_waits_for_the_network(deployment: Deployment) -> None:
    """A function that runs before its endpoints exist would answer every webhook with 503."""
    function = deployment.one("aws:lambda/function:Function")
    rules = deployment.all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    needed = [*deployment.all("aws:ec2/vpcEndpoint:VpcEndpoint"), *rules]
    assert {each.urn for each in needed} <= set(function.dependencies)


def test_all_traffic_is_logged_encrypted_and_kept(deployment: Deployment) -> None:
    """Who talked to whom is kept as long as the other logs, under the same key."""
    group = deployment.one("aws:cloudwatch/logGroup:LogGroup", "network-flow-logs")
    own = deployment.one("aws:cloudwatch/logGroup:LogGroup", "processor")
    assert group.inputs == {**own.inputs, "name": "/aws/vpc/webhook-processor-dev"}
    assert deployment.one("aws:ec2/flowLog:FlowLog").inputs == {
        "vpcId": "network-id",
        "trafficType": "ALL",
        "logDestinationType": "cloud-watch-logs",
        "logDestination": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vpc/webhook-processor-dev",
        "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/webhook-flow-logs-dev",
        "maxAggregationInterval": 600,
    }


def test_a_setting_turns_the_network_off() -> None:
    """Without it the function is in no VPC, and nothing of one is left."""
    deployment = deploy({"network": "none"})
    assert [each.type for each in deployment.of_aws if each.type.startswith(("aws:ec2/", "aws:vpc/"))] == []
    function = deployment.one("aws:lambda/function:Function").inputs
    assert {"vpcConfig", "replaceSecurityGroupsOnDestroy", "replacementSecurityGroupIds"} & set(function) == set()


@pytest.mark.parametrize("zones", [1, 3])
def test_the_number_of_zones_is_a_setting(zones: int) -> None:
    """One zone halves the endpoints' bill where an outage of a zone does not matter."""
    deployment = deploy({"availabilityZones": zones})
    assert len(deployment.all("aws:ec2/subnet:Subnet")) == zones
    assert len(deployment.one("aws:lambda/function:Function").inputs["vpcConfig"]["subnetIds"]) == zones


def test_more_zones_than_the_region_has_are_refused() -> None:
    """The region in these tests has three."""
    run = partial(deploy, {"availabilityZones": 4})
    assert problems_of(run) == ("availabilityZones must be at most 3 in this region; got 4",)
