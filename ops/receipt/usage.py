"""What a deployed stack used, as CloudWatch tells it, and what it and its account allow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from ops.metrics import Metrics, Series
from ops.receipt import quotas
from ops.receipt.quotas import Setup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.metrics import Points
    from ops.stack import Stack

MINUTE = 60
MOST_DAYS = 15
"""CloudWatch keeps minutes for so long.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html"""

NAMES = frozenset(
    {
        *("runs", "run milliseconds", "runs at once", "runs of the account", "runs at once of the account"),
        *("sent", "sent bytes", "empty receives", "in flight", "write units", "published", "published bytes"),
        *("log bytes", "key requests of the account"),
    }
)
"""What is read by the minute, in our words."""

OF_FUNCTION, OF_QUEUE, OF_TABLE, OF_TOPIC = "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB", "AWS/SNS"


class Told(NamedTuple):
    """One metric over the days.

    Attributes:
        sum: Of all minutes.
        most: Of any minute.
    """

    sum: Decimal
    most: Decimal


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What was used.

    Attributes:
        days: In how many days.
        accepted: Webhooks that were acknowledged.
        received: Requests to our sources, accepted or not.
        metrics: AWS's own metrics by `NAMES`; those of which CloudWatch tells nothing are missing.
        run_seconds: Median run in the median hour, and the 99th percentile of the worst one; None: not told.
        custom_metrics: Metrics of our own that exist.
    """

    days: int
    accepted: int
    received: int
    metrics: Mapping[str, Told]
    run_seconds: tuple[Decimal, Decimal] | None
    custom_metrics: int

    def sum(self, name: str) -> Decimal | None:
        """The sum of a metric; None where CloudWatch tells nothing."""
        told = self.metrics.get(name)
        return told.sum if told else None

    def a_second(self, name: str) -> Decimal | None:
        """A metric by the second in its worst minute; None where CloudWatch tells nothing."""
        told = self.metrics.get(name)
        return told.most / MINUTE if told else None

    def most(self, name: str) -> Decimal | None:
        """The most of a metric in any minute; None where CloudWatch tells nothing."""
        told = self.metrics.get(name)
        return told.most if told else None

    @property
    def runs_of_queue(self) -> Decimal | None:
        """Runs that the queue began: all but those of requests to our sources."""
        runs = self.sum("runs")
        return None if runs is None else max(Decimal(0), runs - self.received)


def read(stack: Stack, days: int) -> Usage:
    """Read what a stack used in the last days, by the minute.

    Args:
        stack: The stack.
        days: 1 to 15.
    """
    metrics, reach = Metrics(stack), timedelta(days=days)
    series = _series(stack)
    points = dict(zip(series, metrics.read(list(series.values()), reach=reach, period=MINUTE), strict=True))
    own = [{"source": name, "provider": source.provider} for name, source in sorted(stack.sources.items())]
    accepted, received = (
        sum(map(_total, metrics.read([Series(name, each) for each in own], reach=reach)))
        for name in ("enqueued", "received")
    )
    median, worst = metrics.read(
        [Series("Duration", _function(stack), each, OF_FUNCTION) for each in ("p50", "p99")],
        reach=reach,
        period=3600,
    )
    return Usage(
        days=days,
        accepted=int(accepted),
        received=int(received),
        metrics={name: Told(_total(each), _most(each)) for name, each in points.items() if each},
        run_seconds=(_middle(median) / 1000, _most(worst) / 1000) if median and worst else None,
        custom_metrics=metrics.count(),
    )


def setup(stack: Stack) -> tuple[Setup, int]:
    """Ask what a stack and its account allow, and in how many subnets its function is (0: in no network)."""
    name = stack.outputs["function_name"]
    function = stack.functions.get_function_configuration(FunctionName=name)
    reserved = stack.functions.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", 0)
    account = stack.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    mappings = stack.functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    processing = [
        most
        for mapping in mappings
        if mapping.get("EventSourceArn") == stack.outputs["queue_arn"]
        and (most := mapping.get("ScalingConfig", {}).get("MaximumConcurrency"))
    ]
    table = stack.dynamodb.describe_table(TableName=stack.outputs["table_name"])["Table"]
    warm = table.get("WarmThroughput", {}).get("WriteUnitsPerSecond") or quotas.NEW_TABLE_UNITS
    return (
        Setup(
            region=stack.region,
            reserved=reserved,
            processing=min(processing, default=quotas.MOST_PROCESSING),
            account=account,
            requests_per_second=quotas.API_REQUESTS if is_rest_api(stack) else None,
            table_units=warm,
        ),
        len(function.get("VpcConfig", {}).get("SubnetIds", ())),
    )


def is_rest_api(stack: Stack) -> bool:
    """Tell by the address whether a REST API receives."""
    return "lambda-url" not in stack.outputs.get("webhook_url", "lambda-url")


def _series(stack: Stack) -> Mapping[str, Series]:
    """Return AWS's own metrics that are read by the minute."""
    outputs = stack.outputs
    function = _function(stack)
    queue = {"QueueName": outputs["queue_arn"].rpartition(":")[2]}
    table = {"TableName": outputs["table_name"]}
    topic = {"TopicName": outputs["topic_arn"].rpartition(":")[2]}
    key_usage = {"Type": "API", "Resource": "CryptographicOperationsSymmetric", "Service": "KMS", "Class": "None"}
    return {
        "runs": Series("Invocations", function, "Sum", OF_FUNCTION),
        "run milliseconds": Series("Duration", function, "Sum", OF_FUNCTION),
        "runs at once": Series("ConcurrentExecutions", function, "Maximum", OF_FUNCTION),
        "runs of the account": Series("Invocations", {}, "Sum", OF_FUNCTION),
        "runs at once of the account": Series("ConcurrentExecutions", {}, "Maximum", OF_FUNCTION),
        "sent": Series("NumberOfMessagesSent", queue, "Sum", OF_QUEUE),
        "sent bytes": Series("SentMessageSize", queue, "Sum", OF_QUEUE),
        "empty receives": Series("NumberOfEmptyReceives", queue, "Sum", OF_QUEUE),
        "in flight": Series("ApproximateNumberOfMessagesNotVisible", queue, "Maximum", OF_QUEUE),
        "write units": Series("ConsumedWriteCapacityUnits", table, "Sum", OF_TABLE),
        "published": Series("NumberOfMessagesPublished", topic, "Sum", OF_TOPIC),
        "published bytes": Series("PublishSize", topic, "Sum", OF_TOPIC),
        "log bytes": Series("IncomingBytes", {"LogGroupName": outputs["log_group_name"]}, "Sum", "AWS/Logs"),
        "key requests of the account": Series("CallCount", key_usage, "Sum", "AWS/Usage"),
    }


def _function(stack: Stack) -> Mapping[str, str]:
    return {"FunctionName": stack.outputs["function_name"]}


def _values(points: Points) -> Sequence[Decimal]:
    return [Decimal(repr(value)) for _, value in points]


def _total(points: Points) -> Decimal:
    return sum(_values(points), Decimal(0))


def _most(points: Points) -> Decimal:
    return max(_values(points))


def _middle(points: Points) -> Decimal:
    return sorted(_values(points))[len(points) // 2]
