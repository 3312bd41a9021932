"""What exists in the emulator: taken before a deployment and after its end, the difference is what was left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws import Clients

PENDING_DELETION = "kms key pending deletion"
"""Kind of a key that AWS keeps for its deletion window."""


def inventory(clients: Clients) -> frozenset[str]:
    """List every resource of the services that the program uses, as `kind: name`."""
    return frozenset(
        [
            *_keys(clients),
            *(f"{kind}: {name}" for kind, names in _LISTS.items() for name in names(clients)),
        ]
    )


def _keys(clients: Clients) -> Iterator[str]:
    for key in clients.kms.list_keys()["Keys"]:
        state = clients.kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
        yield f"{PENDING_DELETION if state == 'PendingDeletion' else 'kms key'}: {key['KeyId']}"


_LISTS: dict[str, Callable[[Clients], list[str]]] = {
    "kms alias": lambda aws: [each["AliasName"] for each in aws.kms.list_aliases()["Aliases"]],
    "table": lambda aws: aws.dynamodb.list_tables()["TableNames"],
    "topic": lambda aws: [each["TopicArn"] for each in aws.sns.list_topics()["Topics"]],
    "subscription": lambda aws: [each["SubscriptionArn"] for each in aws.sns.list_subscriptions()["Subscriptions"]],
    "queue": lambda aws: aws.sqs.list_queues().get("QueueUrls", []),
    "parameter": lambda aws: [each["Name"] for each in aws.ssm.describe_parameters()["Parameters"]],
    "role": lambda aws: [each["RoleName"] for each in aws.iam.list_roles()["Roles"]],
    "policy": lambda aws: [each["Arn"] for each in aws.iam.list_policies(Scope="Local")["Policies"]],
    "log group": lambda aws: [each["logGroupName"] for each in aws.logs.describe_log_groups()["logGroups"]],
    "function": lambda aws: [each["FunctionName"] for each in aws.functions.list_functions()["Functions"]],
    "event source mapping": lambda aws: [
        each["UUID"] for each in aws.functions.list_event_source_mappings()["EventSourceMappings"]
    ],
    "alarm": lambda aws: [each["AlarmName"] for each in aws.cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]],
    "rest api": lambda aws: [each["id"] for each in aws.apigateway.get_rest_apis()["items"]],
    "domain name": lambda aws: [each["domainName"] for each in aws.apigateway.get_domain_names()["items"]],
    "web acl": lambda aws: [each["Name"] for each in aws.wafv2.list_web_acls(Scope="REGIONAL")["WebACLs"]],
    "ip set": lambda aws: [each["Name"] for each in aws.wafv2.list_ip_sets(Scope="REGIONAL")["IPSets"]],
    "vpc": lambda aws: [each["VpcId"] for each in aws.ec2.describe_vpcs()["Vpcs"]],
    "subnet": lambda aws: [each["SubnetId"] for each in aws.ec2.describe_subnets()["Subnets"]],
    "route table": lambda aws: [each["RouteTableId"] for each in aws.ec2.describe_route_tables()["RouteTables"]],
    "network acl": lambda aws: [each["NetworkAclId"] for each in aws.ec2.describe_network_acls()["NetworkAcls"]],
    "security group": lambda aws: [each["GroupId"] for each in aws.ec2.describe_security_groups()["SecurityGroups"]],
    "endpoint": lambda aws: [each["VpcEndpointId"] for each in aws.ec2.describe_vpc_endpoints()["VpcEndpoints"]],
    "flow log": lambda aws: [each["FlowLogId"] for each in aws.ec2.describe_flow_logs()["FlowLogs"]],
    "dashboard": lambda aws: [each["DashboardName"] for each in aws.cloudwatch.list_dashboards()["DashboardEntries"]],
}
"""How to list each kind; parameters' histories, permissions and policies go with what they belong to."""
