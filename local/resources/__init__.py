"""Pulumi resource types, each with the function that creates it in the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.inputs import NotImplementedLocally
from local.resources import apigateway, cloudwatch, dynamodb, ec2, iam, kms, lambda_, sns, sqs, ssm, wafv2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.resources.context import Adapter

ADAPTERS: Mapping[str, Adapter] = {
    "aws:apigateway/account:Account": apigateway.account,
    "aws:apigateway/basePathMapping:BasePathMapping": apigateway.base_path_mapping,
    "aws:apigateway/deployment:Deployment": apigateway.deployment,
    "aws:apigateway/domainName:DomainName": apigateway.domain_name,
    "aws:apigateway/integration:Integration": apigateway.integration,
    "aws:apigateway/method:Method": apigateway.method,
    "aws:apigateway/methodSettings:MethodSettings": apigateway.method_settings,
    "aws:apigateway/resource:Resource": apigateway.resource,
    "aws:apigateway/restApi:RestApi": apigateway.rest_api,
    "aws:apigateway/stage:Stage": apigateway.stage,
    "aws:cloudwatch/dashboard:Dashboard": cloudwatch.dashboard,
    "aws:cloudwatch/logGroup:LogGroup": cloudwatch.log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": cloudwatch.metric_alarm,
    "aws:dynamodb/table:Table": dynamodb.table,
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": ec2.default_network_acl,
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": ec2.default_security_group,
    "aws:ec2/flowLog:FlowLog": ec2.flow_log,
    "aws:ec2/networkAcl:NetworkAcl": ec2.network_acl,
    "aws:ec2/routeTable:RouteTable": ec2.route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": ec2.route_table_association,
    "aws:ec2/securityGroup:SecurityGroup": ec2.security_group,
    "aws:ec2/subnet:Subnet": ec2.subnet,
    "aws:ec2/vpc:Vpc": ec2.vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": ec2.vpc_endpoint,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.role_policy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.role_policy_attachment,
    "aws:kms/alias:Alias": kms.alias,
    "aws:kms/key:Key": kms.key,
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda_.event_source_mapping,
    "aws:lambda/function:Function": lambda_.function,
    "aws:lambda/functionUrl:FunctionUrl": lambda_.function_url,
    "aws:lambda/permission:Permission": lambda_.permission,
    "aws:sns/topic:Topic": sns.topic,
    "aws:sns/topicPolicy:TopicPolicy": sns.topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": sns.topic_subscription,
    "aws:sqs/queue:Queue": sqs.queue,
    "aws:sqs/queuePolicy:QueuePolicy": sqs.queue_policy,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": sqs.redrive_allow_policy,
    "aws:ssm/parameter:Parameter": ssm.parameter,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2.security_group_egress_rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2.security_group_ingress_rule,
    "aws:wafv2/ipSet:IpSet": wafv2.ip_set,
    "aws:wafv2/webAcl:WebAcl": wafv2.web_acl,
    "aws:wafv2/webAclAssociation:WebAclAssociation": wafv2.web_acl_association,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": wafv2.web_acl_logging_configuration,
}


def adapter_of(type_: str) -> Adapter:
    """Look up what creates a resource.

    Raises:
        NotImplementedLocally: Nothing does.
    """
    try:
        return ADAPTERS[type_]
    except KeyError:
        raise NotImplementedLocally(
            f"{type_}: this resource type is not implemented by the local runner (local/resources/)"
        ) from None
