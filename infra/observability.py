"""Alarms, the topic that tells of them, and the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.alarms import (
    ALARMS,
    FROM_RETRIES,
    GIVES_UP,
    SILENT,
    Alarm,
    countdown,
    gives_up_text,
    silent_text,
    sources_of,
    text_of,
)
from infra.dashboard import dashboard
from infra.events import owner_statements
from infra.policy import Statement, document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.names import Names
    from infra.retries import RetrySchedule

_LONGEST_DESCRIPTION = 1024
"""Characters of an alarm's description."""


LOGICAL_NAME = "observability"
"""Of the resources here, however the component is called: AWS takes a second alarm or topic of a name for the first,
and Pulumi would delete that one afterwards."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """Arguments of `Observability`."""

    names: Names
    """Names and ARNs of this environment."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the alarms' messages."""

    providers: Mapping[str, str]
    """Providers by source."""

    retries: RetrySchedule
    """When failed messages are tried again: what is overdue follows from it."""

    thresholds: Mapping[str, int]
    """Thresholds that differ from the rows' own, by alarm."""

    silence_hours: Mapping[str, int]
    """Hours without a request after which a source that normally sends raises an alarm."""

    email: str
    """Who is told by e-mail; empty: nobody."""


class Observability(pulumi.ComponentResource):
    """What watches the rest."""

    alarm_topic_arn: pulumi.Output[str]
    """ARN of the topic that alarms are published to."""

    dashboard_name: pulumi.Output[str]
    """Name of the dashboard."""

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Observability", name, None, opts)
        self._args = args
        inside = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            LOGICAL_NAME,
            name=args.names.alarm_topic,
            kms_master_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        aws.sns.TopicPolicy(LOGICAL_NAME, arn=topic.arn, policy=document(_topic_policy(args, topic.arn)), opts=inside)
        if args.email:
            aws.sns.TopicSubscription(LOGICAL_NAME, topic=topic.arn, protocol="email", endpoint=args.email, opts=inside)
        self._actions = [topic.arn]
        for alarm in ALARMS:
            if alarm.scope == "source":
                for source in sources_of(alarm, args.providers):
                    self._add(alarm, {"source": source, "provider": args.providers[source]}, source)
            else:
                self._add(alarm, self._dimensions(alarm))
        for source, provider in sorted(args.providers.items()):
            self._add_countdown(source, provider)
        for source, hours in sorted(args.silence_hours.items()):
            self._add_silence(source, hours)
        board = aws.cloudwatch.Dashboard(
            LOGICAL_NAME,
            dashboard_name=args.names.processor,
            dashboard_body=dashboard(args.names, args.providers),
            opts=inside,
        )
        self.alarm_topic_arn = topic.arn
        self.dashboard_name = board.dashboard_name
        self.register_outputs({"alarm_topic_arn": self.alarm_topic_arn, "dashboard_name": self.dashboard_name})

    def _dimensions(self, alarm: Alarm) -> Mapping[str, str]:
        names = self._args.names
        return {
            "function": {"FunctionName": names.processor},
            "queue": {"QueueName": names.queue},
            "dlq": {"QueueName": names.dead_letter_queue},
        }[alarm.scope]

    def _add(self, alarm: Alarm, dimensions: Mapping[str, str], source: str = "") -> None:
        own = self._args.retries.overdue if alarm.threshold == FROM_RETRIES else alarm.threshold
        is_percentile = alarm.statistic.startswith("p")
        self._alarm(
            alarm.name,
            source,
            text_of(alarm),
            namespace=alarm.namespace or self._args.names.processor,
            metric_name=alarm.metric,
            dimensions={**dimensions, **alarm.dimensions},
            statistic=None if is_percentile else alarm.statistic,
            extended_statistic=alarm.statistic if is_percentile else None,
            threshold=self._args.thresholds.get(alarm.name, own),
            comparison_operator=alarm.comparison,
            period=alarm.period,
            evaluation_periods=alarm.periods,
            treat_missing_data="notBreaching",
        )

    def _add_countdown(self, source: str, provider: str) -> None:
        """Alarm when the last answer of every period was no 2xx; a period without a request repeats the one before."""
        window = countdown(provider)
        queries = [
            aws.cloudwatch.MetricAlarmMetricQueryArgs(
                id=name,
                return_data=False,
                metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=self._args.names.processor,
                    metric_name=name,
                    dimensions={"source": source, "provider": provider},
                    period=window.period,
                    stat="Sum",
                ),
            )
            for name in ("received", "enqueued")
        ]
        answered = aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="answered",
            expression="FILL(FILL(enqueued, 0) / received, REPEAT)",
            label="share of requests that got a 2xx",
            return_data=True,
        )
        self._alarm(
            GIVES_UP,
            source,
            gives_up_text(source, provider),
            metric_queries=[*queries, answered],
            threshold=0,
            comparison_operator="LessThanOrEqualToThreshold",
            evaluation_periods=window.periods,
            treat_missing_data="notBreaching",
        )

    def _add_silence(self, source: str, hours: int) -> None:
        self._alarm(
            SILENT,
            source,
            silent_text(source, hours),
            namespace=self._args.names.processor,
            metric_name="received",
            dimensions={"source": source, "provider": self._args.providers[source]},
            statistic="Sum",
            threshold=1,
            comparison_operator="LessThanThreshold",
            period=3600,
            evaluation_periods=hours,
            # No metric at all is the silence itself.
            treat_missing_data="breaching",
        )

    def _alarm(self, name: str, source: str, description: str, **properties: Any) -> None:  # noqa: ANN401 - the resource's own
        suffix = f"{name}-{source}" if source else name
        aws.cloudwatch.MetricAlarm(
            f"{LOGICAL_NAME}-{suffix}",
            name=f"{self._args.names.processor}-{suffix}",
            alarm_description=description[:_LONGEST_DESCRIPTION],
            alarm_actions=self._actions,
            ok_actions=self._actions,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            **properties,
        )


def _topic_policy(args: ObservabilityArgs, topic_arn: pulumi.Input[str]) -> Sequence[Statement]:
    """Return who may use the topic: the owner's account, and this environment's alarms."""
    return [
        *owner_statements(args.names, topic_arn),
        Statement(
            sid="Alarms",
            principal={"Service": ["cloudwatch.amazonaws.com"]},
            actions=["sns:Publish"],
            resources=[topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": [args.names.account]},
                "ArnLike": {"aws:SourceArn": [args.names.alarms_arn]},
            },
        ),
    ]
