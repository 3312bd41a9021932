"""`demo`: the whole system, shown at work."""

from __future__ import annotations

import json

import click
from rich import box
from rich.markup import escape
from rich.table import Table

from cli.console import console, deploying
from cli.problems import Failure
from local.demo import Outcome, final_problems, run, steps
from local.observer import Observer
from local.settings import parse_sources
from local.system import LocalSystem


@click.command()
def demo() -> None:
    """Deploy, send good and bad webhooks of every provider, show what came of each, tear down."""
    system = LocalSystem(parse_sources(()), environment="demo")
    with deploying(console) as show:
        system.start(show)
    try:
        outcomes, problems = _run(system)
    finally:
        system.stop()
    console.print(_table(outcomes))
    count = sum(outcome.recorded for outcome in outcomes)
    console.print(
        f"{len(outcomes)} webhooks sent, {count} events in the ledger and at the subscriber, "
        f"{len(system.xray.segments)} X-Ray segments; torn down, nothing left but the key's deletion window"
    )
    problems += [f"{_name(outcome)}: {problem}" for outcome in outcomes for problem in outcome.problems]
    if problems:
        raise Failure("not as it must be:\n  " + "\n  ".join(problems))
    console.print("[green]Everything is as it must be.[/green]")


def _run(system: LocalSystem) -> tuple[list[Outcome], list[str]]:
    outcomes: list[Outcome] = []
    with Observer(system) as observer:
        with console.status("sending") as status:
            for step in steps(system):
                status.update(f"sending {len(outcomes) + 1}: {step.endpoint.source.name} [dim]{step.what}[/dim]")
                outcomes.append(run(step, observer))
        return outcomes, list(final_problems(outcomes, observer, system))


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("source", "sent", "answered", box=box.SIMPLE_HEAD)
    table.add_column("recorded", justify="right")
    table.add_column("published", justify="right")
    table.add_column("payment is then")
    table.add_column("")
    last = ""
    for outcome in outcomes:
        source = outcome.step.endpoint.source.name
        if last and source != last:
            table.add_section()
        table.add_row(
            "" if source == last else source,
            outcome.step.what,
            f"{outcome.answer.status} [dim]{escape(_said(outcome.answer.body))}[/dim]",
            str(outcome.recorded),
            f"{outcome.published}{' late' if outcome.step.late else ''}",
            outcome.state or "unknown",
            "[red]wrong[/red]" if outcome.problems else "[green]ok[/green]",
        )
        last = source
    return table


def _said(body: str) -> str:
    """Shorten an answer to its word: `{"error":"not_authentic"}` to `not_authentic`."""
    try:
        ((name, value),) = json.loads(body).items()
    except (ValueError, AttributeError):
        return body
    return name if value is True else str(value)


def _name(outcome: Outcome) -> str:
    return f"{outcome.step.endpoint.source.name}, {outcome.step.what}"
