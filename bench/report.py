"""Tables of what was measured, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table

from bench.goals import results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def tables(figures: Mapping[str, Any]) -> Iterator[Table]:
    """Make the tables of a run."""
    yield _goals(figures["ratios"])
    yield _cold(figures)
    yield _warm(figures)
    yield _counted(figures)
    yield _sizes(figures["sizes"])
    if "growth" in figures:
        for name, title in (
            ("body_bytes", "by bytes of a body"),
            ("batch", "by messages in a batch"),
            ("adyen_events", "by Adyen's events in a request"),
        ):
            yield _growth(figures["growth"][name], title)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column()
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _goals(ratios: Mapping[str, float]) -> Table:
    table = _table("against A, Powertools (and C, minimal)", "goal", "measured", "met")
    for result in results(ratios):
        goal = result.goal
        table.add_row(result.name, f"<= {goal.most:.2f}x", f"{result.ratio:.2f}x", "yes" if result.is_met else "no")
    return table


def _cold(figures: Mapping[str, Any]) -> Table:
    table = _table("cold start", "CPU, ms", "clock, ms", "init, CPU ms", "modules", "peak, MB", "M instructions")
    for name, row in figures["cold"].items():
        instructions = figures.get("instructions", {}).get(name)
        table.add_row(
            name, *(f"{value:.0f}" for value in row.values()), f"{instructions['cold']:.0f}" if instructions else ""
        )
    return table


def _warm(figures: Mapping[str, Any]) -> Table:
    table = _table(
        "an event, warm", "CPU, ms", "events/s a core", "M instructions", "clock of a run at 5 ms a call, ms"
    )
    for name, row in figures["warm"].items():
        instructions = figures.get("instructions", {}).get(name)
        table.add_row(
            name,
            f"{row['cpu_ms']:.2f}",
            f"{1000 / row['cpu_ms']:.0f}",
            f"{instructions['event']:.1f}" if instructions else "",
            f"{figures['latency'][name]:.0f}",
        )
    return table


def _counted(figures: Mapping[str, Any]) -> Table:
    columns = ("calls", "request KB", "write units", "SQS", "SNS", "log bytes", "lines", "trace documents")
    table = _table("an event", *columns)
    for name, row in figures["warm"].items():
        units = row["units"]
        table.add_row(
            name,
            f"{sum(row['calls'].values()):.2f}",
            f"{row['request_bytes'] / 1000:.1f}",
            *(f"{units.get(unit, 0):.2f}" for unit in ("dynamodb.write", "sqs.requests", "sns.requests")),
            f"{row['log_bytes']:.0f}",
            f"{row['log_lines']:.0f}",
            f"{row['trace_documents']:.2f}",
        )
    return table


def _sizes(sizes: Mapping[str, Mapping[str, int]]) -> Table:
    table = _table("artifact", "unpacked, KB", "zipped, KB")
    for name, size in sizes.items():
        table.add_row(name, f"{size['unpacked_bytes'] / 1000:.0f}", f"{size['zipped_bytes'] / 1000:.0f}")
    return table


def _growth(points: Mapping[str, Mapping[str, Any]], title: str) -> Table:
    names = list(next(iter(points.values())))
    table = _table(f"an event, CPU ms and write units, {title}", *names)
    for point, row in points.items():
        cells = [
            f"{each['cpu_ms']:.2f}  {each['units'].get('dynamodb.write', 0):.1f}" if each else "refused"
            for each in row.values()
        ]
        table.add_row(point, *cells)
    return table
