"""What someone changed by hand is seen by a preview with refresh, and mended by an `up` with refresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import STRIPE_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import Clients
    from tests.engine.conftest import Stack

Outputs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A change by hand.

    Attributes:
        resource: What is changed, as a plan names it.
        planned: What mends it.
        change: Changes it.
        look: Returns what was changed, as it is now.
        declared: What `look` returns when nothing is wrong.
    """

    resource: str
    planned: str = "update"
    change: Callable[[Clients, Outputs], object]
    look: Callable[[Clients, Outputs], object]
    declared: object


OPEN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]}
)

DRIFTS = {
    "a queue that keeps messages for a minute": Drift(
        resource="Queue queues-ingest",
        change=lambda aws, out: aws.sqs.set_queue_attributes(
            QueueUrl=out["queue_url"], Attributes={"MessageRetentionPeriod": "60"}
        ),
        look=lambda aws, out: _queue(aws, out["queue_url"], "MessageRetentionPeriod") > 60,
        declared=True,
    ),
    "a queue open to everyone": Drift(
        resource="QueuePolicy queues-ingest",
        change=lambda aws, out: aws.sqs.set_queue_attributes(QueueUrl=out["queue_url"], Attributes={"Policy": OPEN}),
        look=lambda aws, out: _queue(aws, out["queue_url"], "Policy") == json.loads(OPEN),
        declared=False,
    ),
    "no backups": Drift(
        resource="Table ledger",
        change=lambda aws, out: aws.dynamodb.update_continuous_backups(
            TableName=out["table_name"],
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
        ),
        look=lambda aws, out: aws.dynamodb.describe_continuous_backups(TableName=out["table_name"])[
            "ContinuousBackupsDescription"
        ]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        declared="ENABLED",
    ),
    "no rotation of the key": Drift(
        resource="Key encryption",
        change=lambda aws, out: aws.kms.disable_key_rotation(KeyId=out["kms_key_arn"]),
        look=lambda aws, out: aws.kms.get_key_rotation_status(KeyId=out["kms_key_arn"])["KeyRotationEnabled"],
        declared=True,
    ),
    "a longer timeout": Drift(
        resource="Function processor",
        change=lambda aws, out: aws.functions.update_function_configuration(
            FunctionName=out["function_name"], Timeout=900
        ),
        look=lambda aws, out: aws.functions.get_function_configuration(FunctionName=out["function_name"])["Timeout"],
        declared=60,
    ),
    "a queue that nobody reads": Drift(
        resource="EventSourceMapping processor",
        change=lambda aws, out: aws.functions.update_event_source_mapping(
            UUID=_mapping(aws, out)["UUID"], Enabled=False
        ),
        look=lambda aws, out: _mapping(aws, out)["State"],
        declared="Enabled",
    ),
    "a role that may do anything": Drift(
        resource="RolePolicy processor",
        change=lambda aws, out: aws.iam.put_role_policy(
            RoleName=out["function_name"], PolicyName=out["function_name"], PolicyDocument=OPEN
        ),
        look=lambda aws, out: (
            aws.iam.get_role_policy(RoleName=out["function_name"], PolicyName=out["function_name"])["PolicyDocument"]
            == json.loads(OPEN)
        ),
        declared=False,
    ),
    "another signing secret": Drift(
        resource="Parameter signing-secrets-shop",
        change=lambda aws, out: aws.ssm.put_parameter(
            Name=_parameter(out), Value='["whsec_other"]', Type="SecureString", Overwrite=True
        ),
        look=lambda aws, out: aws.ssm.get_parameter(Name=_parameter(out), WithDecryption=True)["Parameter"]["Value"],
        declared=json.dumps([STRIPE_SECRET]),
    ),
    "logs kept for a day": Drift(
        resource="LogGroup processor",
        change=lambda aws, out: aws.logs.put_retention_policy(logGroupName=out["log_group_name"], retentionInDays=1),
        look=lambda aws, out: aws.logs.describe_log_groups(logGroupNamePrefix=out["log_group_name"])["logGroups"][0][
            "retentionInDays"
        ],
        declared=30,
    ),
    "a deleted alarm": Drift(
        resource="MetricAlarm observability-dead-letters",
        planned="create",
        change=lambda aws, out: aws.cloudwatch.delete_alarms(AlarmNames=[_alarm(out)]),
        look=lambda aws, out: [
            alarm["AlarmName"] for alarm in aws.cloudwatch.describe_alarms(AlarmNames=[_alarm(out)])["MetricAlarms"]
        ],
        declared=["webhook-processor-deployed-dead-letters"],
    ),
}


def _queue(aws: Clients, url: str, attribute: Any) -> Any:  # noqa: ANN401 - a text that is JSON
    return json.loads(aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[attribute])["Attributes"][attribute])


def _mapping(aws: Clients, outputs: Outputs) -> Any:  # noqa: ANN401 - botocore's answer
    (mapping,) = aws.functions.list_event_source_mappings(FunctionName=outputs["function_name"])["EventSourceMappings"]
    return mapping


def _parameter(outputs: Outputs) -> str:
    return f"{outputs['secrets_path']}/shop/signing-secrets"


def _alarm(outputs: Outputs) -> str:
    return f"{outputs['function_name']}-dead-letters"


@pytest.fixture(scope="module")
def mended(deployed: Stack) -> dict[str, str]:
    """The stack after all drifts at once and an `up`; what a preview said in between."""
    aws, outputs = deployed.backend.clients, deployed.outputs()
    for drift in DRIFTS.values():
        drift.change(aws, outputs)
        assert drift.look(aws, outputs) != drift.declared, f"{drift.resource} was not changed"
    plan = deployed.plan("--refresh")
    deployed.up("--refresh")
    return plan


def test_a_preview_with_refresh_plans_to_mend_what_was_changed_and_nothing_else(mended: dict[str, str]) -> None:
    """Whoever looks before deploying learns what someone did."""
    assert mended == {drift.resource: drift.planned for drift in DRIFTS.values()}


@pytest.mark.parametrize("name", DRIFTS)
def test_an_up_with_refresh_puts_it_back(deployed: Stack, mended: dict[str, str], name: str) -> None:
    """AWS holds what the program declares."""
    drift = DRIFTS[name]
    assert drift.resource in mended
    assert drift.look(deployed.backend.clients, deployed.outputs()) == drift.declared


def test_a_secret_put_by_hand_for_a_source_without_any_stays(deployed: Stack) -> None:
    """Whoever fills the parameter of a source keeps it, whatever is deployed afterwards."""
    ssm, name = deployed.backend.clients.ssm, f"{deployed.outputs()['secrets_path']}/by-hand/signing-secrets"
    ssm.put_parameter(Name=name, Value='["by hand"]', Type="SecureString", Overwrite=True)
    assert deployed.plan("--refresh") == {}
    deployed.up("--refresh")
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == '["by hand"]'


def test_a_webhook_goes_through_again(deployed: Stack, mended: dict[str, str]) -> None:
    """What was mended works."""
    assert mended
    assert deployed.send() == 200
