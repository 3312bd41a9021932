"""PartiQL on moto: its INSERT writes over an item that is there, where DynamoDB's refuses (`DuplicateItem`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import DynamoDBBackend

from bench.fake_dynamodb import INSERT, INSERTED_NAME

if TYPE_CHECKING:
    import pytest


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let moto insert as DynamoDB does; it knows the ledger's form of statement alone."""
    monkeypatch.setattr(DynamoDBBackend, "batch_execute_statement", _batch_execute_statement)


def _batch_execute_statement(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_insert(backend, each["Statement"], each["Parameters"]) for each in statements]


def _insert(backend: DynamoDBBackend, statement: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    found = INSERT.fullmatch(statement)
    assert found is not None, statement
    item = dict(zip(INSERTED_NAME.findall(found["names"]), values, strict=True))
    try:
        backend.put_item(found["table"], item, condition_expression="attribute_not_exists(transaction_id)")
    except ConditionalCheckFailed:
        return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
    return {"TableName": found["table"]}
