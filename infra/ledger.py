"""The ledger: every event and every transaction's state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTITION_KEY = "transaction_id"
"""String: `{provider}:{payment id}`."""

SORT_KEY = "record"
"""String: `state`, or `event#{occurred_at}#{event id}`."""

EXPIRY_ATTRIBUTE = "expires_at"
"""Number: when DynamoDB may remove an event item, seconds since the epoch; only written when retention is limited."""


LOGICAL_NAME = "ledger"
"""Of the resources here, however the component is called: under another, Pulumi would make empty ones instead."""


@dataclass(frozen=True, kw_only=True)
class LedgerArgs:
    """Arguments of `Ledger`."""

    table_name: str
    """Physical name of the table."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the table."""

    protect: bool
    """Whether Pulumi and DynamoDB refuse to delete the table."""


class Ledger(pulumi.ComponentResource):
    """An on-demand table with point-in-time recovery."""

    table_name: pulumi.Output[str]
    """Physical name of the table."""

    table_arn: pulumi.Output[str]
    """ARN of the table."""

    def __init__(self, name: str, args: LedgerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:Ledger", name, None, opts)
        table = aws.dynamodb.Table(
            LOGICAL_NAME,
            name=args.table_name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attributes=[
                aws.dynamodb.TableAttributeArgs(name=PARTITION_KEY, type="S"),
                aws.dynamodb.TableAttributeArgs(name=SORT_KEY, type="S"),
            ],
            ttl=aws.dynamodb.TableTtlArgs(attribute_name=EXPIRY_ATTRIBUTE, enabled=True),
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, protect=args.protect),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})

    def grants_to_record(self) -> Sequence[Statement]:
        """Return what recording events takes. Nothing here can read at large or delete."""
        return [
            Statement(
                sid="RecordEvents",
                actions=["dynamodb:PartiQLInsert", "dynamodb:PutItem", "dynamodb:UpdateItem"],
                resources=[self.table_arn],
            )
        ]
