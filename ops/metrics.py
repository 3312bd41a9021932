"""The function's metrics, read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.stack import Stack

MOST_QUERIES = 500
"""Of one GetMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html"""

FINE_SECONDS, COARSE_SECONDS = 300, 3600
FINE_REACH, COARSE_REACH = timedelta(days=1), timedelta(days=14)
"""Yesterday is read by five minutes, the fortnight before it by the hour."""


class Series(NamedTuple):
    """One metric under one set of dimensions.

    Attributes:
        name: The metric's name.
        dimensions: Values by name.
        statistic: CloudWatch's name of a statistic.
        namespace: None: the function's own.
    """

    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"
    namespace: str | None = None


Points = list[tuple[datetime, float]]
"""Values by the start of their period, oldest first."""


class Metrics:
    """Reads CloudWatch.

    Args:
        stack: The stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._cloudwatch = stack.cloudwatch
        self._namespace = stack.outputs["function_name"]

    def read(
        self, wanted: Sequence[Series], *, reach: timedelta = FINE_REACH, period: int | None = None
    ) -> list[Points]:
        """Read each series back to `reach`.

        Args:
            wanted: The series.
            reach: How far back.
            period: Seconds; None: by five minutes for a day and by the hour beyond that.
        """
        now = datetime.now(UTC)
        if period is None:
            period = FINE_SECONDS if reach <= FINE_REACH else COARSE_SECONDS
        points: list[Points] = []
        for first in range(0, len(wanted), MOST_QUERIES):
            batch = wanted[first : first + MOST_QUERIES]
            found: dict[str, Points] = {f"m{position}": [] for position in range(len(batch))}
            pages = self._cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[self._query(f"m{position}", each, period) for position, each in enumerate(batch)],  # type: ignore[misc]  # plain dicts, checked by CloudWatch
                StartTime=now - reach,
                EndTime=now + timedelta(seconds=period),
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    found[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
            points += [sorted(found[f"m{position}"]) for position in range(len(batch))]
        return points

    def dimensions_of(self, name: str) -> list[dict[str, str]]:
        """List the sets of dimensions under which a metric had a value within two weeks."""
        pages = self._cloudwatch.get_paginator("list_metrics").paginate(Namespace=self._namespace, MetricName=name)
        metrics = [metric for page in pages for metric in page["Metrics"]]
        return [{each["Name"]: each["Value"] for each in metric["Dimensions"]} for metric in metrics]

    def count(self) -> int:
        """Count the function's metrics, each name with each set of dimensions, that had a value within two weeks."""
        pages = self._cloudwatch.get_paginator("list_metrics").paginate(Namespace=self._namespace)
        return sum(len(page["Metrics"]) for page in pages)

    def _query(self, query_id: str, series: Series, period: int) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions.items()]
        namespace = series.namespace or self._namespace
        metric = {"Namespace": namespace, "MetricName": series.name, "Dimensions": dimensions}
        return {"Id": query_id, "MetricStat": {"Metric": metric, "Period": period, "Stat": series.statistic}}
