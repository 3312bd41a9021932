"""The function behind both triggers: its role, its log group, itself and its queue trigger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.artifact import Artifact
    from infra.names import Names
    from infra.network import Network

HANDLER = "lambda_src.handler.handler"
"""The function's entry: the package is shipped under its own name, so that no module of ours shadows another."""

RUNTIME = "python3.13"
"""The Lambda runtime; the artifact's native modules are built for it."""

MEMORY_MB = 1024
"""Memory, MB; the share of a processor grows with it."""

TIMEOUT_SECONDS = 60
"""Longest run, seconds: a batch, or one request."""


@dataclass(frozen=True, kw_only=True)
class ProcessorArgs:
    """Arguments of `Processor`."""

    names: Names
    """Names and ARNs of this environment."""

    artifact: Artifact
    """The code."""

    environment: Mapping[str, pulumi.Input[str]]
    """Environment variables; names of things, never secrets."""

    grants_to_code: Sequence[Statement]
    """What the function's code calls, and what it must not do with rights that Lambda needs."""

    grants_to_services: Sequence[Statement]
    """What AWS services call in the function's name, outside of the function."""

    network: Network | None
    """The network that the function runs in; None: outside of any."""

    is_public: bool
    """Whether anyone may invoke the function, by its own address; a change replaces the function."""

    queue_arn: pulumi.Input[str]
    """ARN of the queue that triggers the function."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts logs and environment."""

    log_retention_days: int
    """How long logs are kept."""

    reserved_concurrency: int
    """Concurrent runs kept for this function, both triggers together; 0: none are reserved."""

    processing_concurrency: int
    """Concurrent runs that the queue may take."""

    batch_size: int
    """Messages in one run, at most."""

    batch_window_seconds: int
    """How long a message may wait for others to share its run; 0: not at all."""


class Processor(pulumi.ComponentResource):
    """The function, with exactly the rights that its owners granted."""

    function_name: pulumi.Output[str]
    """Name of the function."""

    function_arn: pulumi.Output[str]
    """ARN of the function."""

    function_invoke_arn: pulumi.Output[str]
    """ARN by which an API invokes the function."""

    log_group_name: pulumi.Output[str]
    """Name of the log group."""

    def __init__(self, name: str, args: ProcessorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Processor", name, None, opts)
        # First of all: were it missing when the function first runs, logs would be lost, since the role may not create
        # it. That right is absent because Lambda would use it to create an unencrypted group that never expires.
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=args.names.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key_arn,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        role = aws.iam.Role(
            name,
            name=args.names.processor,
            description=f"What {args.names.processor} may do",
            assume_role_policy=document([_trust(args.names)]),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        # Inline: this policy belongs to this role alone, goes with it, and may hold 10,240 characters where a managed
        # one may hold 6,144 (each source adds the ARN of its parameter).
        role_policy = aws.iam.RolePolicy(
            name,
            name=args.names.processor,
            role=role.name,
            policy=document(_role_policy(args)),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        # With a network, only when its endpoints are there: before, each webhook would be answered 503.
        needed: list[pulumi.Resource] = [log_group, role_policy, *([args.network] if args.network else [])]
        # The statements that open a public address stay on the function when the address goes: so must it.
        replacement_trigger = "public" if args.is_public else "private"
        function = aws.lambda_.Function(
            name,
            name=args.names.processor,
            description="Receives, records and publishes payment webhooks",
            role=role.arn,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=HANDLER,
            code=pulumi.FileArchive(str(args.artifact.path)),
            source_code_hash=args.artifact.sha256_base64,
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            publish=False,
            reserved_concurrent_executions=args.reserved_concurrency or None,
            kms_key_arn=args.key_arn,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.environment),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
            **_placement(args.network),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,
                depends_on=needed,
                replacement_trigger=replacement_trigger,
            ),
        )
        aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=args.queue_arn,
            function_name=function.name,
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.batch_window_seconds,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.processing_concurrency
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Lambda checks the role's rights to the queue when the mapping is created.
                depends_on=[role_policy],
                # There may be one of a queue and a function, and it must go with the function.
                delete_before_replace=True,
                replacement_trigger=replacement_trigger,
            ),
        )
        self.function_name = function.name
        self.function_arn = function.arn
        self.function_invoke_arn = function.invoke_arn
        self.log_group_name = log_group.name
        self.register_outputs(
            {
                "function_name": self.function_name,
                "function_arn": self.function_arn,
                "function_invoke_arn": self.function_invoke_arn,
                "log_group_name": self.log_group_name,
            }
        )


def _placement(network: Network | None) -> dict[str, Any]:
    """Return the function's place in a network.

    At the function's end its interfaces stay for a while, and with them whatever security group they have; a group that
    belongs to the VPC takes the place of ours, which can then be deleted at once.
    """
    if network is None:
        return {}
    return {
        "vpc_config": aws.lambda_.FunctionVpcConfigArgs(
            subnet_ids=network.subnet_ids, security_group_ids=[network.security_group_id]
        ),
        "replace_security_groups_on_destroy": True,
        "replacement_security_group_ids": [network.closed_security_group_id],
    }


def _trust(names: Names) -> Statement:
    """Return who may take the role: Lambda, for functions of this account."""
    return Statement(
        sid="LambdaOfThisAccount",
        principal={"Service": ["lambda.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={"StringEquals": {"aws:SourceAccount": [names.account]}},
    )


def _role_policy(args: ProcessorArgs) -> Sequence[Statement]:
    """Return all that the function may do: what its owners granted, and its own logs and traces."""
    return [
        *(statement.only_from(args.names.function_arn) for statement in args.grants_to_code),
        *args.grants_to_services,
        Statement(
            sid="WriteLogs",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{args.names.log_group_arn}:*"],
        ),
        # X-Ray knows no resources to limit this to.
        Statement(sid="Trace", actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]),
    ]
