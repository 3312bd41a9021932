"""A stack's bill as a model: derived units, assumptions that are named, and list prices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from infra.alarms import ALARMS
from ops.receipt import billing, webhook
from ops.receipt.charges import Meter
from ops.receipt.rehearsal import AT, rehearse
from ops.receipt.units import units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.receipt.charges import Charge
    from ops.receipt.prices import Prices
    from ops.receipt.units import Units

MEMORY_GB = 1
"""Of the function."""

INTERFACE_ENDPOINTS = 3
"""Of the isolated network: SNS, SQS and SSM; DynamoDB's endpoint costs nothing."""

FIREWALL_RULES = 5
"""Of the web ACL, without `allowedAddresses`."""

ACCESS_LOG_BYTES = 400
"""Of one line of the REST API's access log, assumed."""

CALL_OVERHEAD_BYTES = 2048
"""Headers of a call and the whole answer, through an endpoint, assumed."""

POLLERS, POLL_SECONDS = 5, 20
"""Lambda keeps so many receives of a queue waiting, each for so long; they are billed when they come back empty.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

TRACED_SHARE = Decimal("0.05")
"""Lambda traces the first run of each second and this share of the others; it cannot be set.
https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html"""

KEY_REUSE_SECONDS = 300
"""How long SQS (as configured), SNS, DynamoDB and our cache of secrets go without asking KMS again.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"""

KEY_REQUESTS = 3 + 2 + 1
"""To KMS in each reuse period, where there is traffic: SQS 2 for the sender and 1 for the poller, SNS 2, DynamoDB 1."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a stack is asked to do, and how it is set up.

    Attributes:
        events: Webhooks a month, each with one event, evenly spread.
        payload_bytes: Size of each.
        batch: Messages that share a run.
        sources: Configured sources.
        receive_ms: How long receiving one takes, milliseconds: assumed until measured.
        run_ms: How long a run takes beside its events, milliseconds: assumed likewise.
        event_ms: How long a run takes for each of its events, milliseconds: assumed likewise.
        rest_api: Whether a REST API behind a firewall receives, not a Function URL.
        zones: Availability zones of the isolated network; 0: the function is in none.
    """

    events: int
    payload_bytes: int = 2048
    batch: int = 1
    sources: int = 1
    receive_ms: int = 20
    run_ms: int = 20
    event_ms: int = 20
    rest_api: bool = False
    zones: int = 2


def derive(load: Load) -> Units:
    """Count the units of one full batch of a load's events, by the function's own code."""
    return units(rehearse([webhook.body(load.payload_bytes, number, AT) for number in range(load.batch)]))


def bill(load: Load, counted: Units, prices: Prices) -> Sequence[Charge]:
    """Write a month's bill: what grows with the events, then what does not.

    Args:
        load: What the stack does.
        counted: The units of one batch of its events.
        prices: Of its region.
    """
    meter = Meter(prices)
    return [
        *(
            meter.charge(part, what, price, each * load.events, events=load.events)
            for part, what, price, each in _of_each_event(load, counted)
        ),
        *(meter.charge(*row) for row in at_any_load(load, metrics=len(counted.metrics) * load.sources)),
        meter.charge(
            "queue", "empty receives, at most", "queue_requests", POLLERS * billing.MONTH_SECONDS // POLL_SECONDS
        ),
    ]


def _of_each_event(load: Load, counted: Units) -> Iterator[tuple[str, str, str, Decimal]]:
    """List part, what of it, the price's name and the units of one event."""
    share = counted.of_each
    yield "function", "runs", "function_requests", share(counted.runs)
    yield "function", "time, assumed", "function_time", _milliseconds(load) * MEMORY_GB / 1000
    yield "queue", "send", "queue_requests", share(counted.queue_sends)
    yield "queue", "receive and delete", "queue_requests", share(counted.queue_receives + counted.queue_deletes)
    yield "table", "write", "table_writes", share(counted.write_units)
    yield "topic", "publish", "topic_requests", share(counted.topic_requests)
    yield "logs", "the function's lines", "logs", share(counted.function_log_bytes) / billing.GB
    yield "logs", "Lambda's lines about runs", "logs", share(counted.run_log_bytes) / billing.GB
    yield from not_told(load, counted)
    if load.rest_api:
        yield "ingress", "API requests", "api_requests", Decimal(1)
        yield "ingress", "firewall requests", "firewall_requests", Decimal(1)


def not_told(load: Load, counted: Units) -> Iterator[tuple[str, str, str, Decimal]]:
    """List, as of each event, what AWS counts for a whole account and not for a stack."""
    share, events = counted.of_each, Decimal(load.events)
    yield "traces", "recorded", "traces", traced(share(counted.runs) * events) / events
    yield "keys", "requests, at most", "key_requests", key_requests(load) / events
    if load.zones:
        through = counted.interface_bytes + CALL_OVERHEAD_BYTES * counted.interface_calls
        yield "network", "through endpoints", "endpoint_data", share(through) / billing.GB
    if load.rest_api:
        yield "ingress", "access log, assumed", "logs", Decimal(ACCESS_LOG_BYTES) / billing.GB


def at_any_load(load: Load, *, metrics: int) -> Iterator[tuple[str, str, str, int]]:
    """List part, what of it, the price's name and the units of a month with so many metrics of our own."""
    if load.zones:
        hours = INTERFACE_ENDPOINTS * load.zones * billing.MONTH_HOURS
        yield "network", f"{INTERFACE_ENDPOINTS} endpoints in {load.zones} zones", "endpoint_hours", hours
    yield "metrics", "our own", "metrics", metrics
    yield "metrics", "read by alarms", "alarms", alarm_metrics(load.sources)
    yield "metrics", "dashboard", "dashboard", 1
    yield "keys", "key", "key", 1
    if load.rest_api:
        yield "ingress", "firewall", "firewall", 1
        yield "ingress", "firewall rules", "firewall_rules", FIREWALL_RULES


def storage(load: Load, counted: Units, prices: Prices) -> Decimal:
    """Say what a month's events add to the bill of each later month that they are kept, with their recovery; USD."""
    gigabytes = counted.of_each(counted.stored_bytes) * load.events / billing.GB
    return prices["table_storage"].of(gigabytes) + prices["table_recovery"].of(gigabytes)


def traced(runs: Decimal) -> Decimal:
    """Count the runs that are traced of so many in a month, coming by chance.

    Of each second in which there is any run the first one is, and 5 % of the others.
    """
    rate = runs / billing.MONTH_SECONDS
    first = 1 - (-rate).exp()
    return (first + TRACED_SHARE * (rate - first)) * billing.MONTH_SECONDS


def environments(load: Load) -> int:
    """Count the function's environments that receive at once, on average, one at least."""
    busy = Decimal(load.events) / billing.MONTH_SECONDS * load.receive_ms / 1000
    return int(busy.to_integral_value(rounding="ROUND_CEILING")) or 1


def key_requests(load: Load) -> Decimal:
    """Count a month's requests to KMS, at most: in each reuse period, and one for each environment's secret."""
    periods = billing.MONTH_SECONDS // KEY_REUSE_SECONDS
    each = KEY_REQUESTS + environments(load) * load.sources
    return Decimal(each) * min(periods, load.events)


def alarm_metrics(sources: int) -> int:
    """Count the metrics that the alarms read; the countdown of each source reads two."""
    each = sum(alarm.scope == "source" for alarm in ALARMS) + 2
    return len(ALARMS) - (each - 2) + each * sources


def _milliseconds(load: Load) -> Decimal:
    """One event's share of the time of both runs; Lambda rounds each up to a millisecond."""
    return load.receive_ms + Decimal(load.run_ms) / load.batch + load.event_ms
