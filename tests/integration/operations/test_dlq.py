"""`python -m ops dlq` over HTTP: what lies in the dead-letter queue, and the way back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.faults import FaultPlan
from local.observer import Observer, wait_until
from ops.dead_letters import DeadLetter, DeadLetters
from ops.stack import Stack
from tests.integration.operations.operating import Ops, die, send_unreadable

if TYPE_CHECKING:
    from local.system import LocalSystem

pytestmark = pytest.mark.usefixtures("empty_dead_letter_queue")


def test_dead_letters_are_listed_inspected_and_sent_back(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """Grouped by cause; a canary first; what could not be recorded then is recorded and published now, once."""
    events = die(operated, subscriber, 3)
    send_unreadable(operated, subscriber)
    listed = ops("dlq", "list").output
    rows = {words[1]: words for line in listed.splitlines() if (words := line.split()) and words[0] == "shop"}
    assert set(rows) == {"ledger_unavailable", "unparsable"}
    assert "3 of 3" in listed
    assert "0 of 1" in listed

    dry = ops("dlq", "redrive", "--cause", "ledger_unavailable", "--dry-run")
    assert "3 of 4 messages would be sent; nothing was" in dry.output
    assert subscriber.backlog() == {"queue_url": 0, "dlq_url": 4}

    one = dry.output.split()[2]
    inspected = json.loads(ops("dlq", "inspect", one).output)
    assert (inspected["delivery_id"], inspected["source"], inspected["cause"]) == (one, "shop", "ledger_unavailable")
    assert json.loads(inspected["body"])["id"] in {each.event_id for each in events}

    sent = ops("dlq", "redrive", "--cause", "ledger_unavailable", "--canary", "--rate", "50")
    assert (sent.exit_code, "3 of 3 messages sent back" in sent.output) == (0, True)
    assert wait_until(lambda: all(subscriber.published_of(each.payment_id) for each in events))
    assert [len(subscriber.events(each.payment_id)) for each in events] == [1, 1, 1]
    assert [len(subscriber.published_of(each.payment_id)) for each in events] == [1, 1, 1]
    assert subscriber.backlog() == {"queue_url": 0, "dlq_url": 1}


def test_what_another_command_holds_is_not_called_nothing(operated: LocalSystem, ops: Ops) -> None:
    """While it holds all, or was killed holding them, the others say so; what is left is listed beside what is held."""
    dlq = operated.outputs["dlq_url"]
    operated.clients.sqs.send_message(QueueUrl=dlq, MessageBody="one")
    with DeadLetters(Stack(operated.report, where="here")).held():
        held = "all 1 messages of the dead-letter queue are held by another command; if that was killed, they are here"
        assert ops("dlq", "list").output.startswith(held)
        refused = ops("dlq", "redrive", "--all")
        assert (refused.exit_code, refused.output.startswith(f"Error: {held}")) == (2, True)
        operated.clients.sqs.send_message(QueueUrl=dlq, MessageBody="two")
        assert "1 more are held by another command" in ops("dlq", "list").output
    assert "held by" not in ops("dlq", "list").output


def test_a_strangers_message_is_shown_masked(operated: LocalSystem, ops: Ops) -> None:
    """What somebody else wrote into the queue never went through the receiver, and may hold a card number."""
    sent = operated.clients.sqs.send_message(
        QueueUrl=operated.outputs["dlq_url"], MessageBody="card 4242424242424242, please"
    )
    inspected = json.loads(ops("dlq", "inspect", sent["MessageId"]).output)
    assert (inspected["source"], inspected["cause"], inspected["body"]) == (
        "?",
        "unparsable",
        "card 424242******4242, please",
    )


def test_a_redrive_stops_when_its_canary_dies(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """While the ledger is still away the canary comes back, and the others are not sent."""
    die(operated, subscriber, 3)
    operated.emulator.fail(FaultPlan(away=("dynamodb",)))
    stopped = ops("dlq", "redrive", "--all", "--canary")
    assert stopped.exit_code == 1
    assert "1 of 3 messages sent back" in stopped.output
    assert "the canary had no effect: 1 failed again: ledger_unavailable" in stopped.output
    assert "2 are still in the dead-letter queue" in stopped.output
    assert wait_until(lambda: subscriber.backlog() == {"queue_url": 0, "dlq_url": 3}, seconds=30)


def test_a_redrive_stops_when_messages_fail_again(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """Without a canary it looks after those that it has sent, and leaves the rest where they are."""
    die(operated, subscriber, 4)
    operated.emulator.fail(FaultPlan(away=("dynamodb",)))
    stopped = ops("dlq", "redrive", "--all", "--rate", "0.5")
    assert stopped.exit_code == 1
    assert "failed again: ledger_unavailable" in stopped.output
    assert "4 of 4" not in stopped.output
    assert wait_until(lambda: subscriber.backlog() == {"queue_url": 0, "dlq_url": 4}, seconds=30)


def test_a_redrive_killed_between_sending_and_deleting_doubles_nothing(
    operated: LocalSystem, subscriber: Observer, ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is then in both queues; sent once more, it is still recorded once."""
    (paid,) = die(operated, subscriber, 1)

    class Killed(BaseException):
        """The process is gone."""

    def send_and_die(self: DeadLetters, letter: DeadLetter) -> None:
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=letter.body)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(DeadLetters, "send_back", send_and_die)
        with pytest.raises(Killed):
            ops("dlq", "redrive", "--all")
    assert wait_until(lambda: subscriber.published_of(paid.payment_id))
    assert ops("dlq", "redrive", "--all").exit_code == 0
    assert wait_until(lambda: subscriber.backlog() == {"queue_url": 0, "dlq_url": 0}, seconds=30)
    assert len(subscriber.events(paid.payment_id)) == 1
    assert {each.event["id"] for each in subscriber.published_of(paid.payment_id)} == {f"stripe:{paid.event_id}"}


def test_a_redrive_wants_to_be_told_what(operated: LocalSystem, subscriber: Observer, ops: Ops) -> None:
    """No choice, two choices, an unknown cause or id, and an empty queue: one line, exit code 2, nothing sent."""
    empty = ops("dlq", "redrive", "--all")
    assert (empty.exit_code, empty.output) == (2, "Error: the dead-letter queue is empty\n")
    assert ops("dlq", "list").output == "the dead-letter queue is empty\n"
    send_unreadable(operated, subscriber)
    for words, said in {
        (): "say which messages",
        ("--all", "--cause", "unparsable"): "say which messages",
        ("--cause", "bad_luck"): "no message has the cause 'bad_luck'",
        ("--id", "nobody"): "no message in the dead-letter queue with an id that begins with 'nobody'",
    }.items():
        refused = ops("dlq", "redrive", *words)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert said in refused.output
    assert ops("dlq", "inspect", "nobody").exit_code == 2
    assert subscriber.backlog() == {"queue_url": 0, "dlq_url": 1}
