"""What the page shows on demand: one delivery's payload and what was published of it, and the ledger."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from ops.commands.show import amount_of
from ops.ledger import Ledger

if TYPE_CHECKING:
    from local.console.feed import Feed
    from local.console.journeys import Journey
    from local.observer import Observer
    from ops.stack import Stack

MOST_TRANSACTIONS = 200
"""The newest ones that are listed."""


class Details:
    """Reads what the system keeps.

    Args:
        stack: The system as operators see it.
        observer: A reader of the ledger.
        feed: What was published.
    """

    def __init__(self, stack: Stack, observer: Observer, feed: Feed) -> None:
        self._ledger = Ledger(stack)
        self._observer = observer
        self._feed = feed

    def delivery(self, journey: Journey) -> list[dict[str, Any]]:
        """Tell of each event of a delivery: the masked payload as it is recorded, and the event as it was published."""
        return [
            {
                "event_id": event.event_id,
                "transaction_id": event.transaction_id,
                "recorded": self._recorded(event.transaction_id, event.event_id),
                "published": self._published(f"{journey.provider}:{event.event_id}"),
            }
            for event in tuple(journey.events.values())
        ]

    def transactions(self) -> list[dict[str, Any]]:
        """List the payments, the newest change first."""
        states = [item for item in self._observer.ledger() if item["record"] == "state" and "status" in item]
        states.sort(key=lambda item: item["received_at"], reverse=True)
        return [
            {
                "transaction_id": item["transaction_id"],
                "source": item["source"],
                "status": item["status"],
                "amount": amount_of(item),
                "received_at": item["received_at"],
            }
            for item in states[:MOST_TRANSACTIONS]
        ]

    def transaction(self, transaction_id: str) -> list[dict[str, Any]]:
        """Tell a payment's events by time, then its state."""
        return [_item(item) for item in self._ledger.transaction(transaction_id)]

    def _recorded(self, transaction_id: str, event_id: str) -> dict[str, Any] | None:
        items = self._ledger.transaction(transaction_id)
        return next((_item(item) for item in items if item["record"] != "state" and item["event_id"] == event_id), None)

    def _published(self, event_id: str) -> dict[str, Any] | None:
        published = self._feed.published(event_id)
        if published is None:
            return None
        # The payload is the one that the ledger has: it is shown once, beside.
        event = published.event | {"data": published.event["data"] | {"payload": "(the payload beside)"}}
        return {"event": json.dumps(event, indent=2, ensure_ascii=False), "attributes": published.attributes}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in item.items() if name != "payload"} | {"amount_text": amount_of(item)}
    if "payload" in item:
        told["payload"] = readable(item["payload"])
    return told


def readable(payload: bytes) -> str:
    """Write a payload for reading: JSON indented, with its numbers as they are; anything else as it is."""
    try:
        return msgspec.json.format(payload, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return payload.decode(errors="replace")
