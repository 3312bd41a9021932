"""Stripe's events, one by one, against what they must become; the table is reviewed by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from lambda_src.canonical import Share, Status
from lambda_src.errors import Unprocessable
from tests.unit.providers.helpers import delivery, parse, parse_json

INTENT = {"object": "payment_intent", "id": "pi_1", "amount": 2000, "amount_received": 0, "currency": "usd"}
CHARGE = {
    "object": "charge",
    "id": "ch_1",
    "payment_intent": "pi_1",
    "amount": 2000,
    "amount_captured": 0,
    "amount_refunded": 0,
    "captured": False,
    "refunded": False,
    "currency": "usd",
}
REFUND = {
    "object": "refund",
    "id": "re_1",
    "charge": "ch_1",
    "payment_intent": "pi_1",
    "amount": 500,
    "currency": "usd",
}
DISPUTE = {
    "object": "dispute",
    "id": "du_1",
    "charge": "ch_1",
    "payment_intent": "pi_1",
    "amount": 1500,
    "currency": "usd",
}
PAYOUT = {"object": "payout", "id": "po_1", "amount": 9000, "currency": "usd"}
SESSION = {
    "object": "checkout.session",
    "id": "cs_1",
    "payment_intent": "pi_1",
    "amount_total": 2000,
    "currency": "usd",
}
INVOICE = {"object": "invoice", "id": "in_1", "payment_intent": "pi_1", "amount_paid": 1900, "amount_due": 2000}
INVOICE |= {"currency": "usd"}
REVIEW = {"object": "review", "id": "prv_1", "payment_intent": "pi_1", "charge": "ch_1"}

MADE = Share(of="refund", id="re_1", amount=500)
TAKEN_BACK = Share(of="refund", id="re_1", amount=0)

GOLDEN: list[tuple[str, dict[str, Any], dict[str, Any], str, int | None, Share | None, str]] = [
    # event type, object, changed fields, status, amount, share, payment id
    ("payment_intent.created", INTENT, {}, "pending", 2000, None, "pi_1"),
    ("payment_intent.processing", INTENT, {}, "pending", 2000, None, "pi_1"),
    ("payment_intent.requires_action", INTENT, {}, "pending", 2000, None, "pi_1"),
    ("payment_intent.partially_funded", INTENT, {}, "pending", 2000, None, "pi_1"),
    ("payment_intent.amount_capturable_updated", INTENT, {}, "authorized", 2000, None, "pi_1"),
    (
        "payment_intent.amount_capturable_updated",
        INTENT,
        {"amount_received": 700},
        "partially_captured",
        700,
        None,
        "pi_1",
    ),
    ("payment_intent.succeeded", INTENT, {"amount_received": 2000}, "captured", 2000, None, "pi_1"),
    ("payment_intent.succeeded", INTENT, {"amount_received": 1999}, "partially_captured", 1999, None, "pi_1"),
    ("payment_intent.payment_failed", INTENT, {"status": "requires_payment_method"}, "failed", 2000, None, "pi_1"),
    ("payment_intent.canceled", INTENT, {}, "cancelled", 2000, None, "pi_1"),
    ("charge.pending", CHARGE, {}, "pending", 2000, None, "pi_1"),
    ("charge.succeeded", CHARGE, {}, "authorized", 2000, None, "pi_1"),
    ("charge.succeeded", CHARGE, {"captured": True, "amount_captured": 2000}, "captured", 2000, None, "pi_1"),
    ("charge.captured", CHARGE, {"captured": True, "amount_captured": 2000}, "captured", 2000, None, "pi_1"),
    ("charge.captured", CHARGE, {"captured": True, "amount_captured": 500}, "partially_captured", 500, None, "pi_1"),
    ("charge.captured", CHARGE, {"captured": True, "amount_captured": None}, "captured", 2000, None, "pi_1"),
    ("charge.failed", CHARGE, {}, "failed", 2000, None, "pi_1"),
    ("charge.expired", CHARGE, {}, "expired", 2000, None, "pi_1"),
    ("charge.refunded", CHARGE, {"amount_refunded": 500}, "partially_refunded", 500, None, "pi_1"),
    ("charge.refunded", CHARGE, {"amount_refunded": 2000, "refunded": True}, "refunded", 2000, None, "pi_1"),
    ("charge.refunded", CHARGE, {"amount_refunded": 2000}, "refunded", 2000, None, "pi_1"),
    ("charge.refunded", CHARGE, {"amount_refunded": 500, "refunded": True}, "refunded", 500, None, "pi_1"),
    ("charge.refunded", CHARGE, {"amount_refunded": 2000, "payment_intent": None}, "refunded", 2000, None, "ch_1"),
    ("charge.updated", CHARGE, {}, "unknown", None, None, "pi_1"),
    ("refund.created", REFUND, {"status": "pending"}, "refund_pending", 500, None, "pi_1"),
    ("refund.created", REFUND, {"status": "requires_action"}, "refund_pending", 500, None, "pi_1"),
    ("refund.created", REFUND, {"status": "succeeded"}, "partially_refunded", 500, MADE, "pi_1"),
    ("refund.updated", REFUND, {"status": "succeeded"}, "partially_refunded", 500, MADE, "pi_1"),
    ("refund.updated", REFUND, {"status": "canceled"}, "refund_failed", 500, TAKEN_BACK, "pi_1"),
    ("refund.failed", REFUND, {"status": "failed"}, "refund_failed", 500, TAKEN_BACK, "pi_1"),
    ("charge.refund.updated", REFUND, {"status": "failed"}, "refund_failed", 500, TAKEN_BACK, "pi_1"),
    ("refund.updated", REFUND, {"status": "a new one"}, "unknown", 500, None, "pi_1"),
    (
        "refund.updated",
        REFUND,
        {"status": "succeeded", "payment_intent": None},
        "partially_refunded",
        500,
        MADE,
        "ch_1",
    ),
    ("charge.dispute.created", DISPUTE, {"status": "needs_response"}, "disputed", 1500, None, "pi_1"),
    ("charge.dispute.created", DISPUTE, {"status": "warning_needs_response"}, "disputed", 1500, None, "pi_1"),
    ("charge.dispute.updated", DISPUTE, {"status": "under_review"}, "disputed", 1500, None, "pi_1"),
    ("charge.dispute.updated", DISPUTE, {"status": "warning_under_review"}, "disputed", 1500, None, "pi_1"),
    ("charge.dispute.funds_withdrawn", DISPUTE, {"status": "needs_response"}, "disputed", 1500, None, "pi_1"),
    ("charge.dispute.funds_reinstated", DISPUTE, {"status": "won"}, "dispute_won", 1500, None, "pi_1"),
    ("charge.dispute.closed", DISPUTE, {"status": "won"}, "dispute_won", 1500, None, "pi_1"),
    ("charge.dispute.closed", DISPUTE, {"status": "lost"}, "dispute_lost", 1500, None, "pi_1"),
    ("charge.dispute.closed", DISPUTE, {"status": "warning_closed"}, "dispute_won", 1500, None, "pi_1"),
    ("charge.dispute.closed", DISPUTE, {"status": "a new one"}, "unknown", 1500, None, "pi_1"),
    ("payout.created", PAYOUT, {"status": "pending"}, "payout_pending", 9000, None, "po_1"),
    ("payout.updated", PAYOUT, {"status": "in_transit"}, "payout_pending", 9000, None, "po_1"),
    ("payout.updated", PAYOUT, {"status": "paid"}, "payout_paid", 9000, None, "po_1"),
    ("payout.updated", PAYOUT, {"status": "canceled"}, "payout_failed", 9000, None, "po_1"),
    ("payout.updated", PAYOUT, {"status": "a new one"}, "unknown", 9000, None, "po_1"),
    ("payout.paid", PAYOUT, {"status": "paid"}, "payout_paid", 9000, None, "po_1"),
    ("payout.paid", PAYOUT, {"status": "paid", "amount": -9000}, "payout_paid", -9000, None, "po_1"),
    ("payout.failed", PAYOUT, {"status": "failed"}, "payout_failed", 9000, None, "po_1"),
    ("payout.canceled", PAYOUT, {"status": "canceled"}, "payout_failed", 9000, None, "po_1"),
    ("payout.reconciliation_completed", PAYOUT, {"status": "paid"}, "unknown", None, None, "po_1"),
    ("checkout.session.completed", SESSION, {"payment_status": "paid"}, "captured", 2000, None, "pi_1"),
    ("checkout.session.completed", SESSION, {"payment_status": "unpaid"}, "pending", 2000, None, "pi_1"),
    (
        "checkout.session.completed",
        SESSION,
        {"payment_status": "no_payment_required", "payment_intent": None, "amount_total": None, "currency": None},
        "unknown",
        None,
        None,
        "cs_1",
    ),
    (
        "checkout.session.completed",
        SESSION,
        {"payment_status": "paid", "payment_intent": None},
        "unknown",
        2000,
        None,
        "cs_1",
    ),
    ("checkout.session.async_payment_succeeded", SESSION, {"payment_status": "paid"}, "captured", 2000, None, "pi_1"),
    ("checkout.session.async_payment_failed", SESSION, {"payment_status": "unpaid"}, "failed", 2000, None, "pi_1"),
    (
        "checkout.session.expired",
        SESSION,
        {"payment_status": "unpaid", "payment_intent": None},
        "expired",
        2000,
        None,
        "cs_1",
    ),
    ("invoice.paid", INVOICE, {}, "captured", 1900, None, "pi_1"),
    ("invoice.paid", INVOICE, {"payment_intent": None}, "unknown", 1900, None, "in_1"),
    ("invoice.payment_failed", INVOICE, {}, "failed", 2000, None, "pi_1"),
    ("review.opened", REVIEW, {}, "unknown", None, None, "pi_1"),
    ("review.closed", REVIEW, {"payment_intent": None}, "unknown", None, None, "ch_1"),
    ("customer.created", {"id": "cus_1", "currency": ["x"], "amount": {}}, {}, "unknown", None, None, "cus_1"),
    ("balance.available", {"object": "balance"}, {}, "unknown", None, None, "evt_1"),
    ("customer.odd", {"id": {"x": 1}, "payment_intent": "", "charge": "\x00"}, {}, "unknown", None, None, "evt_1"),
]


def event(event_type: str, about: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A Stripe event about an object."""
    return {
        "id": "evt_1",
        "object": "event",
        "type": event_type,
        "created": 1_759_999_998,
        "data": {"object": about | changes},
    }


@pytest.mark.parametrize(("event_type", "about", "changes", "status", "amount", "share", "payment_id"), GOLDEN)
def test_events_become_what_the_table_says(
    *,
    event_type: str,
    about: dict[str, Any],
    changes: dict[str, Any],
    status: str,
    amount: int | None,
    share: Share | None,
    payment_id: str,
) -> None:
    """Each event type, with its totals and states, has the status, amount, share and payment of the table."""
    (mapped,) = parse_json("stripe", event(event_type, about, **changes))
    assert (mapped.status, mapped.amount, mapped.share, mapped.payment_id) == (
        Status(status),
        amount,
        share,
        payment_id,
    )
    assert mapped.currency == (None if amount is None else "USD")
    assert (mapped.provider, mapped.event_id, mapped.event_type) == ("stripe", "evt_1", event_type)
    assert (mapped.occurred_at, mapped.occurred_at_signed) == (datetime(2025, 10, 9, 8, 53, 18, tzinfo=UTC), True)


def test_thin_events_are_kept_as_unknown() -> None:
    """A v2 event only points to its object: unknown, with that object's id and its own RFC 3339 time."""
    thin = {
        "id": "evt_2",
        "object": "v2.core.event",
        "type": "payment_intent.succeeded",
        "created": "2024-09-26T17:46:22.134Z",
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/acct_1"},
    }
    (mapped,) = parse_json("stripe", thin)
    assert (mapped.event_id, mapped.payment_id, mapped.status) == ("evt_2", "acct_1", Status.UNKNOWN)
    assert mapped.occurred_at == datetime(2024, 9, 26, 17, 46, 22, 134000, tzinfo=UTC)
    (mapped,) = parse_json("stripe", thin | {"related_object": None})
    assert mapped.payment_id == "evt_2"


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (event("payment_intent.created", INTENT) | {"id": ""}, "event id"),
        (event("payment_intent.created", INTENT) | {"id": 7}, "$.id"),
        (event("payment_intent.created", INTENT) | {"created": 1.5}, "$.created"),
        (event("payment_intent.created", INTENT) | {"created": -1}, "$.created"),
        (event("payment_intent.created", INTENT) | {"created": "yesterday"}, "created"),
        (event("payment_intent.created", INTENT) | {"data": {}}, "`id`"),
        (event("payment_intent.created", INTENT, amount="2000"), "$.amount"),
        (event("payment_intent.created", INTENT, amount=True), "$.amount"),
        (event("payment_intent.created", INTENT, amount=20.0), "$.amount"),
        (event("payment_intent.created", INTENT, amount=10**18), "$.amount"),
        (event("payment_intent.created", INTENT, amount=-1), "amount is negative"),
        (event("payment_intent.created", INTENT, amount=None), "amount is missing"),
        (event("payment_intent.created", INTENT, currency=None), "currency is missing"),
        (event("payment_intent.created", INTENT, currency="us"), "$.currency"),
        (event("payment_intent.created", INTENT, currency="usd\n"), "$.currency"),
        (event("payment_intent.created", INTENT, id="pi_\x07"), "payment id"),
        (event("payment_intent.created", INTENT, id="p" * 256), "payment id"),
        (event("payment_intent.succeeded", INTENT, amount_received=None), "amount_received is missing"),
        (event("charge.refunded", CHARGE, amount_refunded=None), "amount_refunded is missing"),
        (event("refund.updated", REFUND, id="", status="succeeded"), "capture or refund id"),
    ],
)
def test_what_stripe_does_not_send_is_unparsable(broken: dict[str, Any], named: str) -> None:
    """A missing or mistyped field is `unparsable`, and the detail names the provider and the field."""
    with pytest.raises(Unprocessable) as caught:
        parse_json("stripe", broken)
    assert caught.value.detail.startswith("stripe: ")
    assert named in caught.value.detail


def test_the_payload_is_stripes_own_without_client_secrets() -> None:
    """The payload is the body to the byte, unless it holds what would let a browser act on the payment."""
    plain = json.dumps(event("charge.updated", CHARGE), indent=2).encode()
    assert parse("stripe", delivery("stripe", plain))[0].payload == plain
    url = "https://hooks.stripe.com/redirect/authenticate/src_1?client_secret=src_client_secret_AbC"
    secret = event("payment_intent.created", INTENT, client_secret="pi_1_secret_AbC", next_action={"url": url})
    secret["data"]["object"]["rate"] = 1.10
    (mapped,) = parse_json("stripe", secret)
    assert b"AbC" not in mapped.payload
    kept = json.loads(mapped.payload)
    assert "client_secret" not in kept["data"]["object"]
    assert kept["data"]["object"]["rate"] == 1.10
    assert kept["id"] == "evt_1"


def test_all_events_of_one_payment_share_its_transaction() -> None:
    """Intent, charge, refund, dispute, session and invoice of one payment have one transaction id."""
    events = [event(kind, about, **changes) for kind, about, changes, *_, payment_id in GOLDEN if payment_id == "pi_1"]
    assert {parse_json("stripe", one)[0].transaction_id for one in events} == {"stripe:pi_1"}
