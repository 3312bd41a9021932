"""The example of a downstream team's program, under mocks: what it declares, and the pack's rules that it keeps."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from policy.exceptions import judge
from policy.resources import Resource
from policy.rules import RULES
from tests.infra.program import ACCOUNT, KEY_ARN, REGION, ROOT, Deployment, deploy_example

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:payment-events-dev"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:refund-desk-dev"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/refund-desk-dev"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/refund-desk-dev"
TEAM = f"arn:aws:sns:{REGION}:{ACCOUNT}:team"

LEFT_TO_ITS_TEAM = {
    "awslambda_function_inside_vpc": "it calls AWS only; a network would be most of the example",
    "awslambda_function_tracing_enabled": "its log line tells what became of each event",
    "awslambda_function_concurrency_limited": "the queue's trigger has a limit; reserving takes from the account",
    "awslambda_function_no_dead_letter_queue": "nobody invokes it but the queue, which has its own",
    "awslambda_function_code_signing": "as this project's own function: no signing profile to assume",
    "dynamodb_table_deletion_protection_enabled": "an example is meant to be destroyed again",
    "sqs_queue_dead_letters": "what SNS could not deliver ends there; no queue may put anything into it",
    "iam_no_inline_policy_check": "as this project's own: it belongs to one role and goes with it",
}
"""Rules of this project's pack that the example breaks, and why."""


@pytest.fixture(scope="module")
def example() -> Deployment:
    """What the example declares."""
    return deploy_example(
        ROOT / "examples" / "downstream",
        "refund-desk",
        {
            "paymentsStack": "organization/webhook-processor/dev",
            "statuses": ["refunded", "disputed"],
            "alarmActions": [TEAM],
        },
        deployed={"topic_arn": TOPIC},
    )


def _statements(example: Deployment, type_: str, name: str) -> dict[str, dict[str, Any]]:
    """Return the statements of a policy by their ids."""
    document = json.loads(example.one(type_, name).inputs["policy"])
    return {each.pop("Sid"): each for each in document["Statement"]}


def test_it_keeps_the_packs_rules_but_these(example: Deployment) -> None:
    """What a program of this project must keep, the example keeps, or says why not."""
    resources = [
        Resource(type=each.type, name=each.name, properties=copy.deepcopy(each.inputs)) for each in example.of_aws
    ]
    broken, _ = judge(RULES, resources)
    assert set(broken) == set(LEFT_TO_ITS_TEAM)


def test_the_key_serves_the_account_this_topic_and_this_log_group(example: Deployment) -> None:
    """SNS may use the key for messages of this topic only."""
    assert _statements(example, "aws:kms/key:Key", "encryption") == {
        "Root": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        "Sns": {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
        },
        "Logs": {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": LOG_GROUP}},
        },
    }


def test_the_role_may_do_exactly_this(example: Deployment) -> None:
    """It takes messages of one queue, writes one table, and can read neither at large."""
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:refund-desk-dev"
    services = [f"dynamodb.{REGION}.amazonaws.com", f"sqs.{REGION}.amazonaws.com"]
    assert _statements(example, "aws:iam/rolePolicy:RolePolicy", "desk") == {
        "TakeEvents": {
            "Effect": "Allow",
            "Action": [
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
            ],
            "Resource": QUEUE,
        },
        "KeepTable": {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem"], "Resource": TABLE},
        "DecryptThroughServices": {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY_ARN,
            "Condition": {"StringEquals": {"kms:ViaService": services}},
        },
        "DecryptEnvironment": {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY_ARN,
            "Condition": {"StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": function}},
        },
        "WriteLogs": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{LOG_GROUP}:*",
        },
    }


@pytest.mark.parametrize(
    ("name", "suffix", "from_topic"),
    [("inbox", "", True), ("inbox-undelivered", "-undelivered", True), ("inbox-dead-letters", "-dead-letters", False)],
)
def test_a_queue_takes_from_the_topic_what_it_should(
    example: Deployment, *, name: str, suffix: str, from_topic: bool
) -> None:
    """SNS sends in the name of this topic; nobody speaks to a queue without TLS."""
    tls = "DenyWithoutTls"
    statements = _statements(example, "aws:sqs/queuePolicy:QueuePolicy", name)
    assert set(statements) == ({tls, "FromTopic"} if from_topic else {tls})
    assert statements[tls] == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": QUEUE + suffix,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    if from_topic:
        assert statements["FromTopic"] == {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": ["sqs:SendMessage"],
            "Resource": QUEUE + suffix,
            "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
        }
    assert example.one("aws:sqs/queue:Queue", name).inputs["kmsMasterKeyId"] == KEY_ARN


def test_messages_that_fail_go_where_they_can_be_found(example: Deployment) -> None:
    """The consumer's failures go to one queue, SNS's to another; neither takes a stranger's."""
    inbox = example.one("aws:sqs/queue:Queue", "inbox").inputs
    assert json.loads(inbox["redrivePolicy"]) == {"deadLetterTargetArn": f"{QUEUE}-dead-letters", "maxReceiveCount": 5}
    subscription = example.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert json.loads(subscription["redrivePolicy"]) == {"deadLetterTargetArn": f"{QUEUE}-undelivered"}
    allowed = {
        each.name: json.loads(each.inputs["redriveAllowPolicy"])
        for each in example.all("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    }
    assert allowed == {
        "inbox-dead-letters": {"redrivePermission": "byQueue", "sourceQueueArns": [QUEUE]},
        "inbox-undelivered": {"redrivePermission": "denyAll"},
    }


def test_the_subscription_hands_on_the_event_itself_of_the_chosen_statuses(example: Deployment) -> None:
    """The body is the CloudEvent; other statuses stay away."""
    subscription = example.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["topic"], subscription["endpoint"], subscription["protocol"]) == (TOPIC, QUEUE, "sqs")
    assert subscription["rawMessageDelivery"] is True
    assert json.loads(subscription["filterPolicy"]) == {"status": ["refunded", "disputed"]}


def test_a_message_stays_hidden_as_long_as_lambda_asks_for(example: Deployment) -> None:
    """Six times the function's timeout; a message that fails comes back alone."""
    function = example.one("aws:lambda/function:Function").inputs
    inbox = example.one("aws:sqs/queue:Queue", "inbox").inputs
    assert inbox["visibilityTimeoutSeconds"] == 6 * function["timeout"]
    assert function["architectures"] == ["arm64"]
    mapping = example.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]


def test_each_queue_has_an_alarm_that_tells_the_team(example: Deployment) -> None:
    """Events that wait, that failed, and that never arrived each ring."""
    alarms = {
        each.inputs["dimensions"]["QueueName"]: (each.inputs["metricName"], each.inputs["threshold"])
        for each in example.all("aws:cloudwatch/metricAlarm:MetricAlarm")
        if each.inputs["alarmActions"] == [TEAM]
    }
    assert alarms == {
        "refund-desk-dev": ("ApproximateAgeOfOldestMessage", 900),
        "refund-desk-dev-dead-letters": ("ApproximateNumberOfMessagesVisible", 0),
        "refund-desk-dev-undelivered": ("ApproximateNumberOfMessagesVisible", 0),
    }
