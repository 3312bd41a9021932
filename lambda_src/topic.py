"""The events topic: each recorded event as a CloudEvent, at least once.

Format: CloudEvents 1.0, structured JSON (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md).
Schema: `schemas/payment-event.1.json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from lambda_src import log
from lambda_src.aws import AwsError
from lambda_src.canonical import PaymentEvent, rfc3339
from lambda_src.errors import Reason, Transient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.aws import AwsCall
    from lambda_src.canonical import Status
    from lambda_src.delivery import Delivery

EVENT_SCHEMA = "urn:webhook-processor:schema:payment-event:1"
"""The `dataschema` of every event, and the `$id` of the schema file; the number is its major version."""

SCHEMA_VERSION = EVENT_SCHEMA.rpartition(":")[2]

BATCH_ENTRIES = 10
BATCH_BYTES = 262_144
"""Limits of PublishBatch: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded event on its way to the subscribers."""

    event: PaymentEvent
    status: Status
    late: bool
    delivery: Delivery


class Topic:
    """The events topic.

    Args:
        arn: Its ARN.
        function_name: Root of the events' `source`.
        call: The door to AWS.
    """

    def __init__(self, arn: str, function_name: str, call: AwsCall) -> None:
        self._arn = arn
        self._function_name = function_name
        self._call = call

    def publish(self, publications: Sequence[Publication]) -> dict[int, Transient]:
        """Publish events in as few calls as their number and size allow.

        Returns:
            What failed, by position in `publications`; empty when the topic has confirmed every one.
        """
        failed: dict[int, Transient] = {}
        batch: list[dict[str, Any]] = []
        batch_bytes = 0
        for position, publication in enumerate(publications):
            try:
                entry, size = self._entry(position, publication)
            except Exception as error:  # noqa: BLE001 - one event's surprise must not fail the others of its batch
                failed[position] = Transient(Reason.UNEXPECTED, log.surprise(error))
                continue
            if batch and (len(batch) == BATCH_ENTRIES or batch_bytes + size > BATCH_BYTES):
                failed |= self._publish_batch(batch)
                batch, batch_bytes = [], 0
            batch.append(entry)
            batch_bytes += size
        if batch:
            failed |= self._publish_batch(batch)
        return failed

    def _publish_batch(self, batch: list[dict[str, Any]]) -> dict[int, Transient]:
        try:
            answer = self._call("sns", "publish_batch", TopicArn=self._arn, PublishBatchRequestEntries=batch)
        except AwsError as error:
            return {int(entry["Id"]): Transient(Reason.TOPIC_UNAVAILABLE, str(error)) for entry in batch}
        except Exception as error:  # noqa: BLE001 - what nobody foresaw must neither leave the function nor name data
            return {int(entry["Id"]): Transient(Reason.UNEXPECTED, log.surprise(error)) for entry in batch}
        # A call that succeeds can still hold entries that did not; only those in `Successful` are published.
        published = {entry["Id"] for entry in answer.get("Successful", ())}
        codes = {entry["Id"]: entry.get("Code", "Unknown") for entry in answer.get("Failed", ())}
        return {
            int(entry["Id"]): Transient(
                Reason.TOPIC_UNAVAILABLE, f"publish_batch: {codes.get(entry['Id'], 'no answer')}"
            )
            for entry in batch
            if entry["Id"] not in published
        }

    def _entry(self, position: int, publication: Publication) -> tuple[dict[str, Any], int]:
        attributes = message_attributes(publication)
        size = sum(len(name) + len("String") + len(value.encode()) for name, value in attributes.items())
        message = _for_queues(cloud_event(publication, self._function_name))
        if len(message) + size > BATCH_BYTES:
            message = _for_queues(cloud_event(publication, self._function_name, with_payload=False))
        entry = {
            "Id": str(position),
            "Message": message.decode(),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        return entry, len(message) + size


def cloud_event(publication: Publication, function_name: str, *, with_payload: bool = True) -> bytes:
    """Write the published event as JSON.

    Args:
        publication: The recorded event.
        function_name: Root of the event's `source`.
        with_payload: False leaves the provider's payload out: the event is larger than a message can be.
    """
    event, delivery = publication.event, publication.delivery
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"{event.provider}:{event.event_id}",
            "type": f"payment.{publication.status}",
            "source": f"/{function_name}/{delivery.source}",
            "subject": event.transaction_id,
            "time": rfc3339(event.occurred_at),
            "datacontenttype": "application/json",
            "dataschema": EVENT_SCHEMA,
            "data": {
                "provider": event.provider,
                "source": delivery.source,
                "event_id": event.event_id,
                "event_type": event.event_type,
                "status": str(publication.status),
                "amount": event.amount,
                "currency": event.currency,
                "occurred_at": rfc3339(event.occurred_at),
                "received_at": rfc3339(delivery.received_at),
                "delivery_id": delivery.delivery_id,
                "late": publication.late,
                "payload": _payload(event.payload) if with_payload else None,
            },
        }
    )


def _for_queues(message: bytes) -> bytes:
    """Escape the two characters that a subscribed queue refuses although JSON allows them."""
    return message.replace("\ufffe".encode(), b"\\ufffe").replace("\uffff".encode(), b"\\uffff")


def _payload(payload: bytes) -> msgspec.Raw | str:
    """The provider's JSON as it is, inside ours; a payload of another form as text."""
    try:
        payload.decode()  # the JSON decoder looks at the bytes of a text only when it is used
        msgspec.json.decode(payload)
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError):
        return payload.decode(errors="replace")
    return msgspec.Raw(payload)


def message_attributes(publication: Publication) -> dict[str, str]:
    """Message attributes for subscribers' filter policies."""
    attributes = {
        "provider": publication.event.provider,
        "source": publication.delivery.source,
        "status": str(publication.status),
        "schema_version": SCHEMA_VERSION,
    }
    if publication.event.currency is not None:
        attributes["currency"] = publication.event.currency
    return attributes
