"""Contract of the whole program: what it declares, with which properties, under which names."""

from __future__ import annotations

import json

import pytest

from infra import artifact
from local.engine import PROJECT_NAME
from tests.infra.program import ACCOUNT, KEY_ARN, REGION, URL, Deployment, deploy


def _alarms(*sources: str) -> list[str]:
    """Names of the alarms of some sources, sorted."""
    of_function = ["dead-letters", "duration", "function-errors", "queue-age", "throttles"]
    of_sources = ["last-try", "provider-gives-up", "publish-failures", "rejected", "unknown-types"]
    names = of_function + [f"{name}-{source}" for name in of_sources for source in sources]
    return sorted(f"observability-{name}" for name in names)


def test_the_declared_resources_are_these_and_no_others(deployment: Deployment) -> None:
    """A resource that nobody expects, such as a second permission on the function, is a mistake."""
    assert sorted((each.type, each.name) for each in deployment.of_aws) == [
        ("aws:cloudwatch/dashboard:Dashboard", "observability"),
        ("aws:cloudwatch/logGroup:LogGroup", "network-flow-logs"),
        ("aws:cloudwatch/logGroup:LogGroup", "processor"),
        *(
            ("aws:cloudwatch/metricAlarm:MetricAlarm", name)
            for name in _alarms("adyen", "square", "standard", "stripe")
        ),
        ("aws:dynamodb/table:Table", "ledger"),
        ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", "network"),
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network"),
        ("aws:ec2/flowLog:FlowLog", "network-flow-logs"),
        ("aws:ec2/networkAcl:NetworkAcl", "network"),
        ("aws:ec2/routeTable:RouteTable", "network"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "network-0"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "network-1"),
        ("aws:ec2/securityGroup:SecurityGroup", "network-endpoints"),
        ("aws:ec2/securityGroup:SecurityGroup", "network-function"),
        ("aws:ec2/subnet:Subnet", "network-0"),
        ("aws:ec2/subnet:Subnet", "network-1"),
        ("aws:ec2/vpc:Vpc", "network"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoints-dynamodb"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoints-sns"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoints-sqs"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoints-ssm"),
        ("aws:iam/role:Role", "network-flow-logs"),
        ("aws:iam/role:Role", "processor"),
        ("aws:iam/rolePolicy:RolePolicy", "network-flow-logs"),
        ("aws:iam/rolePolicy:RolePolicy", "processor"),
        ("aws:kms/alias:Alias", "encryption"),
        ("aws:kms/key:Key", "encryption"),
        ("aws:lambda/eventSourceMapping:EventSourceMapping", "processor"),
        ("aws:lambda/function:Function", "processor"),
        ("aws:lambda/functionUrl:FunctionUrl", "ingress"),
        ("aws:sns/topic:Topic", "events"),
        ("aws:sns/topic:Topic", "observability"),
        ("aws:sns/topicPolicy:TopicPolicy", "events"),
        ("aws:sns/topicPolicy:TopicPolicy", "observability"),
        ("aws:sqs/queue:Queue", "queues-dlq"),
        ("aws:sqs/queue:Queue", "queues-ingest"),
        ("aws:sqs/queuePolicy:QueuePolicy", "queues-dlq"),
        ("aws:sqs/queuePolicy:QueuePolicy", "queues-ingest"),
        ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "queues-dlq"),
        ("aws:ssm/parameter:Parameter", "signing-secrets-adyen"),
        ("aws:ssm/parameter:Parameter", "signing-secrets-square"),
        ("aws:ssm/parameter:Parameter", "signing-secrets-standard"),
        ("aws:ssm/parameter:Parameter", "signing-secrets-stripe"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "network-function-to-dynamodb"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "network-function-to-endpoints"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "network-endpoints-from-function"),
    ]


def test_the_exports_are_the_documented_outputs(deployment: Deployment) -> None:
    """Downstream teams read these outputs by name."""
    queue_host = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}"
    assert deployment.exports == {
        "webhook_url": URL,
        "source_urls": {name: f"{URL}{name}" for name in ("adyen", "square", "standard", "stripe")},
        "sources": {name: {"provider": name} for name in ("adyen", "square", "standard", "stripe")},
        "function_name": "webhook-processor-dev",
        "function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:webhook-processor-dev",
        "table_name": "payment-transactions-dev",
        "table_arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payment-transactions-dev",
        "topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:payment-events-dev",
        "queue_url": f"{queue_host}/webhook-queue-dev",
        "queue_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:webhook-queue-dev",
        "dlq_url": f"{queue_host}/webhook-dlq-dev",
        "dlq_arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:webhook-dlq-dev",
        "kms_key_arn": KEY_ARN,
        "kms_alias": "alias/webhook-processor-dev",
        "log_group_name": "/aws/lambda/webhook-processor-dev",
        "secrets_path": "/webhook-processor/dev/sources",
        "alarm_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:webhook-alarms-dev",
        "dashboard_name": "webhook-processor-dev",
        "event_schema": "urn:webhook-processor:schema:payment-event:1",
    }


def test_every_aws_resource_is_the_child_of_a_component(deployment: Deployment) -> None:
    """A resource right below the stack has lost its parent."""
    assert [each.urn for each in deployment.of_aws if "pulumi:pulumi:Stack$aws:" in each.urn] == []


def test_every_component_registers_the_outputs_that_it_declares(deployment: Deployment) -> None:
    """A component's typed outputs are its contract, so none may stay unregistered."""
    outputs = {
        urn.rpartition("::")[2]: sorted(values)
        for urn, values in deployment.component_outputs.items()
        if "$" in urn or ":infra:" in urn
    }
    assert outputs == {
        "encryption": ["alias", "key_arn"],
        "ledger": ["table_arn", "table_name"],
        "events": ["topic_arn"],
        "queues": ["dlq_arn", "dlq_url", "queue_arn", "queue_url"],
        "signing-secrets": ["path"],
        "processor": ["function_arn", "function_invoke_arn", "function_name", "log_group_name"],
        "ingress": ["url"],
        "network": ["subnet_ids", "vpc_id"],
        "network-endpoints": ["prefix_list_ids"],
        "network-flow-logs": ["log_group_name"],
        "observability": ["alarm_topic_arn", "dashboard_name"],
    }


def test_every_aws_resource_uses_the_tagging_provider(deployment: Deployment) -> None:
    """Tags are given once, as the explicit provider's defaults."""
    provider = deployment.one("pulumi:providers:aws")
    assert {each.provider for each in deployment.of_aws} == {f"{provider.urn}::{provider.name}-id"}
    assert provider.inputs["region"] == REGION
    assert json.loads(provider.inputs["defaultTags"]) == {
        "tags": {
            "project": PROJECT_NAME,
            "environment": "dev",
            "owner": "unassigned",
            "data-classification": "confidential",
        }
    }


def test_the_key_is_rotated_yearly_and_deleted_in_seven_days(deployment: Deployment) -> None:
    """The key is the customer's own, in one region, and its alias is the environment's."""
    key = dict(deployment.one("aws:kms/key:Key").inputs)
    del key["policy"]
    assert key == {
        "description": "Payment webhooks at rest (webhook-processor-dev)",
        "enableKeyRotation": True,
        "rotationPeriodInDays": 365,
        "deletionWindowInDays": 7,
        "multiRegion": False,
    }
    assert deployment.one("aws:kms/alias:Alias").inputs == {
        "name": "alias/webhook-processor-dev",
        "targetKeyId": KEY_ARN.rpartition("/")[2],
    }


def test_the_ledger_is_on_demand_recoverable_and_encrypted(deployment: Deployment) -> None:
    """The table has the keys that the function writes and expires only what says so."""
    assert deployment.one("aws:dynamodb/table:Table").inputs == {
        "name": "payment-transactions-dev",
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "transaction_id",
        "rangeKey": "record",
        "attributes": [{"name": "transaction_id", "type": "S"}, {"name": "record", "type": "S"}],
        "ttl": {"attributeName": "expires_at", "enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
        "deletionProtectionEnabled": False,
    }


def test_the_topic_is_encrypted(deployment: Deployment) -> None:
    """Events lie under the customer's key."""
    assert [each.inputs for each in deployment.all("aws:sns/topic:Topic")] == [
        {"name": "payment-events-dev", "kmsMasterKeyId": KEY_ARN},
        {"name": "webhook-alarms-dev", "kmsMasterKeyId": KEY_ARN},
    ]


def test_the_ingest_queue_gives_a_message_five_tries(deployment: Deployment) -> None:
    """Visibility is six function timeouts, and what fails five times moves to the dead-letter queue."""
    queue = dict(deployment.one("aws:sqs/queue:Queue", "queues-ingest").inputs)
    assert json.loads(queue.pop("redrivePolicy")) == {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:webhook-dlq-dev",
        "maxReceiveCount": 5,
    }
    assert queue == {
        "name": "webhook-queue-dev",
        "visibilityTimeoutSeconds": 360,
        "messageRetentionSeconds": 345_600,
        "maxMessageSize": 1_048_576,
        "receiveWaitTimeSeconds": 20,
        "kmsMasterKeyId": KEY_ARN,
        "kmsDataKeyReusePeriodSeconds": 300,
    }
    assert queue["visibilityTimeoutSeconds"] == 6 * deployment.one("aws:lambda/function:Function").inputs["timeout"]


def test_the_dead_letter_queue_keeps_messages_for_fourteen_days(deployment: Deployment) -> None:
    """It outlasts the ingest queue, since a message's age is counted from its first arrival."""
    queue = deployment.one("aws:sqs/queue:Queue", "queues-dlq").inputs
    assert queue == {
        "name": "webhook-dlq-dev",
        "messageRetentionSeconds": 1_209_600,
        "maxMessageSize": 1_048_576,
        "receiveWaitTimeSeconds": 20,
        "kmsMasterKeyId": KEY_ARN,
        "kmsDataKeyReusePeriodSeconds": 300,
    }
    ingest = deployment.one("aws:sqs/queue:Queue", "queues-ingest").inputs
    assert queue["messageRetentionSeconds"] > ingest["messageRetentionSeconds"]


def test_only_the_ingest_queue_may_use_the_dead_letter_queue(deployment: Deployment) -> None:
    """Another queue of the account cannot move its failures in between ours."""
    allow = deployment.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert allow.inputs["queueUrl"] == deployment.exports["dlq_url"]
    assert allow.policy("redriveAllowPolicy") == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [deployment.exports["queue_arn"]],
    }


def test_the_function_is_as_designed(deployment: Deployment) -> None:
    """Architecture, memory, timeout, concurrency, tracing, logs and encryption are fixed by the design."""
    inputs = dict(deployment.one("aws:lambda/function:Function").inputs)
    built = artifact.build(artifact.AWS_TARGET)
    assert inputs.pop("code").path == str(built.path)
    environment = dict(inputs.pop("environment")["variables"])
    assert json.loads(environment.pop("SOURCES")) == {
        name: {"provider": name} for name in ("adyen", "square", "standard", "stripe")
    }
    assert environment == {
        "SECRETS_PATH": "/webhook-processor/dev/sources",
        "QUEUE_URL": deployment.exports["queue_url"],
        "TABLE_NAME": "payment-transactions-dev",
        "TOPIC_ARN": deployment.exports["topic_arn"],
        "RETRY_DELAYS": "30,120,480,1800",
    }
    assert inputs == {
        "name": "webhook-processor-dev",
        "description": "Receives, records and publishes payment webhooks",
        "role": f"arn:aws:iam::{ACCOUNT}:role/webhook-processor-dev",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "handler": "lambda_src.handler.handler",
        "sourceCodeHash": built.sha256_base64,
        "memorySize": 1024,
        "timeout": 60,
        "publish": False,
        "reservedConcurrentExecutions": 100,
        "kmsKeyArn": KEY_ARN,
        "tracingConfig": {"mode": "Active"},
        "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/webhook-processor-dev"},
        "vpcConfig": {"subnetIds": ["network-0-id", "network-1-id"], "securityGroupIds": ["network-function-id"]},
        "replaceSecurityGroupsOnDestroy": True,
        "replacementSecurityGroupIds": ["network-id"],
    }


def test_the_log_group_and_the_rights_exist_before_the_function(deployment: Deployment) -> None:
    """Lambda would otherwise create a group of its own, unencrypted and for ever."""
    group = deployment.one("aws:cloudwatch/logGroup:LogGroup", "processor")
    assert group.inputs == {"name": "/aws/lambda/webhook-processor-dev", "retentionInDays": 30, "kmsKeyId": KEY_ARN}
    policy = deployment.one("aws:iam/rolePolicy:RolePolicy", "processor")
    function = deployment.one("aws:lambda/function:Function")
    assert {group.urn, policy.urn} <= set(function.dependencies)
    assert policy.urn in deployment.one("aws:lambda/eventSourceMapping:EventSourceMapping").dependencies


def test_the_queue_triggers_the_function_with_partial_batches(deployment: Deployment) -> None:
    """The queue's share of the concurrency leaves room for incoming requests."""
    mapping = deployment.one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping == {
        "eventSourceArn": deployment.exports["queue_arn"],
        "functionName": "webhook-processor-dev",
        "batchSize": 10,
        "maximumBatchingWindowInSeconds": 0,
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "scalingConfig": {"maximumConcurrency": 50},
    }
    function = deployment.one("aws:lambda/function:Function").inputs
    assert mapping["scalingConfig"]["maximumConcurrency"] < function["reservedConcurrentExecutions"]


def test_the_url_is_public_and_permitted_by_the_provider_alone(deployment: Deployment) -> None:
    """pulumi-aws adds both public statements itself; a second copy of them would fail the deployment."""
    assert deployment.one("aws:lambda/functionUrl:FunctionUrl").inputs == {
        "functionName": "webhook-processor-dev",
        "authorizationType": "NONE",
    }
    assert deployment.all("aws:lambda/permission:Permission") == []


def test_no_concurrency_is_reserved_when_the_setting_is_zero() -> None:
    """A new account can reserve nothing; zero at AWS would switch the function off."""
    function = deploy({"reservedConcurrency": 0}).one("aws:lambda/function:Function")
    assert "reservedConcurrentExecutions" not in function.inputs


def test_the_retry_schedule_decides_the_tries_and_the_retention() -> None:
    """One setting reaches the function, the queue's receives and its retention."""
    deployment = deploy({"retryDelaysSeconds": [5, 36_000, 36_000, 36_000, 36_000]})
    variables = deployment.one("aws:lambda/function:Function").inputs["environment"]["variables"]
    assert variables["RETRY_DELAYS"] == "5,36000,36000,36000,36000"
    queue = deployment.one("aws:sqs/queue:Queue", "queues-ingest")
    assert queue.policy("redrivePolicy")["maxReceiveCount"] == 6
    assert queue.inputs["messageRetentionSeconds"] == 2 * (360 + 4 * 43_200 + 360)


@pytest.mark.parametrize(("days", "variable"), [(0, None), (400, "400")])
def test_the_function_expires_items_only_when_retention_is_limited(days: int, variable: str | None) -> None:
    """The retention reaches the function as an environment variable."""
    function = deploy({"eventRetentionDays": days}).one("aws:lambda/function:Function")
    assert function.inputs["environment"]["variables"].get("EVENT_RETENTION_DAYS") == variable
