"""The console's feed goes on, whatever somebody else publishes and whatever goes wrong in one look."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.console import feed
from local.console.feed import Feed
from local.observer import Observer

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.system import LocalSystem

DATA = {"delivery_id": "d1", "event_id": "e1", "event_type": "payment", "status": "captured", "late": False}
OURS = {"id": "stripe:e1", "subject": "stripe:p1", "data": DATA}
OTHERS = (
    "hello",
    "[" * 5000,
    "[]",
    json.dumps({"id": "x"}),
    json.dumps({"id": "x", "subject": "y", "data": "z"}),
    json.dumps({"id": "x", "subject": "y", "data": {"delivery_id": "d"}}),
    json.dumps(OURS | {"id": ["x"]}),
    json.dumps(OURS | {"data": DATA | {"delivery_id": ["d"]}}),
)


class Aws:
    """The calls of a look, answered by hand: each receive takes one batch of bodies, or raises."""

    def __init__(self, *batches: tuple[str, ...] | Exception) -> None:
        self.batches = list(batches)
        self.deleted = 0

    def receive_message(self, **_options: object) -> dict[str, Any]:
        """Take the next batch."""
        batch = self.batches.pop(0) if self.batches else ()
        if isinstance(batch, Exception):
            raise batch
        return {"Messages": [{"Body": body, "ReceiptHandle": "r"} for body in batch]}

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[object]) -> None:  # noqa: N803 - AWS's names
        """Count what is deleted."""
        del QueueUrl
        self.deleted += len(Entries)

    def get_queue_attributes(self, **_options: object) -> dict[str, Any]:
        """Tell of an empty queue."""
        return {"Attributes": {"ApproximateNumberOfMessages": "0"}}

    def get_paginator(self, _name: str) -> Aws:
        """Stand in for the log's paginator."""
        return self

    def paginate(self, **_options: object) -> list[dict[str, Any]]:
        """Give an empty log."""
        return [{"events": []}]


def _feed(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(feed, "UNWATCHED_SECONDS", 0)
    monkeypatch.setattr(Observer, "most_receives", lambda _self: 2)
    system = SimpleNamespace(
        clients=SimpleNamespace(sqs=aws, logs=aws),
        outputs={"log_group_name": "log", "queue_url": "queue", "dlq_url": "dead"},
        xray=SimpleNamespace(segments=[]),
        environment="dev",
    )
    return Feed(cast("LocalSystem", system), Observer(system))


async def _run_until(feed: Feed, holds: Callable[[], object]) -> None:
    """Let the feed run until something holds; what ends the feed is raised."""
    following = asyncio.create_task(feed.run())
    try:
        async with asyncio.timeout(10):
            while not holds():
                assert not following.done(), following.exception()
                await asyncio.sleep(0)
    finally:
        following.cancel()


@pytest.mark.parametrize("body", OTHERS)
def test_somebody_elses_message_is_skipped(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message on the topic that is no event of the system's is taken away, and the next one is told."""
    aws = Aws((body, json.dumps(OURS)))
    follower = _feed(aws, monkeypatch)
    asyncio.run(_run_until(follower, lambda: follower.published("stripe:e1")))
    assert aws.deleted == 2
    assert follower.published("x") is None


def test_a_look_that_fails_is_said_and_the_next_one_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw is said on standard error once, by its kind and place and without its text."""
    aws = Aws(ValueError("4242"), ValueError("4242"), (json.dumps(OURS),))
    follower = _feed(aws, monkeypatch)
    asyncio.run(_run_until(follower, lambda: follower.published("stripe:e1")))
    said = " ".join(capsys.readouterr().err.split())
    assert said.startswith("console: a look at the system failed (ValueError at test_console_feed.py:")
    assert (said.count("ValueError"), "4242" in said) == (1, False)
