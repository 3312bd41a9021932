"""What CloudWatch does with the embedded metrics of log lines, for the emulator, which only keeps the lines.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.log_tail import LogTail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.aws import Clients

_LOOK_SECONDS = 1.0
_MOST_DATA = 1000
"""Of one PutMetricData."""


class MetricFeed:
    """Reads a log group again and again and puts the metrics that its lines hold.

    Args:
        clients: The emulator's clients.
        log_group: Name of the log group.
    """

    def __init__(self, clients: Clients, log_group: str) -> None:
        self._clients = clients
        self._tail = LogTail(clients, log_group, '"CloudWatchMetrics"')
        self._stopped = threading.Event()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="metric-feed", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Read no more."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def feed(self) -> None:
        """Put the metrics of all lines that have come since the last time."""
        with self._turn:
            data: dict[str, list[dict[str, Any]]] = {}
            for message in self._tail.fresh():
                for namespace, datum in metric_data(message):
                    data.setdefault(namespace, []).append(datum)
            for namespace, all_of_it in data.items():
                for first in range(0, len(all_of_it), _MOST_DATA):
                    self._clients.cloudwatch.put_metric_data(
                        Namespace=namespace,
                        MetricData=all_of_it[first : first + _MOST_DATA],  # type: ignore[arg-type]  # plain dicts
                    )

    def _run(self) -> None:
        while not self._stopped.wait(_LOOK_SECONDS):
            with suppress(BotoCoreError, ClientError):  # the emulator is busy or going: metrics are no reason to fail
                self.feed()


def metric_data(message: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the metrics out of one log line: namespace and datum, once for each set of dimensions."""
    try:
        line = json.loads(message)
        meta = line["_aws"]
    except (ValueError, KeyError, TypeError):
        return
    at = datetime.fromtimestamp(meta["Timestamp"] / 1000, UTC)
    for directive in meta["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            named = _named(line, dimensions)
            for metric in directive["Metrics"]:
                datum = {
                    "MetricName": metric["Name"],
                    "Dimensions": named,
                    "Value": line[metric["Name"]],
                    "Timestamp": at,
                }
                yield directive["Namespace"], datum


def _named(line: dict[str, Any], dimensions: Iterable[str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": str(line[name])} for name in dimensions]
