"""Square's events, one by one, against what they must become; the table is reviewed by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_src.canonical import Share, Status
from lambda_src.errors import Unprocessable
from tests.unit.providers.helpers import parse_json

MONEY = {"amount": 2000, "currency": "USD"}
PAYMENT = {"id": "PAY1", "amount_money": {"amount": 1800, "currency": "USD"}, "total_money": MONEY}
REFUND = {"id": "PAY1_R1", "payment_id": "PAY1", "amount_money": {"amount": 500, "currency": "USD"}}
DISPUTE = {"id": "DIS1", "amount_money": MONEY, "disputed_payment": {"payment_id": "PAY1"}}
PAYOUT = {"id": "po_1", "amount_money": {"amount": 457, "currency_code": "EUR"}}

MADE = Share(of="refund", id="PAY1_R1", amount=500)
TAKEN_BACK = Share(of="refund", id="PAY1_R1", amount=0)


def refunded(amount: int) -> dict[str, Any]:
    """The fields of a completed payment of which something is refunded."""
    return {"status": "COMPLETED", "refunded_money": {"amount": amount, "currency": "USD"}}


GOLDEN: list[tuple[str, dict[str, Any], dict[str, Any], str, int, Share | None, str]] = [
    # event type, object, changed fields, status, amount, share, payment id
    ("payment.created", PAYMENT, {"status": "APPROVED"}, "authorized", 2000, None, "PAY1"),
    ("payment.created", PAYMENT, {"status": "PENDING"}, "pending", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, {"status": "COMPLETED"}, "captured", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, {"status": "CANCELED"}, "cancelled", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, {"status": "FAILED"}, "failed", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, {"status": "A NEW ONE"}, "unknown", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, {"status": "COMPLETED", "total_money": None}, "captured", 1800, None, "PAY1"),
    ("payment.updated", PAYMENT, refunded(0), "captured", 2000, None, "PAY1"),
    ("payment.updated", PAYMENT, refunded(1999), "partially_refunded", 1999, None, "PAY1"),
    ("payment.updated", PAYMENT, refunded(2000), "refunded", 2000, None, "PAY1"),
    ("refund.created", REFUND, {"status": "PENDING"}, "refund_pending", 500, None, "PAY1"),
    ("refund.updated", REFUND, {"status": "COMPLETED"}, "partially_refunded", 500, MADE, "PAY1"),
    ("refund.updated", REFUND, {"status": "REJECTED"}, "refund_failed", 500, TAKEN_BACK, "PAY1"),
    ("refund.updated", REFUND, {"status": "FAILED"}, "refund_failed", 500, TAKEN_BACK, "PAY1"),
    ("refund.updated", REFUND, {"status": "A NEW ONE"}, "unknown", 500, None, "PAY1"),
    ("refund.updated", REFUND, {"status": "COMPLETED", "payment_id": None}, "partially_refunded", 500, MADE, "PAY1_R1"),
    ("dispute.created", DISPUTE, {"state": "EVIDENCE_REQUIRED"}, "disputed", 2000, None, "PAY1"),
    ("dispute.created", DISPUTE, {"state": "INQUIRY_EVIDENCE_REQUIRED"}, "disputed", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "INQUIRY_PROCESSING"}, "disputed", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "INQUIRY_CLOSED"}, "dispute_won", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "PROCESSING"}, "disputed", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "WON"}, "dispute_won", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "LOST"}, "dispute_lost", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "ACCEPTED"}, "dispute_lost", 2000, None, "PAY1"),
    ("dispute.state.updated", DISPUTE, {"state": "A NEW ONE"}, "unknown", 2000, None, "PAY1"),
    ("dispute.created", DISPUTE, {"state": "WON", "disputed_payment": None}, "dispute_won", 2000, None, "DIS1"),
    ("payout.sent", PAYOUT, {}, "payout_pending", 457, None, "po_1"),
    ("payout.paid", PAYOUT, {}, "payout_paid", 457, None, "po_1"),
    ("payout.paid", PAYOUT, {"amount_money": {"amount": -457, "currency": "EUR"}}, "payout_paid", -457, None, "po_1"),
    ("payout.failed", PAYOUT, {}, "payout_failed", 457, None, "po_1"),
]


def event(event_type: str, about: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A Square event about an object; the data's id is another one, as in Square's own examples."""
    name = event_type.partition(".")[0]
    return {
        "merchant_id": "M1",
        "type": event_type,
        "event_id": "e-1",
        "created_at": "2022-07-13T20:30:59.037339943Z",
        "data": {"type": name, "id": "not-the-id", "object": {name: about | changes}},
    }


@pytest.mark.parametrize(("event_type", "about", "changes", "status", "amount", "share", "payment_id"), GOLDEN)
def test_events_become_what_the_table_says(
    *,
    event_type: str,
    about: dict[str, Any],
    changes: dict[str, Any],
    status: str,
    amount: int,
    share: Share | None,
    payment_id: str,
) -> None:
    """Each event type, with its totals and states, has the status, amount, share and payment of the table."""
    (mapped,) = parse_json("square", event(event_type, about, **changes))
    assert (mapped.status, mapped.amount, mapped.share, mapped.payment_id) == (
        Status(status),
        amount,
        share,
        payment_id,
    )
    assert mapped.currency == ("EUR" if event_type.startswith("payout") else "USD")
    assert (mapped.provider, mapped.event_id, mapped.event_type) == ("square", "e-1", event_type)
    assert mapped.occurred_at == datetime(2022, 7, 13, 20, 30, 59, 37339, tzinfo=UTC)
    assert mapped.occurred_at_signed


@pytest.mark.parametrize(
    ("data", "payment_id"),
    [({"type": "webhooks", "id": "bc36"}, "bc36"), ({}, "e-1"), ({"id": 7, "object": [1]}, "e-1"), ({"id": ""}, "e-1")],
)
def test_unknown_events_are_kept(data: dict[str, Any], payment_id: str) -> None:
    """An event type that is not known, such as the test notification, is kept with the best id there is."""
    body = event("webhooks.test_notification", {}) | {"data": data}
    (mapped,) = parse_json("square", body)
    assert (mapped.status, mapped.payment_id, mapped.amount) == (Status.UNKNOWN, payment_id, None)


def test_all_events_of_one_payment_share_its_transaction() -> None:
    """Payment, refund and dispute of one payment have one transaction id."""
    events = [event(kind, about, **changes) for kind, about, changes, *_, payment_id in GOLDEN if payment_id == "PAY1"]
    assert {parse_json("square", one)[0].transaction_id for one in events} == {"square:PAY1"}


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (event("payment.updated", PAYMENT) | {"event_id": ""}, "event id"),
        (event("payment.updated", PAYMENT) | {"created_at": "2022-07-13"}, "created_at"),
        (event("payment.updated", PAYMENT) | {"data": {"object": {}}}, "data.object.payment is missing"),
        (event("payment.updated", PAYMENT, total_money={"amount": "2000", "currency": "USD"}), "total_money.amount"),
        (event("payment.updated", PAYMENT, total_money={"amount": True, "currency": "USD"}), "total_money.amount"),
        (event("payment.updated", PAYMENT, total_money={"amount": -1, "currency": "USD"}), "is negative"),
        (event("payment.updated", PAYMENT, total_money={"amount": 1}), "currency is missing"),
        (event("payment.updated", PAYMENT, total_money={"amount": 1, "currency": "Dollar"}), "currency"),
        (event("payment.updated", PAYMENT, id=None), "id"),
    ],
)
def test_what_square_does_not_send_is_unparsable(broken: dict[str, Any], named: str) -> None:
    """A missing or mistyped field is `unparsable`, and the detail names the provider and the field."""
    with pytest.raises(Unprocessable) as caught:
        parse_json("square", broken)
    assert caught.value.detail.startswith("square: ")
    assert named in caught.value.detail
