"""`chaos`: everything at once, and the account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from cli.console import console, deploying
from cli.problems import Failure
from local.chaos import chaos as run
from local.scaling import SETTINGS
from local.settings import parse_sources
from local.system import LocalSystem

if TYPE_CHECKING:
    from local.account import Account
    from local.chaos import Outcome

_SHOWN = 20
"""Differences that are printed; the rest is counted."""


@click.command()
@click.option("--events", default=500, show_default=True, type=click.IntRange(1), help="How many events happen.")
@click.option("--seed", default=1, show_default=True, help="Decides traffic and faults; a failure repeats by it.")
@click.option("--faults/--no-faults", default=True, show_default=True, help="Whether anything fails on the way.")
def chaos(*, events: int, seed: int, faults: bool) -> None:
    """Send every provider's traffic, good and bad, while AWS fails and workers die; then draw up the account.

    Every acknowledged event must be recorded once and published, or lie whole in the dead-letter queue; nothing else
    may be recorded. Any difference is listed, and the exit code is then 1.
    """
    system = LocalSystem(parse_sources(()), environment="chaos", settings=SETTINGS)
    with deploying(console) as show:
        system.start(show)
    try:
        with console.status("sending") as status:
            outcome = run(
                system,
                events=events,
                seed=seed,
                faults=faults,
                on_progress=lambda done, total: status.update(f"answered {done} of {total} webhooks"),
            )
    finally:
        system.stop()
    console.print(_table(outcome))
    check(outcome.account)
    console.print("[green]The account is clean: nothing lost, nothing doubled, nothing forged.[/green]")


def check(account: Account) -> None:
    """End with the differences of an account that is not clean."""
    differences = account.differences
    if differences:
        more = len(differences) - _SHOWN
        lines = differences[:_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise Failure(f"{len(differences)} differences:\n  " + "\n  ".join(lines))


def _table(outcome: Outcome) -> Table:
    table = Table("account", box=box.SIMPLE_HEAD)
    table.add_column("", justify="right")
    for name, count in outcome.account.counts.items():
        table.add_row(name, str(count))
    table.add_section()
    for status, count in sorted(outcome.delivering.statuses.items()):
        table.add_row(f"answers {status}" if status else "no answer", str(count))
    table.add_section()
    for fault, count in sorted(outcome.trouble.faults.items()):
        table.add_row(f"fault: {fault}", str(count))
    table.add_row("workers killed", str(outcome.trouble.killed))
    table.add_row("workers frozen until the time-out", str(outcome.trouble.frozen))
    table.add_row("sources whose secret was rotated", str(outcome.trouble.rotated))
    table.add_row("dead letters sent back by redrive", str(outcome.redriven))
    table.add_row("seconds of sending", f"{outcome.sent_seconds:.0f}")
    table.add_row("seconds in all", f"{outcome.seconds:.0f}")
    table.add_section()
    table.add_row("lost", str(outcome.account.lost))
    table.add_row("doubled", str(outcome.account.doubled))
    table.add_row("differences in all", str(len(outcome.account.differences)))
    return table
