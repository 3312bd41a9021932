"""The function's environment variables, as the deployment sets them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from lambda_src.sources import Source, decode_sources

if TYPE_CHECKING:
    from collections.abc import Mapping


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What the deployment tells the function.

    Attributes:
        function_name: Name of this function; also the namespace of its metrics and the root of its events' `source`.
        sources: Configured sources by name.
        secrets_path: Parameter path above the sources, `/webhook-processor/{suffix}/sources`.
        queue_url: URL of the ingest queue.
        table_name: Name of the ledger table.
        topic_arn: ARN of the events topic.
        retry_delays: Seconds before the second receive of a message that failed transiently, the third, and so on.
        event_retention_days: Days until ledger items expire; 0 keeps them for ever.
    """

    function_name: str
    sources: dict[str, Source]
    secrets_path: str
    queue_url: str
    table_name: str
    topic_arn: str
    retry_delays: tuple[int, ...]
    event_retention_days: int = 0


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """Read the environment; a missing variable is a `KeyError` at the first invocation, never a default."""
    return Environment(
        function_name=variables["AWS_LAMBDA_FUNCTION_NAME"],
        sources=decode_sources(variables["SOURCES"]),
        secrets_path=variables["SECRETS_PATH"],
        queue_url=variables["QUEUE_URL"],
        table_name=variables["TABLE_NAME"],
        topic_arn=variables["TOPIC_ARN"],
        retry_delays=tuple(int(seconds) for seconds in variables["RETRY_DELAYS"].split(",")),
        event_retention_days=int(variables.get("EVENT_RETENTION_DAYS", "0")),
    )
