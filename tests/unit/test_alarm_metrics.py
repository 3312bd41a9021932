"""What alarms and dashboard watch is what the function really emits: it is run, and its log lines are read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lambda_src.aws import AwsError
from lambda_src.errors import Reason
from local.metric_feed import metric_data
from tests.infra.program import Deployment, Resource, deploy
from tests.unit.harness import FUNCTION, RETRY_DELAYS, http_event, new_delivery, sqs_record, stripe_body, stripe_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.pipe import Pipe

SOURCES = {"stripe": {"provider": "stripe"}, "fake": {"provider": "adyen"}}
NAME = "webhook-processor-test"

Emitted = set[tuple[str, tuple[str, ...]]]

_EMITTED_BY_AWS = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): "QueueName",
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): "QueueName",
    ("AWS/Lambda", "Errors"): "FunctionName",
    ("AWS/Lambda", "Throttles"): "FunctionName",
    ("AWS/Lambda", "Duration"): "FunctionName",
    ("AWS/Lambda", "Invocations"): "FunctionName",
    ("AWS/Lambda", "ConcurrentExecutions"): "FunctionName",
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): "TableName",
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): "TableName",
    ("AWS/SNS", "NumberOfMessagesPublished"): "TopicName",
    ("AWS/SNS", "NumberOfNotificationsFailed"): "TopicName",
}
"""Metrics of AWS's own and the dimension that each is kept under, by AWS's documents."""


@pytest.fixture(scope="module")
def watched() -> Deployment:
    """A deployment whose function is the one that is run here."""
    return deploy({"environmentSuffix": "test", "sources": SOURCES, "silenceAlarmHours": dict.fromkeys(SOURCES, 1)})


@pytest.fixture
def emitted(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> Emitted:
    """Run the function through all that can happen; return each metric with the names of its dimensions."""
    capsys.readouterr()
    receiver = pipe.receiver()
    answers = [receiver.receive(event)["statusCode"] for event in (stripe_event(), http_event("/stripe", "{}"))]
    unstored = pipe.receiver(_Away(pipe, "send_message")).receive(stripe_event())["statusCode"]
    assert [*answers, unstored] == [200, 401, 503]
    pipe.process_once()
    events = [
        {"event_id": "e2", "status": "captured", "at": 60},
        {"event_id": "e1", "status": "authorized"},  # late
        {"event_id": "e3", "status": "unknown"},
    ]
    for event in (*events, events[0]):
        pipe.enqueue(new_delivery([event]))
        pipe.process_once()
    failing = pipe.processor(_Away(pipe, "publish_batch"))
    failing.process([sqs_record(new_delivery(stripe_body("evt_9").decode(), provider="stripe"), len(RETRY_DELAYS))])
    pipe.enqueue(new_delivery("no event", provider="stripe"))
    pipe.process_once()
    return {
        (datum["MetricName"], tuple(sorted(dimension["Name"] for dimension in datum["Dimensions"])))
        for line in capsys.readouterr().out.splitlines()
        for namespace, datum in metric_data(line)
        if namespace == FUNCTION == NAME
    }


class _Away:
    """A door to AWS behind which one operation is away."""

    def __init__(self, pipe: Pipe, operation: str) -> None:
        self._call = pipe.aws
        self._operation = operation

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, object]:
        """Make the call, unless it is the one."""
        if operation == self._operation:
            raise AwsError(operation, "Unreachable")
        return self._call(service, operation, **parameters)


def _metrics_of(resource: Resource) -> Iterator[tuple[str, str, dict[str, str]]]:
    """List the metrics of an alarm: namespace, name and dimensions."""
    inputs = resource.inputs
    if "metricName" in inputs:
        yield inputs["namespace"], inputs["metricName"], inputs["dimensions"]
    for query in inputs.get("metricQueries", []):
        if "metric" in query:
            yield query["metric"]["namespace"], query["metric"]["metricName"], query["metric"]["dimensions"]


def test_every_alarm_watches_a_metric_that_is_really_emitted(watched: Deployment, emitted: Emitted) -> None:
    """Namespace, name and dimensions are the function's own, or AWS's for one of our resources."""
    ours = {"QueueName": {"webhook-queue-test", "webhook-dlq-test"}, "FunctionName": {NAME}}
    seen = set()
    for resource in watched.all("aws:cloudwatch/metricAlarm:MetricAlarm"):
        for namespace, name, dimensions in _metrics_of(resource):
            seen.add(name)
            if namespace == NAME:
                assert (name, tuple(sorted(dimensions))) in emitted
                assert dimensions["provider"] == SOURCES[dimensions["source"]]["provider"]
                assert dimensions.get("reason", "topic_unavailable") in set(Reason)
            else:
                ((dimension, value),) = dimensions.items()
                assert _EMITTED_BY_AWS[namespace, name] == dimension
                assert value in ours[dimension]
    assert seen >= {"rejected", "unknown", "retried", "last_try", "received", "enqueued", "Errors", "Duration"}


def test_the_dashboard_shows_every_metric_that_is_really_emitted_and_no_other(
    watched: Deployment, emitted: Emitted
) -> None:
    """Every line of every graph is one that has values, and none of the function's metrics is missing."""
    body = json.loads(watched.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])
    shown = set()
    for widget in body["widgets"]:
        assert widget["x"] + widget["width"] <= 24
        for namespace, name, *dimensions, _ in widget["properties"]["metrics"]:
            if namespace == NAME:
                assert (name, tuple(sorted(dimensions[::2]))) in emitted
                shown.add(name)
            else:
                assert [_EMITTED_BY_AWS[namespace, name]] == dimensions[::2]
    assert shown == {name for name, _ in emitted}
