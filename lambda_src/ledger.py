"""The ledger: every event once, and each transaction's state, which only moves forward.

Table `payment-transactions-{suffix}`, partition key `transaction_id`, sort key `record`:
    event#{occurred_at}#{event_id}   one immutable item an event
    event#unsigned#{event_id}        the same where the provider does not sign the time: what a replay could change
                                     must not make a second item
    state                            the transaction's status, and the totals that decide partial or full

The state is the greatest of its events by (occurred_at, status rank, event id), whatever order they arrive in.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from lambda_src.aws import AwsError
from lambda_src.canonical import Status, rfc3339
from lambda_src.errors import Reason, Transient, Unprocessable
from lambda_src.ledger_item import attributes, event_item, insertion, record_of, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.aws import AwsCall
    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.errors import WebhookError

FULL = {Status.PARTIALLY_CAPTURED: Status.CAPTURED, Status.PARTIALLY_REFUNDED: Status.REFUNDED}
"""What a partial status becomes when the sums make the whole."""

BATCH_PAYLOAD_BYTES = 65_536
"""A larger payload is written alone: beside its own cost that of a call is nothing."""

_TOTAL_OF = {
    Status.AUTHORIZED: "authorized_amount",
    Status.PARTIALLY_CAPTURED: "captured_amount",
    Status.CAPTURED: "captured_amount",
}

_MOVES_FORWARD = (
    "attribute_not_exists(occurred_at) OR occurred_at < :occurred_at OR (occurred_at = :occurred_at AND "
    "(status_rank < :status_rank OR (status_rank = :status_rank AND event_id < :event_id)))"
)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an event in the ledger.

    Attributes:
        duplicate: The provider had sent it before in another delivery: nothing was changed, nothing is to be published.
        status: The status as recorded: partial or full decided from the totals.
        late: The transaction had already moved past the event: its state was left alone.
    """

    duplicate: bool = False
    status: Status
    late: bool = False


class Entry(msgspec.Struct, kw_only=True):
    """An event on its way into the ledger, with the delivery that brought it.

    Attributes:
        is_appended: Its item is in the table, written for this very delivery.
    """

    event: PaymentEvent
    delivery: Delivery
    is_appended: bool = False


class Ledger:
    """The ledger table.

    Args:
        table_name: Its name.
        call: The door to AWS.
        retention_days: Days until an item expires; 0 keeps it for ever.
    """

    def __init__(self, table_name: str, call: AwsCall, retention_days: int = 0) -> None:
        self._table_name = table_name
        self._call = call
        self._retention = timedelta(days=retention_days)

    def append_together(self, entries: Sequence[Entry], batch: Sequence[Entry]) -> None:
        """Append events in one call, and mark those that the table has confirmed.

        A short cut and no more: what is left unmarked `record` appends by itself, and finds out what it is: a
        duplicate, an event that an earlier try of ours got appended, one whose status waits for a sum, a large one.

        Args:
            entries: 25 at most, each of which its delivery would record next: an event that is in the table is its
                delivery's, and lost on all others even if that one stops before it.
            batch: All entries that are about to be recorded, these among them. Whose event one is that comes twice is
                decided by their order.

        Raises:
            Transient: The table did not confirm the call, or refused a statement for more than its item's being there.
            Unprocessable: It did not understand the call.
        """
        coming = Counter(map(_key, batch))
        fit = [
            entry
            for entry in entries
            if entry.event.share is None
            and len(entry.event.payload) <= BATCH_PAYLOAD_BYTES
            and coming[_key(entry)] == 1
        ]
        if len(fit) <= 1:
            return  # `record` does it as well, and tells a duplicate by the same call
        statements = [self._insertion(entry) for entry in fit]
        try:
            answer = self._call("dynamodb", "batch_execute_statement", Statements=statements)
        except AwsError as error:
            raise _failure(error) from None
        told = [(entry, response.get("Error")) for entry, response in zip(fit, answer["Responses"], strict=True)]
        for entry, refusal in told:
            entry.is_appended = refusal is None
        codes = {refusal.get("Code", "Unknown") for _, refusal in told if refusal} - {"DuplicateItem"}
        if codes:
            raise Transient(Reason.LEDGER_UNAVAILABLE, f"batch_execute_statement: {', '.join(sorted(codes))}")

    def record(self, entry: Entry) -> Recorded:
        """Append the event and advance its transaction's state. Repeating it, at whatever step it broke off, is safe.

        Raises:
            Transient: The table did not confirm a step.
            Unprocessable: The table never takes such a value.
        """
        event, delivery = entry.event, entry.delivery
        status = self._decide_status(event) if event.share else event.status
        recorded = Recorded(status=status) if entry.is_appended else self._append(event, status, delivery)
        if recorded.duplicate or recorded.status is Status.UNKNOWN:
            return recorded
        late = self._advance(event, recorded.status, delivery)
        return Recorded(status=recorded.status, late=late)

    def _decide_status(self, event: PaymentEvent) -> Status:
        """Note the event's share, then compare the sum of shares with the payment's total as far as it is known."""
        if event.share is None:
            return event.status
        name = f"{event.share.of}#{event.share.id}"
        # A share only ever falls (a refund that fails afterwards), so a repeated earlier event cannot raise it again.
        state = self._update_state(
            event,
            UpdateExpression="SET #share = :amount ADD #version :one",
            ConditionExpression="attribute_not_exists(#share) OR #share > :amount",
            ExpressionAttributeNames={"#share": name, "#version": "version"},
            ExpressionAttributeValues={":amount": typed(event.share.amount), ":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )
        return _by_sums(event.status, event.share.of, state.get("Attributes") or state["Item"])

    def _insertion(self, entry: Entry) -> dict[str, Any]:
        item = event_item(entry.event, entry.event.status, entry.delivery, self._retention)
        return insertion(self._table_name, item)

    def _append(self, event: PaymentEvent, status: Status, delivery: Delivery) -> Recorded:
        try:
            self._call(
                "dynamodb",
                "put_item",
                TableName=self._table_name,
                Item=event_item(event, status, delivery, self._retention),
                ConditionExpression="attribute_not_exists(transaction_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise _failure(error) from None
            old = error.response["Item"]
            # Our own delivery: an earlier try of ours got this far, and the steps after it may not have been taken.
            return Recorded(
                duplicate=old["delivery_id"]["S"] != delivery.delivery_id, status=Status(old["status"]["S"])
            )
        return Recorded(status=status)

    def _advance(self, event: PaymentEvent, status: Status, delivery: Delivery) -> bool:
        """Move the state to the event unless it is past it already; say whether the event came late."""
        # The event's own status ranks it: what the sums make of it depends on what has arrived so far.
        values = {**attributes(event, status, delivery, self._retention), "status_rank": event.status.rank}
        del values["transaction_id"]
        total = None if event.share or event.amount is None else _TOTAL_OF.get(status)
        if total and event.amount is not None:
            values |= {total: event.amount, f"{total}_at": values["occurred_at"]}
        if event.share and event.status in FULL:
            values |= {"told_status": str(event.status), "told_share": event.share.of}
        # Nothing of an earlier event stays behind: the state is the latest one, whole.
        absent = [name for name in ("amount", "currency", "told_status", "told_share") if name not in values]
        answer = self._update_state(
            event,
            UpdateExpression="SET "
            + ", ".join(f"#{name} = :{name}" for name in values)
            + (" REMOVE " + ", ".join(f"#{name}" for name in absent) if absent else "")
            + " ADD #version :one",
            ConditionExpression=_MOVES_FORWARD,
            ExpressionAttributeNames={f"#{name}": name for name in (*values, *absent, "version")},
            ExpressionAttributeValues={f":{name}": typed(value) for name, value in values.items()}
            | {":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )
        past = answer.get("Item")
        state = past or answer.get("Attributes") or {}
        if past and total:
            answer = self._update_state(
                event,
                UpdateExpression=f"SET {total} = :total, {total}_at = :at ADD #version :one",
                ConditionExpression=f"attribute_not_exists({total}_at) OR {total}_at < :at",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={
                    ":total": typed(values[total]),
                    ":at": typed(values["occurred_at"]),
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
            )
            state = answer.get("Attributes") or answer.get("Item") or past
        self._settle(event, state)
        if past is None or past["delivery_id"]["S"] == delivery.delivery_id:
            # Moved by this very delivery, whose events are recorded in order: an earlier try of ours got that far.
            return False
        return (past["occurred_at"]["S"], int(past["status_rank"]["N"])) > (
            rfc3339(event.occurred_at),
            event.status.rank,
        )

    def _settle(self, event: PaymentEvent, state: dict[str, Any]) -> None:
        """Decide the state's own partial or full again: a share or total that came late may have changed the sums.

        Whoever touches the item last sees every share, so of writers side by side at least one decides by all of them.
        """
        if "told_status" not in state:
            return
        status = _by_sums(Status(state["told_status"]["S"]), state["told_share"]["S"], state)
        if str(status) == state["status"]["S"]:
            return
        self._update_state(
            event,
            UpdateExpression="SET #status = :status ADD #version :one",
            # Whoever has written meanwhile (a share too) decides by newer sums after it.
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#status": "status", "#version": "version"},
            ExpressionAttributeValues={
                ":status": typed(str(status)),
                ":version": state["version"],
                ":one": {"N": "1"},
            },
        )

    def _update_state(self, event: PaymentEvent, **expressions: object) -> dict[str, Any]:
        """Update the state item; where the condition fails, the answer is the item as it is, under `Item`."""
        try:
            return self._call(
                "dynamodb",
                "update_item",
                TableName=self._table_name,
                Key={"transaction_id": typed(event.transaction_id), "record": typed("state")},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **expressions,
            )
        except AwsError as error:
            if error.code != "ConditionalCheckFailedException":
                raise _failure(error) from None
            return {"Item": error.response["Item"]}


def _key(entry: Entry) -> tuple[str, str]:
    return entry.event.transaction_id, record_of(entry.event)


def _by_sums(status: Status, of: str, state: dict[str, Any]) -> Status:
    """Partial or full: the sum of the shares known so far against the payment's total as far as it is known."""
    amounts = {name: int(value["N"]) for name, value in state.items() if "N" in value}
    captured, shared = (
        sum(amount for name, amount in amounts.items() if name.startswith(f"{kind}#")) for kind in ("capture", of)
    )
    total = amounts.get("authorized_amount", 0)
    if of == "refund":
        total = amounts.get("captured_amount", 0) or captured or total
    return FULL.get(status, status) if 0 < total <= shared else status


def _failure(error: AwsError) -> WebhookError:
    """What a refused write means: a value that the table never takes will not be taken later either."""
    if error.code == "ValidationException":
        return Unprocessable(Reason.UNPARSABLE, str(error))
    return Transient(Reason.LEDGER_UNAVAILABLE, str(error))
