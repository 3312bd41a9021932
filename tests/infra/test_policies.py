"""Who may do what: every policy of the program, statement by statement."""

from __future__ import annotations

from typing import Any

from tests.infra.calls import CODE_ACTIONS, INTERFACE_ACTIONS, SERVICE_ACTIONS
from tests.infra.program import ACCOUNT, KEY_ARN, REGION, Deployment, deploy

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:webhook-processor-dev"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:webhook-queue-dev"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:payment-events-dev"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/webhook-processor-dev"
FLOW_LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/vpc/webhook-processor-dev"
LOG_GROUPS = [
    LOG_GROUP,
    FLOW_LOG_GROUP,
    *(
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"
        for name in (
            "/aws/apigateway/webhook-processor-dev",
            "aws-waf-logs-webhook-processor-dev",
            "API-Gateway-Execution-Logs_*/dev",
        )
    ),
]
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
FROM_THE_FUNCTION = {"ArnEquals": {"lambda:SourceFunctionArn": [FUNCTION]}}
NO_TLS = {"Bool": {"aws:SecureTransport": ["false"]}}

WILDCARDS = {
    ("aws:kms/key:Key", "Root", "Action", "kms:*"): "the account's administrators; AWS's own default",
    ("aws:kms/key:Key", "Root", "Resource", "*"): "in a key policy, * is the key",
    ("aws:kms/key:Key", "Logs", "Action", "kms:Encrypt*"): "CloudWatch Logs' documented list",
    ("aws:kms/key:Key", "Logs", "Action", "kms:Decrypt*"): "CloudWatch Logs' documented list",
    ("aws:kms/key:Key", "Logs", "Action", "kms:ReEncrypt*"): "CloudWatch Logs' documented list",
    ("aws:kms/key:Key", "Logs", "Action", "kms:GenerateDataKey*"): "CloudWatch Logs' documented list",
    ("aws:kms/key:Key", "Logs", "Action", "kms:Describe*"): "CloudWatch Logs' documented list",
    ("aws:kms/key:Key", "Logs", "Resource", "*"): "in a key policy, * is the key",
    ("aws:kms/key:Key", "Alarms", "Action", "kms:GenerateDataKey*"): "SNS's documented list",
    ("aws:kms/key:Key", "Alarms", "Resource", "*"): "in a key policy, * is the key",
    ("aws:kms/key:Key", "SnsToSqs", "Action", "kms:GenerateDataKey*"): "SNS's documented list",
    ("aws:kms/key:Key", "SnsToSqs", "Resource", "*"): "in a key policy, * is the key",
    ("aws:iam/rolePolicy:RolePolicy", "WriteLogs", "Resource", f"{LOG_GROUP}:*"): "the streams of the one group",
    (
        "aws:iam/rolePolicy:RolePolicy",
        "WriteFlowLogs",
        "Resource",
        f"{FLOW_LOG_GROUP}:*",
    ): "the streams of the one group",
    ("aws:iam/rolePolicy:RolePolicy", "PlaceInNetwork", "Resource", "*"): "interfaces that do not exist yet",
    ("aws:iam/rolePolicy:RolePolicy", "Trace", "Resource", "*"): "X-Ray has no resource to name",
}
"""Every wildcard in a statement that allows something, with its reason."""


def test_the_key_policy_is_exactly_this(deployment: Deployment) -> None:
    """The key serves the account's IAM, our log group, our alarms and our topic, and no other principal."""
    assert _statements(deployment, "aws:kms/key:Key") == {
        "Root": {"Effect": "Allow", "Principal": {"AWS": [ROOT]}, "Action": ["kms:*"], "Resource": ["*"]},
        "Logs": {
            "Effect": "Allow",
            "Principal": {"Service": [f"logs.{REGION}.amazonaws.com"]},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": ["*"],
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": LOG_GROUPS}},
        },
        "Alarms": {
            "Effect": "Allow",
            "Principal": {"Service": ["cloudwatch.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": ["*"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
                "ArnLike": {"aws:SourceArn": [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:webhook-processor-dev-*"]},
            },
        },
        "SnsToSqs": {
            "Effect": "Allow",
            "Principal": {"Service": ["sns.amazonaws.com"]},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": ["*"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
                "ArnEquals": {"aws:SourceArn": [TOPIC]},
            },
        },
    }


def test_the_role_policy_is_exactly_this(deployment: Deployment) -> None:
    """The function may call what it calls, on its own resources, and only from inside itself."""
    secrets = [
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/webhook-processor/dev/sources/{source}/signing-secrets"
        for source in ("adyen", "square", "standard", "stripe")
    ]
    assert _statements(deployment, "aws:iam/rolePolicy:RolePolicy", "processor") == {
        "ReadSigningSecrets": {
            "Effect": "Allow",
            "Action": ["ssm:GetParameter"],
            "Resource": secrets,
            "Condition": FROM_THE_FUNCTION,
        },
        "EnqueueAndDelay": {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage", "sqs:ChangeMessageVisibility"],
            "Resource": [QUEUE],
            "Condition": FROM_THE_FUNCTION,
        },
        "RecordEvents": {
            "Effect": "Allow",
            "Action": ["dynamodb:PartiQLInsert", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            "Resource": [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payment-transactions-dev"],
            "Condition": FROM_THE_FUNCTION,
        },
        "PublishEvents": {
            "Effect": "Allow",
            "Action": ["sns:Publish"],
            "Resource": [TOPIC],
            "Condition": FROM_THE_FUNCTION,
        },
        "NoInterfacesFromCode": {
            "Effect": "Deny",
            "Action": sorted(INTERFACE_ACTIONS),
            "Resource": ["*"],
            "Condition": FROM_THE_FUNCTION,
        },
        "PlaceInNetwork": {
            "Effect": "Allow",
            "Action": sorted(INTERFACE_ACTIONS),
            "Resource": ["*"],
            "Condition": {"StringEquals": {"aws:RequestedRegion": [REGION]}},
        },
        "PollQueue": {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": [QUEUE],
            "Condition": {"StringEquals": {"aws:ResourceAccount": [ACCOUNT]}},
        },
        "DecryptThroughServices": {
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY_ARN],
            "Condition": {"StringEquals": {"kms:ViaService": _hosts("dynamodb", "sns", "sqs", "ssm")}},
        },
        "EncryptThroughServices": {
            "Effect": "Allow",
            "Action": ["kms:GenerateDataKey"],
            "Resource": [KEY_ARN],
            "Condition": {"StringEquals": {"kms:ViaService": _hosts("sns", "sqs")}},
        },
        "DecryptEnvironment": {
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": [KEY_ARN],
            "Condition": {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": [FUNCTION]}},
        },
        "WriteLogs": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{LOG_GROUP}:*"],
        },
        "Trace": {
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": ["*"],
        },
    }


def test_the_granted_actions_are_the_calls_of_the_function(deployment: Deployment) -> None:
    """Nothing is granted that nobody calls, and nothing is called that is not granted."""
    statements = _statements(deployment, "aws:iam/rolePolicy:RolePolicy", "processor").values()
    granted = {action for statement in statements if statement["Effect"] == "Allow" for action in statement["Action"]}
    assert granted == CODE_ACTIONS | SERVICE_ACTIONS | INTERFACE_ACTIONS


def test_what_the_code_calls_is_granted_to_the_code_alone(deployment: Deployment) -> None:
    """Credentials taken out of the function open none of its resources."""
    statements = _statements(deployment, "aws:iam/rolePolicy:RolePolicy", "processor").values()
    conditions = [(each, each.get("Condition", {}).get("ArnEquals", {})) for each in statements]
    bound = [each for each, equal in conditions if "lambda:SourceFunctionArn" in equal]
    allowed = {action for statement in bound if statement["Effect"] == "Allow" for action in statement["Action"]}
    assert allowed == CODE_ACTIONS


def test_outside_of_a_network_the_role_has_no_right_to_interfaces() -> None:
    """What only a network needs is granted with the network only."""
    statements = _statements(deploy({"network": "none"}), "aws:iam/rolePolicy:RolePolicy", "processor")
    assert [action for each in statements.values() for action in each["Action"] if action.startswith("ec2:")] == []


def test_only_flow_logs_of_this_account_write_flow_logs(deployment: Deployment) -> None:
    """The second role is the service's own, for one log group, and cannot create another."""
    role = deployment.one("aws:iam/role:Role", "network-flow-logs")
    assert role.policy("assumeRolePolicy")["Statement"] == [
        {
            "Sid": "FlowLogsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["vpc-flow-logs.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
            "Condition": {
                "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
                "ArnLike": {"aws:SourceArn": [f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"]},
            },
        }
    ]
    assert _statements(deployment, "aws:iam/rolePolicy:RolePolicy", "network-flow-logs") == {
        "WriteFlowLogs": {
            "Effect": "Allow",
            "Action": [
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:DescribeLogGroups",
                "logs:DescribeLogStreams",
            ],
            "Resource": [f"{FLOW_LOG_GROUP}:*"],
        }
    }


def test_only_lambda_for_this_account_takes_the_role(deployment: Deployment) -> None:
    """Another account's function cannot be made to use the role."""
    role = deployment.one("aws:iam/role:Role", "processor")
    assert role.policy("assumeRolePolicy")["Statement"] == [
        {
            "Sid": "LambdaOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com"]},
            "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}},
        }
    ]


def test_both_queues_refuse_what_is_not_encrypted_on_the_way(deployment: Deployment) -> None:
    """Nobody, the account's own administrators included, talks to a queue without TLS."""
    for role, arn in (("ingest", QUEUE), ("dlq", f"arn:aws:sqs:{REGION}:{ACCOUNT}:webhook-dlq-dev")):
        policy = deployment.one("aws:sqs/queuePolicy:QueuePolicy", f"queues-{role}").policy()
        assert policy["Statement"] == [
            {
                "Sid": "DenyWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["sqs:*"],
                "Resource": [arn],
                "Condition": NO_TLS,
            }
        ]


def test_the_topic_is_the_accounts_own_and_refuses_what_is_not_encrypted(deployment: Deployment) -> None:
    """An explicit policy replaces SNS's default one, so it must keep the account able to use its topic."""
    assert _statements(deployment, "aws:sns/topicPolicy:TopicPolicy", "events") == {
        "Owner": {
            "Effect": "Allow",
            "Principal": {"AWS": [ROOT]},
            "Action": [
                "sns:GetTopicAttributes",
                "sns:SetTopicAttributes",
                "sns:AddPermission",
                "sns:RemovePermission",
                "sns:DeleteTopic",
                "sns:Subscribe",
                "sns:ListSubscriptionsByTopic",
                "sns:Publish",
            ],
            "Resource": [TOPIC],
            "Condition": {"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}},
        },
        "DenyWithoutTls": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["sns:Publish"],
            "Resource": [TOPIC],
            "Condition": NO_TLS,
        },
    }


def test_subscriber_accounts_may_subscribe_queues_and_functions_only() -> None:
    """Another team's account gets no right but to subscribe, and no mailbox or web server."""
    deployment = deploy({"subscriberAccounts": ["000000000042", "210987654321"]})
    assert _statements(deployment, "aws:sns/topicPolicy:TopicPolicy", "events")["Subscribers"] == {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::000000000042:root", "arn:aws:iam::210987654321:root"]},
        "Action": ["sns:Subscribe"],
        "Resource": [TOPIC],
        "Condition": {"StringEquals": {"sns:Protocol": ["sqs", "lambda"]}},
    }


def test_the_alarm_topic_takes_this_environments_alarms(deployment: Deployment) -> None:
    """CloudWatch may publish for our alarms and for nobody else's; the account keeps the use of its topic."""
    statements = _statements(deployment, "aws:sns/topicPolicy:TopicPolicy", "observability")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:webhook-alarms-dev"
    assert list(statements) == ["Owner", "DenyWithoutTls", "Alarms"]
    assert {resource for statement in statements.values() for resource in statement["Resource"]} == {topic}
    assert statements["Alarms"] == {
        "Effect": "Allow",
        "Principal": {"Service": ["cloudwatch.amazonaws.com"]},
        "Action": ["sns:Publish"],
        "Resource": [topic],
        "Condition": {
            "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
            "ArnLike": {"aws:SourceArn": [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:webhook-processor-dev-*"]},
        },
    }


def test_every_wildcard_that_allows_has_a_reason(deployment: Deployment) -> None:
    """A `*` is a decision, so each is listed with why it must be."""
    found = {
        (type_, sid, kind, value)
        for type_ in (
            "aws:kms/key:Key",
            "aws:iam/rolePolicy:RolePolicy",
            "aws:sns/topicPolicy:TopicPolicy",
        )
        for resource in deployment.all(type_)
        for sid, statement in _statements(deployment, type_, resource.name).items()
        if statement["Effect"] == "Allow"
        for kind in ("Action", "Resource")
        for value in statement[kind]
        if "*" in value
    }
    assert found == set(WILDCARDS)


def test_every_service_that_the_key_trusts_is_limited_by_a_condition(deployment: Deployment) -> None:
    """A service principal without a source would use the key for anybody's resources."""
    unlimited = [
        sid
        for sid, statement in _statements(deployment, "aws:kms/key:Key").items()
        if "Service" in statement["Principal"] and not statement.get("Condition")
    ]
    assert unlimited == []


def _hosts(*services: str) -> list[str]:
    return [f"{service}.{REGION}.amazonaws.com" for service in services]


def _statements(deployment: Deployment, type_: str, name: str | None = None) -> dict[str, dict[str, Any]]:
    document = deployment.one(type_, name).policy()
    assert document["Version"] == "2012-10-17"
    statements = {statement.pop("Sid"): statement for statement in document["Statement"]}
    assert len(statements) == len(document["Statement"])
    return statements
