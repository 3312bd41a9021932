"""The dead-letter queue: what lies there, why, and how a message gets back."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.retries import DEAD_LETTER_RETENTION_SECONDS
from lambda_src import delivery as deliveries
from lambda_src import log, providers
from lambda_src.errors import WebhookError
from lambda_src.sources import source_of
from ops.function_log import FunctionLog

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.sources import Source
    from ops.stack import Stack

HIDDEN_SECONDS = 300
"""How long a message that we hold is invisible to others; if we are killed, it is back after that."""

UNKNOWN_CAUSE = "unknown"

_BATCH_ENTRIES = 10
"""The most that one call to SQS takes or gives."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One message of the dead-letter queue.

    Attributes:
        message_id: SQS's id.
        body: The message as it lies there.
        sent_at: When it first entered the ingest queue: SQS counts its retention from then, aware.
        receipt: What names it to SQS while we hold it.
        delivery: What it holds; None: it is none of ours.
        cause: Why it failed, by the function's log; else `unknown`.
        detail: The log's detail.
        today: What today's code says to it: empty when it can be read, else the error.
        events: What today's code reads in it.
    """

    message_id: str
    body: str
    sent_at: datetime
    receipt: str
    delivery: Delivery | None
    cause: str
    detail: str
    today: str
    events: tuple[PaymentEvent, ...]

    @property
    def source(self) -> str:
        """The source, `?` when nobody knows."""
        return self.delivery.source if self.delivery else "?"

    @property
    def expires_at(self) -> datetime:
        """When SQS deletes it."""
        return self.sent_at + timedelta(seconds=DEAD_LETTER_RETENTION_SECONDS)

    def is_named(self, name: str) -> bool:
        """Say whether a text is the beginning of its message id or delivery id."""
        ids = [self.message_id, self.delivery.delivery_id if self.delivery else ""]
        return bool(name) and any(each.startswith(name) for each in ids)


class DeadLetters:
    """The dead-letter queue.

    Args:
        stack: The stack.
    """

    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.sqs
        self._queue_url = stack.outputs["queue_url"]
        self._dlq_url = stack.outputs["dlq_url"]
        self._log = FunctionLog(stack)
        self._sources = stack.sources
        self._deleted: set[str] = set()
        self._held_at = 0.0

    @contextmanager
    def held(self) -> Iterator[list[DeadLetter]]:
        """Take hold of all messages; what is still there at the end is let go at once."""
        messages: list[Any] = []
        self._held_at = time.monotonic()
        try:
            messages.extend(self._receive())
            oldest = min((_sent_at(message) for message in messages), default=datetime.now(UTC))
            failures = self._log.failures(oldest) if messages else {}
            yield sorted(
                (_dead_letter(message, failures, self._sources) for message in messages),
                key=lambda letter: letter.sent_at,
            )
        finally:
            receipts = (message["ReceiptHandle"] for message in messages)
            self._hide_all([receipt for receipt in receipts if receipt not in self._deleted], 0)

    def held_by_others(self, letters: Sequence[DeadLetter]) -> int:
        """Count the messages that somebody else holds while we hold these; SQS counts approximately."""
        attributes = self._sqs.get_queue_attributes(
            QueueUrl=self._dlq_url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
        )["Attributes"]
        return max(0, int(attributes["ApproximateNumberOfMessagesNotVisible"]) - len(letters))

    def keep_hold(self, letters: Sequence[DeadLetter]) -> None:
        """Hold messages for longer, when they would be visible again soon."""
        if time.monotonic() - self._held_at >= HIDDEN_SECONDS / 3:
            self._held_at = time.monotonic()
            self._hide_all([letter.receipt for letter in letters], HIDDEN_SECONDS)

    def send_back(self, letter: DeadLetter) -> bool:
        """Put a message back into the ingest queue, as it is: its delivery id lets nothing be recorded twice.

        It is sent before it is deleted: who is killed in between leaves it in both queues, never in none.

        Returns:
            False: somebody else has taken it meanwhile.
        """
        if not self._is_ours(letter):
            return False
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=letter.body)
        self._sqs.delete_message(QueueUrl=self._dlq_url, ReceiptHandle=letter.receipt)
        self._deleted.add(letter.receipt)
        return True

    def _receive(self) -> Iterator[Any]:
        seen: set[str] = set()
        while True:
            # A long poll asks all of SQS's servers, so that an empty answer means an empty queue.
            messages = self._sqs.receive_message(
                QueueUrl=self._dlq_url,
                MaxNumberOfMessages=_BATCH_ENTRIES,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
            ).get("Messages", [])
            fresh = [message for message in messages if message["MessageId"] not in seen]
            if not fresh:
                return
            seen |= {message["MessageId"] for message in fresh}
            yield from fresh

    def _hide_all(self, receipts: Sequence[str], seconds: int) -> None:
        """Set how long messages are invisible; those that are no longer ours are left alone."""
        for first in range(0, len(receipts), _BATCH_ENTRIES):
            batch = receipts[first : first + _BATCH_ENTRIES]
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._dlq_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": seconds}
                    for number, receipt in enumerate(batch)
                ],
            )

    def _is_ours(self, letter: DeadLetter) -> bool:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._dlq_url, ReceiptHandle=letter.receipt, VisibilityTimeout=HIDDEN_SECONDS
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        return True


_GONE = frozenset(
    {
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
        "ReceiptHandleIsInvalid",
    }
)
"""Error codes for a receipt whose message was deleted or taken by somebody else."""


def _sent_at(message: Any) -> datetime:  # noqa: ANN401 - SQS's message
    return datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)


def _dead_letter(
    message: Any,  # noqa: ANN401 - SQS's message
    failures: dict[str, dict[str, Any]],
    sources: Mapping[str, Source],
) -> DeadLetter:
    delivery, today, events = read(message["Body"], sources)
    failure = failures.get(delivery.delivery_id, {}) if delivery else {}
    return DeadLetter(
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=_sent_at(message),
        receipt=message["ReceiptHandle"],
        delivery=delivery,
        cause=failure.get("reason") or ("unparsable" if delivery is None else UNKNOWN_CAUSE),
        detail=failure.get("detail", ""),
        today=today,
        events=events,
    )


def read(body: str, sources: Mapping[str, Source]) -> tuple[Delivery | None, str, tuple[PaymentEvent, ...]]:
    """Read a queue message with today's code: the delivery, what is wrong with it, its events."""
    try:
        delivery = deliveries.decode(body)
    except WebhookError as error:
        return None, str(error), ()
    try:
        events = providers.load(delivery.provider).parse(
            delivery, source_of(delivery.source, delivery.provider, sources)
        )
    except WebhookError as error:
        return delivery, str(error), ()
    except Exception as error:  # noqa: BLE001 - a fault of the mapping is what an operator is looking for here
        return delivery, log.surprise(error), ()
    return delivery, "", tuple(events)
