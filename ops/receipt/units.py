"""What AWS bills for an event: counted from what the function's own code sends and logs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import botocore.serialize
import botocore.session

from ops.receipt import billing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.receipt.rehearsal import Call, Rehearsal

_TRACING = (
    '"tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"Root=1-62e900b2-710d76f009d6e7785905449a;'
    'Parent=0efbd19962d95b05;Sampled=1"}'
)
_BEGIN = '{"time":"2026-01-01T00:00:00.000Z","type":"platform.%s","record":{"requestId":"%s",'
_RUN = "00000000-0000-0000-0000-000000000000"

RUN_LINES = (
    _BEGIN % ("start", _RUN) + '"version":"$LATEST",' + _TRACING + "}}",
    _BEGIN % ("report", _RUN)
    + '"metrics":{"durationMs":20.000,"billedDurationMs":20,"memorySizeMB":1024,"maxMemoryUsedMB":100},'
    + _TRACING
    + ',"status":"success"}}',
)
"""What Lambda itself logs of each run, in its documented form; the numbers' digits vary.
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html"""


@dataclass(frozen=True, kw_only=True)
class Units:
    """What some events take together, processed in one run. All are counts of what AWS bills, or bytes.

    Attributes:
        events: How many events.
        runs: Invocations of the function, of both triggers.
        queue_sends: Billed requests of sending.
        queue_receives: Billed requests of receiving what was sent, in one batch.
        queue_deletes: Billed requests of deleting, in one batch.
        write_units: Of the table.
        topic_requests: Billed requests of publishing.
        function_log_bytes: Ingested of the function's own lines.
        run_log_bytes: Ingested of Lambda's lines about its runs.
        stored_bytes: Kept in the table by the events' own items.
        interface_bytes: Request bodies through interface endpoints, as botocore writes them.
        interface_calls: Calls through them.
        calls: Calls to AWS.
        metrics: Names of our own metrics with their dimensions, each a custom metric of its source.
    """

    events: int
    runs: int
    queue_sends: int
    queue_receives: int
    queue_deletes: int
    write_units: int
    topic_requests: int
    function_log_bytes: int
    run_log_bytes: int
    stored_bytes: int
    interface_bytes: int
    interface_calls: int
    calls: int
    metrics: frozenset[tuple[str, ...]]

    def of_each(self, count: int) -> Decimal:
        """One event's share of a count."""
        return Decimal(count) / self.events


def units(rehearsal: Rehearsal) -> Units:
    """Count what a rehearsal's events are billed for."""
    calls = rehearsal.calls
    messages = [call.parameters["MessageBody"].encode() for call in calls if call.operation == "send_message"]
    writes = [write for call in calls for write in call.written]
    runs = rehearsal.events + 1
    return Units(
        events=rehearsal.events,
        runs=runs,
        queue_sends=sum(billing.message_requests([len(message)]) for message in messages),
        queue_receives=billing.message_requests(map(len, messages)),
        queue_deletes=1,
        write_units=sum(
            billing.write_units(billing.item_bytes(old or {}), billing.item_bytes(new)) for old, new in writes
        ),
        topic_requests=sum(
            billing.message_requests(map(entry_bytes, call.parameters["PublishBatchRequestEntries"]))
            for call in calls
            if call.operation == "publish_batch"
        ),
        function_log_bytes=sum(map(billing.log_bytes, rehearsal.lines)),
        run_log_bytes=runs * sum(map(billing.log_bytes, RUN_LINES)),
        stored_bytes=sum(
            billing.item_bytes(new) + billing.STORED_ITEM_OVERHEAD_BYTES
            for old, new in writes
            if old is None and new["record"]["S"] != "state"
        ),
        interface_bytes=sum(len(_wire_body(call)) for call in calls if call.service != "dynamodb"),
        interface_calls=sum(call.service != "dynamodb" for call in calls),
        calls=len(calls),
        metrics=frozenset(name for line in rehearsal.lines for name in metric_names(line)),
    )


def entry_bytes(entry: dict[str, Any]) -> int:
    """Measure one message of a PublishBatch."""
    return len(entry["Message"].encode()) + billing.attribute_bytes(entry["MessageAttributes"])


def metric_names(line: str) -> Sequence[tuple[str, ...]]:
    """List the custom metrics that a log line in embedded metric format feeds: name, then names of dimensions."""
    directives = json.loads(line).get("_aws", {}).get("CloudWatchMetrics", ())
    return [
        (metric["Name"], *dimensions)
        for directive in directives
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    ]


def _wire_body(call: Call) -> bytes:
    model = botocore.session.get_session().get_service_model(call.service)
    operation = "".join(word.capitalize() for word in call.operation.split("_"))
    serializer = botocore.serialize.create_serializer(model.resolved_protocol)
    body = serializer.serialize_to_request(call.parameters, model.operation_model(operation))["body"]
    if isinstance(body, dict):  # the query protocol: botocore writes it as a form when it sends it
        return urlencode(body).encode()
    return body if isinstance(body, bytes) else body.encode()
