"""`simulate`: a day of the queue, on paper."""

from __future__ import annotations

from pathlib import Path

import click

from cli.console import console
from local.simulation import MINUTE, OUTAGE, Scenario, Trouble
from local.simulation import simulate as run
from local.simulation_report import day, plot


@click.command()
@click.option("--rate", default=50.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Webhooks a second.")
@click.option(
    "--burst-times", default=10, show_default=True, type=click.IntRange(1, 100), help="How many times as many."
)
@click.option("--outage-minutes", default=30, show_default=True, type=click.IntRange(0, 480), help="Of the ledger.")
@click.option("--seed", default=1, show_default=True, help="Decides the retries' jitter.")
@click.option(
    "--plot",
    "path",
    default=".build/simulation.png",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to draw it.",
)
def simulate(*, rate: float, burst_times: int, outage_minutes: int, seed: int, path: Path) -> None:
    """Simulate a day with a burst and an outage of the ledger: how deep the queue gets, how old its messages.

    The retry schedule and its jitter are the function's own, quotas are AWS's; times of runs are assumed.
    """
    scenario = Scenario(
        rate=rate, burst_times=burst_times, outage=Trouble(OUTAGE.begins, outage_minutes * MINUTE), seed=seed
    )
    seconds = run(scenario)
    figures = day(scenario, seconds)
    console.print(f"accepted {figures.accepted:,}, recorded {figures.recorded:,}, dead letters {figures.dead:,}")
    console.print(f"429, and sent again: {figures.refused:,}")
    console.print(f"queue: {figures.burst_depth:,} messages in the burst, {figures.deepest:,} at most")
    console.print(f"oldest message: {figures.oldest / MINUTE:.0f} minutes")
    if figures.drained_after is not None:
        console.print(f"drained {figures.drained_after / MINUTE:.0f} minutes after the outage")
    plot(seconds, path)
    console.print(f"drawn: {path}")
