"""The account: what was sent and acknowledged, held against ledger, topic and dead-letter queue.

Every acknowledged event must be recorded exactly once and published at least once, or lie whole in the dead-letter
queue; nothing else may be recorded; each state must be the fold of its transaction's events in the order of time.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lambda_src import delivery as deliveries
from lambda_src import providers
from lambda_src.canonical import Status
from lambda_src.delivery import Delivery
from lambda_src.masking import mask
from local.delivering import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lambda_src.canonical import PaymentEvent
    from lambda_src.sources import Source
    from local.delivering import Entry
    from local.observer import Published

EventKey = tuple[str, str]
"""Transaction id and event id."""


@dataclass
class Account:
    """What was counted, and every difference in words.

    Attributes:
        counts: By what was counted.
        differences: What is not as it must be.
        lost: How many of them are acknowledged events that are not recorded, or recorded ones that are not published.
        doubled: How many of them are events recorded more than once.
        events: The events of each webhook that must be accepted, by its number; None: it is no event.
    """

    counts: Counter[str] = field(default_factory=Counter)
    events: dict[int, list[PaymentEvent] | None] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0


def events_of(entry: Entry, source: Source) -> list[PaymentEvent] | None:
    """Read what a webhook says; None: it is no event, however good its signature.

    The mapping is the function's own, since the account is about keeping events and not about reading them.
    """
    provider = providers.load(source.provider)
    text, _ = mask(entry.webhook.event.body.decode("utf-8", errors="replace"))
    headers = dict.fromkeys(provider.FORWARDED_HEADERS[:1], entry.webhook.event.event_id)
    delivery = Delivery(
        delivery_id="account",
        source=entry.webhook.source,
        provider=source.provider,
        received_at=datetime.now(UTC),
        headers=headers,
        body=text,
    )
    try:
        entry.webhook.event.body.decode()
        return provider.parse(delivery, source)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is no event
        return None


def draw_up(
    book: Sequence[Entry],
    sources: Mapping[str, Source],
    ledger: Sequence[dict[str, Any]],
    published: Sequence[Published],
    dead_letters: Sequence[str],
) -> Account:
    """Compare.

    Args:
        book: What was sent.
        sources: The sources as the function is configured with them.
        ledger: All items of the ledger, plain.
        published: All that a subscriber received.
        dead_letters: Bodies of the messages in the dead-letter queue.
    """
    account = Account()
    lying = {digest(_delivery_of(body).raw) for body in dead_letters}
    for entry in book:
        if entry.webhook.refused is None:
            account.events[entry.webhook.number] = events_of(entry, sources[entry.webhook.source])
    known = {_key(event): event for events in account.events.values() for event in events or ()}
    waiting = {
        _key(event)
        for entry in book
        if entry.bodies & lying
        for event in account.events.get(entry.webhook.number) or ()
    }
    _compare_sent(book, ledger, lying, account)
    items = [item for item in ledger if item["record"].startswith("event#")]
    _compare_recorded(items, known, account)
    _compare_published(items, published, waiting, account)
    _compare_dead_letters(lying, book, account)
    account.counts["dead letters"] = len(dead_letters)
    of_transaction: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        of_transaction[item["transaction_id"]].append(item)
    states = {item["transaction_id"]: item for item in ledger if item["record"] == "state"}
    account.counts["states"] = len(states)
    for transaction_id in states.keys() | of_transaction.keys():
        found = of_transaction[transaction_id]
        if not any((transaction_id, item["event_id"]) in waiting for item in found):
            _compare_state(transaction_id, states.get(transaction_id), fold(found, known), account)
    return account


def _key(event: PaymentEvent) -> EventKey:
    return event.transaction_id, event.event_id


def _compare_sent(book: Sequence[Entry], ledger: Sequence[dict[str, Any]], lying: set[str], account: Account) -> None:
    """Check that each webhook was answered as it must be and that each acknowledged one is somewhere."""
    recorded = {(item["transaction_id"], item.get("event_id", "")) for item in ledger if item["record"] != "state"}
    for entry in book:
        webhook = entry.webhook
        account.counts["webhooks"] += 1
        account.counts["attempts"] += len(entry.answers)
        if webhook.refused is not None:
            if entry.acknowledged_at is not None:
                account.differences.append(f"{_name(entry)}: accepted, must be refused")
            elif webhook.refused in entry.answers:
                account.counts["refused"] += 1
            else:
                account.counts["given up by the provider"] += 1
            continue
        events = account.events[webhook.number]
        if entry.acknowledged_at is None:
            account.counts["given up by the provider"] += 1
            continue
        account.counts["acknowledged"] += 1
        if entry.bodies & lying:
            account.counts["whole in the dead-letter queue"] += 1
        elif events is None:
            account.lost += 1
            account.differences.append(f"{_name(entry)}: lost: acknowledged, no event, and no dead letter")
        for event in events or ():
            if _key(event) not in recorded and not entry.bodies & lying:
                account.lost += 1
                account.differences.append(f"{_name(entry)}: lost: acknowledged, not recorded, and no dead letter")


def _compare_recorded(
    items: Sequence[dict[str, Any]], known: Mapping[EventKey, PaymentEvent], account: Account
) -> None:
    times = Counter((item["transaction_id"], item["event_id"]) for item in items)
    account.counts["recorded"] = len(times)
    transactions: defaultdict[str, set[str]] = defaultdict(set)
    for item in items:
        transactions[f"{item['provider']}:{item['event_id']}"].add(item["transaction_id"])
    for event_id, found in transactions.items():
        # Consumers de-duplicate on this id: they would drop all but one of them.
        if len(found) > 1:
            account.differences.append(f"{event_id}: one event of several transactions, {' '.join(sorted(found))}")
    for key, count in times.items():
        if count > 1:
            account.doubled += 1
            account.differences.append(f"{' '.join(key)}: recorded {count} times")
        if key not in known:
            account.differences.append(f"{' '.join(key)}: recorded, and nobody ever sent it")
    for item in items:
        event = known.get((item["transaction_id"], item["event_id"]))
        if event and not _says_the_same(item, event):
            account.differences.append(
                f"{item['transaction_id']} {item['event_id']}: recorded as {[item.get(name) for name in _VALUES]}, "
                f"sent as {[event.status, event.amount, event.currency]}"
            )


_VALUES = ("status", "amount", "currency")


def _says_the_same(item: dict[str, Any], event: PaymentEvent) -> bool:
    """Compare what is recorded with what was sent; a share may have made the whole, which the state is checked for."""
    statuses = {str(event.status), _FULL.get(str(event.status)) if event.share else None}
    return item["status"] in statuses and (item.get("amount"), item.get("currency")) == (event.amount, event.currency)


def _compare_published(
    items: Sequence[dict[str, Any]], published: Sequence[Published], waiting: set[EventKey], account: Account
) -> None:
    """Check that what is recorded is published, or still waits for it in the dead-letter queue."""
    times = Counter(each.event["id"] for each in published)
    recorded = {f"{item['provider']}:{item['event_id']}": item for item in items}
    for each in published:
        item, data = recorded.get(each.event["id"], {}), each.event["data"]
        if data["delivery_id"] != item.get("delivery_id"):
            account.differences.append(
                f"{each.event['id']}: published by another delivery than the one that recorded it"
            )
        elif [data.get(name) for name in _VALUES] != [item.get(name) for name in _VALUES]:
            account.differences.append(f"{each.event['id']}: published with other values than are recorded")
    account.counts["published"] = len(times)
    account.counts["published again"] = sum(times.values()) - len(times)
    may_wait = {
        f"{item['provider']}:{item['event_id']}"
        for item in items
        if (item["transaction_id"], item["event_id"]) in waiting
    }
    unpublished = recorded.keys() - times.keys()
    account.counts["recorded, and a dead letter before publishing"] = len(unpublished & may_wait)
    account.lost += len(unpublished - may_wait)
    account.differences += [f"{event_id}: recorded, never published" for event_id in unpublished - may_wait]
    account.differences += [f"{event_id}: published, not recorded" for event_id in times.keys() - recorded.keys()]


def _compare_dead_letters(lying: set[str], book: Sequence[Entry], account: Account) -> None:
    sent = {body for entry in book for body in entry.bodies}
    for body in lying - sent:
        account.differences.append(f"a dead letter (SHA-256 {body}) that nobody ever sent, or not whole")


def _compare_state(
    transaction_id: str, state: dict[str, Any] | None, expected: dict[str, Any], account: Account
) -> None:
    """Check a state; events that are all unknown need none."""
    found = {name: (state or {}).get(name) for name in expected}
    if found != expected:
        account.differences.append(f"{transaction_id}: the state is {found}, must be {expected}")


_FULL = {"partially_captured": "captured", "partially_refunded": "refunded"}


def fold(items: Iterable[dict[str, Any]], known: Mapping[EventKey, PaymentEvent]) -> dict[str, Any]:
    """Fold a transaction's event items into its state: the last by time, rank and id, partial or full by all sums."""
    keys = ((item, (item["transaction_id"], item["event_id"])) for item in items)
    told = [(item, known[key]) for item, key in keys if key in known]
    told = [(item, event) for item, event in told if event.status is not Status.UNKNOWN]
    told.sort(key=lambda pair: (pair[0]["occurred_at"], pair[1].status.rank, pair[1].event_id))
    if not told:
        return dict.fromkeys(("status", "amount", "currency", "event_id", "occurred_at"))
    last, event = told[-1]
    status = str(event.status)
    if event.share and status in _FULL and _reached(event.share.of, told):
        status = _FULL[status]
    return {
        "status": status,
        "amount": last.get("amount"),
        "currency": last.get("currency"),
        "event_id": last["event_id"],
        "occurred_at": last["occurred_at"],
    }


def _reached(of: str, told: Sequence[tuple[dict[str, Any], PaymentEvent]]) -> bool:
    """Say whether the captures or refunds together make the whole, as far as the whole is known."""
    shares: defaultdict[str, dict[str, int]] = defaultdict(dict)
    totals: dict[str, int] = {}
    for item, event in told:
        if event.share:
            known = shares[event.share.of].get(event.share.id, event.share.amount)
            shares[event.share.of][event.share.id] = min(known, event.share.amount)
        elif event.amount is not None and event.status in {Status.AUTHORIZED, Status.CAPTURED}:
            totals[item["status"]] = event.amount
        elif event.amount is not None and event.status is Status.PARTIALLY_CAPTURED:
            totals["captured"] = event.amount
    captured = sum(shares["capture"].values())
    whole = totals.get("authorized", 0)
    if of == "refund":
        whole = totals.get("captured", 0) or captured or whole
    return 0 < whole <= sum(shares[of].values())


def _delivery_of(body: str) -> Delivery:
    """Read a dead letter; what is none of ours is kept as its own body, which nobody has sent."""
    try:
        return deliveries.decode(body)
    except Exception:  # noqa: BLE001 - the account names it
        return Delivery(delivery_id="", source="", provider="", received_at=datetime.now(UTC), body=json.dumps(body))


def _name(entry: Entry) -> str:
    webhook = entry.webhook
    return f"webhook {webhook.number} ({webhook.source} {webhook.event.kind}, {webhook.what}, answers {entry.answers})"
