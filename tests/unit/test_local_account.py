"""The account finds what is lost, doubled, forged or wrong: each difference made once, and found."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src import delivery as deliveries
from lambda_src.canonical import rfc3339
from lambda_src.delivery import Delivery
from lambda_src.sources import Source
from local.account import draw_up, events_of
from local.delivering import Entry, digest
from local.observer import Published
from local.sending import new_event
from local.traffic import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.account import Account

AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SOURCES = {"shop": Source(provider="stripe")}


class World:
    """One acknowledged payment of Stripe, and what the system made of it: all as it must be."""

    def __init__(self) -> None:
        event = new_event("stripe", "succeeded", occurred_at=AT)
        webhook = Webhook(number=0, source="shop", what="good", event=event, due=0.0)
        self.entry = Entry(webhook, answers=[200], bodies={digest(event.body)}, acknowledged_at=1.0)
        self.forged = Entry(replace(webhook, number=1, what="forged"), answers=[401])
        self.book = [self.entry, self.forged]
        events = events_of(self.entry, SOURCES["shop"])
        assert events is not None
        (told,) = events
        common = {
            "transaction_id": told.transaction_id,
            "provider": "stripe",
            "event_id": told.event_id,
            "status": "captured",
            "amount": told.amount,
            "currency": told.currency,
            "occurred_at": rfc3339(told.occurred_at),
            "delivery_id": "d1",
        }
        self.event: dict[str, Any] = common | {"record": f"event#{common['occurred_at']}#{told.event_id}"}
        self.state: dict[str, Any] = common | {"record": "state"}
        self.ledger = [self.event, self.state]
        self.published = [_published(f"stripe:{told.event_id}", "d1", status="captured", amount=2000, currency="EUR")]
        self.dead_letters: list[str] = []

    def account(self) -> Account:
        """Draw up the account."""
        return draw_up(self.book, SOURCES, self.ledger, self.published, self.dead_letters)


def _published(event_id: str, delivery_id: str, **values: object) -> Published:
    return Published(event={"id": event_id, "data": {"delivery_id": delivery_id} | values}, attributes={})


def _dead_letter(body: bytes) -> str:
    delivery = Delivery(delivery_id="d1", source="shop", provider="stripe", received_at=AT, body=body.decode())
    return deliveries.encode(delivery)


def _record_twice(world: World) -> None:
    world.ledger.append(world.event | {"record": "event#unsigned#again"})


def _record_something_else(world: World) -> None:
    world.ledger.append(world.event | {"event_id": "evt_other"})
    world.published.append(_published("stripe:evt_other", "d1"))


def _accept_the_forged_one(world: World) -> None:
    world.forged.acknowledged_at = 2.0


def _publish_what_is_not_recorded(world: World) -> None:
    world.published.append(_published("stripe:evt_other", "d1"))


def _publish_the_repeat(world: World) -> None:
    world.published.append(_published(world.published[0].event["id"], "d2"))


def _record_another_amount(world: World) -> None:
    for item in (world.event, world.state, world.published[0].event["data"]):
        item["amount"] = 2001


def _publish_another_status(world: World) -> None:
    world.published[0].event["data"]["status"] = "failed"


def _spoil_the_state(world: World) -> None:
    world.state["status"] = "failed"


def _keep_half_a_dead_letter(world: World) -> None:
    world.dead_letters.append(_dead_letter(world.entry.webhook.event.body[:100]))


def _keep_a_strangers_message(world: World) -> None:
    world.dead_letters.append("{}")


def _spread_over_two_transactions(world: World) -> None:
    world.ledger.append(world.event | {"transaction_id": "stripe:pi_other"})


WRONG: list[tuple[Callable[[World], object], str]] = [
    (lambda world: world.ledger.remove(world.event), "lost: acknowledged, not recorded, and no dead letter"),
    (_record_twice, "recorded 2 times"),
    (_record_something_else, "recorded, and nobody ever sent it"),
    (lambda world: world.published.clear(), "recorded, never published"),
    (_publish_what_is_not_recorded, "published, not recorded"),
    (_publish_the_repeat, "published by another delivery than the one that recorded it"),
    (_accept_the_forged_one, "accepted, must be refused"),
    (_record_another_amount, "recorded as ['captured', 2001, 'EUR'], sent as"),
    (_publish_another_status, "published with other values than are recorded"),
    (_spoil_the_state, "the state is {'status': 'failed'"),
    (lambda world: world.ledger.remove(world.state), "the state is {'status': None"),
    (_keep_half_a_dead_letter, "that nobody ever sent, or not whole"),
    (_keep_a_strangers_message, "that nobody ever sent, or not whole"),
    (_spread_over_two_transactions, "one event of several transactions"),
]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    """A recorded and published payment and a refused forgery make a clean account."""
    account = World().account()
    assert account.differences == []
    assert (account.counts["acknowledged"], account.counts["refused"], account.counts["recorded"]) == (1, 1, 1)


@pytest.mark.parametrize(("spoil", "words"), WRONG, ids=[words for _, words in WRONG])
def test_each_thing_that_can_be_wrong_is_found(spoil: Callable[[World], object], words: str) -> None:
    """One thing made wrong is one difference at least, named."""
    world = World()
    spoil(world)
    account = world.account()
    assert any(words in difference for difference in account.differences)
    assert (account.lost > 0, account.doubled > 0) == (
        words.startswith("lost") or words == "recorded, never published",
        words == "recorded 2 times",
    )


def test_what_lies_whole_in_the_dead_letter_queue_is_not_lost() -> None:
    """An acknowledged event that is not recorded, or has moved no state and is not published yet, may lie there."""
    world = World()
    world.ledger.clear()
    world.published.clear()
    world.dead_letters.append(_dead_letter(world.entry.webhook.event.body))
    assert world.account().differences == []
    world.ledger.append(world.event)
    assert world.account().differences == []


def test_a_signed_text_that_is_no_event_must_be_a_dead_letter() -> None:
    """What the provider signed and nobody can read is lost when it is not kept."""
    world = World()
    event = replace(world.entry.webhook.event, body=b'{"token":"none"}')
    odd = Entry(replace(world.entry.webhook, number=2, event=event), [200], {digest(event.body)}, 3.0)
    world.book.append(odd)
    assert [each for each in world.account().differences if "no event, and no dead letter" in each] != []
    assert world.account().lost == 1
    world.dead_letters.append(_dead_letter(event.body))
    assert world.account().differences == []
