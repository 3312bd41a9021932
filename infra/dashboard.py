"""The dashboard, read from the top down along the data's way: receive, queue, run, record, publish, capacity."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.names import Names

WIDTH = 24
"""Columns of a dashboard."""

HEIGHT = 6

PERIOD_SECONDS = 300


@dataclass(frozen=True)
class Graph:
    """One graph.

    Attributes:
        title: What it shows.
        metrics: Namespace, name, dimensions and statistic of each line.
        stacked: Whether the lines are parts of a whole.
    """

    title: str
    metrics: Sequence[tuple[str, str, Mapping[str, str], str]]
    stacked: bool = False


def dashboard(names: Names, providers: Mapping[str, str]) -> str:
    """Write the dashboard's body.

    Args:
        names: Names of this environment.
        providers: Providers by source.
    """
    widgets: list[dict[str, Any]] = []
    for y, row in enumerate(_rows(names, providers)):
        width = WIDTH // len(row)
        widgets += [_widget(graph, names.region, x * width, y * HEIGHT, width) for x, graph in enumerate(row)]
    return json.dumps({"widgets": widgets})


def _rows(names: Names, providers: Mapping[str, str]) -> Sequence[Sequence[Graph]]:
    function = {"FunctionName": names.processor}
    table = {"TableName": names.ledger}
    queue, dlq = {"QueueName": names.queue}, {"QueueName": names.dead_letter_queue}

    def by_source(metric: str, statistic: str = "Sum") -> Sequence[tuple[str, str, Mapping[str, str], str]]:
        return [
            (names.processor, metric, {"source": source, "provider": provider}, statistic)
            for source, provider in sorted(providers.items())
        ]

    return [
        [
            Graph("received", by_source("received"), stacked=True),
            Graph("accepted and enqueued", by_source("enqueued"), stacked=True),
            Graph("refused (401, 413)", by_source("rejected"), stacked=True),
            Graph("unavailable (503)", by_source("unavailable"), stacked=True),
        ],
        [
            Graph("older secret in use (0: the newest)", by_source("secret_position", "Maximum")),
            Graph("card data masked", by_source("masked"), stacked=True),
            Graph("queue depth", [("AWS/SQS", "ApproximateNumberOfMessagesVisible", queue, "Maximum")]),
            Graph("queue age, s", [("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum")]),
        ],
        [
            Graph("invocations", [("AWS/Lambda", "Invocations", function, "Sum")]),
            Graph(
                "errors and throttles",
                [("AWS/Lambda", "Errors", function, "Sum"), ("AWS/Lambda", "Throttles", function, "Sum")],
            ),
            Graph(
                "duration, ms",
                [("AWS/Lambda", "Duration", function, each) for each in ("p50", "p99", "Maximum")],
            ),
            Graph("concurrent runs", [("AWS/Lambda", "ConcurrentExecutions", function, "Maximum")]),
        ],
        [
            Graph("recorded", by_source("recorded"), stacked=True),
            Graph("duplicates", by_source("duplicate"), stacked=True),
            Graph("late", by_source("late"), stacked=True),
            Graph("unknown types", by_source("unknown"), stacked=True),
        ],
        [
            Graph("published", by_source("published"), stacked=True),
            Graph("put back for another try", by_source("retried"), stacked=True),
            Graph("only the last try left", by_source("last_try"), stacked=True),
            Graph("can never be processed", by_source("unprocessable"), stacked=True),
            Graph("dead letters", [("AWS/SQS", "ApproximateNumberOfMessagesVisible", dlq, "Maximum")]),
        ],
        [
            Graph("table: consumed write units", [("AWS/DynamoDB", "ConsumedWriteCapacityUnits", table, "Sum")]),
            Graph("table: consumed read units", [("AWS/DynamoDB", "ConsumedReadCapacityUnits", table, "Sum")]),
            Graph(
                "topic: published and failed deliveries",
                [
                    ("AWS/SNS", name, {"TopicName": names.topic}, "Sum")
                    for name in ("NumberOfMessagesPublished", "NumberOfNotificationsFailed")
                ],
            ),
        ],
    ]


def _widget(graph: Graph, region: str, x: int, y: int, width: int) -> dict[str, Any]:
    metrics = [
        [namespace, name, *(part for pair in dimensions.items() for part in pair), {"stat": statistic}]
        for namespace, name, dimensions, statistic in graph.metrics
    ]
    return {
        "type": "metric",
        "x": x,
        "y": y,
        "width": width,
        "height": HEIGHT,
        "properties": {
            "title": graph.title,
            "region": region,
            "view": "timeSeries",
            "stacked": graph.stacked,
            "period": PERIOD_SECONDS,
            "metrics": metrics,
        },
    }
