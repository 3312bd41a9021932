"""The way back out of the dead-letter queue: slowly, and no further when messages fail again."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ops.function_log import FunctionLog
from ops.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ops.dead_letters import DeadLetter, DeadLetters
    from ops.stack import Stack

_EFFECT_SECONDS = 120.0
"""How long a canary's effect is waited for."""

_LOOK_SECONDS = 1.0


@dataclass
class Redriven:
    """What a redrive did.

    Attributes:
        sent: Messages that are back in the ingest queue.
        skipped: Messages that somebody else took meanwhile.
        stopped: Why it stopped before its end; empty: it did not.
    """

    sent: list[DeadLetter] = field(default_factory=list)
    skipped: int = 0
    stopped: str = ""


class Redrive:
    """Sends dead letters back.

    Args:
        stack: The stack.
        dead_letters: Its dead-letter queue, whose messages are held meanwhile.
    """

    def __init__(self, stack: Stack, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters
        self._log = FunctionLog(stack)
        self._ledger = Ledger(stack)

    def run(
        self,
        letters: Sequence[DeadLetter],
        *,
        rate: float,
        canary: bool,
        on_sent: Callable[[DeadLetter], None] = lambda _letter: None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> Redriven:
        """Send messages back, one after the other.

        Args:
            letters: Messages held.
            rate: The most that are sent in a second.
            canary: Whether to send one, wait until it is recorded and published, and only then send the rest.
            on_sent: Told each message that is back.
            stopping: Asked before each message, and while the canary's effect is awaited, whether to stop.
        """
        if canary:
            # What today's code cannot read says nothing about the way.
            letters = sorted(letters, key=lambda letter: bool(letter.today))
        done = Redriven()
        began = datetime.now(UTC)
        looked = time.monotonic()
        for number, letter in enumerate(letters):
            if stopping():
                done.stopped = "interrupted"
                break
            self._dead_letters.keep_hold(letters[number:])
            if not self._dead_letters.send_back(letter):
                done.skipped += 1
                continue
            done.sent.append(letter)
            on_sent(letter)
            is_canary = canary and len(done.sent) == 1
            if is_canary and (problem := self._await_effect(letter, letters[number + 1 :], began, stopping)):
                done.stopped = f"the canary had no effect: {problem}"
                break
            if time.monotonic() - looked >= _LOOK_SECONDS:
                looked = time.monotonic()
                if problem := self._came_back(done.sent, began):
                    done.stopped = problem
                    break
            time.sleep(1 / rate)
        return done

    def _came_back(self, sent: Sequence[DeadLetter], since: datetime) -> str:
        """Say how many of the sent messages failed again, and why the first did; empty: none, so far."""
        ids = {letter.delivery.delivery_id for letter in sent if letter.delivery}
        failed = [line for delivery_id, line in self._log.failures(since).items() if delivery_id in ids]
        return f"{len(failed)} failed again: {failed[0]['reason']}" if failed else ""

    def _await_effect(
        self, letter: DeadLetter, others: Sequence[DeadLetter], since: datetime, stopping: Callable[[], bool]
    ) -> str:
        """Wait until a message's events are recorded and published, holding the others meanwhile.

        Returns:
            What is missing; empty when nothing is.
        """
        if letter.delivery is None or not letter.events:
            return "today's code cannot read it"
        deadline = time.monotonic() + _EFFECT_SECONDS
        problem = "nothing was recorded"
        while time.monotonic() < deadline:
            if problem := self._came_back([letter], since):
                return problem
            problem = self._missing_effect(letter, letter.delivery.delivery_id, since)
            if not problem:
                return ""
            if stopping():
                return f"interrupted, {problem} yet"
            self._dead_letters.keep_hold(others)
            time.sleep(_LOOK_SECONDS)
        return f"{problem} within {_EFFECT_SECONDS:.0f} s"

    def _missing_effect(self, letter: DeadLetter, delivery_id: str, since: datetime) -> str:
        for event in letter.events:
            if not self._ledger.holds(event.transaction_id, event.event_id):
                return f"{event.event_id} is not recorded"
        lines = self._log.lines(f'"delivery_id":"{delivery_id}"', '"message":"event"', since=since)
        # Another delivery of the provider's may have recorded and published it before: that is an effect, too.
        seen = {line["event_id"] for line in lines if line["outcome"] in {"published", "duplicate"}}
        missing = [event.event_id for event in letter.events if event.event_id not in seen]
        return f"{missing[0]} is not published" if missing else ""
