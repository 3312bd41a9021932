"""An item of the ledger: the attributes that an event gives it, in DynamoDB's typed form."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from lambda_src.canonical import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from lambda_src.canonical import PaymentEvent, Status
    from lambda_src.delivery import Delivery

PAYLOAD_LIMIT_BYTES = 380_000
"""Room for the compressed payload in an item of 400 KB:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


def attributes(
    event: PaymentEvent, status: Status, delivery: Delivery, retention: timedelta
) -> dict[str, str | int | bytes | bool]:
    """What an event's item and the state it leaves behind have in common, by the canonical event's names."""
    found: dict[str, str | int | bytes | bool] = {
        "transaction_id": event.transaction_id,
        "provider": event.provider,
        "source": delivery.source,
        "event_id": event.event_id,
        "event_type": event.event_type,
        "payment_id": event.payment_id,
        "status": str(status),
        "occurred_at": rfc3339(event.occurred_at),
        "received_at": rfc3339(delivery.received_at),
        "delivery_id": delivery.delivery_id,
    }
    if event.amount is not None:
        found["amount"] = event.amount
    if event.currency is not None:
        found["currency"] = event.currency
    if retention:
        found["expires_at"] = int((delivery.received_at + retention).timestamp())
    return found


def record_of(event: PaymentEvent) -> str:
    """The sort key of an event's item: `event#{occurred_at}#{event_id}`, without a time that is not signed."""
    time = rfc3339(event.occurred_at) if event.occurred_at_signed else "unsigned"
    return f"event#{time}#{event.event_id}"


def event_item(event: PaymentEvent, status: Status, delivery: Delivery, retention: timedelta) -> dict[str, Any]:
    """Make an event's item, with its payload as zlib data, cut where that would not fit."""
    payload, is_cut = _compressed(event.payload)
    item = {**attributes(event, status, delivery, retention), "record": record_of(event), "payload": payload}
    if is_cut:
        item["payload_cut"] = True
    return {name: typed(value) for name, value in item.items()}


def insertion(table_name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """Write the statement that puts an item where none is, for BatchExecuteStatement.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
    """
    names = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table_name}" VALUE {{{names}}}', "Parameters": list(item.values())}


def typed(value: str | int | bytes | bool) -> dict[str, Any]:  # noqa: FBT001 - one of four kinds, not a switch
    """A value in DynamoDB's typed form."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    return {"S": value}


def _compressed(payload: bytes) -> tuple[bytes, bool]:
    """The payload as zlib data that fits its item, and whether it had to be cut for that."""
    compressed = zlib.compress(payload)
    kept = len(payload)
    while len(compressed) > PAYLOAD_LIMIT_BYTES:
        kept = min(kept - 1, kept * PAYLOAD_LIMIT_BYTES // len(compressed))
        compressed = zlib.compress(payload[:kept])
    return compressed, kept < len(payload)
