"""`status`: the whole system at one look."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich import box
from rich.table import Table

from cli.console import console
from ops.metrics import COARSE_REACH, COARSE_SECONDS, FINE_SECONDS, Metrics, Series
from ops.secret_use import secret_uses
from ops.spans import ago, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.metrics import Points
    from ops.secret_use import SecretUse
    from ops.stack import Stack


@click.command()
@click.pass_obj
def status(find: Callable[[], Stack]) -> None:
    """Show the queues, and of each source what came, what was refused and which secret is in use.

    Counts are of the last 24 hours, the last event is looked for over 14 days. An older secret is safe to remove when
    it has not been used for as long as the provider goes on sending what it signed with it.
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
    # SQS leaves out what was received three times.
    age = (
        f", those hardly tried up to {span(timedelta(seconds=ages[-1][1]))} old" if ages and waiting + under_way else ""
    )
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
    uses = secret_uses(metrics, stack.sources)
    long_ago = metrics.read([Series("enqueued", each) for each in dimensions], reach=COARSE_REACH)
    refused = _refused(metrics)
    table = Table("source", "last event", box=box.SIMPLE_HEAD)
    table.add_column("accepted", justify="right")
    table.add_column("503", justify="right")
    table.add_column("refused")
    table.add_column("secret last matched")
    table.add_column("older secret")
    for number, name in enumerate(names):
        last = _last(accepted[number], FINE_SECONDS) or _last(long_ago[number], COARSE_SECONDS)
        table.add_row(
            name,
            ago(last),
            f"{_total(accepted[number])}",
            f"{_total(unavailable[number])}",
            ", ".join(f"{count} {reason}" for reason, count in refused[name].most_common()),
            _last_matched(uses[name]),
            _advice(uses[name]),
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


def _last_matched(use: SecretUse) -> str:
    """Tell which secret made the last good signature, and when."""
    matches = [(at, which) for at, which in ((use.newest_at, "newest"), (use.older_at, "an older one")) if at]
    return f"{max(matches)[1]}, {ago(max(matches)[0])}" if matches else "none"


def _advice(use: SecretUse) -> str:
    """Tell when an older secret was last used, and whether it can go."""
    if use.older_at is None:
        return "not used"
    waiting = use.older_at + use.retry_window - datetime.now(UTC)
    verdict = f"keep it for {span(waiting)}" if waiting > timedelta() else "safe to remove"
    return f"last used {ago(use.older_at)}: {verdict}"


def _total(points: Points) -> int:
    return round(sum(value for _, value in points))


def _last(points: Points, period_seconds: int) -> datetime | None:
    """When the last value was, as far as its period tells."""
    moments = [moment for moment, value in points if value]
    return min(moments[-1] + timedelta(seconds=period_seconds), datetime.now(UTC)) if moments else None
