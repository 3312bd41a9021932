"""Keeps the latest status of each payment: every event once, in the order of what happened, not of arrival.

The table holds two kinds of items: `payment#{subject}`, the latest status, and `event#{id}`, that an event was taken,
or a correction in its place. Both are written in one transaction, so a run that dies anywhere is simply tried again.
"""

from __future__ import annotations

import json
import os
import random
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from payment_event import InvalidEvent, PaymentEvent, Status

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

TABLE = os.environ["TABLE_NAME"]
QUEUE_URL = os.environ["QUEUE_URL"]

REMEMBERED_SECONDS = 90 * 24 * 3600
"""How long an event's id is kept: longer than SNS tries again (23 days) and the queues keep a message (14 days)."""

CONFLICT_PAUSES_SECONDS = (0.05, 0.2, 0.8)
"""Pauses for another run that writes the same payment; after the last the queue waits, which takes minutes."""

dynamodb = boto3.client("dynamodb")
sqs = boto3.client("sqs")


class Outcome(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    """It was taken before, or a correction in its place."""
    OLDER = "older"
    NO_STATUS = "no_status"


def handler(batch: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take a batch of messages; only those that failed come again."""
    failures = []
    for message in batch["Records"]:
        try:
            event = PaymentEvent.from_json(message["body"])
            _log(id=event.id, subject=event.subject, outcome=take(event))
        except InvalidEvent as error:
            _log(message_id=message["messageId"], outcome="invalid", reason=str(error))
            failures.append(message)
            _hurry(message)
        except Exception as error:  # noqa: BLE001 - one message must not fail its batch; its text could hold data
            _log(message_id=message["messageId"], outcome="failed", reason=type(error).__name__)
            failures.append(message)
    return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in failures]}


def _hurry(message: dict[str, Any]) -> None:
    """Let a message come again at once: no later try is better, so it reaches the dead-letter queue in seconds."""
    try:
        sqs.change_message_visibility(QueueUrl=QUEUE_URL, ReceiptHandle=message["receiptHandle"], VisibilityTimeout=0)
    except (BotoCoreError, ClientError) as error:
        # Then it takes minutes; that must not fail its batch.
        _log(message_id=message["messageId"], outcome="not_hurried", reason=type(error).__name__)


def take(event: PaymentEvent) -> Outcome:
    """Note that an event was taken, and with it what it says, if that is news."""
    if event.data.status is Status.UNKNOWN:
        return _written([_taken(event)]) or Outcome.NO_STATUS
    taken = [_taken(event)]
    if event.data.replay_of:
        taken.append(_replaced(event.data.replay_of))
    outcome = _written([*taken, _latest(event)]) or Outcome.APPLIED
    if outcome is Outcome.OLDER:
        return _written(taken) or Outcome.OLDER
    return outcome


def _written(items: list[TransactWriteItemTypeDef]) -> Outcome | None:
    """Write all or nothing; say why nothing was written."""
    pauses = iter(CONFLICT_PAUSES_SECONDS)
    while True:
        try:
            dynamodb.transact_write_items(TransactItems=items)
        except dynamodb.exceptions.TransactionCanceledException as error:
            codes = [reason.get("Code") for reason in error.response["CancellationReasons"]]
            if codes[0] == "ConditionalCheckFailed":
                return Outcome.DUPLICATE
            if "ConditionalCheckFailed" in codes:
                return Outcome.OLDER
            pause = next(pauses, None)
            if "TransactionConflict" not in codes or pause is None:
                raise
            # Another run writes an event of the same payment.
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - no secret
        else:
            return None


def _remembered(event_id: str) -> dict[str, AttributeValueTypeDef]:
    return {
        "key": {"S": f"event#{event_id}"},
        "expires_at": {"N": str(int(time.time()) + REMEMBERED_SECONDS)},
    }


def _replaced(original: str) -> TransactWriteItemTypeDef:
    """Count the original as taken, on no condition: should it come after its correction, it has nothing to say."""
    return {"Put": {"TableName": TABLE, "Item": _remembered(original)}}


def _taken(event: PaymentEvent) -> TransactWriteItemTypeDef:
    return {
        "Put": {
            "TableName": TABLE,
            "Item": _remembered(event.id),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": "key"},
        }
    }


def _latest(event: PaymentEvent) -> TransactWriteItemTypeDef:
    values: dict[str, AttributeValueTypeDef] = {
        "position": {"S": event.position},
        "id": {"S": event.id},
        "status": {"S": event.data.status},
        "amount": {"NULL": True} if event.data.amount is None else {"N": str(event.data.amount)},
        "currency": {"NULL": True} if event.data.currency is None else {"S": event.data.currency},
        "occurred_at": {"S": event.data.occurred_at.isoformat(timespec="milliseconds")},
    }
    condition = "attribute_not_exists(#key) OR #position < :position"
    compared: dict[str, AttributeValueTypeDef] = {}
    if event.data.replay_of:
        # It takes the place of its original whatever their rank; of another correction only by position.
        condition += " OR #id = :replay_of"
        compared[":replay_of"] = {"S": event.data.replay_of}
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"key": {"S": f"payment#{event.subject}"}},
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#key": "key", **{f"#{name}": name for name in values}},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()} | compared,
        }
    }


def _log(**fields: str) -> None:
    print(json.dumps(fields))  # noqa: T201 - a Lambda function's log
