"""Events, deliveries and SQS records for the tests of what comes after the queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from lambda_src import delivery as deliveries
from lambda_src.canonical import PaymentEvent, Status
from lambda_src.delivery import Delivery

if TYPE_CHECKING:
    from lambda_src.canonical import Share

RECEIVED_AT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def delivery(delivery_id: str = "d-1", body: str = "{}") -> Delivery:
    """A delivery of the source `shop` at Stripe."""
    return Delivery(delivery_id=delivery_id, source="shop", provider="stripe", received_at=RECEIVED_AT, body=body)


def event(  # noqa: PLR0917 - tests read better with the telling values in a row
    event_id: str = "evt_1",
    status: Status = Status.CAPTURED,
    seconds: int = 0,
    amount: int | None = 2000,
    share: Share | None = None,
    payload: bytes = b"{}",
) -> PaymentEvent:
    """An event of the payment pi_1, some seconds after noon."""
    return PaymentEvent(
        provider="stripe",
        event_id=event_id,
        event_type="test.type",
        payment_id="pi_1",
        status=status,
        amount=amount,
        currency="EUR",
        occurred_at=RECEIVED_AT + timedelta(seconds=seconds),
        share=share,
        payload=payload,
    )


def stripe_body(event_id: str = "evt_1", type_: str = "payment_intent.succeeded", payment_id: str = "pi_1") -> str:
    """A small event of Stripe's."""
    intent = {"id": payment_id, "amount": 2000, "amount_received": 2000, "currency": "eur", "status": "succeeded"}
    value = {"id": event_id, "type": type_, "created": 1_795_435_200, "data": {"object": intent}}
    return msgspec.json.encode(value).decode()


def record(message_id: str, body: Delivery | str, receive_count: int = 1) -> dict[str, Any]:
    """An SQS record as Lambda hands it over."""
    return {
        "messageId": message_id,
        "receiptHandle": f"handle-{message_id}",
        "attributes": {"ApproximateReceiveCount": str(receive_count)},
        "body": body if isinstance(body, str) else deliveries.encode(body),
    }
