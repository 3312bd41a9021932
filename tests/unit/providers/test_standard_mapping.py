"""Events in the manner of Standard Webhooks against what they must become; the table is reviewed by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_src.canonical import Share, Status
from lambda_src.errors import Unprocessable
from tests.unit.providers.helpers import RECEIVED_AT, delivery, parse, parse_json

PAYMENT = {"id": "pay_1", "amount": 2000, "currency": "eur"}
OTHER = {"id": "ob_1", "payment_id": "pay_1", "amount": 500, "currency": "eur"}
PAYOUT = {"id": "po_1", "amount": 9000, "currency": "eur"}

GOLDEN: list[tuple[str, dict[str, Any], str, int | None, Share | None, str]] = [
    # event type, data, status, amount, share, payment id
    *[(f"payment.{verb}", PAYMENT, "pending", 2000, None, "pay_1") for verb in ("created", "pending", "processing")],
    ("payment.requires_action", PAYMENT, "pending", 2000, None, "pay_1"),
    ("charge.pending", PAYMENT, "pending", 2000, None, "pay_1"),
    *[(f"payment.{verb}", PAYMENT, "authorized", 2000, None, "pay_1") for verb in ("authorized", "authorised")],
    *[
        (f"{noun}.{verb}", PAYMENT, "captured", 2000, None, "pay_1")
        for noun in ("payment", "charge")
        for verb in ("captured", "succeeded", "completed", "paid")
    ],
    ("payment.captured", PAYMENT | {"amount_captured": 700}, "partially_captured", 700, None, "pay_1"),
    ("payment.partially_captured", PAYMENT | {"amount_captured": 2000}, "captured", 2000, None, "pay_1"),
    ("payment.partially_captured", PAYMENT, "partially_captured", None, None, "pay_1"),
    *[(f"payment.{verb}", PAYMENT, "failed", 2000, None, "pay_1") for verb in ("failed", "declined")],
    *[(f"payment.{verb}", PAYMENT, "cancelled", 2000, None, "pay_1") for verb in ("cancelled", "canceled", "voided")],
    ("payment.expired", PAYMENT, "expired", 2000, None, "pay_1"),
    ("payment.refunded", PAYMENT | {"amount_refunded": 500}, "partially_refunded", 500, None, "pay_1"),
    ("payment.refunded", PAYMENT | {"amount_refunded": 2000}, "refunded", 2000, None, "pay_1"),
    ("payment.refunded", PAYMENT | {"amount_refunded": 700, "amount_captured": 700}, "refunded", 700, None, "pay_1"),
    ("payment.partially_refunded", PAYMENT | {"amount_refunded": 2000}, "refunded", 2000, None, "pay_1"),
    (
        "payment.refunded",
        PAYMENT,
        "partially_refunded",
        2000,
        Share(of="refund", id="pay_1", amount=2000),
        "pay_1",
    ),
    ("payment.partially_refunded", PAYMENT, "partially_refunded", None, None, "pay_1"),
    *[(f"refund.{verb}", OTHER, "refund_pending", 500, None, "pay_1") for verb in ("created", "pending", "processing")],
    *[
        (f"refund.{verb}", OTHER, "partially_refunded", 500, Share(of="refund", id="ob_1", amount=500), "pay_1")
        for verb in ("succeeded", "completed")
    ],
    *[
        (f"refund.{verb}", OTHER, "refund_failed", 500, Share(of="refund", id="ob_1", amount=0), "pay_1")
        for verb in ("failed", "cancelled", "canceled", "rejected")
    ],
    *[(f"dispute.{verb}", OTHER, "disputed", 500, None, "pay_1") for verb in ("created", "opened", "updated")],
    *[(f"chargeback.{verb}", OTHER, "dispute_won", 500, None, "pay_1") for verb in ("won", "reversed")],
    *[(f"dispute.{verb}", OTHER, "dispute_lost", 500, None, "pay_1") for verb in ("lost", "accepted")],
    ("dispute.closed", OTHER | {"status": "won"}, "dispute_won", 500, None, "pay_1"),
    ("dispute.closed", OTHER | {"status": "lost"}, "dispute_lost", 500, None, "pay_1"),
    ("dispute.closed", OTHER, "unknown", 500, None, "pay_1"),
    *[(f"payout.{verb}", PAYOUT, "payout_pending", 9000, None, "po_1") for verb in ("created", "processing", "sent")],
    *[(f"payout.{verb}", PAYOUT, "payout_paid", 9000, None, "po_1") for verb in ("paid", "completed", "succeeded")],
    *[(f"payout.{verb}", PAYOUT, "payout_failed", 9000, None, "po_1") for verb in ("failed", "canceled", "returned")],
    ("payout.paid", PAYOUT | {"amount": -9000}, "payout_paid", -9000, None, "po_1"),
    ("payment.succeeded", {"id": "pay_1"}, "captured", None, None, "pay_1"),
    ("payment.succeeded", {"id": "pay_1", "amount": 2000}, "captured", None, None, "pay_1"),
    ("invoice.paid", PAYMENT, "unknown", None, None, "pay_1"),
    ("user.created", {"id": 7, "payment_id": None}, "unknown", None, None, "msg_1"),
    ("PAYMENT.SUCCEEDED", PAYMENT, "unknown", None, None, "pay_1"),
]


@pytest.mark.parametrize(("event_type", "data", "status", "amount", "share", "payment_id"), GOLDEN)
def test_events_become_what_the_table_says(
    *, event_type: str, data: dict[str, Any], status: str, amount: int | None, share: Share | None, payment_id: str
) -> None:
    """Each event type has the status, amount and share of the table; the ids carry the source's name."""
    body = {"type": event_type, "timestamp": "2026-03-09T12:18:49.738972+02:00", "data": data}
    (mapped,) = parse_json("standard", body)
    assert (mapped.status, mapped.amount, mapped.share) == (Status(status), amount, share)
    assert (mapped.payment_id, mapped.event_id) == (f"shop/{payment_id}", "shop/msg_1")
    assert mapped.currency == ("EUR" if "currency" in data and status != "unknown" else mapped.currency)
    assert (mapped.currency is None) == ("currency" not in data or (status == "unknown" and amount is None))
    assert mapped.occurred_at == datetime(2026, 3, 9, 10, 18, 49, 738972, tzinfo=UTC)
    assert mapped.occurred_at_signed


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", "2026-03-09T10:18:49", 1773051529, {"a": 1}])
def test_without_a_timestamp_of_its_own_the_receipt_orders_the_event(timestamp: object) -> None:
    """The header's time changes with every retry, so the receipt stands in, marked as not signed."""
    (mapped,) = parse_json("standard", {"type": "payment.paid", "timestamp": timestamp, "data": PAYMENT})
    assert (mapped.occurred_at, mapped.occurred_at_signed) == (RECEIVED_AT, False)


@pytest.mark.parametrize("data", [None, [], "text", 7, {}])
def test_unknown_events_of_any_data_are_kept(data: object) -> None:
    """An unknown event is kept whatever its data is; its message id stands in for the payment's."""
    (mapped,) = parse_json("standard", {"type": "x", "data": data})
    assert (mapped.status, mapped.payment_id) == (Status.UNKNOWN, "shop/msg_1")


def test_two_vendors_do_not_collide() -> None:
    """The same ids from two sources are two events of two transactions."""
    body = json.dumps({"type": "payment.paid", "data": PAYMENT}).encode()
    events = []
    for source in ("vendor-a", "vendor-b"):
        message = delivery("standard", body)
        message = type(message)(
            **{**{name: getattr(message, name) for name in message.__struct_fields__}, "source": source}
        )
        events += parse("standard", message)
    assert [event.transaction_id for event in events] == ["standard:vendor-a/pay_1", "standard:vendor-b/pay_1"]
    assert [event.event_id for event in events] == ["vendor-a/msg_1", "vendor-b/msg_1"]


def test_the_id_comes_from_the_headers_that_were_verified() -> None:
    """The id is that of the `svix-id` header when there is no `webhook-id`, as in verification."""
    body = b'{"type":"x"}'
    both = {"webhook-id": "msg_a", "svix-id": "msg_b"}
    assert parse("standard", delivery("standard", body, both))[0].event_id == "shop/msg_a"
    assert parse("standard", delivery("standard", body, {"svix-id": "msg_b"}))[0].event_id == "shop/msg_b"


@pytest.mark.parametrize(
    ("body", "headers", "named"),
    [
        ({"data": PAYMENT}, None, "`type`"),
        ({"type": "payment.paid"}, None, "data.id is missing"),
        ({"type": "payment.paid", "data": []}, None, "data"),
        ({"type": "payment.paid", "data": PAYMENT | {"amount": "20.00"}}, None, "$.amount"),
        ({"type": "payment.paid", "data": PAYMENT | {"amount": 20.0}}, None, "$.amount"),
        ({"type": "payment.paid", "data": PAYMENT | {"amount": False}}, None, "$.amount"),
        ({"type": "payment.paid", "data": PAYMENT | {"amount": -1}}, None, "negative"),
        ({"type": "payment.paid", "data": PAYMENT | {"currency": "€"}}, None, "$.currency"),
        ({"type": "refund.succeeded", "data": {"id": "r", "currency": "EUR"}}, None, "data.amount is missing"),
        ({"type": "payment.paid", "data": PAYMENT}, {}, "webhook-id is missing"),
        ({"type": "payment.paid", "data": PAYMENT}, {"webhook-id": "m" * 251}, "event id"),
    ],
)
def test_what_cannot_be_mapped_is_unparsable(body: dict[str, Any], headers: dict[str, str] | None, named: str) -> None:
    """A missing or mistyped field is `unparsable`, and the detail names the provider and the field."""
    with pytest.raises(Unprocessable) as caught:
        parse("standard", delivery("standard", json.dumps(body).encode(), headers))
    assert caught.value.detail.startswith("standard: ")
    assert named in caught.value.detail
