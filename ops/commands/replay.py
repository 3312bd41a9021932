"""`replay`: what today's code would make of the past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.progress import Progress

from cli.console import console
from cli.problems import Problem
from ops.replay import COMPARED, Replay
from ops.spans import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.replay import Change
    from ops.stack import Stack


@click.command()
@click.option(
    "--since", required=True, type=Moment(), help="Events received from then on: 2026-11-23T09:00:00Z, or 36h ago."
)
@click.option("--until", type=Moment(), help="And before then; default: now.")
@click.option("--source", help="Only of this source.")
@click.option("--dry-run", is_flag=True, help="Show the differences, publish nothing.")
@click.option(
    "--rate", default=10.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Corrections in a second."
)
@click.pass_obj
def replay(
    find: Callable[[], Stack],
    *,
    since: datetime,
    until: datetime | None,
    source: str | None,
    dry_run: bool,
    rate: float,
) -> None:
    """Read recorded payloads with today's code, show what differs, and publish corrections.

    The code is this checkout's: run it from the one that is deployed. The ledger keeps what it recorded; a correction
    is a new event whose `data.replay_of` names the one that it corrects, with the attribute `replay`. The same
    correction has the same id however often it is published. The whole table is read once.
    """
    stack = find()
    if source is not None and source not in stack.sources:
        raise Problem(f"there is no source {source!r}: there are {', '.join(sorted(stack.sources))}")
    engine = Replay(stack)
    replayed = engine.compare(since=since, until=until or datetime.now(UTC), source=source)
    for change in replayed.changes:
        _print(change)
    for name, count in replayed.counts.items():
        console.print(f"{count:>8} {name}")
    correctable = [change for change in replayed.changes if change.reading]
    if dry_run or not correctable:
        console.print("nothing was published")
        return
    with Progress(console=console) as progress:
        task = progress.add_task("publishing corrections", total=len(correctable))
        count = engine.publish(correctable, rate=rate, on_published=lambda _change: progress.advance(task))
    console.print(f"{count} corrections published")


def _print(change: Change) -> None:
    item = change.item
    console.print(
        f"[bold]{escape(item['transaction_id'])}[/bold] {escape(item['event_id'])} {escape(item['event_type'])}"
    )
    if change.reading is None:
        console.print(f"  [red]- {escape(change.problem)}[/red]")
        return
    for name in COMPARED:
        before, after = change.before[name], change.reading.after[name]
        if before != after:
            console.print(f"  [red]- {name}: {before}[/red]")
            console.print(f"  [green]+ {name}: {after}[/green]")
