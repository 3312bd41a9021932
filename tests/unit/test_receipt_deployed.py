"""The receipt of a deployed stack: read from CloudWatch and the log, scaled to a month, held against each limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from lambda_src.sources import Source
from ops.receipt import deployed, deployed_report, headroom, model, prices, quotas, stages, usage
from ops.receipt.charges import total
from ops.receipt.quotas import Setup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ops.receipt.usage import Usage
    from ops.stack import Stack

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
PRICES = prices.load("us-east-1")
MONTH = Decimal(730) / 24
"""In days."""

QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:webhook-queue-prod"

Values = dict[tuple[str, str, str], list[float]]
"""Values by namespace (empty: the function's), name and statistic, the newest last, a minute apart."""

A_DAY: Values = {
    ("", "enqueued", "Sum"): [700_000.0, 300_000.0],
    ("", "received", "Sum"): [800_000.0, 300_000.0],
    ("AWS/Lambda", "Invocations", "Sum"): [1_200_000.0, 6_000.0, 394_000.0],
    ("AWS/Lambda", "Duration", "Sum"): [40_000_000.0],
    ("AWS/Lambda", "Duration", "p50"): [10.5, 11.5, 30.0],
    ("AWS/Lambda", "Duration", "p99"): [100.0, 2_500.25],
    ("AWS/Lambda", "ConcurrentExecutions", "Maximum"): [12.0, 80.0, 3.0],
    ("AWS/SQS", "NumberOfMessagesSent", "Sum"): [1_000_000.0],
    ("AWS/SQS", "SentMessageSize", "Sum"): [2_300_000_000.0],
    ("AWS/SQS", "NumberOfEmptyReceives", "Sum"): [20_000.0],
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum"): [2_400_000.0, 600_000.0],
    ("AWS/SNS", "NumberOfMessagesPublished", "Sum"): [1_000_000.0],
    ("AWS/SNS", "PublishSize", "Sum"): [3_000_000_000.0],
    ("AWS/Logs", "IncomingBytes", "Sum"): [3.0 * 1024**3],
}


class CloudWatch:
    """CloudWatch as the receipt asks it."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self.periods: set[int] = set()

    def get_paginator(self, operation: str) -> SimpleNamespace:
        """Give an answer of one page."""
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _list_metrics(self, **_: object) -> Iterator[dict[str, Any]]:
        yield {"Metrics": [{}] * 7}

    def _get_metric_data(self, **given: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - botocore's own
        results = []
        for query in given["MetricDataQueries"]:
            stat = query["MetricStat"]
            self.periods.add(stat["Period"])
            namespace = stat["Metric"]["Namespace"]
            key = ("" if namespace == "fn" else namespace, stat["Metric"]["MetricName"], stat["Stat"])
            values = self._values.get(key, [])
            times = [NOW - timedelta(minutes=age) for age in reversed(range(len(values)))]
            results.append({"Id": query["Id"], "Timestamps": times, "Values": values})
        yield {"MetricDataResults": results}


class Functions:
    """Lambda as the receipt asks it."""

    def __init__(self, answers: Mapping[str, dict[str, Any]]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401 - any operation
        return lambda **_: self._answers[operation]


def stack(values: Values, *, reserved: dict[str, int] | None = None, url: str = "https://x.lambda-url.aws/") -> Stack:
    """A stack of one source whose metrics are as told."""
    mapping = {"EventSourceArn": QUEUE_ARN, "ScalingConfig": {"MaximumConcurrency": 50}}
    functions: dict[str, dict[str, Any]] = {
        "get_function_configuration": {"VpcConfig": {"SubnetIds": ["a", "b"]}},
        "get_function_concurrency": {"ReservedConcurrentExecutions": 100} if reserved is None else reserved,
        "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
        "list_event_source_mappings": {
            "EventSourceMappings": [
                {"EventSourceArn": "arn:other", "ScalingConfig": {"MaximumConcurrency": 2}},
                mapping,
            ]
        },
    }
    return cast(
        "Stack",
        SimpleNamespace(
            outputs={
                "function_name": "fn",
                "queue_arn": QUEUE_ARN,
                "table_name": "table",
                "log_group_name": "/log",
                "topic_arn": "arn:aws:sns:us-east-1:123456789012:payment-events-prod",
                "webhook_url": url,
            },
            region="us-east-1",
            sources={"shop": Source(provider="stripe")},
            cloudwatch=CloudWatch(values),
            functions=Functions(functions),
            dynamodb=Functions({"describe_table": {"Table": {"WarmThroughput": {"WriteUnitsPerSecond": 8000}}}}),
        ),
    )


@pytest.fixture(scope="module")
def day() -> Usage:
    """What a stack used that took a million webhooks in a day."""
    return usage.read(stack(A_DAY), days=1)


def amounts(used: Usage) -> dict[tuple[str, str], Decimal]:
    """A day's bill by line, to a millionth of a dollar."""
    load = deployed.load_of(used, sources=1, rest_api=False, zones=2)
    charges = deployed.bill(used, load, model.derive(load), PRICES)
    return {(each.part, each.what): round(each.amount / MONTH, 6) for each in charges}


def test_a_day_is_scaled_to_a_month_of_730_hours(day: Usage) -> None:
    """Each of the day's units at its price; what the queue's runs take follows from all runs less the requests."""
    bill = amounts(day)
    assert bill["function", "runs"] == Decimal("0.32")
    assert bill["function", "time"] == round(40_000 * Decimal("0.0000133334"), 6)
    assert bill["table", "write"] == Decimal("1.875")
    assert bill["logs", "all lines"] == Decimal("1.50")
    assert bill["queue", "send"] == Decimal("0.40")
    assert bill["queue", "receive and delete"] == Decimal("0.40")  # each of 1.6 less 1.1 million
    assert bill["queue", "empty receives"] == Decimal("0.008")
    assert bill["topic", "publish"] == Decimal("0.25")
    assert bill["metrics", "our own"] == round(7 * Decimal("0.30") / MONTH, 6)


def test_the_model_of_the_same_load_takes_its_size_and_batches_from_what_was_used(day: Usage) -> None:
    """2.3 KB a message and two messages a run are what CloudWatch tells."""
    load = deployed.load_of(day, sources=1, rest_api=False, zones=2)
    assert (load.payload_bytes, load.batch) == (3 * 1024, 2)
    assert load.events == 1_000_000 * 730 // 24


def test_large_messages_are_billed_by_64_kb() -> None:
    """By their mean size: 100 KB are two requests of sending."""
    used = usage.read(stack(A_DAY | {("AWS/SQS", "SentMessageSize", "Sum"): [102_400_000_000.0]}), days=1)
    assert amounts(used)["queue", "send"] == Decimal("0.80")


def test_headroom_is_of_the_worst_minute(day: Usage) -> None:
    """The tightest limit comes first; of what CloudWatch does not tell nothing is claimed."""
    load = deployed.load_of(day, sources=1, rest_api=False, zones=2)
    found = headroom.rooms(day, quotas.limits(load, model.derive(load), usage.setup(stack(A_DAY))[0]))
    rooms = {room.limit.name: room for room in found}
    assert rooms["runs at once"].times == Decimal(100) / 80
    assert rooms["runs a second"].used == Decimal(20_000)
    assert rooms["write units of the table now"].times == Decimal(8000) / 40_000
    assert rooms["requests to KMS"].times is None
    assert found[0].limit.name == "runs a second"


def test_what_is_allowed_is_asked_of_aws() -> None:
    """Concurrency reserved, of the queue and of the account, and the table's warm throughput."""
    allowed, subnets = usage.setup(stack(A_DAY))
    assert allowed == Setup(region="us-east-1", reserved=100, processing=50, account=1000, table_units=8000)
    assert subnets == 2
    assert usage.setup(stack(A_DAY, reserved={}))[0].concurrency == 1000
    assert usage.setup(stack(A_DAY, url="https://hooks.example.com/"))[0].requests_per_second == 10_000


def test_minutes_are_read_by_the_minute() -> None:
    """A peak of a minute would be lost in an hour's mean; percentiles are by the hour."""
    told = stack(A_DAY)
    usage.read(told, days=7)
    assert cast("CloudWatch", told.cloudwatch).periods == {60, 3600}


def test_a_stack_without_a_webhook_is_billed_for_what_stands() -> None:
    """Nothing accepted: no cost of an event is made up, and what is not told is named."""
    used = usage.read(stack({}), days=7)
    load = deployed.load_of(used, sources=1, rest_api=False, zones=2)
    counted = model.derive(load)
    told = deployed_report.of_deployed(used, load, counted, prices=PRICES, setup=Setup(), stages=[])
    assert "0 webhooks accepted of 0 received in 7 day(s)" in told
    assert "USD a million" not in told
    assert f"A month: {total(deployed.bill(used, load, counted, PRICES)).quantize(Decimal('0.01'))} USD" in told
    assert "tells nothing of empty receives" in told
    assert "nothing was processed in the last hour" in told


def test_the_report_tells_times_and_what_lifts_each_limit(day: Usage) -> None:
    """Percentiles of stages and runs, and the setting beside each limit."""
    load = deployed.load_of(day, sources=1, rest_api=False, zones=2)
    took = [stages.Stage("recorded to published", 5, timedelta(milliseconds=20), timedelta(seconds=61))]
    told = deployed_report.of_deployed(day, load, model.derive(load), prices=PRICES, setup=Setup(), stages=took)
    lines = {line.split("  ")[0]: line.split() for line in told.splitlines()}
    assert lines["recorded to published"][-3:] == ["5", "20", "61000"]
    assert lines["a run, in the median and the worst hour"][-2:] == ["12", "2500"]
    assert lines["runs at once for the queue"][-4:] == ["processingConcurrency,", "up", "to", "1,000"]


def line(delivery: str, outcome: str, second: float) -> dict[str, Any]:
    """A log line of a delivery."""
    at = (NOW + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"delivery_id": delivery, "outcome": outcome, "timestamp": at}


def test_stages_are_measured_by_log_lines() -> None:
    """A delivery of two events is recorded and published when its last one is; what is under way does not count."""
    lines = [
        line(f"d{number}", outcome, after)
        for number in range(99)
        for outcome, after in (("accepted", 0), ("recorded", 0.1), ("published", 0.3))
    ]
    lines += [line("slow", "accepted", 0), line("slow", "recorded", 1), line("slow", "recorded", 9)]
    lines += [line("slow", "published", 10), line("new", "accepted", 0), line("d1", "rejected", 50)]
    found = {stage.name: stage for stage in stages.stages(lines)}
    first = found["acknowledged to recorded"]
    assert (first.times, first.median, first.p99) == (100, timedelta(seconds=0.1), timedelta(seconds=0.1))
    assert found["acknowledged to published"].median == timedelta(seconds=0.3)
    slowest = stages.stages(lines[-6:])
    assert [stage.p99 for stage in slowest] == [timedelta(seconds=9), timedelta(seconds=1), timedelta(seconds=10)]
