"""`status`: the whole system at one look."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from cli.console import console
from ops.commands.spans import ago, span
from ops.metrics import COARSE_REACH, COARSE_SECONDS, FINE_SECONDS, Metrics, Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.metrics import Points
    from ops.stack import Stack


@click.command()
@click.pass_obj
def status(find: Callable[[], Stack]) -> None:
    """Show the queues, and of each source what came, what was refused and which secret is in use.

    Counts are of the last 24 hours; the last event and the last use of an older secret are looked for over 14 days.
    """
    stack = find()
    metrics = Metrics(stack)
    _print_queues(stack, metrics)
    _print_sources(stack, metrics)


def _print_queues(stack: Stack, metrics: Metrics) -> None:
    queue = stack.outputs["queue_arn"].rpartition(":")[2]
    (ages,) = metrics.read(
        [Series("ApproximateAgeOfOldestMessage", {"QueueName": queue}, "Maximum", "AWS/SQS")],
        reach=timedelta(minutes=15),
    )
    waiting, under_way = _depth(stack, "queue_url")
    dead, held = _depth(stack, "dlq_url")
    age = f", the oldest {span(timedelta(seconds=ages[-1][1]))} old" if ages and waiting + under_way else ""
    console.print(f"queue              {waiting} waiting, {under_way} under way{age}")
    console.print(f"dead-letter queue  {dead + held}" + ("   [red]python -m ops dlq list[/red]" if dead + held else ""))


def _depth(stack: Stack, output: str) -> tuple[int, int]:
    attributes = stack.sqs.get_queue_attributes(
        QueueUrl=stack.outputs[output],
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]), int(attributes["ApproximateNumberOfMessagesNotVisible"])


def _print_sources(stack: Stack, metrics: Metrics) -> None:
    names = sorted(stack.sources)
    dimensions = [{"source": name, "provider": stack.sources[name].provider} for name in names]
    accepted = metrics.read([Series("enqueued", each) for each in dimensions])
    unavailable = metrics.read([Series("unavailable", each) for each in dimensions])
    positions = metrics.read([Series("secret_position", each, "Maximum") for each in dimensions], reach=COARSE_REACH)
    long_ago = metrics.read([Series("enqueued", each) for each in dimensions], reach=COARSE_REACH)
    refused = _refused(metrics)
    table = Table("source", "last event", box=box.SIMPLE_HEAD)
    table.add_column("accepted", justify="right")
    table.add_column("503", justify="right")
    table.add_column("refused")
    table.add_column("older secret last used")
    for number, name in enumerate(names):
        last = _last(accepted[number], FINE_SECONDS) or _last(long_ago[number], COARSE_SECONDS)
        older = _last([point for point in positions[number] if point[1] > 0], COARSE_SECONDS)
        table.add_row(
            name,
            ago(last),
            f"{_total(accepted[number])}",
            f"{_total(unavailable[number])}",
            ", ".join(f"{count} {reason}" for reason, count in refused[name].most_common()),
            _secret_advice(name, older),
        )
    console.print(table)


def _refused(metrics: Metrics) -> defaultdict[str, Counter[str]]:
    """Count refusals by source and reason."""
    combinations = [each for each in metrics.dimensions_of("rejected") if {"source", "reason"} <= each.keys()]
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each, points in zip(
        combinations, metrics.read([Series("rejected", each) for each in combinations]), strict=True
    ):
        if total := _total(points):
            counts[each["source"]][each["reason"]] += total
    return counts


def _secret_advice(source: str, older_used_at: datetime | None) -> str:
    return "not within 14 days" if older_used_at is None else f"{ago(older_used_at)}: `rotate {source}` tells more"


def _total(points: Points) -> int:
    return round(sum(value for _, value in points))


def _last(points: Points, period_seconds: int) -> datetime | None:
    """When the last value was, as far as its period tells."""
    moments = [moment for moment, value in points if value]
    return min(moments[-1] + timedelta(seconds=period_seconds), datetime.now(UTC)) if moments else None
