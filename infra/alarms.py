"""The alarms: one row each, and what each is about. `runbook.md` has a section for every row, under its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from infra.provider_retries import DAY, HOUR, PROVIDER_RETRIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Comparison = Literal[
    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]

Scope = Literal["function", "queue", "dlq", "source"]
"""Whose metric it is; `source`: one alarm for each."""

MOST_SILENT_HOURS = 168
"""A CloudWatch alarm looks back seven days at most.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"""

FROM_RETRIES = 0
"""Stands for the threshold that follows from the retry schedule."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One row.

    Attributes:
        name: Its name, and its section in the runbook.
        means: What is wrong, in one sentence.
        first: The first command to run.
        scope: Whose metric it is.
        namespace: The metric's namespace; None: the function's own.
        metric: The metric's name.
        dimensions: Dimensions beside those of the scope.
        statistic: CloudWatch's name of a statistic.
        threshold: What it is compared with; a setting may say otherwise.
        comparison: How.
        period: Seconds.
        periods: How many of them must all be beyond the threshold.
        not_for: Providers whose sources it makes no sense for.
    """

    name: str
    means: str
    first: str
    scope: Scope
    namespace: str | None = None
    metric: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: str = "Sum"
    threshold: int
    comparison: Comparison = "GreaterThanOrEqualToThreshold"
    period: int = 300
    periods: int = 1
    not_for: tuple[str, ...] = ()


ALARMS = (
    Alarm(
        name="dead-letters",
        means="messages were given up after their last try and lie in the dead-letter queue, for 14 days at most",
        first="python -m ops dlq list",
        scope="dlq",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        statistic="Maximum",
        threshold=1,
        period=60,
    ),
    Alarm(
        name="queue-age",
        means="messages wait longer than retries explain: the function is not run, or does not keep up",
        first="python -m ops status",
        scope="queue",
        namespace="AWS/SQS",
        metric="ApproximateAgeOfOldestMessage",
        statistic="Maximum",
        threshold=FROM_RETRIES,
        period=60,
        periods=2,
    ),
    Alarm(
        name="function-errors",
        means="runs of the function ended without an answer (killed, timed out, or broken before they began)",
        first="python -m ops status",
        scope="function",
        namespace="AWS/Lambda",
        metric="Errors",
        threshold=1,
    ),
    Alarm(
        name="throttles",
        means="runs were refused for want of concurrency: providers get 429, the queue is worked off more slowly",
        first="python -m ops status",
        scope="function",
        namespace="AWS/Lambda",
        metric="Throttles",
        threshold=1,
    ),
    Alarm(
        name="duration",
        means="the slowest runs come near the function's time-out",
        first="python -m ops status",
        scope="function",
        namespace="AWS/Lambda",
        metric="Duration",
        statistic="p99",
        threshold=45_000,
    ),
    Alarm(
        name="last-try",
        means="messages have failed so often that only their last try is left: something behind the queue is away",
        first="python -m ops status",
        scope="source",
        metric="last_try",
        threshold=1,
    ),
    Alarm(
        name="rejected",
        means="many requests are refused: a wrong secret, a provider that signs differently now, or an attack",
        first="python -m ops status",
        scope="source",
        metric="rejected",
        threshold=20,
    ),
    Alarm(
        name="unknown-types",
        means="events of a type that the mapping does not know arrive; they are kept and published as `unknown`",
        first="python -m ops replay --since 2h --dry-run",
        scope="source",
        metric="unknown",
        threshold=1,
        period=3600,
        not_for=("flutterwave_v3",),  # of which nothing is believed
    ),
    Alarm(
        name="publish-failures",
        means="recorded events are not published: the topic refuses or does not answer",
        first="python -m ops status",
        scope="source",
        metric="retried",
        dimensions={"reason": "topic_unavailable"},
        threshold=5,
    ),
)
"""Alarms on one metric each; `GIVES_UP` and `SILENT` are built for each source."""

GIVES_UP = "provider-gives-up"
"""Name of the alarm that a source has had no 2xx for half as long as its provider goes on trying (a day at most)."""

SILENT = "silent"
"""Name of the alarm that nothing came from a source that normally sends."""

THRESHOLDS = tuple(alarm.name for alarm in ALARMS)
"""Names of the alarms whose thresholds can be set."""


@dataclass(frozen=True)
class Window:
    """How long something must last, in CloudWatch's terms.

    Attributes:
        period: Seconds.
        periods: How many of them.
    """

    period: int
    periods: int


def countdown(provider: str) -> Window:
    """Say how long a source may go without a 2xx: half of the time that its provider goes on trying, at most a day."""
    seconds = min(PROVIDER_RETRIES[provider].gives_up_after // 2, DAY)
    period = 60 if seconds < HOUR else 300
    return Window(period, max(1, seconds // period))


def gives_up_text(source: str, provider: str) -> str:
    """Describe the countdown's alarm."""
    window, retries = countdown(provider), PROVIDER_RETRIES[provider]
    known = "" if retries.documented else ", as far as is known"
    return (
        f"{source} has answered nothing but refusals and 503 for {_span(window.period * window.periods)}; {provider} "
        f"gives up after {_span(retries.gives_up_after)}{known}, and then these webhooks are lost. "
        f"First: python -m ops status. Runbook: {GIVES_UP}."
    )


def silent_text(source: str, hours: int) -> str:
    """Describe the silence's alarm."""
    return (
        f"nothing has come from {source} for {hours} h, which normally sends: is the webhook still registered at the "
        f"provider, under the right URL? First: python -m ops status. Runbook: {SILENT}."
    )


def text_of(alarm: Alarm) -> str:
    """Describe a row's alarm."""
    return f"{alarm.means}. First: {alarm.first}. Runbook: {alarm.name}."


def sources_of(alarm: Alarm, providers: Mapping[str, str]) -> Sequence[str]:
    """List the sources that have the alarm, of all by their providers."""
    return sorted(source for source, provider in providers.items() if provider not in alarm.not_for)


def _span(seconds: int) -> str:
    for unit, length in (("days", DAY), ("h", HOUR), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds} s"
