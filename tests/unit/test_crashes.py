"""The process dies between any two of its calls to AWS, or in one; redelivery ends as if nothing had happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local import signing
from tests.unit.harness import NOW, http_event, new_delivery, stripe_body, stripe_event
from tests.unit.pipe import ADYEN_SECRET, Killed, KillingDoor, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.delivery import Delivery

pytestmark = pytest.mark.usefixtures("fake_provider", "_aws_in_process")


def adyen_item(psp_reference: str, code: str, value: int, original: str = "") -> dict[str, Any]:
    """An item of an Adyen notification."""
    item = {
        "pspReference": psp_reference,
        "merchantAccountCode": "Shop",
        "merchantReference": "order-1",
        "amount": {"currency": "EUR", "value": value},
        "eventCode": code,
        "eventDate": "2026-03-01T11:00:00+00:00",
        "success": "true",
    }
    return {"NotificationRequestItem": item | ({"originalReference": original} if original else {})}


def adyen_body() -> bytes:
    """An authorisation and its capture in one request, signed."""
    items = [adyen_item("AUTH1", "AUTHORISATION", 1000), adyen_item("CAPT1", "CAPTURE", 1000, "AUTH1")]
    return signing.sign("adyen", json.dumps({"notificationItems": items}).encode(), ADYEN_SECRET).body


def _stripe() -> list[Delivery]:
    return [new_delivery(stripe_body().decode(), provider="stripe")]


def _adyen() -> list[Delivery]:
    return [new_delivery(adyen_body().decode(), provider="adyen")]


def _refund() -> list[Delivery]:
    """A capture, then a refund of all of it that comes as a share."""
    share = {"of": "refund", "id": "r1", "amount": 1000}
    return [
        new_delivery([{"event_id": "e1", "status": "captured"}]),
        new_delivery([{"event_id": "e2", "status": "partially_refunded", "share": share, "at": 60}]),
    ]


def _late() -> list[Delivery]:
    """A refund, then the capture from before it, whose total still has to be kept."""
    return [
        new_delivery([{"event_id": "e2", "status": "refund_pending", "at": 60}]),
        new_delivery([{"event_id": "e1", "status": "captured"}]),
    ]


def _two_payments() -> list[Delivery]:
    return [new_delivery([{"event_id": "e1"}, {"event_id": "e2", "payment_id": "p2"}])]


STORIES: dict[str, Callable[[], list[Delivery]]] = {
    "a Stripe event": _stripe,
    "an Adyen request of two items": _adyen,
    "a refund that is a share": _refund,
    "a late capture": _late,
    "events of two payments": _two_payments,
}


def end_of(pipe: Pipe) -> tuple[list[dict[str, Any]], list[str]]:
    """The ledger, and the events that were published with repetitions taken out."""
    return pipe.items(), sorted({json.dumps(event, sort_keys=True) for event in pipe.published()})


def run(pipe: Pipe, deliveries: list[Delivery], door: KillingDoor | None = None) -> list[str]:
    """Process deliveries one after the other to their end; the last one through a door. Return the calls it made."""
    for delivery in deliveries[:-1]:
        pipe.enqueue(delivery)
        assert pipe.process_once() == {"batchItemFailures": []}
    pipe.enqueue(deliveries[-1])
    door = door or KillingDoor(pipe.aws)
    try:
        pipe.process_once(door)
    except Killed:
        assert pipe.process_once() == {"batchItemFailures": []}
    assert pipe.queued() == []
    return door.made


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the call", "after its effect"])
@pytest.mark.parametrize("story", STORIES)
def test_death_at_any_call_of_the_processing_changes_nothing(story: str, *, after_effect: bool) -> None:
    """Wherever it dies, after redelivery the ledger and the published events are those of a clean run."""
    deliveries = STORIES[story]()
    clean = Pipe()
    calls = run(clean, deliveries)
    expected = end_of(clean)
    assert calls[-1] == "publish_batch"
    assert len(calls) >= 3
    for kill_at in range(len(calls)):
        broken = Pipe()
        door = KillingDoor(broken.aws, kill_at, after_effect=after_effect)
        run(broken, deliveries, door)
        assert door.made == calls[: kill_at + 1]
        assert end_of(broken) == expected, f"died at call {kill_at}, {calls[kill_at]}"


def test_repeated_deaths_end_the_same() -> None:
    """Dying at every call in turn, and only then living, ends as a clean run."""
    deliveries = _refund()
    clean = Pipe()
    calls = run(clean, deliveries)
    expected = end_of(clean)
    broken = Pipe()
    run(broken, deliveries[:-1])
    broken.enqueue(deliveries[-1])
    for kill_at in range(len(calls)):
        with pytest.raises(Killed):
            broken.process_once(KillingDoor(broken.aws, kill_at, after_effect=True))
    assert broken.process_once() == {"batchItemFailures": []}
    assert end_of(broken) == expected


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the call", "after its effect"])
@pytest.mark.parametrize("kill_at", [0, 1])
def test_death_while_receiving_gives_no_answer_and_the_resend_works(kill_at: int, *, after_effect: bool) -> None:
    """Without an answer the provider sends again: the event is recorded and published once all the same."""
    pipe = Pipe()
    with pytest.raises(Killed):
        pipe.receiver(KillingDoor(pipe.aws, kill_at, after_effect=after_effect)).receive(stripe_event())
    queued_before = len(pipe.queued())
    assert queued_before == (kill_at == 1 and after_effect)
    assert pipe.receiver().receive(stripe_event())["statusCode"] == 200
    while pipe.queued():
        assert pipe.process_once() == {"batchItemFailures": []}
    assert [item["event_id"] for item in pipe.items() if item["record"] != "state"] == ["evt_1"]
    assert [event["id"] for event in pipe.published()] == ["stripe:evt_1"]


def test_resend_during_the_crash_is_published_by_the_first_delivery() -> None:
    """A second delivery that overtakes the crashed first one is a duplicate; the first one's retry publishes."""
    pipe = Pipe()
    first, second = _stripe()[0], _stripe()[0]
    pipe.enqueue(first)
    with pytest.raises(Killed):
        pipe.process_once(KillingDoor(pipe.aws, 0, after_effect=True))
    pipe.enqueue(second)
    pipe.process_once()
    assert pipe.queued() == []
    (event,) = pipe.published()
    assert event["data"]["delivery_id"] == first.delivery_id
    assert pipe.state("stripe:pi_1")["status"] == "captured"


def test_adyen_request_is_accepted_whole() -> None:
    """The request that the crash tests process is one that the receiver accepts, with Adyen's acknowledgement."""
    pipe = Pipe()
    answer = pipe.receiver().receive(http_event("/adyen", adyen_body()))
    assert (answer["statusCode"], answer["body"]) == (200, "[accepted]")
    pipe.process_once()
    state = pipe.state("adyen:AUTH1")
    assert (state["status"], state["amount"], state["currency"]) == ("captured", 1000, "EUR")
    assert state["received_at"] == NOW.strftime("%Y-%m-%dT%H:%M:%S.000Z")
