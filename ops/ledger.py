"""The ledger, read as an operator may."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from ops.stack import Stack

Item = dict[str, Any]
"""An item as plain values; a payload decompressed."""


class Ledger:
    """Reads the table.

    Args:
        stack: The stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._dynamodb = stack.dynamodb
        self._table_name = stack.outputs["table_name"]

    def transaction(self, transaction_id: str) -> list[Item]:
        """Read all items of a transaction: its events by time, then its state."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table_name,
            ConsistentRead=True,
            KeyConditionExpression="transaction_id = :id",
            ExpressionAttributeValues={":id": {"S": transaction_id}},
        )
        items = [_plain(item) for page in pages for item in page["Items"]]
        return sorted(items, key=lambda item: (item["record"] == "state", item.get("occurred_at", "")))

    def events(self, *, since: datetime, until: datetime, source: str | None = None) -> Iterator[Item]:
        """Read the events received in a span of time; with no index for it, the whole table is read and paid for."""
        values = {":event": {"S": "event#"}, ":since": {"S": _text(since)}, ":until": {"S": _text(until)}}
        condition = "begins_with(#record, :event) AND received_at >= :since AND received_at < :until"
        names = {"#record": "record"}
        if source is not None:
            condition += " AND #source = :source"
            values[":source"] = {"S": source}
            names["#source"] = "source"
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table_name,
            FilterExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
        for page in pages:
            yield from map(_plain, page["Items"])

    def holds(self, transaction_id: str, event_id: str) -> bool:
        """Say whether an event is recorded."""
        return any(item.get("event_id") == event_id for item in self.transaction(transaction_id))


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(item: Any) -> Item:  # noqa: ANN401 - DynamoDB's typed form of anything
    plain: Item = {}
    for name, value in item.items():
        ((kind, content),) = value.items()
        plain[name] = int(content) if kind == "N" else content
    if "payload" in plain:
        plain["payload"] = zlib.decompress(bytes(plain["payload"]))
    return plain
