"""Alarms on what nobody would notice otherwise: events that wait, fail, or never arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Sequence

OLDEST_SECONDS = 900
"""Age of the oldest event in the queue that someone should look at: the consumer takes one in a second."""


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """Arguments of `Alarms`."""

    name: str
    """Name of the inbox; the alarms' names begin with it."""

    queue_name: pulumi.Input[str]
    """Name of the queue."""

    dead_letters_name: pulumi.Input[str]
    """Name of the queue of messages that the consumer failed on."""

    undelivered_name: pulumi.Input[str]
    """Name of the queue of messages that SNS could not deliver."""

    actions: Sequence[str]
    """ARNs of whom to tell, such as a topic's."""


class Alarms(pulumi.ComponentResource):
    """One alarm for each queue."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("refund-desk:components:Alarms", name, None, opts)
        waiting = "ApproximateNumberOfMessagesVisible"
        for what, queue_name, metric, threshold, meaning in (
            ("age", args.queue_name, "ApproximateAgeOfOldestMessage", OLDEST_SECONDS, "Events wait: nobody takes them"),
            ("dead-letters", args.dead_letters_name, waiting, 0, "Events that the consumer failed on"),
            ("undelivered", args.undelivered_name, waiting, 0, "Events that SNS could not put into the queue"),
        ):
            aws.cloudwatch.MetricAlarm(
                f"{name}-{what}",
                name=f"{args.name}-{what}",
                alarm_description=meaning,
                namespace="AWS/SQS",
                metric_name=metric,
                dimensions={"QueueName": queue_name},
                statistic="Maximum",
                period=60,
                evaluation_periods=1,
                comparison_operator="GreaterThanThreshold",
                threshold=threshold,
                treat_missing_data="notBreaching",
                alarm_actions=list(args.actions),
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.register_outputs({})
