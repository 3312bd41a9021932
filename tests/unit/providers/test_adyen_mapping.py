"""Adyen's items, one by one, against what they must become; the table is reviewed by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambda_src.canonical import Share, Status
from lambda_src.errors import Unprocessable
from local.samples import sample
from local.signing import sign
from tests.unit.providers.helpers import RECEIVED_AT, SECRETS, delivery, parse, parse_json

CAPTURE = Share(of="capture", id="MOD1", amount=1000)
CAPTURE_BACK = Share(of="capture", id="MOD1", amount=0)
REFUND = Share(of="refund", id="MOD1", amount=1000)
REFUND_BACK = Share(of="refund", id="MOD1", amount=0)

GOLDEN: list[tuple[str, str, Share | None, str, Share | None]] = [
    # event code, status and share of success=true, status and share of success=false
    ("AUTHORISATION", "authorized", None, "failed", None),
    ("AUTHORISATION_ADJUSTMENT", "authorized", None, "unknown", None),
    ("CAPTURE", "partially_captured", CAPTURE, "failed", CAPTURE_BACK),
    ("CAPTURE_FAILED", "failed", CAPTURE_BACK, "unknown", None),
    ("CANCELLATION", "cancelled", None, "unknown", None),
    ("TECHNICAL_CANCEL", "cancelled", None, "unknown", None),
    ("CANCEL_OR_REFUND", "unknown", None, "unknown", None),
    ("EXPIRE", "expired", None, "unknown", None),
    ("OFFER_CLOSED", "expired", None, "unknown", None),
    ("REFUND", "partially_refunded", REFUND, "refund_failed", REFUND_BACK),
    ("REFUND_WITH_DATA", "partially_refunded", REFUND, "refund_failed", REFUND_BACK),
    ("REFUND_FAILED", "refund_failed", REFUND_BACK, "unknown", None),
    ("REFUNDED_REVERSED", "refund_failed", REFUND_BACK, "unknown", None),
    ("POSTPONED_REFUND", "refund_pending", None, "refund_failed", REFUND_BACK),
    ("VOID_PENDING_REFUND", "refund_failed", None, "unknown", None),
    ("AUTORESCUE", "unknown", None, "unknown", None),
    ("CANCEL_AUTORESCUE", "unknown", None, "unknown", None),
    ("NOTIFICATION_OF_CHARGEBACK", "disputed", None, "unknown", None),
    ("REQUEST_FOR_INFORMATION", "disputed", None, "unknown", None),
    ("INFORMATION_SUPPLIED", "unknown", None, "unknown", None),
    ("CHARGEBACK", "disputed", None, "unknown", None),
    ("CHARGEBACK_REVERSED", "dispute_won", None, "unknown", None),
    ("SECOND_CHARGEBACK", "dispute_lost", None, "unknown", None),
    ("PREARBITRATION_OPEN", "disputed", None, "unknown", None),
    ("PREARBITRATION_ACCEPTED", "dispute_lost", None, "unknown", None),
    ("PREARBITRATION_DECLINED", "disputed", None, "unknown", None),
    ("PREARBITRATION_ISSUER_WITHDRAWN", "dispute_won", None, "unknown", None),
    ("PREARBITRATION_WON", "dispute_won", None, "unknown", None),
    ("PREARBITRATION_LOST", "dispute_lost", None, "unknown", None),
    ("SCHEME_ARBITRATION", "disputed", None, "unknown", None),
    ("SCHEME_ARBITRATION_WON", "dispute_won", None, "unknown", None),
    ("SCHEME_ARBITRATION_LOST", "dispute_lost", None, "unknown", None),
    ("ISSUER_COMMENTS", "unknown", None, "unknown", None),
    ("NOTIFICATION_OF_FRAUD", "unknown", None, "unknown", None),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", "unknown", None, "unknown", None),
    ("ISSUER_RESPONSE_TIMEFRAME_EXPIRED", "dispute_won", None, "unknown", None),
    ("ORDER_OPENED", "unknown", None, "unknown", None),
    ("ORDER_CLOSED", "unknown", None, "unknown", None),
    ("MANUAL_REVIEW_ACCEPT", "unknown", None, "unknown", None),
    ("MANUAL_REVIEW_REJECT", "unknown", None, "unknown", None),
    ("PAYOUT_THIRDPARTY", "payout_paid", None, "payout_failed", None),
    ("PAYOUT_DECLINE", "payout_failed", None, "unknown", None),
    ("PAYOUT_EXPIRE", "payout_failed", None, "unknown", None),
    ("PAIDOUT_REVERSED", "payout_failed", None, "unknown", None),
    ("REPORT_AVAILABLE", "unknown", None, "unknown", None),
    ("RECURRING_CONTRACT", "unknown", None, "unknown", None),
    ("SOMETHING_NEW", "unknown", None, "unknown", None),
]


def item(**changes: object) -> dict[str, Any]:
    """An item about a change to payment PSP1; None takes a field out."""
    fields: dict[str, object] = {
        "pspReference": "MOD1",
        "originalReference": "PSP1",
        "merchantAccountCode": "Shop",
        "merchantReference": "order-1",
        "amount": {"value": 1000, "currency": "EUR"},
        "eventCode": "CAPTURE",
        "success": "true",
        "eventDate": "2025-10-09T10:00:00+02:00",
        "additionalData": {"hmacSignature": "c2lnbmF0dXJl"},
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def notification(*items: dict[str, Any]) -> dict[str, Any]:
    """A notification of items."""
    return {"live": "false", "notificationItems": [{"NotificationRequestItem": one} for one in items]}


@pytest.mark.parametrize(("code", "on_true", "share_true", "on_false", "share_false"), GOLDEN)
def test_events_become_what_the_table_says(
    code: str, on_true: str, share_true: Share | None, on_false: str, share_false: Share | None
) -> None:
    """Each event code, successful or not, has the status and share of the table and belongs to its original payment."""
    for success, status, share in (("true", on_true, share_true), ("false", on_false, share_false)):
        (mapped,) = parse_json("adyen", notification(item(eventCode=code, success=success)))
        assert (mapped.status, mapped.share) == (Status(status), share)
        assert (mapped.amount, mapped.currency, mapped.payment_id) == (1000, "EUR", "PSP1")
        assert (mapped.event_type, mapped.event_id) == (code, f"Shop:MOD1:{code}:{success}")
        assert (mapped.occurred_at, mapped.occurred_at_signed) == (datetime(2025, 10, 9, 8, tzinfo=UTC), False)


def test_the_authorisation_is_the_payment() -> None:
    """An authorisation has no original reference: its own reference is the payment's."""
    authorisation = item(eventCode="AUTHORISATION", pspReference="PSP1", originalReference=None)
    events = parse_json("adyen", notification(authorisation, item(), item(eventCode="REFUND", pspReference="MOD2")))
    assert [event.transaction_id for event in events] == ["adyen:PSP1"] * 3
    assert parse_json("adyen", notification(item(originalReference="")))[0].payment_id == "MOD1"


def test_equal_items_are_one_event() -> None:
    """Two items with the same signed identity become one event; an item that differs in it stays."""
    events = parse_json("adyen", notification(item(), item(reason="again"), item(success="false"), item()))
    assert [event.event_id for event in events] == ["Shop:MOD1:CAPTURE:true", "Shop:MOD1:CAPTURE:false"]


def test_reports_of_two_accounts_with_one_file_name_are_two_events() -> None:
    """A report's reference is a file name that repeats, so the merchant account is part of the event's id."""
    report = item(eventCode="REPORT_AVAILABLE", pspReference="settlement_1.csv", originalReference=None)
    events = parse_json("adyen", notification(report, report | {"merchantAccountCode": "Other"}))
    assert len({event.event_id for event in events}) == 2


@pytest.mark.parametrize(
    ("event_date", "expected"),
    [
        ("2025-10-09T08:53:19.999Z", datetime(2025, 10, 9, 8, 53, 19, 999000, tzinfo=UTC)),
        ("2031-01-01T00:00:00+00:00", RECEIVED_AT),
        ("2025-10-09T10:00:00", RECEIVED_AT),
        ("0001-01-01T00:00:00+14:00", RECEIVED_AT),
        ("2025-02-30T00:00:00Z", RECEIVED_AT),
        ("", RECEIVED_AT),
        (None, RECEIVED_AT),
        (7, RECEIVED_AT),
        ({"a": [1]}, RECEIVED_AT),
        (True, RECEIVED_AT),
    ],
)
def test_the_unsigned_time_is_never_trusted(event_date: object, expected: datetime) -> None:
    """The event's date counts up to the receipt; a missing, broken or later one is the time of the receipt."""
    (mapped,) = parse_json("adyen", notification(item(eventDate=event_date)))
    assert (mapped.occurred_at, mapped.occurred_at_signed) == (expected, False)


def test_unsigned_fields_decide_nothing() -> None:
    """Whatever stands in the fields that are not signed, everything about the money stays the same."""
    (plain,) = parse_json("adyen", notification(item(eventCode="CANCEL_OR_REFUND")))
    unsigned = {
        "reason": "Refused",
        "paymentMethod": "mc",
        "operations": [],
        "additionalData": {"modification.action": "refund", "hmacSignature": "x"},
        "eventDate": "1999-01-01T00:00:00Z",
    }
    body = notification(item(eventCode="CANCEL_OR_REFUND", **unsigned)) | {"live": "true"}
    (changed,) = parse_json("adyen", body)
    for field in ("event_id", "event_type", "payment_id", "status", "amount", "currency", "share"):
        assert getattr(changed, field) == getattr(plain, field)


def test_the_payload_is_the_items_own_without_its_signature() -> None:
    """Each event carries its own item's JSON, and the signature does not travel on."""
    signed = sign("adyen", sample("adyen", "batch", payment_id="PSPX"), SECRETS["adyen"][0])
    events = parse("adyen", delivery("adyen", signed.body))
    assert [json.loads(event.payload)["eventCode"] for event in events] == ["AUTHORISATION", "CAPTURE"]
    assert all(b"hmacSignature" not in event.payload for event in events)
    assert json.loads(events[0].payload)["additionalData"]["cardSummary"] == "1111"
    # a name written with escapes is the same name
    escaped = signed.body.replace(b"hmacSignature", b"hmac\\u0053ignature")
    assert all(b"ignature" not in event.payload for event in parse("adyen", delivery("adyen", escaped)))


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ({"value": 1000, "currency": "eur"}, (1000, "EUR")),
        ({"value": "1000", "currency": "EUR"}, (1000, "EUR")),
        ({"value": 0, "currency": "JPY"}, (0, "JPY")),
        ({"value": None, "currency": "EUR"}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
    ],
)
def test_amounts(amount: object, expected: tuple[int | None, str | None]) -> None:
    """An amount is an integer or a text of one, and may be absent where nothing is counted."""
    (mapped,) = parse_json("adyen", notification(item(eventCode="CANCELLATION", amount=amount)))
    assert (mapped.amount, mapped.currency) == expected


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"amount": {"value": "10.00", "currency": "EUR"}}, "amount.value"),
        ({"amount": {"value": "true", "currency": "EUR"}}, "amount.value"),
        ({"amount": {"value": -5, "currency": "EUR"}}, "amount.value is negative"),
        ({"amount": {"value": 1000, "currency": "EURO"}}, "amount.currency"),
        ({"amount": None}, "amount is missing"),
        ({"pspReference": None}, "pspReference is missing"),
        ({"eventCode": None}, "eventCode is missing"),
        ({"success": None}, "success is neither"),
        ({"success": "TRUE"}, "success is neither"),
        ({"originalReference": "P\n"}, "payment id"),
    ],
)
def test_what_adyen_does_not_send_is_unparsable(changes: dict[str, Any], named: str) -> None:
    """A missing or mistyped field that is needed is `unparsable`, and the detail names it."""
    with pytest.raises(Unprocessable) as caught:
        parse_json("adyen", notification(item(**changes)))
    assert caught.value.detail.startswith("adyen: ")
    assert named in caught.value.detail


def test_an_unknown_event_is_kept_whatever_its_amount_is() -> None:
    """An event code that is not known does not fail for an amount that cannot be read."""
    odd = item(eventCode="SOMETHING_NEW", amount={"value": "lots", "currency": "?"})
    (mapped,) = parse_json("adyen", notification(odd))
    assert (mapped.status, mapped.amount, mapped.currency) == (Status.UNKNOWN, None, None)


def test_a_retry_at_another_time_has_the_same_id() -> None:
    """The event's id comes from signed fields alone, so a redelivery later on has the same."""
    first = parse("adyen", delivery("adyen", json.dumps(notification(item())).encode()))
    later = RECEIVED_AT + timedelta(days=3)
    again = json.dumps(notification(item(eventDate="2025-10-11T00:00:00Z", reason="x"))).encode()
    second = parse("adyen", delivery("adyen", again, received_at=later))
    assert first[0].event_id == second[0].event_id
