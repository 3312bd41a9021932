"""Structured log lines that are metrics at the same time: JSON with CloudWatch's embedded metric format.

A line's fields are those of `Line` and no others: what is not declared there cannot be logged.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import sys
import time
from typing import Literal

import msgspec

Metric = Literal[
    "received",
    "rejected",
    "enqueued",
    "recorded",
    "duplicate",
    "late",
    "unknown",
    "published",
    "masked",
    "retried",
    "last_try",
    "unprocessable",
    "unavailable",
    "secret_position",
]
"""Names of our metrics. All count, but `secret_position`: the place of the secret that matched, 0 for the newest."""

_DIMENSIONS = [["source", "provider"]]
_DIMENSIONS_WITH_REASON = [["source", "provider"], ["source", "provider", "reason"]]


class Line(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One log line: the allow-list of what may be logged. Times are UTC, sizes bytes, delays seconds."""

    message: str
    level: Literal["INFO", "WARN", "ERROR"] = "INFO"
    request_id: str | None = None
    source: str | None = None
    provider: str | None = None
    delivery_id: str | None = None
    outcome: str | None = None
    reason: str | None = None
    detail: str | None = None
    times: int | None = None
    body_bytes: int | None = None
    transaction_id: str | None = None
    event_id: str | None = None
    event_type: str | None = None
    status: str | None = None
    receive_count: int | None = None
    retry_in_seconds: int | None = None
    error_type: str | None = None
    error_place: str | None = None


def place_of(error: BaseException) -> str:
    """Where an exception was raised, as `module.py:line`: all of a traceback that holds no data."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    if frame is None:
        return "unknown"
    return f"{frame.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.tb_lineno}"


def surprise(error: BaseException) -> str:
    """Describe an exception that nobody foresaw by its type and place; its message may hold data and is left out."""
    return f"{type(error).__name__} at {place_of(error)}"


def write(line: Line, namespace: str, metrics: dict[Metric, int] | None = None) -> None:
    """Write one line to the log, and with it the metrics' values.

    Args:
        line: What happened.
        namespace: The metrics' namespace: the function's name.
        metrics: Values by name; dimensions are the line's source and provider, and its reason where it has one.
    """
    now = time.time()
    record = msgspec.to_builtins(line)
    record["level"] = line.level
    record["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03d}Z"
    if metrics:
        record.update(metrics)
        record["_aws"] = {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": _DIMENSIONS_WITH_REASON if line.reason else _DIMENSIONS,
                    "Metrics": [{"Name": name} for name in metrics],
                }
            ],
        }
    sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
