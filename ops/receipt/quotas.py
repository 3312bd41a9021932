"""The limits that a growing load meets, by what one event takes of each, and what lifts them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ops.receipt import billing, model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.receipt.model import Load
    from ops.receipt.units import Units

RUNS_A_SECOND = 10
"""Of a function, for each concurrent run that it may have.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""

MOST_PROCESSING = 1250
"""Runs that a queue's trigger makes at once, without a maximum; the setting's own most is 1,000.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

NEW_TABLE_UNITS, TABLE_UNITS = 4_000, 40_000
"""Write units a second of a new on-demand table, and of any by default; as a table grows it takes twice its last peak.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"""

PARTITION_UNITS = 1_000
"""Write units a second of one partition, so of one payment at least. Same page."""

IN_FLIGHT = 120_000
"""Messages of a standard queue that are received and not deleted; those that wait for their next try are.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""

PUBLISHED: Mapping[str, int] = {"us-east-1": 30_000, "us-west-2": 9_000, "eu-west-1": 9_000, "eu-central-1": 3_000}
"""Messages a second that an account publishes to standard topics, by region; elsewhere take the least of these.
https://docs.aws.amazon.com/general/latest/gr/sns.html (from memory, not looked up)"""

KEY_REQUESTS: Mapping[str, int] = {"us-east-1": 100_000, "us-west-2": 100_000, "eu-west-1": 100_000}
"""Symmetric requests a second to KMS, by region; 20,000 elsewhere in Europe.
https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html (from memory, not looked up)"""

PARAMETER_REQUESTS = 40
"""GetParameter a second. https://docs.aws.amazon.com/general/latest/gr/ssm.html (from memory, not looked up)"""

ENDPOINT_MEGABYTES = 1_250
"""A second through an interface endpoint in each zone: 10 Gbit/s, which grow to 100 by themselves.
https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html (from memory, not looked up)"""

API_REQUESTS = 10_000
"""Requests a second to the REST APIs of an account and region.
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (from memory, not looked up)"""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What a stack and its account allow.

    Attributes:
        region: The region.
        reserved: `reservedConcurrency`; 0: none.
        processing: `processingConcurrency`.
        account: The account's concurrent runs.
        requests_per_second: Of a REST API; None: there is none.
        table_units: Write units a second that the table takes at once.
    """

    region: str = "us-east-1"
    reserved: int = 100
    processing: int = 50
    account: int = 1000
    requests_per_second: int | None = None
    table_units: int = NEW_TABLE_UNITS

    @property
    def concurrency(self) -> int:
        """Runs that the function may have at once."""
        return self.reserved or self.account


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One limit.

    Attributes:
        name: What is limited.
        quota: How much of it there is.
        unit: Of what.
        each: How much of it one event a second takes.
        beyond: What happens beyond it.
        lifted_by: The setting that lifts it, else the quota of AWS's.
    """

    name: str
    quota: Decimal
    unit: str
    each: Decimal
    beyond: str
    lifted_by: str

    @property
    def ceiling(self) -> Decimal:
        """Events a second at which it binds."""
        return self.quota / self.each


def limits(load: Load, counted: Units, setup: Setup) -> Sequence[Limit]:
    """List the limits that grow with the load, with what one event a second takes of each.

    Args:
        load: Its sizes, times and batches; its number of events does not matter.
        counted: The units of one of its batches.
        setup: What is allowed.
    """
    receiving = Decimal(load.receive_ms) / 1000
    processing = (Decimal(load.run_ms) / load.batch + load.event_ms) / 1000
    waits = "the queue grows; nothing is refused"
    found = [
        Limit(
            name="runs a second",
            quota=Decimal(RUNS_A_SECOND * setup.concurrency),
            unit="runs/s",
            each=counted.of_each(counted.runs),
            beyond="429, and the provider sends again",
            lifted_by="`reservedConcurrency`",
        ),
        Limit(
            name="runs at once",
            quota=Decimal(setup.concurrency),
            unit="runs",
            each=receiving + processing,
            beyond="429, and the provider sends again",
            lifted_by="`reservedConcurrency`",
        ),
        Limit(
            name="runs at once for the queue",
            quota=Decimal(setup.processing),
            unit="runs",
            each=processing,
            beyond=waits,
            lifted_by="`processingConcurrency`, up to 1,000",
        ),
        Limit(
            name="runs at once of the account",
            quota=Decimal(setup.account),
            unit="runs",
            each=receiving + processing,
            beyond="429, and the provider sends again",
            lifted_by="quota *Concurrent executions* of Lambda",
        ),
        Limit(
            name="runs a second of the account",
            quota=Decimal(RUNS_A_SECOND * setup.account),
            unit="runs/s",
            each=counted.of_each(counted.runs),
            beyond="429, and the provider sends again",
            lifted_by="quota *Concurrent executions* of Lambda",
        ),
        Limit(
            name="write units of the table now",
            quota=Decimal(setup.table_units),
            unit="units/s",
            each=counted.of_each(counted.write_units),
            beyond=waits,
            lifted_by="time (it takes twice its last peak), or warm throughput",
        ),
        Limit(
            name="write units of a table",
            quota=Decimal(TABLE_UNITS),
            unit="units/s",
            each=counted.of_each(counted.write_units),
            beyond=waits,
            lifted_by="quota *Table-level write throughput* of DynamoDB",
        ),
        Limit(
            name="messages published",
            quota=Decimal(PUBLISHED.get(setup.region, min(PUBLISHED.values()))),
            unit="messages/s",
            each=Decimal(1),
            beyond=waits,
            lifted_by="quota *Messages published per second* of SNS",
        ),
        Limit(
            name="runs at once of a queue's trigger",
            quota=Decimal(MOST_PROCESSING),
            unit="runs",
            each=processing,
            beyond=waits,
            lifted_by="provisioned pollers, or a second stack: no setting here",
        ),
        Limit(
            name="messages in flight",
            quota=Decimal(IN_FLIGHT),
            unit="messages",
            each=processing,
            beyond=waits,
            lifted_by="quota *Messages in flight* of SQS; see the outage in docs/scale.md",
        ),
        Limit(
            name="secrets asked for",
            quota=Decimal(PARAMETER_REQUESTS),
            unit="calls/s",
            each=receiving * load.sources / model.KEY_REUSE_SECONDS,
            beyond="503 of environments without a cached secret",
            lifted_by="higher throughput of Parameter Store, a setting of the account",
        ),
        Limit(
            name="requests to KMS",
            quota=Decimal(KEY_REQUESTS.get(setup.region, 20_000)),
            unit="calls/s",
            each=receiving * load.sources / model.KEY_REUSE_SECONDS,
            beyond="503, or the queue grows",
            lifted_by="quota *Cryptographic operations (symmetric)* of KMS",
        ),
    ]
    if load.zones:
        found.append(
            Limit(
                name="megabytes through endpoints",
                quota=Decimal(ENDPOINT_MEGABYTES * load.zones),
                unit="MB/s",
                each=counted.of_each(counted.interface_bytes + model.CALL_OVERHEAD_BYTES * counted.interface_calls)
                / 1_000_000,
                beyond="calls take longer",
                lifted_by="itself: an endpoint grows to ten times as much",
            )
        )
    if setup.requests_per_second is not None:
        found.append(
            Limit(
                name="requests of the REST API",
                quota=Decimal(min(setup.requests_per_second, API_REQUESTS)),
                unit="requests/s",
                each=Decimal(1),
                beyond="429, and the provider sends again",
                lifted_by="`requestsPerSecond`, then API Gateway's quota *Throttle rate*",
            )
        )
    return sorted(found, key=lambda limit: limit.ceiling)


def retrying_in_flight(longest_delay_seconds: int) -> Decimal:
    """Say at which rate, events a second, those that wait for a try fill the messages in flight during an outage."""
    return Decimal(IN_FLIGHT) / longest_delay_seconds


def month_of(rate: Decimal) -> int:
    """Count a month's events at a steady rate a second."""
    return int(rate * billing.MONTH_SECONDS)
