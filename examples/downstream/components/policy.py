"""Policy documents, and the two statements that most of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping

Statement = dict[str, Any]
"""A statement as IAM spells it; its values may be outputs."""


def document(*statements: Mapping[str, Any]) -> pulumi.Output[str]:
    """Write a policy document as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def deny_without_tls(action: str, arn: pulumi.Input[str]) -> Statement:
    """Forbid everyone an action over an unencrypted connection."""
    return {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def sns_in_the_name_of(topic_arn: pulumi.Input[str], sid: str, actions: list[str], arn: pulumi.Input[str]) -> Statement:
    """Allow SNS some actions, for this one topic: SNS itself works for every topic of every account."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": actions,
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
