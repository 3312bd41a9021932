"""The policy pack's rules: the real program keeps them, and each is broken by one change."""

from __future__ import annotations

import copy
import json
from itertools import product
from typing import Any

import pytest

from policy.exceptions import ACCEPTED, judge
from policy.resources import Resource
from policy.rules import RULES
from tests.infra.program import ACCOUNT, REGION, deploy
from tests.infra.test_pulumi_yaml import example_config

DOMAIN = {
    "customDomain": "hooks.example.com",
    "certificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-4000-8000-000000000000",
}
URL: dict[str, Any] = {"reservedConcurrency": 100}
API: dict[str, Any] = {**URL, "ingress": "rest-api", **DOMAIN, "allowedAddresses": ["203.0.113.0/24"]}
FOR_EVERYONE = {"Sid": "X", "Effect": "Allow", "Principal": "*", "Action": ["x:Y"], "Resource": ["*"]}
MATRIX = [
    (ingress, network, environment)
    for ingress, network, environment in product(
        ("function-url", "rest-api"), ("isolated", "none"), ("dev", "staging", "prod")
    )
]


def resources_of(config: dict[str, Any], stack: str = "dev") -> list[Resource]:
    """Return what the real program declares under a configuration."""
    return [
        Resource(type=each.type, name=each.name, properties=copy.deepcopy(each.inputs))
        for each in deploy(config, stack=stack).of_aws
    ]


def of_environment(ingress: str, network: str, environment: str) -> list[Resource]:
    """Return what the example stack of an environment declares with another ingress and network."""
    return resources_of({**example_config(environment), "ingress": ingress, "network": network}, environment)


@pytest.mark.parametrize(("ingress", "network", "environment"), MATRIX)
def test_the_program_keeps_every_rule_but_the_accepted(ingress: str, network: str, environment: str) -> None:
    """In every ingress, network and environment, what is broken is an exception with its reason."""
    broken, _ = judge(RULES, of_environment(ingress, network, environment))
    assert broken == {}


def test_every_exception_still_applies() -> None:
    """An exception that nothing needs is a hole: it must go."""
    needed = {
        (rule, violation.resource[1])
        for combination in MATRIX
        for rule, violations in judge(RULES, of_environment(*combination))[1].items()
        for violation in violations
    }
    assert {each.rule for each in ACCEPTED} == {rule for rule, _ in needed}


@pytest.mark.parametrize("accepted", [each for each in ACCEPTED if each.removed_by], ids=lambda each: each.rule)
def test_the_setting_that_is_said_to_end_an_exception_ends_it(accepted: Any) -> None:  # noqa: ANN401 - an `Accepted`
    """Whoever cannot accept an exception is told what to set, and that works."""
    rest = "rest-api" if accepted.rule == "iam_role_no_aws_managed_policy" else "function-url"
    removed = {"ingress": rest, "reservedConcurrency": 0, **accepted.removed_by}
    _, excepted = judge(RULES, resources_of({**removed, "processingConcurrency": 2}))
    assert accepted.rule not in excepted


def test_an_exception_is_for_its_resources_only() -> None:
    """Another resource that breaks the same rule is no exception."""
    resources = resources_of(URL)
    table = next(each for each in resources if each.type == "aws:dynamodb/table:Table")
    other = Resource(type=table.type, name="another", properties=table.properties)
    broken, _ = judge(RULES, [*resources, other])
    assert {rule: [each.resource[1] for each in broken[rule]] for rule in broken} == {
        "dynamodb_table_deletion_protection_enabled": ["another"]
    }


def change(type_: str, path: str, value: object) -> Any:  # noqa: ANN401 - what changes a list of resources
    """Set one property of the first resource of a type; None takes it away."""

    def apply(resources: list[Resource]) -> None:
        target: Any = next(each for each in resources if each.type == type_).properties
        *parents, last = path.split(".")
        for parent in parents:
            target = target[int(parent)] if parent.isdigit() else target[parent]
        if value is None:
            del target[last]
        else:
            target[int(last) if last.isdigit() else last] = value

    return apply


def statement(type_: str, key: str = "policy", *, sid: str | None = None, **fields: object) -> Any:  # noqa: ANN401 - what changes a list of resources
    """Change fields of a statement of the first policy of a type, or add a statement; None takes a field away."""

    def apply(resources: list[Resource]) -> None:
        properties: Any = next(
            each.properties
            for each in resources
            if each.type == type_ and (sid is None or f'"{sid}"' in each.properties[key])
        )
        document = json.loads(properties[key])
        if sid is None:
            document["Statement"].append({**FOR_EVERYONE, **fields})
        for each in document["Statement"]:
            if each["Sid"] == sid:
                each.update(fields)
                for name in [name for name, value in fields.items() if value is None]:
                    del each[name]
        properties[key] = json.dumps(document)

    return apply


def add(type_: str, **properties: object) -> Any:  # noqa: ANN401 - what changes a list of resources
    """Add a resource."""
    return lambda resources: resources.append(Resource(type=type_, name="added", properties=properties))


def without(type_: str) -> Any:  # noqa: ANN401 - what changes a list of resources
    """Take away every resource of a type."""

    def apply(resources: list[Resource]) -> None:
        resources[:] = [each for each in resources if each.type != type_]

    return apply


FUNCTION = "aws:lambda/function:Function"
KEY = "aws:kms/key:Key"
TABLE = "aws:dynamodb/table:Table"
QUEUE = "aws:sqs/queue:Queue"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
TOPIC = "aws:sns/topic:Topic"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ACL = "aws:ec2/networkAcl:NetworkAcl"
METHOD_SETTINGS = "aws:apigateway/methodSettings:MethodSettings"
STAGE = "aws:apigateway/stage:Stage"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WAF_LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"

BREAKS: dict[str, tuple[dict[str, Any], Any]] = {
    "awslambda_function_inside_vpc": (URL, change(FUNCTION, "vpcConfig.subnetIds", [])),
    "awslambda_function_vpc_multi_az": (URL, change(FUNCTION, "vpcConfig.subnetIds", ["subnet-1"])),
    "awslambda_function_url_public": (API, add("aws:lambda/functionUrl:FunctionUrl", authorizationType="NONE")),
    "awslambda_function_not_publicly_accessible": (API, change("aws:lambda/permission:Permission", "principal", "*")),
    "awslambda_function_url_cors_policy": (
        URL,
        change("aws:lambda/functionUrl:FunctionUrl", "cors", {"allowOrigins": ["*"]}),
    ),
    "awslambda_permission_restricted_to_source": (
        API,
        change("aws:lambda/permission:Permission", "sourceAccount", None),
    ),
    "awslambda_function_env_vars_not_encrypted_with_cmk": (URL, change(FUNCTION, "kmsKeyArn", None)),
    "awslambda_function_no_secrets_in_variables": (
        URL,
        change(FUNCTION, "environment.variables.STRIPE", "whsec_0123456789"),
    ),
    "awslambda_function_using_supported_runtimes": (URL, change(FUNCTION, "runtime", "python3.9")),
    "awslambda_function_using_cross_account_layers": (URL, change(FUNCTION, "layers", ["arn:aws:lambda:x:1:layer:y"])),
    "awslambda_function_tracing_enabled": (URL, change(FUNCTION, "tracingConfig.mode", "PassThrough")),
    "awslambda_function_concurrency_limited": (URL, change(FUNCTION, "reservedConcurrentExecutions", None)),
    "awslambda_function_no_dead_letter_queue": (URL, add(FUNCTION)),
    "awslambda_function_code_signing": (URL, add(FUNCTION)),
    "dynamodb_tables_kms_cmk_encryption_enabled": (URL, change(TABLE, "serverSideEncryption.kmsKeyArn", None)),
    "dynamodb_tables_pitr_enabled": (URL, change(TABLE, "pointInTimeRecovery.enabled", False)),  # noqa: FBT003 - a value
    "dynamodb_table_autoscaling_enabled": (URL, change(TABLE, "billingMode", "PROVISIONED")),
    "dynamodb_table_deletion_protection_enabled": (
        {**URL, "protect": True},
        change(TABLE, "deletionProtectionEnabled", False),  # noqa: FBT003 - a value
    ),
    "kms_cmk_rotation_enabled": (URL, change(KEY, "enableKeyRotation", False)),  # noqa: FBT003 - a value
    "kms_key_not_publicly_accessible": (URL, statement(KEY)),
    "kms_key_policy_is_explicit": (URL, change(KEY, "bypassPolicyLockoutSafetyCheck", True)),  # noqa: FBT003 - a value
    "kms_services_limited_to_this_account": (URL, statement(KEY, sid="Alarms", Condition=None)),
    "kms_cmk_not_multi_region": (URL, change(KEY, "multiRegion", True)),  # noqa: FBT003 - a value
    "ssm_parameter_encrypted_with_cmk": (URL, change("aws:ssm/parameter:Parameter", "type", "String")),
    "sqs_queues_server_side_encryption_enabled": (URL, change(QUEUE, "kmsMasterKeyId", None)),
    "sqs_queues_not_publicly_accessible": (URL, statement(QUEUE_POLICY)),
    "sqs_queues_refuse_plain_http": (URL, statement(QUEUE_POLICY, sid="DenyWithoutTls", Condition={})),
    "sqs_queue_dead_letters": (URL, without("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")),
    "sns_topics_kms_encryption_at_rest_enabled": (URL, change(TOPIC, "kmsMasterKeyId", None)),
    "sns_topics_not_publicly_accessible": (URL, statement(TOPIC_POLICY)),
    "sns_topics_refuse_plain_http": (URL, statement(TOPIC_POLICY, sid="DenyWithoutTls", Effect="Allow")),
    "sns_subscription_not_using_http_endpoints": (
        {**URL, "alarmEmail": "pay@example.com"},
        change("aws:sns/topicSubscription:TopicSubscription", "protocol", "http"),
    ),
    "cloudwatch_log_group_kms_encryption_enabled": (URL, change(LOG_GROUP, "kmsKeyId", None)),
    "cloudwatch_log_group_retention_policy_specific_days_enabled": (
        {**URL, "logRetentionDays": 365},
        change(LOG_GROUP, "retentionInDays", 364),
    ),
    "cloudwatch_alarm_actions_enabled": (URL, change(ALARM, "actionsEnabled", False)),  # noqa: FBT003 - a value
    "cloudwatch_alarm_actions_alarm_state_configured": (URL, change(ALARM, "alarmActions", [])),
    "iam_role_cross_service_confused_deputy_prevention": (
        URL,
        statement(ROLE, "assumeRolePolicy", sid="LambdaOfThisAccount", Condition=None),
    ),
    "iam_inline_policy_no_wildcard_actions": (
        URL,
        statement(ROLE_POLICY, sid="RecordEvents", Action=["dynamodb:*"]),
    ),
    "iam_inline_policy_no_wildcard_resources": (URL, statement(ROLE_POLICY, sid="RecordEvents", Resource=["*"])),
    "iam_inline_policy_allows_privilege_escalation": (
        URL,
        statement(ROLE_POLICY, sid="WriteLogs", Action=["logs:PutLogEvents", "logs:DeleteLogGroup"]),
    ),
    "iam_inline_policy_no_full_access_to_kms": (
        URL,
        statement(ROLE_POLICY, sid="DecryptThroughServices", Condition=None),
    ),
    "iam_role_no_aws_managed_policy": (
        URL,
        add(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            policyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole",
        ),
    ),
    "iam_no_inline_policy_check": (URL, add(ROLE_POLICY, policy='{"Statement": []}')),
    "vpc_without_way_out": (URL, add("aws:ec2/internetGateway:InternetGateway")),
    "vpc_flow_logs_enabled": (URL, change("aws:ec2/flowLog:FlowLog", "trafficType", "REJECT")),
    "vpc_subnet_no_public_ip_by_default": (
        URL,
        change("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", True),  # noqa: FBT003 - a value
    ),
    "vpc_endpoint_connections_trust_boundaries": (URL, statement(ENDPOINT, sid="RecordEvents", Condition=None)),
    "vpc_endpoint_limited_to_resources": (URL, statement(ENDPOINT, sid="RecordEvents", Resource=["*"])),
    "ec2_securitygroup_default_restrict_traffic": (URL, without("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")),
    "ec2_networkacl_default_restrict_traffic": (URL, without("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")),
    "ec2_networkacl_allow_ingress_any_port": (URL, change(ACL, "ingress.1.protocol", "-1")),
    "ec2_networkacl_allow_ingress_tcp_port_3389": (
        URL,
        add(
            ACL,
            ingress=[
                {"action": "allow", "protocol": "tcp", "cidrBlock": "0.0.0.0/0", "fromPort": 22, "toPort": 22},
            ],
        ),
    ),
    "ec2_securitygroup_allow_ingress_from_internet_to_any_port": (URL, change(INGRESS, "cidrIpv4", "0.0.0.0/0")),
    "ec2_securitygroup_egress_restricted": (URL, change(EGRESS, "cidrIpv6", "::/0")),
    "ec2_securitygroup_only_standalone_rules": (URL, change(GROUP, "egress", [{"protocol": "-1"}])),
    "ec2_securitygroup_described": (URL, change(EGRESS, "description", "")),
    "apigateway_restapi_logging_enabled": (API, change(METHOD_SETTINGS, "settings.loggingLevel", "OFF")),
    "apigateway_restapi_no_data_trace": (
        API,
        change(METHOD_SETTINGS, "settings.dataTraceEnabled", True),  # noqa: FBT003 - a value
    ),
    "apigateway_restapi_cache_disabled": (
        API,
        change(METHOD_SETTINGS, "settings.cachingEnabled", True),  # noqa: FBT003 - a value
    ),
    "apigateway_restapi_throttled": (API, change(METHOD_SETTINGS, "settings.throttlingRateLimit", None)),
    "apigateway_restapi_tracing_enabled": (API, change(STAGE, "xrayTracingEnabled", False)),  # noqa: FBT003 - a value
    "apigateway_restapi_waf_acl_attached": (API, without("aws:wafv2/webAclAssociation:WebAclAssociation")),
    "apigateway_restapi_authorizers_enabled": (API, add("aws:apigateway/method:Method", authorization="NONE")),
    "apigateway_restapi_tls_policy": (
        API,
        change("aws:apigateway/restApi:RestApi", "securityPolicy", "TLS_1_0"),
    ),
    "apigateway_domain_name_tls_policy": (
        API,
        change("aws:apigateway/domainName:DomainName", "securityPolicy", "TLS_1_0"),
    ),
    "wafv2_webacl_with_rules": (
        API,
        change(
            WEB_ACL,
            "rules.4.statement.managedRuleGroupStatement.ruleActionOverrides",
            [{"name": "Log4JRCE_BODY", "actionToUse": {"count": {}}}],
        ),
    ),
    "wafv2_webacl_limits_rate": (API, change(WEB_ACL, "rules.2.action", {"count": {}})),
    "wafv2_webacl_logging_enabled": (API, without(WAF_LOGGING)),
    "wafv2_webacl_logging_redacted": (API, change(WAF_LOGGING, "redactedFields", [])),
    "wafv2_webacl_rule_logging_enabled": (
        API,
        change(WEB_ACL, "rules.0.visibilityConfig.cloudwatchMetricsEnabled", False),  # noqa: FBT003 - a value
    ),
}
"""For each rule a configuration, and one change to what the program declares under it."""


@pytest.mark.parametrize("rule", [rule.__name__ for rule in RULES])
def test_one_change_breaks_the_rule_and_no_exception_covers_it(rule: str) -> None:
    """A rule that nothing can break proves nothing."""
    config, apply = BREAKS[rule]
    resources = resources_of(config)
    before = judge(RULES, resources)[0]
    apply(resources)
    after = judge([each for each in RULES if each.__name__ == rule], resources, accepted=[])[0]
    excepted = judge([each for each in RULES if each.__name__ == rule], resources_of(config), accepted=[])[0]
    new = [each for each in after[rule] if each not in excepted.get(rule, [])]
    assert before == {}
    assert len(new) == 1


def test_every_rule_names_the_public_checks_that_it_answers() -> None:
    """An auditor finds a rule by the id of the tool that they know."""
    public = ("Prowler", "Security Hub", "Checkov", "PCI", "Cdk-nag", "AWS Guard", "No public check")
    assert [rule.__name__ for rule in RULES if not any(name in (rule.__doc__ or "") for name in public)] == []
    assert len({rule.__name__ for rule in RULES}) == len(RULES) == len(BREAKS)
