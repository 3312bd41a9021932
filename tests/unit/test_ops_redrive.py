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
from ops.redrive import Redrive
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


class Queues:
    """A dead-letter queue with messages, the ingest queue, and what sends from the one to the other."""

    def __init__(self) -> None:
        self.sqs = boto3.client("sqs")
        self.queue, self.dlq = (self.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("queue", "dlq"))
        for body in bodies():
            self.sqs.send_message(QueueUrl=self.dlq, MessageBody=body)
        outputs = {"queue_url": self.queue, "dlq_url": self.dlq, "log_group_name": "log", "table_name": "table"}
        stack = cast("Stack", SimpleNamespace(outputs=outputs, sqs=self.sqs, logs=None, dynamodb=None, sources={}))
        self.dead_letters = DeadLetters(stack)
        self.redrive = Redrive(stack, self.dead_letters)
        self.dead_letters._log = self.redrive._log = cast("Any", _SilentLog())
        self.redrive._ledger = cast("Any", _FullLedger())

    @property
    def depths(self) -> tuple[int, int]:
        """Messages of the ingest and the dead-letter queue that anybody could receive."""
        ingest, dead = (
            self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
            for url in (self.queue, self.dlq)
        )
        return int(ingest["ApproximateNumberOfMessages"]), int(dead["ApproximateNumberOfMessages"])


@pytest.fixture
def queues(fake_provider: FakeProvider) -> Iterator[Queues]:
    """Both queues, on an AWS in memory."""
    del fake_provider  # it reads the messages
    with moto.mock_aws():
        yield Queues()


def test_a_slow_redrive_keeps_hold_of_what_it_has_not_sent_yet(queues: Queues, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a redrive takes, nobody else receives a message of it meanwhile."""
    monkeypatch.setattr(dead_letters, "HIDDEN_SECONDS", 2)
    taken: list[object] = []

    def somebody_else_looks(_letter: object) -> None:
        taken.extend(queues.sqs.receive_message(QueueUrl=queues.dlq, MaxNumberOfMessages=10).get("Messages", []))

    with queues.dead_letters.held() as held:
        done = queues.redrive.run(held, rate=1, canary=False, on_sent=somebody_else_looks)
    assert (len(done.sent), done.skipped, done.stopped) == (LETTERS, 0, "")
    assert (queues.depths, taken) == ((LETTERS, 0), [])


def test_what_somebody_else_took_is_left_to_them(queues: Queues) -> None:
    """A message that is gone when it is its turn is not sent a second time."""
    with queues.dead_letters.held() as held:
        queues.sqs.delete_message(QueueUrl=queues.dlq, ReceiptHandle=held[1].receipt)
        done = queues.redrive.run(held, rate=100, canary=False)
    assert (len(done.sent), done.skipped) == (LETTERS - 1, 1)
    assert queues.depths == (LETTERS - 1, 0)


def test_the_canary_is_the_first_that_is_really_sent(queues: Queues) -> None:
    """Where somebody else took the first, the next one shows whether the way is free."""
    with queues.dead_letters.held() as held:
        queues.sqs.delete_message(QueueUrl=queues.dlq, ReceiptHandle=held[1].receipt)
        sent: list[DeadLetter] = []
        done = queues.redrive.run(held, rate=100, canary=True, on_sent=sent.append, stopping=lambda: bool(sent))
    assert ([letter.events[0].event_id for letter in sent], done.skipped) == (["e2"], 1)
    assert done.stopped == "the canary had no effect: interrupted, e2 is not published yet"


def test_an_interrupted_redrive_lets_the_rest_go(queues: Queues) -> None:
    """Stopped after two, the others are visible again at once."""
    with queues.dead_letters.held() as held:
        sent: list[object] = []
        done = queues.redrive.run(held, rate=100, canary=False, on_sent=sent.append, stopping=lambda: len(sent) == 2)
    assert (len(done.sent), done.stopped) == (2, "interrupted")
    assert queues.depths == (2, LETTERS - 2)


def test_a_large_dead_letter_queue_is_let_go_ten_at_a_time(queues: Queues) -> None:
    """Everything is visible again at once, in one call for ten messages."""
    for _ in range(21):
        queues.sqs.send_message(QueueUrl=queues.dlq, MessageBody="no delivery")
    calls: list[str] = []
    queues.sqs.meta.events.register("before-call.sqs.*", lambda model, **_: calls.append(model.name))
    with queues.dead_letters.held() as held:
        assert (len(held), queues.depths) == (LETTERS + 21, (0, 0))
        calls.clear()
    assert calls == ["ChangeMessageVisibilityBatch"] * 3
    assert queues.depths == (0, LETTERS + 21)


def test_interrupted_while_its_effect_is_awaited_the_canary_stays_alone(queues: Queues) -> None:
    """Ctrl-C is heard within a second, and says what is missing; the others are visible again.

    The canary is one that can be read: another tells nothing about the way back, however old it is.
    """
    with queues.dead_letters.held() as held:
        assert [bool(letter.today) for letter in held] == [True, False, False, False]
        sent: list[object] = []
        done = queues.redrive.run(held, rate=100, canary=True, on_sent=sent.append, stopping=lambda: bool(sent))
    assert done.stopped == "the canary had no effect: interrupted, e1 is not published yet"
    assert (len(done.sent), queues.depths) == (1, (1, LETTERS - 1))
