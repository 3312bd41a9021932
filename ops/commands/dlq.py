"""`dlq`: the dead-letter queue, and the way back out of it."""

from __future__ import annotations

import json
import signal
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich import box
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from cli.console import console
from cli.problems import Failure, Problem
from lambda_src.masking import mask
from ops.dead_letters import HIDDEN_SECONDS, DeadLetters
from ops.redrive import Redrive
from ops.spans import span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.dead_letters import DeadLetter
    from ops.stack import Stack


@click.group()
def dlq() -> None:
    """Look into the dead-letter queue, and send its messages back.

    Their providers had a 200 for them and will not send them again: they are ours to bring back within 14 days.
    """


@dlq.command("list")
@click.pass_obj
def list_(find: Callable[[], Stack]) -> None:
    """List the messages, grouped by source and cause.

    Of each group: its oldest message's detail, how long until SQS deletes that one, and how many today's code can read.
    """
    dead_letters = DeadLetters(find())
    with dead_letters.held() as letters:
        if not letters:
            console.print(_nothing(dead_letters))
            return
        groups: defaultdict[tuple[str, str], list[DeadLetter]] = defaultdict(list)
        for letter in letters:
            groups[letter.source, letter.cause].append(letter)
        table = Table(box=box.SIMPLE_HEAD)
        for name in ("source", "cause"):
            table.add_column(name, no_wrap=True, overflow="fold")
        table.add_column("detail", overflow="fold")
        for name in ("messages", "oldest", "deleted in", "readable today"):
            table.add_column(name, justify="right")
        table.add_column("one of them", no_wrap=True)
        now = datetime.now(UTC)
        for (source, cause), members in sorted(groups.items()):
            oldest = min(members, key=lambda letter: letter.sent_at)
            readable = sum(not letter.today for letter in members)
            table.add_row(
                escape(source),
                cause,
                escape(oldest.detail or oldest.today),
                str(len(members)),
                span(now - oldest.sent_at),
                span(oldest.expires_at - now),
                f"{readable} of {len(members)}",
                _id(oldest)[:_SHORT_ID],
            )
        console.print(table)
        console.print("the providers had a 200 for these: they will not send them again")
        if others := dead_letters.held_by_others(letters):
            console.print(f"{others} more are held by another command")


@dlq.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def inspect(find: Callable[[], Stack], *, name: str) -> None:
    """Show one message, card numbers masked. ID is the beginning of its delivery id or message id."""
    with DeadLetters(find()).held() as letters:
        letter = _the_one(letters, name)
        body = letter.delivery.raw.decode("utf-8", errors="replace") if letter.delivery else letter.body
        console.print_json(
            json.dumps(
                {
                    "message_id": letter.message_id,
                    "delivery_id": letter.delivery.delivery_id if letter.delivery else None,
                    "source": letter.source,
                    "received_at": letter.delivery.received_at.isoformat() if letter.delivery else None,
                    "deleted_at": letter.expires_at.isoformat(timespec="seconds"),
                    "cause": letter.cause,
                    "detail": letter.detail,
                    "readable_today": not letter.today,
                    "error_today": letter.today,
                    "events": [f"{event.transaction_id} {event.event_id} {event.status}" for event in letter.events],
                    # Masked at receipt; but somebody else may have written into the queue.
                    "body": mask(body)[0],
                }
            )
        )


@dlq.command()
@click.option("--all", "everything", is_flag=True, help="Every message.")
@click.option("--cause", help="Messages with this cause, as `dlq list` shows it.")
@click.option("--id", "name", metavar="ID", help="One message, by the beginning of its delivery id or message id.")
@click.option(
    "--canary", is_flag=True, help="Send one, wait until it is recorded and published, and only then the rest."
)
@click.option("--rate", default=10.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Messages in a second.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent, send nothing.")
@click.pass_obj
def redrive(
    find: Callable[[], Stack],
    *,
    everything: bool,
    cause: str | None,
    name: str | None,
    canary: bool,
    rate: float,
    dry_run: bool,
) -> None:
    """Send messages back into the ingest queue. What was recorded before is not recorded again.

    It stops by itself when messages fail again. Ctrl-C stops it after the message at hand; killed at any point it loses
    nothing, and at worst one message is processed twice, which records nothing twice.
    """
    if sum((everything, cause is not None, name is not None)) != 1:
        raise Problem("say which messages: one of --all, --cause CAUSE and --id ID")
    stack = find()
    dead_letters = DeadLetters(stack)
    with dead_letters.held() as letters, _interruptible() as interrupted:
        chosen = (
            [_the_one(letters, name)]
            if name is not None
            else [letter for letter in letters if everything or letter.cause == cause]
        )
        if not chosen:
            raise Problem(f"no message has the cause {cause!r}" if letters else _nothing(dead_letters))
        if dry_run:
            for letter in chosen:
                console.print(f"would send {_id(letter)} {escape(letter.source)} {letter.cause} {escape(letter.today)}")
            console.print(f"{len(chosen)} of {len(letters)} messages would be sent; nothing was")
            return
        with Progress(console=console) as progress:
            task = progress.add_task("sending back", total=len(chosen))
            done = Redrive(stack, dead_letters).run(
                chosen,
                rate=rate,
                canary=canary,
                on_sent=lambda _letter: progress.advance(task),
                stopping=lambda: bool(interrupted),
            )
    console.print(
        f"{len(done.sent)} of {len(chosen)} messages sent back"
        + (f", {done.skipped} were taken by others" if done.skipped else "")
    )
    if done.stopped:
        left = len(chosen) - len(done.sent) - done.skipped
        raise Failure(f"stopped: {done.stopped}; {left} are still in the dead-letter queue")
    console.print("one that fails again is retried by the schedule, and is here again only after its last try")


def _nothing(dead_letters: DeadLetters) -> str:
    """Say why nothing was received."""
    if others := dead_letters.held_by_others([]):
        return (
            f"all {others} messages of the dead-letter queue are held by another command; if that was killed, they are "
            f"here again within {HIDDEN_SECONDS // 60} min"
        )
    return "the dead-letter queue is empty"


def _the_one(letters: Sequence[DeadLetter], name: str) -> DeadLetter:
    found = [letter for letter in letters if letter.is_named(name)]
    if len(found) != 1:
        how_many = "no message" if not found else f"{len(found)} messages"
        raise Problem(f"{how_many} in the dead-letter queue with an id that begins with {name!r}")
    return found[0]


def _id(letter: DeadLetter) -> str:
    return letter.delivery.delivery_id if letter.delivery else letter.message_id


@contextmanager
def _interruptible() -> Iterator[list[int]]:
    """Collect interrupts instead of raising them in the middle of a message."""
    received: list[int] = []
    before = {each: signal.signal(each, lambda number, _frame: received.append(number)) for each in _INTERRUPTS}
    try:
        yield received
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


_SHORT_ID = 8
"""Characters of an id that tell it from the others of one queue, and that `--id` and `inspect` take."""

_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
