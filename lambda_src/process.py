"""The SQS trigger: parse, record, publish; a message that fails takes no other of its batch along.

Only a message whose every step held is left out of the answer, and so deleted from the queue. A message that failed
transiently becomes visible again by the retry schedule; one that can never succeed becomes visible at once, so that
its receives are used up in seconds and it lies whole in the dead-letter queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lambda_src import delivery as deliveries
from lambda_src import log, providers, trace
from lambda_src.canonical import Status
from lambda_src.errors import Reason, Transient, Unprocessable, WebhookError
from lambda_src.ledger import Entry
from lambda_src.retries import retry_delay
from lambda_src.sources import source_of
from lambda_src.topic import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.delivery import Delivery
    from lambda_src.ledger import Ledger, Recorded
    from lambda_src.log import Metric
    from lambda_src.queue import Queue
    from lambda_src.sources import Source
    from lambda_src.topic import Topic


class Message(msgspec.Struct, kw_only=True):
    """One SQS record of the batch and what becomes of it."""

    message_id: str
    receipt_handle: str
    receive_count: int
    body: str
    delivery: Delivery | None = None
    entries: list[Entry] = []
    failure: WebhookError | None = None


class Processor:
    """Processes queued deliveries.

    Args:
        ledger: Where events are recorded.
        topic: Where they are published.
        queue: Where failed messages wait.
        sources: Configured sources by name.
        namespace: The metrics' namespace.
        retry_delays: How long they wait, seconds: before the second receive, the third, and so on.
    """

    def __init__(
        self,
        ledger: Ledger,
        topic: Topic,
        queue: Queue,
        sources: Mapping[str, Source],
        namespace: str,
        *,
        retry_delays: Sequence[int],
    ) -> None:
        self._ledger = ledger
        self._topic = topic
        self._queue = queue
        self._retry_delays = retry_delays
        self._sources = sources
        self._namespace = namespace

    def process(self, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Process one batch.

        Args:
            records: The `Records` of Lambda's SQS event.

        Returns:
            Lambda's partial batch response: the messages that are not done.
        """
        messages = [
            Message(
                message_id=record["messageId"],
                receipt_handle=record["receiptHandle"],
                receive_count=int(record["attributes"]["ApproximateReceiveCount"]),
                body=record["body"],
            )
            for record in records
        ]
        for message in messages:
            self._read(message)
        self._append_together(messages)
        pending: list[tuple[Message, Publication]] = []
        for message in messages:
            with trace.subsegment("process") as span:
                pending += self._record(message)
                span.annotate(
                    source=message.delivery.source if message.delivery else "unknown",
                    provider=message.delivery.provider if message.delivery else "unknown",
                    outcome=str(message.failure.reason) if message.failure else "recorded",
                )
        self._publish(pending)
        failed = [message for message in messages if message.failure]
        for message in failed:
            self._put_back(message)
        return {"batchItemFailures": [{"itemIdentifier": message.message_id} for message in failed]}

    def _read(self, message: Message) -> None:
        """Read a message's events. On failure the message holds why."""
        try:
            delivery = message.delivery = deliveries.decode(message.body)
            message.entries = [Entry(event=event, delivery=delivery) for event in self._parse(delivery)]
        except WebhookError as failure:
            message.failure = failure
        except Exception as error:  # noqa: BLE001 - one message's surprise must not fail the others of its batch
            message.failure = Transient(Reason.UNEXPECTED, log.surprise(error))

    def _append_together(self, messages: Sequence[Message]) -> None:
        """Append what can be in one call; what a failed one leaves is appended on its own, or its message comes again.

        Only a message's first event can be: one behind it is not the message's to record until those before it are. A
        message that has failed before is left out, so that nothing this call may meet can stop it for ever.
        """
        firsts = [message.entries[0] for message in messages if message.entries and message.receive_count <= 1]
        try:
            self._ledger.append_together(firsts, [entry for message in messages for entry in message.entries])
        except WebhookError as failure:
            reason, detail = failure.reason, failure.detail
        except Exception as error:  # noqa: BLE001 - as above
            reason, detail = Reason.UNEXPECTED, log.surprise(error)
        else:
            return
        log.write(log.Line(message="batch", level="WARN", reason=reason, detail=detail), self._namespace)

    def _record(self, message: Message) -> list[tuple[Message, Publication]]:
        """Record a message's events; return those to publish. On failure the message holds why."""
        pending: list[tuple[Message, Publication]] = []
        try:
            for entry in message.entries:
                recorded = self._ledger.record(entry)
                self._log_recorded(entry.event, entry.delivery, recorded)
                if not recorded.duplicate:
                    publication = Publication(
                        event=entry.event, status=recorded.status, late=recorded.late, delivery=entry.delivery
                    )
                    pending.append((message, publication))
        except WebhookError as failure:
            message.failure = failure
        except Exception as error:  # noqa: BLE001 - as above
            message.failure = Transient(Reason.UNEXPECTED, log.surprise(error))
        return pending

    def _parse(self, delivery: Delivery) -> list[PaymentEvent]:
        provider = providers.load(delivery.provider)
        source = source_of(delivery.source, delivery.provider, self._sources)
        try:
            events = provider.parse(delivery, source)
        except WebhookError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of the mapping: the same bytes would fail the same way again
            raise Unprocessable(Reason.UNPARSABLE, log.surprise(error)) from None
        # In order of time, so that events of one request are not late to each other.
        return sorted(events, key=lambda event: (event.occurred_at, event.status.rank, event.event_id))

    def _publish(self, pending: Sequence[tuple[Message, Publication]]) -> None:
        failed = self._topic.publish([publication for _, publication in pending])
        for position, (message, publication) in enumerate(pending):
            if position in failed:
                message.failure = message.failure or failed[position]
            else:
                line = _line("published", publication.event, publication.delivery)
                line.status = publication.status
                log.write(line, self._namespace, {"published": 1})

    def _put_back(self, message: Message) -> None:
        failure = message.failure
        if failure is None:
            return
        is_transient = isinstance(failure, Transient)
        delay = retry_delay(message.receive_count, self._retry_delays) if is_transient else 0
        confirmed = self._queue.retry_in(message.receipt_handle, delay)
        metric: Metric = "retried" if is_transient else "unprocessable"
        metrics: dict[Metric, int] = {metric: 1}
        if is_transient and message.receive_count == len(self._retry_delays):
            metrics["last_try"] = 1
        line = log.Line(
            message="failed",
            level="WARN" if is_transient else "ERROR",
            source=message.delivery.source if message.delivery else None,
            provider=message.delivery.provider if message.delivery else None,
            delivery_id=message.delivery.delivery_id if message.delivery else None,
            outcome=metric,
            reason=failure.reason,
            detail=failure.detail,
            receive_count=message.receive_count,
            retry_in_seconds=delay if confirmed else None,
        )
        log.write(line, self._namespace, metrics if message.delivery else None)

    def _log_recorded(self, event: PaymentEvent, delivery: Delivery, recorded: Recorded) -> None:
        line = _line("duplicate" if recorded.duplicate else "recorded", event, delivery)
        line.status = recorded.status
        metrics: dict[Metric, int] = {"duplicate": 1} if recorded.duplicate else {"recorded": 1}
        if recorded.late:
            metrics["late"] = 1
        if recorded.status is Status.UNKNOWN:
            metrics["unknown"] = 1
        log.write(line, self._namespace, metrics)


def _line(outcome: str, event: PaymentEvent, delivery: Delivery) -> log.Line:
    return log.Line(
        message="event",
        source=delivery.source,
        provider=delivery.provider,
        delivery_id=delivery.delivery_id,
        outcome=outcome,
        transaction_id=event.transaction_id,
        event_id=event.event_id,
        event_type=event.event_type,
    )
