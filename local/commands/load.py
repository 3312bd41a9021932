"""`load`: how much this machine takes, and how long it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from cli.console import console, deploying
from local.commands.chaos import check
from local.load import SHARES, on_paper, percentiles, plot
from local.load import load as run
from local.scaling import PROCESSING, RETRY_DELAYS, SETTINGS
from local.settings import parse_sources
from local.system import LocalSystem

if TYPE_CHECKING:
    from local.simulation import Second


@click.command()
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1, 3600), help="How long to send.")
@click.option("--concurrency", default=8, show_default=True, type=click.IntRange(1, 64), help="Senders side by side.")
@click.option("--outage", default=0.0, type=click.FloatRange(0, 600), help="For so many seconds the ledger is away.")
@click.option(
    "--plot",
    "path",
    default=".build/load.png",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to draw latencies and queue depth over time.",
)
def load(*, seconds: float, concurrency: int, outage: float, path: Path) -> None:
    """Send good webhooks of every provider as fast as this machine takes them; tell rates, latencies and the account.

    With --outage the queue's depth is held against the simulation's (`python -m local simulate`) at the same rate.
    The emulator and the function share this machine: the figures compare runs on it, and say nothing about AWS.
    """
    system = LocalSystem(parse_sources(()), environment="load", settings=SETTINGS)
    with deploying(console) as show:
        system.start(show)
    try:
        with console.status("sending") as status:
            measured = run(
                system,
                seconds=seconds,
                concurrency=concurrency,
                outage_seconds=outage,
                on_progress=lambda done, _total: status.update(f"{done} webhooks answered"),
            )
    finally:
        system.stop()
    account = measured.outcome.account
    table = Table("", *(f"p{share}, ms" for share in SHARES), box=box.SIMPLE_HEAD)
    for name, points in (("acknowledged", measured.acknowledging), ("end to end", measured.end_to_end)):
        table.add_row(name, *(f"{1000 * seconds:.0f}" for seconds in percentiles(points)))
    console.print(table)
    console.print(
        f"{measured.acknowledged_a_second:.1f} acknowledged a second, {account.counts['acknowledged']} in all"
    )
    console.print(
        f"lost {account.lost}, doubled {account.doubled}, published again {account.counts['published again']}"
    )
    simulated: list[Second] = []
    if measured.outage:
        simulated = on_paper(measured, retry_delays=RETRY_DELAYS, processing=PROCESSING)
        begins, ends = measured.outage
        deepest = max(each.depth for each in simulated)
        console.print(
            f"ledger away from {begins:.0f} s to {ends:.0f} s: {measured.deepest} messages in the queue at most; "
            f"simulated {deepest}"
        )
    plot(measured, path, simulated)
    console.print(f"drawn: {path}")
    check(account)
