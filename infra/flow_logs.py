"""Who talked to whom inside the network: metadata of connections, never their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, document

if TYPE_CHECKING:
    from infra.names import Names

AGGREGATION_SECONDS = 600
"""Seconds that one record sums up; the other choice, 60, costs up to ten times as many records."""


@dataclass(frozen=True, kw_only=True)
class FlowLogsArgs:
    """Arguments of `FlowLogs`."""

    names: Names
    """Names and ARNs of this environment."""

    vpc_id: pulumi.Input[str]
    """The network."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the records."""

    retention_days: int
    """How long records are kept."""


class FlowLogs(pulumi.ComponentResource):
    """Flow logs of accepted and rejected traffic, in an encrypted log group."""

    log_group_name: pulumi.Output[str]
    """Name of the log group."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:FlowLogs", name, None, opts)
        named = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=args.names.flow_log_group,
            retention_in_days=args.retention_days,
            kms_key_id=args.key_arn,
            opts=named,
        )
        role = aws.iam.Role(
            name,
            name=args.names.flow_log_role,
            description=f"Writes {args.names.flow_log_group}",
            assume_role_policy=document([_trust(args.names)]),
            opts=named,
        )
        policy = aws.iam.RolePolicy(
            name,
            name=args.names.flow_log_role,
            role=role.name,
            policy=document([_write(args.names)]),
            opts=named,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.log_group_name = log_group.name
        self.register_outputs({"log_group_name": self.log_group_name})


def _trust(names: Names) -> Statement:
    """Return who may take the role: flow logs of this account and region."""
    return Statement(
        sid="FlowLogsOfThisAccount",
        principal={"Service": ["vpc-flow-logs.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={
            "StringEquals": {"aws:SourceAccount": [names.account]},
            "ArnLike": {"aws:SourceArn": [names.flow_logs_arn]},
        },
    )


def _write(names: Names) -> Statement:
    """Return what the service asks of the role, less the right to create groups, which would be unencrypted.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return Statement(
        sid="WriteFlowLogs",
        actions=["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
        resources=[f"{names.flow_log_group_arn}:*"],
    )
