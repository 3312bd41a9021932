"""How AWS counts what it bills, by its own published rules; amounts of money are in `prices`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KB, GB = 1024, 1024**3

WRITE_UNIT_BYTES = KB
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""

STORED_ITEM_OVERHEAD_BYTES = 100
"""Of each item, beside its own bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""

MESSAGE_CHUNK_BYTES = 64 * KB
"""A request of SQS or SNS is billed for each 64 KB of its messages.
https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/sns/pricing/"""

LOG_EVENT_OVERHEAD_BYTES = 26
"""Of each log line. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""

MONTH_HOURS = 730
MONTH_SECONDS = MONTH_HOURS * 3600

Item = dict[str, dict[str, Any]]
"""A DynamoDB item or its attributes in typed form, `{"status": {"S": "captured"}}`."""


def chunks(size: int, chunk: int) -> int:
    """Count the chunks that a size takes, one at least."""
    return max(1, -(-size // chunk))


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Measure an item as DynamoDB does: UTF-8 of names and texts, binary as it is, a byte for two digits of a number.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(*sizes: int) -> int:
    """Count the units of a standard write by the sizes of the item before and after: the larger one is billed."""
    return chunks(max(sizes), WRITE_UNIT_BYTES)


def message_requests(sizes: Iterable[int]) -> int:
    """Count the billed requests of one SQS or SNS call by the sizes of the messages in it, bytes."""
    return chunks(sum(sizes), MESSAGE_CHUNK_BYTES)


def attribute_bytes(attributes: Mapping[str, Mapping[str, str]]) -> int:
    """Measure message attributes as SNS and SQS do: name, type and value."""
    return sum(
        len(name.encode()) + len(value["DataType"].encode()) + len(value["StringValue"].encode())
        for name, value in attributes.items()
    )


def log_bytes(line: str) -> int:
    """Measure one log line as it is ingested, its newline left out."""
    return len(line.encode()) + LOG_EVENT_OVERHEAD_BYTES


def _value_bytes(value: Mapping[str, Any]) -> int:
    kind: str
    content: Any
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "B":
            return len(bytes(content))
        case "N":
            digits = content.lstrip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + int(content.startswith("-"))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_bytes(each) for name, each in content.items())
    raise ValueError(f"a value is of one of DynamoDB's types S, N, B, BOOL, NULL, L, M; got {kind}")
