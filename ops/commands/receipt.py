"""`receipt`: what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.problems import Problem
from ops.receipt import deployed, deployed_report, model, prices, report, stages, traces, usage
from ops.receipt.model import Load

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack

LARGEST_PAYLOAD_KB = 700
"""Of the model's webhook: it must fit a queue message with what JSON escapes in it."""


@click.command()
@click.option("--model", "is_model", is_flag=True, help="Of a stack that may not exist: units by the function's code.")
@click.option("--events-per-month", type=click.IntRange(1, 10**12), help="Of the model: webhooks a month, even.")
@click.option("--payload-kb", type=click.IntRange(1, LARGEST_PAYLOAD_KB), default=2, help="Size of each.")
@click.option("--batch", type=click.IntRange(1, 10), default=1, help="Messages that share a run.")
@click.option("--sources", type=click.IntRange(1, 1000), default=1, help="Sources configured.")
@click.option("--ingress", type=click.Choice(["function-url", "rest-api"]), default="function-url")
@click.option("--network", type=click.Choice(["isolated", "none"]), default="isolated")
@click.option("--zones", type=click.IntRange(1, 4), default=2, help="Availability zones of the isolated network.")
@click.option("--receive-ms", type=click.IntRange(1), default=20, help="Assumed time of receiving one.")
@click.option("--run-ms", type=click.IntRange(0), default=20, help="Assumed time of a run, beside its events.")
@click.option("--event-ms", type=click.IntRange(1), default=20, help="Assumed time of each event in a run.")
@click.option("--region", default="us-east-1", show_default=True, help="Of the model: whose prices.")
@click.option(
    "--days",
    type=click.IntRange(1, usage.MOST_DAYS),
    default=7,
    show_default=True,
    help="Of a stack: how many to read.",
)
@click.option("--prices", "price_file", type=click.Path(path_type=Path), metavar="FILE", help="Prices of your own.")
@click.pass_obj
def receipt(
    find: Callable[[], Stack],
    *,
    is_model: bool,
    events_per_month: int | None,
    payload_kb: int,
    batch: int,
    sources: int,
    ingress: str,
    network: str,
    zones: int,
    receive_ms: int,
    run_ms: int,
    event_ms: int,
    region: str,
    days: int,
    price_file: Path | None,
) -> None:
    """Show what the system costs, by part: for each event, by the million, by the month.

    Of a stack: what it used in the last days, how long webhooks took, and how much room there is to each limit, with
    what lifts it. With --model: of a load that you name, whatever is deployed. Units are counted from what the
    function's own code sends and logs for a webhook of that size; times are assumed. List prices are data in
    ops/prices, dated.
    """
    if not is_model:
        click.echo(_of_stack(find(), days, price_file), nl=False)
        return
    if events_per_month is None:
        raise Problem("--model needs --events-per-month N")
    load = Load(
        events=events_per_month,
        payload_bytes=payload_kb * 1024,
        batch=batch,
        sources=sources,
        receive_ms=receive_ms,
        run_ms=run_ms,
        event_ms=event_ms,
        rest_api=ingress == "rest-api",
        zones=zones if network == "isolated" else 0,
    )
    click.echo(report.of_model(load, model.derive(load), prices.load(region, price_file)), nl=False)


def _of_stack(stack: Stack, days: int, price_file: Path | None) -> str:
    list_prices = prices.load(stack.region, price_file)
    used = usage.read(stack, days)
    setup, zones = usage.setup(stack)
    load = deployed.load_of(used, sources=len(stack.sources), rest_api=usage.is_rest_api(stack), zones=zones)
    return deployed_report.of_deployed(
        used,
        load,
        model.derive(load),
        prices=list_prices,
        setup=setup,
        stages=[*stages.read(stack), *traces.read(stack)],
    )
