"""Writes the tables of docs/scale.md: `python -m local.scale_page`; a test holds that the page is up to date.

Its plot is drawn by `python -m local simulate --plot docs/images/queue-day.png`.
"""

from __future__ import annotations

from pathlib import Path

from local.simulation import MINUTE, Scenario, simulate
from local.simulation_report import day
from local.tables import filled, table
from ops.receipt import prices, scale, text
from ops.receipt.quotas import Setup

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
REGION = "us-east-1"


def updated(page: str) -> str:
    """Return the page's text with every table as it must be now."""
    return filled(page, {"limits": _limits(), "steps": _steps(), "day": _day()}, page="docs/scale.md")


def _limits() -> str:
    return table(
        ("Limit", "Quota", "Binds at, alone", "Binds at, ten to a run", "Beyond it", "Lifted by"),
        (
            (
                alone.name,
                f"{text.quantity(alone.quota)} {alone.unit}",
                f"{alone.ceiling:,.0f}/s",
                f"{shared.ceiling:,.0f}/s",
                alone.beyond,
                alone.lifted_by,
            )
            for alone, shared in scale.ceilings(Setup(region=REGION))
        ),
    )


def _steps() -> str:
    rows = []
    before: set[str] = set()
    for step in scale.steps(Setup(region=REGION), prices.load(REGION)):
        lifts = [f"{limit.name}: {limit.lifted_by}" for limit in step.exceeded if limit.name not in before]
        before |= {limit.name for limit in step.exceeded}
        rows.append(
            (
                f"{step.rate:,}",
                f"{step.events / 1_000_000:,.0f} million",
                "; ".join(lifts) or "none",
                f"{step.reserved:,}, {step.processing:,}",
                text.money(step.alone),
                text.money(step.shared),
                f"{step.month:,.0f}",
            )
        )
    columns = ("Webhooks/s", "A month", "Exceeded at last, lifted by", "Runs for twice as much, of these for the queue")
    return table((*columns, "USD a million, alone", "USD a million, ten to a run", "USD a month"), rows)


def _day() -> str:
    scenario = Scenario()
    figures = day(scenario, simulate(scenario))
    drained = "never" if figures.drained_after is None else f"{figures.drained_after / MINUTE:.0f} minutes"
    return table(
        ("In the day of the plot", ""),
        (
            ("webhooks acknowledged, recorded", f"{figures.accepted:,}, {figures.recorded:,}"),
            ("refused with 429", f"{figures.refused:,}"),
            ("dead letters", f"{figures.dead:,}"),
            ("deepest queue in the burst, in the outage", f"{figures.burst_depth:,}, {figures.deepest:,}"),
            ("of these waiting for their next try, so in flight", f"{figures.waiting:,}"),
            ("oldest message", f"{figures.oldest / MINUTE:.0f} minutes"),
            ("queue empty again after the outage", drained),
        ),
    )


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text()))
