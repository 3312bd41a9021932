"""`python -m bench`: measure and tell."""

from __future__ import annotations

from statistics import median

import click
from rich import box
from rich.table import Table

from bench import cold, server, tasks
from bench.candidates import PARAMETERS, TABLES, ours
from cli.console import console

STARTS = 10


@click.command()
@click.option("--quick", is_flag=True, help="Three starts instead of ten.")
def main(*, quick: bool) -> None:
    """Measure the function's cold starts for both of its triggers; medians."""
    runtime, candidate = tasks.runtime(), ours()
    table = Table(
        "cold start", "CPU, ms", "clock, ms", "of it init, CPU ms", "modules", "peak, MB", box=box.SIMPLE_HEAD
    )
    with server.running(PARAMETERS, TABLES) as aws:
        for name, measure in (("HTTP request", cold.http), ("queue message", cold.sqs)):
            for traced in (False, True):
                rows = [
                    cold.as_row(measure(candidate, aws, runtime, sampled=traced)) for _ in range(3 if quick else STARTS)
                ]
                figures = [median(row[column] for row in rows) for column in rows[0]]
                table.add_row(f"{name}{', traced' * traced}", *(f"{figure:.0f}" for figure in figures))
    console.print(table)


if __name__ == "__main__":
    main()
