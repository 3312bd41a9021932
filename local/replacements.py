"""Which changed property makes AWS's Pulumi provider replace a resource instead of updating it.

Written after the schemas of terraform-provider-aws 6 (`ForceNew`, `RequiresReplace`), which pulumi-aws 7 hands on, for
the types and properties that the program uses, and not generated from them: a preview on AWS has the last word.
https://github.com/hashicorp/terraform-provider-aws/tree/main/internal/service
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMED = frozenset({"name"})
_METHOD = frozenset({"restApi", "resourceId", "httpMethod"})

REPLACES: Mapping[str, frozenset[str]] = {
    "aws:apigateway/account:Account": frozenset(),
    "aws:apigateway/basePathMapping:BasePathMapping": frozenset({"domainName"}),
    "aws:apigateway/deployment:Deployment": frozenset({"restApi", "triggers"}),
    "aws:apigateway/domainName:DomainName": frozenset({"domainName"}),
    "aws:apigateway/integration:Integration": _METHOD | {"type", "integrationHttpMethod"},
    "aws:apigateway/method:Method": _METHOD,
    "aws:apigateway/methodSettings:MethodSettings": frozenset({"restApi", "stageName", "methodPath"}),
    "aws:apigateway/resource:Resource": frozenset({"restApi"}),
    "aws:apigateway/restApi:RestApi": frozenset(),
    "aws:apigateway/stage:Stage": frozenset({"restApi", "stageName"}),
    "aws:cloudwatch/dashboard:Dashboard": frozenset({"dashboardName"}),
    "aws:cloudwatch/logGroup:LogGroup": _NAMED,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _NAMED,
    "aws:dynamodb/table:Table": _NAMED | {"hashKey", "rangeKey"},
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": frozenset({"defaultNetworkAclId"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"vpcId"}),
    "aws:ec2/flowLog:FlowLog": frozenset(
        {"vpcId", "trafficType", "logDestinationType", "logDestination", "iamRoleArn", "maxAggregationInterval"}
    ),
    "aws:ec2/networkAcl:NetworkAcl": frozenset({"vpcId"}),
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"subnetId"}),
    "aws:ec2/securityGroup:SecurityGroup": _NAMED | {"description", "vpcId"},
    "aws:ec2/subnet:Subnet": frozenset({"vpcId", "cidrBlock", "availabilityZone"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock"}),
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
    "aws:iam/role:Role": _NAMED | {"path"},
    "aws:iam/rolePolicy:RolePolicy": _NAMED | {"role"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": frozenset({"role", "policyArn"}),
    "aws:kms/alias:Alias": _NAMED,
    "aws:kms/key:Key": frozenset({"multiRegion"}),
    "aws:lambda/eventSourceMapping:EventSourceMapping": frozenset({"eventSourceArn"}),
    "aws:lambda/function:Function": _NAMED,
    "aws:lambda/functionUrl:FunctionUrl": frozenset({"functionName"}),
    "aws:lambda/permission:Permission": frozenset(
        {"action", "function", "principal", "sourceAccount", "sourceArn", "statementId"}
    ),
    "aws:sns/topic:Topic": _NAMED,
    "aws:sns/topicPolicy:TopicPolicy": frozenset({"arn"}),
    "aws:sns/topicSubscription:TopicSubscription": frozenset({"topic", "protocol", "endpoint"}),
    "aws:sqs/queue:Queue": _NAMED,
    "aws:sqs/queuePolicy:QueuePolicy": frozenset({"queueUrl"}),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": frozenset({"queueUrl"}),
    "aws:ssm/parameter:Parameter": _NAMED,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
    "aws:wafv2/ipSet:IpSet": _NAMED | {"scope", "ipAddressVersion"},
    "aws:wafv2/webAcl:WebAcl": _NAMED | {"scope"},
    "aws:wafv2/webAclAssociation:WebAclAssociation": frozenset({"resourceArn", "webAclArn"}),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": frozenset({"resourceArn"}),
}
"""By Pulumi type: its properties whose change replaces the resource; every other one is changed in place."""

_NAMES = frozenset({"name", "statementId"})
"""Properties for which Pulumi would make up a name that is free, if the program left it out."""


def name_is_taken(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether a replacement would have the name of what it replaces, which must then be deleted first.

    As pulumi-terraform-bridge decides (`nameRequiresDeleteBeforeReplace`).
    """
    return any(name in now and before.get(name) == now[name] for name in _NAMES)
