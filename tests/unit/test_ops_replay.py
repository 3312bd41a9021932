"""A recorded payload, alone and without its request, is read again as what it was: for every provider's samples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest

from lambda_src import providers
from lambda_src.canonical import PaymentEvent, rfc3339
from lambda_src.delivery import Delivery
from lambda_src.providers import PROVIDERS
from lambda_src.sources import decode_sources
from local import senders
from local.samples import KINDS
from local.sending import new_event
from local.settings import source_name
from ops.replay import Replay
from tests.unit.harness import NOW

if TYPE_CHECKING:
    from ops.stack import Stack

SAMPLES = [(provider, kind) for provider in PROVIDERS for kind in KINDS[provider]]
SOURCES = {source_name(name): {"provider": name, **senders.settings_of(name)} for name in PROVIDERS}


def replay(items: list[dict[str, Any]]) -> Replay:
    """Build a replay of a ledger that holds some items."""
    outputs = {"table_name": "t", "topic_arn": "arn", "function_name": "webhook-processor-test"}
    stack = SimpleNamespace(outputs=outputs, sources=decode_sources(json.dumps(SOURCES)), dynamodb=None, sns=None)
    engine = Replay(cast("Stack", stack))
    engine._ledger = cast("Any", SimpleNamespace(events=lambda **_: iter(items)))
    return engine


def recorded(provider: str, kind: str) -> list[tuple[PaymentEvent, dict[str, Any]]]:
    """Record a sample: its events, and the ledger's items of them."""
    sent = new_event(provider, kind, occurred_at=datetime(2026, 2, 28, 9, 0, tzinfo=UTC))
    delivery = Delivery(
        delivery_id="6f9c5f0e-6b4c-4b8e-9b0e-0f6f0e6b4c4b",
        source=source_name(provider),
        provider=provider,
        received_at=NOW,
        headers={"webhook-id": sent.event_id},
        body=sent.body.decode(),
    )
    source = decode_sources(json.dumps(SOURCES))[source_name(provider)]
    return [
        (
            event,
            {
                "transaction_id": event.transaction_id,
                "provider": provider,
                "source": source_name(provider),
                "event_id": event.event_id,
                "event_type": event.event_type,
                "status": str(event.status),
                "amount": event.amount,
                "currency": event.currency,
                "received_at": rfc3339(NOW),
                "delivery_id": delivery.delivery_id,
                "payload": event.payload,
            },
        )
        for event in providers.load(provider).parse(delivery, source)
    ]


@pytest.mark.parametrize(("provider", "kind"), SAMPLES)
def test_what_was_recorded_is_read_again_as_it_was(provider: str, kind: str) -> None:
    """Without a change of the mapping a replay finds nothing."""
    items = [item for _, item in recorded(provider, kind)]
    replayed = replay(items).compare(since=NOW, until=NOW, source=None)
    assert [change.problem or change.reading for change in replayed.changes] == []
    assert replayed.counts["as recorded"] == len(items) >= 1


@pytest.mark.parametrize(("provider", "kind"), SAMPLES)
def test_a_correction_follows_the_published_schema(provider: str, kind: str) -> None:
    """What was recorded as something else is found, and its correction is an event that consumers know."""
    schema = json.loads((Path(__file__).parents[2] / "schemas/payment-event.1.json").read_text())
    for event, item in recorded(provider, kind):
        engine = replay([item | {"status": "expired", "amount": 1, "currency": "JPY"}])
        (change,) = engine.compare(since=NOW, until=NOW, source=None).changes
        assert change.reading is not None
        correction = engine.correction(change.reading)
        jsonschema.validate(correction, schema, format_checker=jsonschema.FormatChecker())
        assert correction["data"]["replay_of"] == f"{provider}:{event.event_id}"
        assert correction["id"].startswith(f"{provider}:{event.event_id}:replay:")
        assert correction["data"]["status"] == str(event.status)
        assert correction["data"]["amount"] == event.amount
        assert engine.correction(change.reading)["id"] == correction["id"]


def test_partial_or_full_is_the_ledgers_to_say() -> None:
    """A refund that the sums made a full one is not a difference; one recorded as another status is."""
    ((_, item),) = recorded("adyen", "partially_refunded")
    assert replay([item | {"status": "refunded"}]).compare(since=NOW, until=NOW, source=None).changes == []
    (change,) = replay([item | {"status": "captured"}]).compare(since=NOW, until=NOW, source=None).changes
    assert change.reading is not None
    assert change.reading.after["status"] == "partially_refunded"


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ({"payload": b"{}"}, "unparsable"),
        ({"payload": b"\xff"}, "UnicodeDecodeError"),
        ({"event_id": "evt_other"}, "it has another event id now"),
        ({"provider": "unknownpay", "source": "gone"}, ""),
    ],
)
def test_what_today_cannot_be_read_is_told_and_not_corrected(spoiled: dict[str, Any], said: str) -> None:
    """The replay goes on, names the problem, and has nothing to publish for it."""
    ((_, item),) = recorded("stripe", "succeeded")
    replayed = replay([item | spoiled, item]).compare(since=NOW, until=NOW, source=None)
    (change,) = replayed.changes
    assert change.reading is None
    assert said in change.problem
    assert (replayed.counts["unreadable today"], replayed.counts["as recorded"]) == (1, 1)


def test_a_payload_that_was_cut_is_counted_and_left_alone() -> None:
    """Half a payload says nothing."""
    ((_, item),) = recorded("stripe", "succeeded")
    replayed = replay([item | {"payload_cut": True, "payload": b'{"id":'}]).compare(since=NOW, until=NOW, source=None)
    assert (replayed.changes, replayed.counts["payload was cut, cannot be read"]) == ([], 1)
