"""The consumer: a function that takes events from the inbox, and the table that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.policy import document

if TYPE_CHECKING:
    from components.place import Place

PROGRAM = Path(__file__).resolve().parents[1]

EVENT_MODEL = PROGRAM.parents[1] / "schemas" / "payment_event.py"
"""The typed event; in a repository of your own, keep a copy of this file beside the handler."""

CODE = {"handler.py": PROGRAM / "consumer" / "handler.py", "payment_event.py": EVENT_MODEL}
"""The function's files by their names in its archive; boto3 comes with the runtime."""

TIMEOUT_SECONDS = 30
"""Longest run of the function: a batch of ten messages, each of them one or two calls."""

MAXIMUM_CONCURRENCY = 10
"""Batches that are taken at once: the limit of what a burst may take from the account's functions."""

LOG_RETENTION_DAYS = 30
"""How long logs are kept."""


@dataclass(frozen=True, kw_only=True)
class DeskArgs:
    """Arguments of `Desk`."""

    place: Place
    """The deployment."""

    queue_url: pulumi.Input[str]
    """URL of the inbox."""

    queue_arn: pulumi.Input[str]
    """ARN of the inbox."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts table, logs and the function's environment."""


class Desk(pulumi.ComponentResource):
    """The function, its rights, and its table."""

    function_name: pulumi.Output[str]
    """Name of the function."""

    table_name: pulumi.Output[str]
    """Name of the table."""

    def __init__(self, name: str, args: DeskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("refund-desk:components:Desk", name, None, opts)
        fixed_name = pulumi.ResourceOptions(parent=self, delete_before_replace=True)
        table = aws.dynamodb.Table(
            name,
            name=args.place.name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="key",
            attributes=[aws.dynamodb.TableAttributeArgs(name="key", type="S")],
            ttl=aws.dynamodb.TableTtlArgs(attribute_name="expires_at", enabled=True),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            opts=fixed_name,
        )
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=args.place.log_group_name,
            retention_in_days=LOG_RETENTION_DAYS,
            kms_key_id=args.key_arn,
            opts=fixed_name,
        )
        role = aws.iam.Role(
            name,
            name=args.place.name,
            assume_role_policy=document(
                {
                    "Sid": "Lambda",
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": args.place.account}},
                }
            ),
            opts=fixed_name,
        )
        role_policy = aws.iam.RolePolicy(
            name,
            name=args.place.name,
            role=role.name,
            policy=document(
                {
                    "Sid": "TakeEvents",
                    "Effect": "Allow",
                    "Action": [
                        "sqs:ReceiveMessage",
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                        "sqs:ChangeMessageVisibility",
                    ],
                    "Resource": args.queue_arn,
                },
                # A transaction takes the rights of the writes in it.
                {
                    "Sid": "KeepTable",
                    "Effect": "Allow",
                    "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem"],
                    "Resource": table.arn,
                },
                {
                    "Sid": "DecryptThroughServices",
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": args.key_arn,
                    "Condition": {
                        "StringEquals": {"kms:ViaService": [args.place.service(each) for each in ("dynamodb", "sqs")]}
                    },
                },
                # Lambda decrypts the environment as the role, before the function runs.
                {
                    "Sid": "DecryptEnvironment",
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": args.key_arn,
                    "Condition": {
                        "StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": args.place.function_arn}
                    },
                },
                {
                    "Sid": "WriteLogs",
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(log_group.arn, ":*"),
                },
            ),
            opts=fixed_name,
        )
        function = aws.lambda_.Function(
            name,
            name=args.place.name,
            description="Keeps the latest status of each payment",
            role=role.arn,
            runtime="python3.13",
            architectures=["arm64"],
            handler="handler.handler",
            code=pulumi.AssetArchive({path: pulumi.FileAsset(str(file)) for path, file in CODE.items()}),
            memory_size=256,
            timeout=TIMEOUT_SECONDS,
            kms_key_arn=args.key_arn,
            environment=aws.lambda_.FunctionEnvironmentArgs(
                variables={"TABLE_NAME": table.name, "QUEUE_URL": args.queue_url}
            ),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[log_group, role_policy]),
        )
        aws.lambda_.EventSourceMapping(
            name,
            event_source_arn=args.queue_arn,
            function_name=function.name,
            batch_size=10,
            scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=MAXIMUM_CONCURRENCY),
            # Without it, one message that fails brings back all ten.
            function_response_types=["ReportBatchItemFailures"],
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[role_policy]),
        )
        self.function_name = function.name
        self.table_name = table.name
        self.register_outputs({"function_name": self.function_name, "table_name": self.table_name})
