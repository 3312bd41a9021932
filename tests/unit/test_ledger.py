"""The ledger's laws, on DynamoDB's expressions as moto evaluates them."""

from __future__ import annotations

import random
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lambda_src.aws import AwsError
from lambda_src.canonical import PaymentEvent, Status, rfc3339
from lambda_src.errors import Reason, Transient, Unprocessable
from lambda_src.ledger import Entry, Ledger, Recorded
from tests.unit.harness import NOW, TABLE, FakeAws, new_delivery, payment_event
from tests.unit.pipe import Pipe

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("_aws_in_process")

WITHOUT_SHRINKING = (Phase.explicit, Phase.generate)
"""A table's example takes a tenth of a second: a failing one is shown as found."""

STATE_FIELDS = ("event_id", "event_type", "status", "amount", "currency", "occurred_at", "source", "provider")


@pytest.fixture(scope="module")
def shared(_aws_in_process: None) -> Pipe:
    """One table for a module's examples: each has a payment of its own."""
    return Pipe()


def fresh() -> str:
    """A payment id that no other example has."""
    return f"p-{uuid.uuid4()}"


def record(pipe: Pipe, event: PaymentEvent) -> Recorded:
    """Record an event in a delivery of its own."""
    return pipe.ledger().record(Entry(event=event, delivery=new_delivery()))


def state_and_events(pipe: Pipe, payment_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A payment's state item and event items."""
    answer = pipe._dynamodb.query(
        TableName=pipe.table_name,
        KeyConditionExpression="transaction_id = :id",
        ExpressionAttributeValues={":id": {"S": f"fakepay:{payment_id}"}},
    )
    items = [{name: next(iter(value.values())) for name, value in item.items()} for item in answer["Items"]]
    state = [item for item in items if item["record"] == "state"]
    return (state[0] if state else {}), [item for item in items if item["record"] != "state"]


def order(event: PaymentEvent) -> tuple[datetime, int, str]:
    """What makes an event the greater one."""
    return event.occurred_at, event.status.rank, event.event_id


plain_events = st.lists(
    st.builds(
        lambda number, seconds, status, amount: payment_event(
            event_id=f"e{number}", at=seconds, status=status, amount=amount, currency=amount and "EUR"
        ),
        st.integers(0, 10**6),
        st.integers(0, 3),
        st.sampled_from([status for status in Status if status is not Status.UNKNOWN]),
        st.none() | st.integers(1, 100),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda event: event.event_id,
)


def placed(events: Sequence[PaymentEvent]) -> tuple[str, list[PaymentEvent]]:
    """The events as those of a payment that no other example has."""
    payment_id = fresh()
    return payment_id, [msgspec.structs.replace(event, payment_id=payment_id) for event in events]


@settings(max_examples=25, phases=WITHOUT_SHRINKING)
@given(plain_events, st.randoms(use_true_random=False))
def test_state_is_the_greatest_event_whatever_the_order(
    shared: Pipe, events: list[PaymentEvent], chance: random.Random
) -> None:
    """In any order of arrival, with repeats, the state is the greatest event: all of it, and nothing of another."""
    payment_id, events = placed(events)
    arrivals = events + chance.sample(events, k=chance.randint(0, len(events)))
    chance.shuffle(arrivals)
    results = [record(shared, event) for event in arrivals]
    state, items = state_and_events(shared, payment_id)
    greatest = max(events, key=order)
    expected = {
        "event_id": greatest.event_id,
        "event_type": greatest.event_type,
        "status": str(greatest.status),
        "amount": None if greatest.amount is None else str(greatest.amount),
        "currency": greatest.currency,
        "occurred_at": rfc3339(greatest.occurred_at),
        "source": "fakepay",
        "provider": "fakepay",
    }
    assert {name: state.get(name) for name in STATE_FIELDS} == expected
    assert len(items) == len(events) == sum(not result.duplicate for result in results)


def test_late_is_told_of_what_the_state_has_passed(shared: Pipe) -> None:
    """An event is late when the state's is after it in time, or of higher rank at the same time."""
    payment_id = fresh()
    first = payment_event(payment_id=payment_id, event_id="b", status="captured", at=10)
    assert record(shared, first) == Recorded(status=Status.CAPTURED)
    late = [
        record(shared, payment_event(payment_id=payment_id, event_id=f"{name}-{status}", status=status, at=at)).late
        for name, status, at in (
            ("a", "captured", 9),
            ("b", "authorized", 10),
            ("c", "refunded", 10),
            ("d", "failed", 11),
        )
    ]
    assert late == [True, True, False, False]


@pytest.mark.parametrize("arrival", [("a", "b"), ("b", "a")])
def test_tie_in_time_and_rank_goes_to_the_greater_id(shared: Pipe, arrival: tuple[str, str]) -> None:
    """Two events of one instant and one status end in the same state, in either order of arrival."""
    payment_id = fresh()
    for event_id in arrival:
        assert not record(shared, payment_event(payment_id=payment_id, event_id=event_id)).late
    assert state_and_events(shared, payment_id)[0]["event_id"] == "b"


def test_version_counts_the_moves(shared: Pipe) -> None:
    """The state's version grows with every move and with nothing else."""
    payment_id = fresh()
    for number, seconds in enumerate((0, 10, 5, 20)):
        record(shared, payment_event(payment_id=payment_id, event_id=f"e{number}", at=seconds))
    assert state_and_events(shared, payment_id)[0]["version"] == "3"


def test_same_event_in_another_delivery_is_a_duplicate(shared: Pipe) -> None:
    """Two deliveries of one event: the second changes nothing, and learns the recorded status."""
    event = payment_event(payment_id=fresh())
    assert record(shared, event) == Recorded(status=Status.CAPTURED)
    before = state_and_events(shared, event.payment_id)
    assert record(shared, event) == Recorded(duplicate=True, status=Status.CAPTURED)
    assert state_and_events(shared, event.payment_id) == before


def test_same_event_in_the_same_delivery_is_a_retry(shared: Pipe) -> None:
    """An operator's redrive of a message, days later, is no duplicate: it may have failed at any step."""
    event, delivery = payment_event(payment_id=fresh()), new_delivery()
    assert shared.ledger().record(Entry(event=event, delivery=delivery)) == Recorded(status=Status.CAPTURED)
    assert shared.ledger().record(Entry(event=event, delivery=delivery)) == Recorded(status=Status.CAPTURED)


def test_replay_with_another_unsigned_time_is_a_duplicate(shared: Pipe) -> None:
    """Where the time is not signed, a replay that changes it meets the same item and moves nothing."""
    payment_id = fresh()
    known: dict[str, Any] = {"payment_id": payment_id, "occurred_at_signed": False}
    record(shared, payment_event(**known))
    record(shared, payment_event(payment_id=payment_id, event_id="e2", status="refunded", at=60))
    before = state_and_events(shared, payment_id)
    replay = payment_event(**known, at=3600)
    assert record(shared, replay) == Recorded(duplicate=True, status=Status.CAPTURED)
    assert state_and_events(shared, payment_id) == before
    assert "event#unsigned#e1" in {item["record"] for item in before[1]}


def test_unknown_event_makes_no_state(shared: Pipe) -> None:
    """An event of an unknown type is kept and is nobody's state."""
    payment_id = fresh()
    assert record(shared, payment_event(payment_id=payment_id, status="unknown")) == Recorded(status=Status.UNKNOWN)
    state, items = state_and_events(shared, payment_id)
    assert (state, len(items)) == ({}, 1)


Kind = tuple[str, int, int]
"""Kind, amount, seconds."""


def story(payment_id: str, parts: Sequence[Kind]) -> list[PaymentEvent]:
    """Events of one payment of 1000: `authorized`, `captured`, or shares `capture` and `refund`."""
    events = []
    for number, (kind, amount, seconds) in enumerate(parts):
        known: dict[str, Any] = {"payment_id": payment_id, "event_id": f"e{number}", "amount": amount, "at": seconds}
        if kind in {"capture", "refund"}:
            known["status"] = "partially_captured" if kind == "capture" else "partially_refunded"
            known["share"] = {"of": kind, "id": f"s{number}", "amount": amount}
        else:
            known["status"] = kind
        events.append(payment_event(**known))
    return events


STORIES: dict[str, tuple[list[Kind], str]] = {
    "a part captured": ([("authorized", 1000, 0), ("capture", 400, 1)], "partially_captured"),
    "captured in two parts": ([("authorized", 1000, 0), ("capture", 400, 1), ("capture", 600, 2)], "captured"),
    "a part refunded": ([("captured", 1000, 0), ("refund", 400, 1)], "partially_refunded"),
    "refunded in two parts": ([("captured", 1000, 0), ("refund", 400, 1), ("refund", 600, 2)], "refunded"),
    "refunded what was captured of more": (
        [("authorized", 1000, 0), ("capture", 500, 1), ("refund", 500, 2)],
        "refunded",
    ),
    "refunded what was captured, told by totals": (
        [("authorized", 1000, 0), ("partially_captured", 500, 1), ("refund", 500, 2)],
        "refunded",
    ),
    "refunded without a capture's event": ([("authorized", 1000, 0), ("refund", 1000, 1)], "refunded"),
}


@pytest.mark.parametrize("name", STORIES)
def test_partial_or_full_is_decided_by_the_sums(name: str, shared: Pipe) -> None:
    """In order of time, the state says partial until the shares reach the total, then full."""
    parts, status = STORIES[name]
    payment_id = fresh()
    for event in story(payment_id, parts):
        record(shared, event)
    assert state_and_events(shared, payment_id)[0]["status"] == status


def test_repeated_share_counts_once(shared: Pipe) -> None:
    """The same refund, repeated in other deliveries and other events, stays one share."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, event_id="c", amount=1000))
    share = {"of": "refund", "id": "r1", "amount": 400}
    known: dict[str, Any] = {"payment_id": payment_id, "status": "partially_refunded", "share": share, "amount": 400}
    for event_id in ("r-a", "r-a", "r-b", "r-b", "r-c"):
        assert record(shared, payment_event(event_id=event_id, at=1, **known)).status is Status.PARTIALLY_REFUNDED
    assert state_and_events(shared, payment_id)[0]["refund#r1"] == "400"


def test_failed_refund_is_not_undone_by_an_earlier_event(shared: Pipe) -> None:
    """A refund that failed counts 0 from then on, though its success is delivered again, or only then."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, event_id="c", amount=1000))

    def refund(event_id: str, amount: int, at: int, status: str, share: str = "r1") -> Recorded:
        known = {"of": "refund", "id": share, "amount": amount}
        return record(
            shared, payment_event(payment_id=payment_id, event_id=event_id, at=at, status=status, share=known)
        )

    assert refund("ok", 600, 1, "partially_refunded").status is Status.PARTIALLY_REFUNDED
    assert refund("bad", 0, 2, "refund_failed").status is Status.REFUND_FAILED
    assert refund("ok", 600, 1, "partially_refunded").duplicate
    assert refund("ok again", 600, 1, "partially_refunded").late
    assert refund("other", 400, 3, "partially_refunded", "r2").status is Status.PARTIALLY_REFUNDED
    assert refund("rest", 600, 4, "partially_refunded", "r3").status is Status.REFUNDED
    state, _ = state_and_events(shared, payment_id)
    assert (state["status"], state["refund#r1"]) == ("refunded", "0")


@settings(max_examples=20)
@given(st.binary(max_size=500))
def test_payload_comes_back_as_it_was(shared: Pipe, payload: bytes) -> None:
    """The payload is kept compressed, and whole."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, payload=payload))
    (item,) = state_and_events(shared, payment_id)[1]
    assert zlib.decompress(item["payload"]) == payload
    assert "payload_cut" not in item


@pytest.mark.parametrize("size", [300_000, 379_000, 381_000, 1_000_000])
def test_payload_is_cut_at_what_an_item_holds(size: int, shared: Pipe) -> None:
    """An incompressible payload that outgrows the item is cut to a beginning that fits, and marked."""
    payload = random.Random(1).randbytes(size)  # noqa: S311 - incompressible, not secret
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, payload=payload))
    (item,) = state_and_events(shared, payment_id)[1]
    kept = zlib.decompress(item["payload"])
    assert len(item["payload"]) <= 380_000
    assert payload.startswith(kept)
    assert item.get("payload_cut", False) is (size > 379_900)
    assert len(kept) == size or len(kept) > 370_000


def test_compressible_payload_is_kept_whole(shared: Pipe) -> None:
    """A megabyte of text that compresses well is not cut."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, payload=b'{"a":"' + b"x" * 10**6 + b'"}'))
    (item,) = state_and_events(shared, payment_id)[1]
    assert "payload_cut" not in item


def test_retention_sets_the_expiry(shared: Pipe) -> None:
    """With a retention, event and state expire that many days after the receipt; without one, never."""
    kept, expiring = fresh(), fresh()
    record(shared, payment_event(payment_id=kept))
    shared.ledger(retention_days=400).record(Entry(event=payment_event(payment_id=expiring), delivery=new_delivery()))
    state, (item,) = state_and_events(shared, expiring)
    expires_at = str(int((NOW + timedelta(days=400)).timestamp()))
    assert (state["expires_at"], item["expires_at"]) == (expires_at, expires_at)
    state, (item,) = state_and_events(shared, kept)
    assert "expires_at" not in state
    assert "expires_at" not in item


def test_money_is_written_as_whole_numbers(shared: Pipe) -> None:
    """An amount is a DynamoDB number of minor units, exact however large; the times are RFC 3339 in UTC."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, amount=10**17 + 1))
    state, (item,) = state_and_events(shared, payment_id)
    assert state["amount"] == item["amount"] == "100000000000000001"
    assert item["record"] == "event#2026-03-01T12:00:00.000Z#e1"
    assert item["received_at"] == "2026-03-01T12:00:00.000Z"


def test_time_of_another_zone_is_ordered_as_utc(shared: Pipe) -> None:
    """Times are compared as moments, whatever offset a provider writes them in."""
    payment_id = fresh()
    early = datetime.fromisoformat("2026-03-01T13:30:00+02:00")
    assert early.astimezone(UTC) < NOW
    record(shared, payment_event(payment_id=payment_id, event_id="now"))
    assert record(shared, payment_event(payment_id=payment_id, event_id="early", occurred_at=early)).late


@pytest.mark.parametrize("operation", ["put_item", "update_item"])
@pytest.mark.parametrize("code", ["ThrottlingException", "Unreachable", "OutOfTime", "InternalServerError"])
def test_silent_table_is_transient(operation: str, code: str) -> None:
    """A step that the table does not confirm is tried again later; the error names the step and AWS's code."""
    aws = FakeAws()
    aws.fail(operation, code)
    with pytest.raises(Transient) as caught:
        Ledger(TABLE, aws).record(Entry(event=payment_event(), delivery=new_delivery()))
    assert (caught.value.reason, caught.value.detail) == (Reason.LEDGER_UNAVAILABLE, f"{operation}: {code}")


def test_item_that_the_table_refuses_is_unprocessable() -> None:
    """A key or item that DynamoDB never takes fails for good, not for 40 minutes."""
    aws = FakeAws()
    aws.fail("put_item", AwsError("put_item", "ValidationException"))
    with pytest.raises(Unprocessable):
        Ledger(TABLE, aws).record(Entry(event=payment_event(), delivery=new_delivery()))
