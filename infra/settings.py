"""The stack's settings: read from the configuration once, checked whole, all problems reported together."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.alarms import MOST_SILENT_HOURS, THRESHOLDS
from infra.configuration import SECRET_KEYS, ConfigurationError, Reader
from infra.ingress_settings import RestApiSettings, read_rest_api
from infra.names import LONGEST_SUFFIX
from infra.network_settings import NetworkSettings, read_network
from infra.retries import LONGEST_DELAY_SECONDS, MOST_DELAYS
from infra.source_settings import Sources, read_secrets, read_sources

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retentions that CloudWatch Logs knows, days (its 0, for ever, is not on offer).
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

LARGEST_CONCURRENCY = 1000
"""Concurrent runs: the most for a queue's trigger, and a new account's quota for all its functions."""

LARGEST_BATCH = 10
"""Messages in a run: the most without waiting for a batch to fill."""

LONGEST_BATCH_WINDOW_SECONDS = 60
"""AWS allows five minutes; nobody waits so long to be told that a payment went through."""

LARGEST_EVENT_RETENTION_DAYS = 36_500
"""Days; a hundred years stand for a typing error."""

SUFFIX = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
"""An environment suffix: it ends up in the names of functions, roles, queues and parameters."""

REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")
"""An AWS region's name."""

ACCOUNT = re.compile(r"[0-9]{12}")
"""An AWS account's id."""

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
"""An e-mail address, as far as a typing error goes; AWS sends it a message to confirm."""

LARGEST_THRESHOLD = 1_000_000
"""Of an alarm; more stands for a typing error."""

DEFAULTS: dict[str, object] = {
    "environmentSuffix": "",
    "signingSecrets": {},
    "logRetentionDays": 30,
    "reservedConcurrency": 100,
    "processingConcurrency": 50,
    "batchSize": 10,
    "batchWindowSeconds": 0,
    "retryDelaysSeconds": [30, 120, 480, 1800],
    "eventRetentionDays": 0,
    "subscriberAccounts": [],
    "alarmEmail": "",
    "alarmThresholds": {},
    "silenceAlarmHours": {},
    "ingress": "function-url",
    "requestsPerSecond": 1000,
    "requestsPerAddress": 30000,
    "allowedAddresses": [],
    "customDomain": "",
    "certificateArn": "",
    "apiGatewayAccount": "managed",
    "network": "isolated",
    "networkBlock": "10.64.0.0/24",
    "availabilityZones": 2,
    "excludedZoneIds": [],
    "protect": False,
    "owner": "unassigned",
    "dataClassification": "confidential",
}
"""Every key but `sources` (which has no default) and its default; Pulumi.yaml declares the same."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a stack may choose; Pulumi.yaml describes each key."""

    suffix: str
    """Environment suffix, part of every physical name."""

    region: str
    """AWS region to deploy to."""

    sources: Sources
    """Sources by name."""

    signing_secrets: dict[str, pulumi.Output[str]]
    """Secret JSON arrays, newest first, by source; only the sources whose secrets are configured."""

    log_retention_days: int
    """How long logs are kept."""

    reserved_concurrency: int
    """Concurrent runs kept for the function; 0: none."""

    processing_concurrency: int
    """Concurrent runs that the queue may take."""

    batch_size: int
    """Messages in one run, at most."""

    batch_window_seconds: int
    """How long a message may wait for others to share its run."""

    retry_delays_seconds: tuple[int, ...]
    """Pauses before the second try of a message that failed transiently, the third, and so on."""

    event_retention_days: int
    """How long ledger items are kept; 0: for ever."""

    subscriber_accounts: tuple[str, ...]
    """Other accounts that may subscribe to the topic."""

    alarm_email: str
    """Who is told of alarms by e-mail; empty: nobody."""

    alarm_thresholds: dict[str, int]
    """Thresholds other than the defaults, by alarm."""

    silence_alarm_hours: dict[str, int]
    """Hours without a request after which a source that normally sends raises an alarm."""

    rest_api: RestApiSettings | None
    """The REST API that webhooks come in through; None: a Function URL."""

    network: NetworkSettings | None
    """The isolated network; None: the function runs outside of any."""

    protect: bool
    """Whether the resources that hold data are protected from deletion."""

    owner: str
    """Tag: who answers for the deployment."""

    data_classification: str
    """Tag: how sensitive the data is."""


def load() -> Settings:
    """Read and check the stack's configuration, `ENVIRONMENT_SUFFIX` and `AWS_REGION`.

    Raises:
        ConfigurationError: Listing every problem found.
    """
    problems: list[str] = []
    reader = Reader(pulumi.Config(), DEFAULTS, problems)
    reader.check_keys({*DEFAULTS, "sources"})
    suffix = _suffix(reader)
    sources = read_sources(reader.get("sources", dict, {}), suffix, problems)
    secrets = read_secrets(reader.get("signingSecrets", dict, {}), sources, problems)
    for key in SECRET_KEYS:
        reader.check_encrypted(key)
    reserved = reader.number("reservedConcurrency", 0, LARGEST_CONCURRENCY)
    processing = reader.number("processingConcurrency", 2, LARGEST_CONCURRENCY)
    if 0 < reserved <= processing:
        problems.append(
            "processingConcurrency must be smaller than reservedConcurrency, so that the queue leaves room for "
            f"incoming requests (or reservedConcurrency 0 to reserve nothing); got {processing} of {reserved}"
        )
    settings = Settings(
        suffix=suffix,
        region=_region(problems),
        sources=sources,
        signing_secrets={name: pulumi.Output.secret(json.dumps(values)) for name, values in secrets.items()},
        log_retention_days=_log_retention(reader),
        reserved_concurrency=reserved,
        processing_concurrency=processing,
        batch_size=reader.number("batchSize", 1, LARGEST_BATCH),
        batch_window_seconds=reader.number("batchWindowSeconds", 0, LONGEST_BATCH_WINDOW_SECONDS),
        retry_delays_seconds=_retry_delays(reader),
        event_retention_days=reader.number("eventRetentionDays", 0, LARGEST_EVENT_RETENTION_DAYS),
        subscriber_accounts=_accounts(reader),
        alarm_email=_email(reader),
        alarm_thresholds=_whole_numbers(reader, "alarmThresholds", THRESHOLDS, 1, LARGEST_THRESHOLD),
        silence_alarm_hours=_whole_numbers(reader, "silenceAlarmHours", tuple(sources), 1, MOST_SILENT_HOURS),
        rest_api=read_rest_api(reader),
        network=read_network(reader),
        protect=reader.get("protect", bool, default=False),
        owner=reader.tag("owner"),
        data_classification=reader.tag("dataClassification"),
    )
    if problems:
        raise ConfigurationError(problems)
    return settings


def _suffix(reader: Reader) -> str:
    configured = reader.get("environmentSuffix", str, "")
    exported = os.environ.get("ENVIRONMENT_SUFFIX", "")
    if configured and exported and configured != exported:
        reader.problems.append(
            "ENVIRONMENT_SUFFIX must be unset or equal to the stack's environmentSuffix, since another suffix would "
            f"rename, hence replace, the ledger; got {exported!r}, and {configured!r} in the stack's configuration"
        )
    suffix = configured or exported or pulumi.get_stack()
    if not SUFFIX.fullmatch(suffix) or len(suffix) > LONGEST_SUFFIX:
        reader.problems.append(
            "environmentSuffix (else ENVIRONMENT_SUFFIX, else the stack's name) must be lower-case letters, digits and "
            f"hyphens inside, 1 to {LONGEST_SUFFIX} characters; got {suffix!r}"
        )
    return suffix


def _region(problems: list[str]) -> str:
    region = pulumi.Config("aws").get("region") or os.environ.get("AWS_REGION", "")
    if not REGION.fullmatch(region):
        problems.append(f"aws:region, else AWS_REGION, must be a region's name such as us-east-1; got {region!r}")
    return region


def _log_retention(reader: Reader) -> int:
    days = reader.get("logRetentionDays", int, reader.default("logRetentionDays", int))
    if days not in LOG_RETENTION_DAYS:
        allowed = ", ".join(map(str, LOG_RETENTION_DAYS))
        reader.problems.append(f"logRetentionDays must be one of {allowed}; got {days}")
    return days


def _retry_delays(reader: Reader) -> tuple[int, ...]:
    delays: list[Any] = reader.get("retryDelaysSeconds", list, reader.default("retryDelaysSeconds", list))
    if not 1 <= len(delays) <= MOST_DELAYS or not all(
        type(delay) is int and 1 <= delay <= LONGEST_DELAY_SECONDS for delay in delays
    ):
        reader.problems.append(
            f"retryDelaysSeconds must be 1 to {MOST_DELAYS} whole numbers between 1 and {LONGEST_DELAY_SECONDS}; "
            f"got {delays!r}"
        )
    return tuple(delays)


def _email(reader: Reader) -> str:
    address = reader.get("alarmEmail", str, "")
    if address and not EMAIL.fullmatch(address):
        reader.problems.append(f"alarmEmail must be an e-mail address, or empty; got {address!r}")
    return address


def _whole_numbers(reader: Reader, key: str, names: tuple[str, ...], least: int, most: int) -> dict[str, int]:
    """Return an object of whole numbers within bounds by known names."""
    numbers: dict[str, Any] = reader.get(key, dict, {})
    for name, number in numbers.items():
        if name not in names:
            reader.problems.append(f"{key}.{name} is not one of {', '.join(sorted(names))}")
        elif type(number) is not int or not least <= number <= most:
            reader.problems.append(f"{key}.{name} must be a whole number between {least} and {most}; got {number!r}")
    return numbers


def _accounts(reader: Reader) -> tuple[str, ...]:
    accounts: list[Any] = reader.get("subscriberAccounts", list, [])
    for account in accounts:
        # YAML reads digits without quotes as a number, and loses leading zeros.
        if not isinstance(account, str) or not ACCOUNT.fullmatch(account):
            reader.problems.append(f"subscriberAccounts must hold texts of 12 digits (in quotes); got {account!r}")
    if len({str(account) for account in accounts}) != len(accounts):
        reader.problems.append(f"subscriberAccounts must not name an account twice; got {accounts!r}")
    return tuple(str(account) for account in accounts)
