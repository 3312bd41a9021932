"""One deployed system for all integration tests: the real program on the emulator, IAM enforced."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from local.observer import Observer
from local.sending import Answer, Endpoint, Event, new_event, post, signed
from local.settings import parse_sources, source_name
from local.system import LocalSystem
from tests.conformance.harness import main_kind

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def system() -> Iterator[LocalSystem]:
    """A running system with one source for each provider, named after it; its end fails if anything is left behind."""
    with LocalSystem(parse_sources(()), environment="test") as system:
        yield system


@pytest.fixture(scope="session")
def observer(system: LocalSystem) -> Iterator[Observer]:
    """A downstream subscriber and reader of the ledger; tests tell their events apart by payment id."""
    with Observer(system) as observer:
        yield observer


def endpoint(system: LocalSystem, name: str) -> Endpoint:
    """Return where the webhooks of a source, or of a provider's source, go."""
    name = source_name(name)
    return Endpoint(
        source=system.sources[name],
        url=f"{system.webhook_url}{name}",
        registered_url=system.outputs["source_urls"][name],
    )


def event(provider: str, kind: str | None = None, *, payment_id: str | None = None) -> Event:
    """Make up an event that happens now, of a new payment unless told which."""
    return new_event(provider, kind or main_kind(provider), occurred_at=datetime.now(UTC), payment_id=payment_id)


def send(target: Endpoint, what: Event, *, secret: str | None = None, age_seconds: int = 0) -> Answer:
    """Sign an event, with the source's secret and as of now unless told otherwise, and POST it."""
    return post(target, signed(what, target, now=int(time.time()) - age_seconds, secret=secret))


def logged(system: LocalSystem) -> str:
    """Return all that the function has logged so far, in the order of the events' times."""
    pages = system.clients.logs.get_paginator("filter_log_events").paginate(
        logGroupName=system.outputs["log_group_name"]
    )
    events = [each for page in pages for each in page["events"]]
    return "\n".join(each["message"] for each in sorted(events, key=lambda each: each["timestamp"]))
