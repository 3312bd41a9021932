"""Tables of the stand-in for AWS: conditional writes whose branches are real, and the units they consume."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bench.expressions import Placeholders, holds, updated
from bench.refusals import Refused, invalid
from bench.units import item_bytes, read_units, write_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.expressions import Item

ITEM_LIMIT_BYTES = 400 * 1024
KEY_LIMITS_BYTES = (2048, 1024)
"""Of the partition key and the sort key."""


STATEMENTS_LIMIT, STATEMENT_LIMIT = 25, 8192
"""Statements of a batch, and characters of one."""

INSERT = re.compile(r"""INSERT INTO "(?P<table>[\w.-]+)" VALUE \{(?P<names>'\w+': \?(?:, '\w+': \?)*)\}""")
INSERTED_NAME = re.compile(r"'(\w+)'")


class Table:
    """One table.

    Args:
        keys: Names of its key attributes, all of them strings: the partition key, then the sort key if it has one.
    """

    def __init__(self, *keys: str) -> None:
        self._keys = keys
        self._items: dict[tuple[str, ...], Item] = {}

    def __len__(self) -> int:
        return len(self._items)

    def key_of(self, attributes: Item, *, exact: bool) -> tuple[str, ...]:
        """The key in an item, or, if `exact`, the key that is all of the attributes."""
        if exact and attributes.keys() != set(self._keys):
            raise invalid("The provided key element does not match the schema")
        key = []
        for name, limit in zip(self._keys, KEY_LIMITS_BYTES, strict=False):
            text = attributes.get(name, {}).get("S")
            if text is None:
                raise invalid(f"One or more parameter values were invalid: Missing the key {name} in the item")
            if not 0 < len(text.encode()) <= limit:
                raise invalid(f"One or more parameter values were invalid: size of the key {name}")
            key.append(text)
        return tuple(key)

    def get(self, key: tuple[str, ...]) -> Item | None:
        """The item as it is, if it is there."""
        return self._items.get(key)

    def check(self, key: tuple[str, ...], item: Item | None) -> None:
        """Refuse what cannot lie under the key."""
        if item is None:
            return
        if self.key_of(item, exact=False) != key:
            raise invalid("Cannot update an attribute that is part of the key")
        if item_bytes(item) > ITEM_LIMIT_BYTES:
            raise invalid("Item size has exceeded the maximum allowed size")

    def set(self, key: tuple[str, ...], item: Item | None) -> None:
        """Put the item in the place of what is there; None: leave nothing."""
        if item is None:
            self._items.pop(key, None)
        else:
            self._items[key] = item


class DynamoDB:
    """The service.

    Args:
        tables: Tables by name.

    Attributes:
        write_units: Consumed so far; a write whose condition failed consumes them too.
        read_units: Consumed so far.
    """

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self.write_units = 0
        self.read_units = 0.0

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer one call.

        Raises:
            Refused: As AWS would.
        """
        if operation == "BatchExecuteStatement":
            return self._batch(parameters["Statements"])
        table = self._tables.get(parameters.get("TableName", ""))
        if table is None:
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        match operation:
            case "GetItem":
                return self._get(table, parameters)
            case "PutItem":
                item = parameters["Item"]
                return self._write(table, table.key_of(item, exact=False), parameters, item)
            case "DeleteItem":
                return self._write(table, table.key_of(parameters["Key"], exact=True), parameters, None)
            case "UpdateItem":
                return self._write(table, table.key_of(parameters["Key"], exact=True), parameters, None)
            case _:
                raise Refused("UnknownOperationException", f"{operation} is not known to this stand-in")

    def _batch(self, statements: list[dict[str, Any]]) -> dict[str, Any]:
        if not 0 < len(statements) <= STATEMENTS_LIMIT:
            raise invalid(f"a batch has 1 to {STATEMENTS_LIMIT} statements")
        return {"Responses": [self._insert(**statement) for statement in statements]}

    def _insert(self, Statement: str, Parameters: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - as AWS calls them
        """Run the one form of statement that is known here: an INSERT whose every value is a parameter."""
        found = INSERT.fullmatch(Statement) if len(Statement) <= STATEMENT_LIMIT else None
        names = INSERTED_NAME.findall(found["names"]) if found else []
        if found is None or len(names) != len(Parameters):
            return {"Error": {"Code": "ValidationError", "Message": "Statement wasn't well formed"}}
        table, item = self._tables.get(found["table"]), dict(zip(names, Parameters, strict=True))
        if table is None:
            return {"Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}}
        try:
            key = table.key_of(item, exact=False)
            table.check(key, item)
        except Refused as refused:
            return {"Error": {"Code": "ValidationError", "Message": refused.text}}
        old = table.get(key)
        self.write_units += write_units(item_bytes(old or {}), item_bytes(item))
        if old is not None:
            return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
        table.set(key, item)
        return {"TableName": found["table"]}

    def _get(self, table: Table, parameters: dict[str, Any]) -> dict[str, Any]:
        item = table.get(table.key_of(parameters["Key"], exact=True))
        self.read_units += read_units(item_bytes(item or {}), consistent=parameters.get("ConsistentRead", False))
        return {} if item is None else {"Item": item}

    def _write(
        self, table: Table, key: tuple[str, ...], parameters: dict[str, Any], new: Item | None
    ) -> dict[str, Any]:
        if parameters.get("ReturnValues", "NONE") not in {"NONE", "ALL_OLD", "ALL_NEW"}:
            raise Refused("UnknownOperationException", "ReturnValues of a part is not known to this stand-in")
        old = table.get(key)
        placeholders = Placeholders(
            parameters.get("ExpressionAttributeNames"), parameters.get("ExpressionAttributeValues")
        )
        condition = parameters.get("ConditionExpression")
        is_met = condition is None or holds(condition, placeholders, old or {})
        try:
            if "UpdateExpression" in parameters:
                new = updated(parameters["UpdateExpression"], placeholders, old or parameters["Key"])
            placeholders.check_use()
            table.check(key, new)
        except Refused:
            # What is wrong with the values of an item is told only to who may write it.
            if is_met:
                raise
            new = old
        self.write_units += write_units(item_bytes(old or {}), item_bytes(new or {}))
        if not is_met:
            is_told = parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            fields = {"Item": old} if old and is_told else {}
            raise Refused("ConditionalCheckFailedException", "The conditional request failed", **fields)
        table.set(key, new)
        told = {"ALL_NEW": new, "ALL_OLD": old}.get(parameters.get("ReturnValues", "NONE"))
        return {"Attributes": told} if told else {}
