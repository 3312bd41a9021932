"""The state by the sums, in any order of arrival: providers and queues keep none, and batches run side by side."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.unit.harness import new_delivery, payment_event
from tests.unit.pipe import Pipe
from tests.unit.test_ledger import STORIES, fresh, record, state_and_events, story

if TYPE_CHECKING:
    from lambda_src.canonical import PaymentEvent

pytestmark = pytest.mark.usefixtures("_aws_in_process")


@pytest.fixture(scope="module")
def shared(_aws_in_process: None) -> Pipe:
    """One table for the module: each example has a payment of its own."""
    return Pipe()


@pytest.mark.parametrize("name", STORIES)
def test_partial_or_full_does_not_depend_on_the_order(shared: Pipe, name: str) -> None:
    """However the events of a payment arrive, one of them twice, its state ends partial or full by the sums."""
    parts, status = STORIES[name]
    ends = {}
    for arrival in itertools.permutations(range(len(parts))):
        payment_id = fresh()
        events = story(payment_id, parts)
        for number in (*arrival, arrival[0]):
            record(shared, events[number])
        ends[arrival] = state_and_events(shared, payment_id)[0]["status"]
    assert ends == dict.fromkeys(ends, status)


def _refund(payment_id: str, event_id: str, share_id: str, amount: int, at: int) -> PaymentEvent:
    status = "partially_refunded" if amount else "refund_failed"
    share = {"of": "refund", "id": share_id, "amount": amount}
    return payment_event(payment_id=payment_id, event_id=event_id, at=at, status=status, amount=500, share=share)


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(4))))
def test_refund_that_failed_lowers_the_state_whenever_that_is_learnt(shared: Pipe, arrival: tuple[int, ...]) -> None:
    """Of two halves refunded one fails: the state is partial, also when the failure is the last to arrive."""
    payment_id = fresh()
    events = [
        payment_event(payment_id=payment_id, event_id="c", amount=1000),
        _refund(payment_id, "r1", "s1", 500, 1),
        _refund(payment_id, "r1 failed", "s1", 0, 2),
        _refund(payment_id, "r2", "s2", 500, 3),
    ]
    for number in arrival:
        record(shared, events[number])
    assert state_and_events(shared, payment_id)[0]["status"] == "partially_refunded"


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(3))))
def test_totals_are_those_of_the_latest_event(shared: Pipe, arrival: tuple[int, ...]) -> None:
    """An authorization that was adjusted counts with its last amount, in any order of arrival."""
    payment_id = fresh()
    events = story(payment_id, [("authorized", 1000, 0), ("authorized", 1500, 5), ("refund_pending", 100, 10)])
    for number in arrival:
        record(shared, events[number])
    assert state_and_events(shared, payment_id)[0]["authorized_amount"] == "1500"


def test_refunds_processed_side_by_side_end_full(shared: Pipe) -> None:
    """Two halves whose shares are noted before either is recorded, the later one deciding first, end as refunded."""
    payment_id = fresh()
    record(shared, payment_event(payment_id=payment_id, event_id="c", amount=1000))
    first, second = _refund(payment_id, "r1", "s1", 500, 1), _refund(payment_id, "r2", "s2", 500, 2)
    ledger = shared.ledger()
    status_of_second = ledger._decide_status(second)
    record(shared, first)
    delivery = new_delivery()
    ledger._append(second, status_of_second, delivery)
    ledger._advance(second, status_of_second, delivery)
    assert state_and_events(shared, payment_id)[0]["status"] == "refunded"
