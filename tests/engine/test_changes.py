"""Changed settings, deployed: AWS has what was asked for, nothing recorded is lost, and webhooks go through."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from local.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.engine.conftest import Backend, Stack


class Recording(Provider):
    """Remembers in which order it was asked to create and delete."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 - as the provider takes them
        super().__init__(*arguments)
        self.asked: list[str] = []

    def Create(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - the engine's interface
        """Create."""
        if not request.preview:
            self.asked.append(f"create {_what(request)}")
        return super().Create(request, context)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Change."""
        if not request.preview:
            self.asked.append(f"update {_what(request)}")
        return super().Update(request, context)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - as above
        """Delete."""
        self.asked.append(f"delete {_what(request)}")
        return super().Delete(request, context)


def _what(request: Any) -> str:  # noqa: ANN401 - any request that names a resource
    *_, type_, name = request.urn.split("::")
    return f"{type_.rpartition(':')[2]} {name}"


@pytest.fixture(scope="module")
def stack(backend: Backend) -> Iterator[Stack]:
    """A stack of its own, deployed, with one recorded webhook."""
    with backend.stack("changed", provider=Recording) as made:
        made.up()
        _send_and_find(made, 1)
        yield made
        made.run("destroy", "--yes", "--skip-preview")


def _send_and_find(stack: Stack, items: int) -> None:
    """Send a webhook; wait until the ledger holds so many transactions or more."""
    assert stack.send() == 200
    table = stack.outputs()["table_name"]
    deadline = time.monotonic() + 60
    while stack.backend.clients.dynamodb.scan(TableName=table)["Count"] < items:
        assert time.monotonic() < deadline, "the webhook was not recorded"
        time.sleep(0.1)


def _items(stack: Stack) -> int:
    return stack.backend.clients.dynamodb.scan(TableName=stack.outputs()["table_name"])["Count"]


def test_settings_reach_what_is_deployed(stack: Stack) -> None:
    """Each value is asked from AWS, on the resources that were there before."""
    before, aws = stack.outputs(), stack.backend.clients
    with stack.settings(
        ("batchSize", "5"),
        ("batchWindowSeconds", "2"),
        ("processingConcurrency", "20"),
        ("logRetentionDays", "90"),
        ("eventRetentionDays", "400"),
        ("--path", "retryDelaysSeconds[0]", "10"),
        ("--path", "--type", "string", "subscriberAccounts[0]", "123456789012"),
        ("--path", "alarmThresholds.rejected", "77"),
        ("owner", "payments"),
    ):
        stack.up()
        assert stack.plan("--refresh") == {}
    assert stack.outputs() == before
    name, queue = before["function_name"], before["queue_url"]
    configuration = aws.functions.get_function_configuration(FunctionName=name)
    assert configuration["Environment"]["Variables"]["EVENT_RETENTION_DAYS"] == "400"
    assert configuration["Environment"]["Variables"]["RETRY_DELAYS"] == "10"
    (mapping,) = aws.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (5, 2)
    assert mapping["ScalingConfig"]["MaximumConcurrency"] == 20
    (group,) = aws.logs.describe_log_groups(logGroupNamePrefix=before["log_group_name"])["logGroups"]
    assert group["retentionInDays"] == 90
    assert "123456789012" in aws.sns.get_topic_attributes(TopicArn=before["topic_arn"])["Attributes"]["Policy"]
    (alarm,) = aws.cloudwatch.describe_alarms(AlarmNames=[f"{name}-rejected-shop"])["MetricAlarms"]
    assert alarm["Threshold"] == 77
    assert aws.sqs.list_queue_tags(QueueUrl=queue)["Tags"]["owner"] == "payments"
    tags = aws.dynamodb.list_tags_of_resource(ResourceArn=before["table_arn"])["Tags"]
    assert {"Key": "owner", "Value": "payments"} in tags
    _send_and_find(stack, 2)


def test_another_network_is_there_before_the_old_one_goes(stack: Stack) -> None:
    """AWS refuses to delete a security group that the function is still in."""
    provider = stack.provider
    assert isinstance(provider, Recording)
    with stack.settings(("networkBlock", "10.65.0.0/24")):
        provider.asked.clear()
        stack.up()
        moved = provider.asked.index("update Function processor")
        for part in ("SecurityGroup network-function", "Subnet network-0", "Vpc network"):
            assert provider.asked.index(f"create {part}") < moved < provider.asked.index(f"delete {part}")
        _send_and_find(stack, _items(stack) + 1)
    stack.up()


def test_a_zone_is_left_out_beside_the_others(stack: Stack) -> None:
    """AWS refuses a second subnet with the addresses of the first: the function moves to one that has its own."""
    provider, ec2 = stack.provider, stack.backend.clients.ec2
    assert isinstance(provider, Recording)

    def subnets() -> dict[str, str]:
        """Return the stack's blocks by zone id."""
        own = ec2.describe_subnets(Filters=[{"Name": "tag:environment", "Values": [stack.name]}])["Subnets"]
        return {subnet["AvailabilityZoneId"]: subnet["CidrBlock"] for subnet in own}

    before = subnets()
    with stack.settings(("availabilityZones", "1"), ("--path", "excludedZoneIds[0]", "use1-az1")):
        provider.asked.clear()
        stack.up()
        assert "Subnet network-1" not in " ".join(provider.asked)
        assert provider.asked.index("update Function processor") < provider.asked.index("delete Subnet network-0")
        assert subnets() == {"use1-az2": before["use1-az2"]}
        _send_and_find(stack, _items(stack) + 1)
    stack.up()
    assert subnets() == before


def test_the_ingress_is_changed_and_changed_back(stack: Stack) -> None:
    """The ledger keeps what it has; the queue is read by the function's successor."""
    with stack.settings(("ingress", "rest-api")):
        stack.up()
        assert stack.plan() == {}
        assert ".execute-api." in stack.outputs()["webhook_url"]
    stack.up()
    _send_and_find(stack, _items(stack) + 1)
