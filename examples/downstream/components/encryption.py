"""The key of everything that this program keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.policy import document, sns_in_the_name_of

if TYPE_CHECKING:
    from components.place import Place


@dataclass(frozen=True, kw_only=True)
class EncryptionArgs:
    """Arguments of `Encryption`."""

    place: Place
    """The deployment."""

    topic_arn: pulumi.Input[str]
    """ARN of the topic whose messages SNS encrypts with this key."""


class Encryption(pulumi.ComponentResource):
    """A customer-managed key, rotated yearly."""

    key_arn: pulumi.Output[str]
    """ARN of the key."""

    def __init__(self, name: str, args: EncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("refund-desk:components:Encryption", name, None, opts)
        key = aws.kms.Key(
            name,
            description=f"Payment events at rest ({args.place.name})",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            policy=document(
                # Without it nobody could administer the key, and IAM policies that mention it would count for nothing.
                {
                    "Sid": "Root",
                    "Effect": "Allow",
                    "Principal": {"AWS": args.place.root_arn},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                # What the topic needs to put a message into an encrypted queue.
                sns_in_the_name_of(args.topic_arn, "Sns", ["kms:GenerateDataKey*", "kms:Decrypt"], "*"),
                {
                    "Sid": "Logs",
                    "Effect": "Allow",
                    "Principal": {"Service": args.place.service("logs")},
                    "Action": [
                        "kms:Encrypt*",
                        "kms:Decrypt*",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:Describe*",
                    ],
                    "Resource": "*",
                    "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": args.place.log_group_arn}},
                },
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.kms.Alias(
            name,
            name=f"alias/{args.place.name}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
