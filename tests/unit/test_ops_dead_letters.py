"""Dead letters are held while they are sent back, on an SQS that forgets receipts as AWS's does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import moto
import pytest

from lambda_src import delivery as deliveries
from ops import dead_letters
from ops.dead_letters import DeadLetter, DeadLetters
from tests.unit.harness import new_delivery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.stack import Stack
    from tests.unit.harness import FakeProvider

LETTERS = 4


def bodies() -> list[str]:
    """Return the bodies of the dead letters: the oldest is none that can be read."""
    return ["no delivery", *(deliveries.encode(new_delivery([{"event_id": f"e{n}"}])) for n in range(1, LETTERS))]


class _SilentLog:
    """A log in which nothing has failed, nor was anything published."""

    def failures(self, since: object) -> dict[str, dict[str, Any]]:
        del since
        return {}

    def lines(self, *_texts: str, since: object) -> list[dict[str, Any]]:
        del since
        return []


class _FullLedger:
    """A ledger that holds whatever is asked for."""

    def holds(self, _transaction_id: str, _event_id: str) -> bool:
        return True


@pytest.fixture
def letters(fake_provider: FakeProvider) -> Iterator[tuple[DeadLetters, str, str]]:
    """A dead-letter queue with messages, the ingest queue, and both URLs."""
    del fake_provider  # it reads them
    with moto.mock_aws():
        sqs = boto3.client("sqs")
        queue, dlq = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("queue", "dlq"))
        for body in bodies():
            sqs.send_message(QueueUrl=dlq, MessageBody=body)
        outputs = {"queue_url": queue, "dlq_url": dlq, "log_group_name": "log", "table_name": "table"}
        stack = SimpleNamespace(outputs=outputs, sqs=sqs, logs=None, dynamodb=None, sources={})
        found = DeadLetters(cast("Stack", stack))
        found._log = cast("Any", _SilentLog())
        found._ledger = cast("Any", _FullLedger())
        yield found, queue, dlq


def depth(found: DeadLetters, url: str) -> int:
    """Count the messages that anybody could receive."""
    attributes = found._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


def test_a_slow_redrive_keeps_hold_of_what_it_has_not_sent_yet(
    letters: tuple[DeadLetters, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a redrive takes, nobody else receives a message of it meanwhile."""
    monkeypatch.setattr(dead_letters, "HIDDEN_SECONDS", 2)
    found, queue, dlq = letters
    taken: list[object] = []

    def somebody_else_looks(_letter: object) -> None:
        taken.extend(found._sqs.receive_message(QueueUrl=dlq, MaxNumberOfMessages=10).get("Messages", []))

    with found.held() as held:
        done = found.redrive(held, rate=1, canary=False, on_sent=somebody_else_looks)
    assert (len(done.sent), done.skipped, done.stopped) == (LETTERS, 0, "")
    assert (depth(found, queue), taken) == (LETTERS, [])


def test_what_somebody_else_took_is_left_to_them(letters: tuple[DeadLetters, str, str]) -> None:
    """A message that is gone when it is its turn is not sent a second time."""
    found, queue, _ = letters
    with found.held() as held:
        found._sqs.delete_message(QueueUrl=found._dlq_url, ReceiptHandle=held[1].receipt)
        done = found.redrive(held, rate=100, canary=False)
    assert (len(done.sent), done.skipped) == (LETTERS - 1, 1)
    assert depth(found, queue) == LETTERS - 1


def test_an_interrupted_redrive_lets_the_rest_go(letters: tuple[DeadLetters, str, str]) -> None:
    """Stopped after two, the others are visible again at once."""
    found, queue, dlq = letters
    with found.held() as held:
        sent: list[object] = []
        done = found.redrive(held, rate=100, canary=False, on_sent=sent.append, stopping=lambda: len(sent) == 2)
    assert (len(done.sent), done.stopped) == (2, "interrupted")
    assert (depth(found, queue), depth(found, dlq)) == (2, LETTERS - 2)


def test_a_large_dead_letter_queue_is_let_go_ten_at_a_time(letters: tuple[DeadLetters, str, str]) -> None:
    """Everything is visible again at once, in one call for ten messages."""
    found, _, dlq = letters
    for _ in range(21):
        found._sqs.send_message(QueueUrl=dlq, MessageBody="no delivery")
    calls: list[str] = []
    found._sqs.meta.events.register("before-call.sqs.*", lambda model, **_: calls.append(model.name))
    with found.held() as held:
        assert (len(held), depth(found, dlq)) == (LETTERS + 21, 0)
        calls.clear()
    assert calls == ["ChangeMessageVisibilityBatch"] * 3
    assert depth(found, dlq) == LETTERS + 21


def test_the_canary_is_one_that_can_be_read(letters: tuple[DeadLetters, str, str]) -> None:
    """What today's code cannot read tells nothing about the way back, however old it is."""
    found, _, _ = letters
    with found.held() as held:
        assert [bool(letter.today) for letter in held] == [True, False, False, False]
        sent: list[DeadLetter] = []
        found.redrive(held, rate=100, canary=True, on_sent=sent.append, stopping=lambda: bool(sent))
    assert [letter.events[0].event_id for letter in sent] == ["e1"]


def test_interrupted_while_its_effect_is_awaited_the_canary_stays_alone(
    letters: tuple[DeadLetters, str, str],
) -> None:
    """Ctrl-C is heard within a second, and says what is missing; the others are visible again."""
    found, queue, dlq = letters
    with found.held() as held:
        sent: list[object] = []
        done = found.redrive(held, rate=100, canary=True, on_sent=sent.append, stopping=lambda: bool(sent))
    assert done.stopped == "the canary had no effect: interrupted, e1 is not published yet"
    assert (len(done.sent), depth(found, queue), depth(found, dlq)) == (1, 1, LETTERS - 1)
