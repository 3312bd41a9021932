"""The key that everything at rest is encrypted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement, document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.names import Names

ROTATION_DAYS = 365
"""Days between rotations of the key material (KMS allows 90 to 2560)."""

DELETION_DAYS = 7
"""Days that a deleted key can still be saved: the least that KMS allows, so that a destroyed stack is soon gone.
https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html"""

SERVICES_OF_THE_FUNCTION = ("dynamodb", "sns", "sqs", "ssm")
"""Services that use the key in the function's name when it calls them."""

SERVICES_THAT_ENCRYPT = ("sns", "sqs")
"""Of these, the ones that make a new data key for what the function sends. DynamoDB makes its own by a grant."""


LOGICAL_NAME = "encryption"
"""Of the resources here, however the component is called: under another, Pulumi would make empty ones instead."""


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """Arguments of `Encryption`."""

    names: Names
    """Names and ARNs of this environment."""

    protect: bool
    """Whether Pulumi refuses to delete the key."""


class Encryption(pulumi.ComponentResource):
    """A customer-managed key, rotated yearly, under an explicit policy, and its alias."""

    key_arn: pulumi.Output[str]
    """ARN of the key."""

    alias: pulumi.Output[str]
    """Alias of the key, `alias/...`."""

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Encryption", name, None, opts)
        self._names = args.names
        key = aws.kms.Key(
            LOGICAL_NAME,
            description=f"Payment webhooks at rest ({args.names.processor})",
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=DELETION_DAYS,
            multi_region=False,
            policy=document(_key_policy(args.names)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        alias = aws.kms.Alias(
            LOGICAL_NAME,
            name=args.names.key_alias,
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.key_arn = key.arn
        self.alias = alias.name
        self.register_outputs({"key_arn": self.key_arn, "alias": self.alias})

    def grants_to_function(self) -> Sequence[Statement]:
        """Return what the function needs to have its data encrypted and decrypted by the services it calls."""
        names = self._names
        return [
            Statement(
                sid="DecryptThroughServices",
                actions=["kms:Decrypt"],
                resources=[self.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": [names.service(name) for name in SERVICES_OF_THE_FUNCTION]}
                },
            ),
            Statement(
                sid="EncryptThroughServices",
                actions=["kms:GenerateDataKey"],
                resources=[self.key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": [names.service(name) for name in SERVICES_THAT_ENCRYPT]}
                },
            ),
            # Lambda decrypts the environment variables as the function's role, before the function runs. The context is
            # what Lambda encrypted them under, so this opens nothing else.
            Statement(
                sid="DecryptEnvironment",
                actions=["kms:Decrypt"],
                resources=[self.key_arn],
                conditions={
                    "StringEquals": {"kms:EncryptionContext:aws:lambda:FunctionArn": [names.function_arn]},
                },
            ),
        ]


def _key_policy(names: Names) -> Sequence[Statement]:
    """Return the key's policy; the resource `*` of a key policy is the key itself."""
    return [
        # Without it nobody could administer the key, and IAM policies that mention it would count for nothing.
        Statement(sid="Root", principal={"AWS": [names.root_arn]}, actions=["kms:*"], resources=["*"]),
        Statement(
            sid="Logs",
            principal={"Service": [names.service("logs")]},
            actions=["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": names.log_group_arns}},
        ),
        # An alarm publishes to the encrypted topic.
        Statement(
            sid="Alarms",
            principal={"Service": ["cloudwatch.amazonaws.com"]},
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={
                "StringEquals": {"aws:SourceAccount": [names.account]},
                "ArnLike": {"aws:SourceArn": [names.alarms_arn]},
            },
        ),
        # The topic delivers into subscribed queues that use this same key.
        Statement(
            sid="SnsToSqs",
            principal={"Service": ["sns.amazonaws.com"]},
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={
                "StringEquals": {"aws:SourceAccount": [names.account]},
                "ArnEquals": {"aws:SourceArn": [names.topic_arn]},
            },
        ),
    ]
