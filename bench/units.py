"""What AWS bills for a call, by its published rules.

DynamoDB item sizes and units:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
SQS and SNS requests: each 64 KB of a payload, or a part of it, is one:
    https://aws.amazon.com/sqs/pricing/ and https://aws.amazon.com/sns/pricing/
"""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
REQUEST_UNIT_BYTES = 65_536
"""The part of a message that SQS and SNS bill as one request."""

_COLLECTION_BYTES = 3
"""Overhead of a list or a map, besides one byte for each of its elements."""


def item_bytes(item: Mapping[str, Any]) -> int:
    """Size of an item in DynamoDB's typed form: the names and the values of its attributes, bytes."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """Size of one attribute's value, bytes, without its name."""
    ((kind, content),) = value.items()
    return _BYTES[kind](content)


def _number_bytes(text: str) -> int:
    """One byte, and one for each two significant digits; leading and trailing zeros are not significant."""
    digits = "".join(map(str, Decimal(text).as_tuple().digits)).strip("0")
    return 1 + -(-len(digits) // 2)


_BYTES: Mapping[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_bytes,
    "B": lambda text: len(base64.b64decode(text)),
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda texts: sum(len(text.encode()) for text in texts),
    "NS": lambda texts: sum(map(_number_bytes, texts)),
    "BS": lambda texts: sum(len(base64.b64decode(text)) for text in texts),
    "L": lambda values: _COLLECTION_BYTES + sum(1 + value_bytes(value) for value in values),
    "M": lambda values: _COLLECTION_BYTES + len(values) + item_bytes(values),
}


def write_units(*sizes: int) -> int:
    """Write units of one write, by the item's sizes before and after it, whichever is larger."""
    return max(1, -(-max(sizes) // WRITE_UNIT_BYTES))


def read_units(size: int, *, consistent: bool) -> float:
    """Read units of reading one item of that size."""
    units = max(1, -(-size // READ_UNIT_BYTES))
    return units if consistent else units / 2


def request_units(payload_bytes: int) -> int:
    """Requests that SQS or SNS bills for one call with so large a payload."""
    return max(1, -(-payload_bytes // REQUEST_UNIT_BYTES))
