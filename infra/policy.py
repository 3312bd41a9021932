"""IAM statements as values, and the documents made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICY_VERSION = "2012-10-17"
"""The current version of the policy language; it is not a date to be moved."""

TLS_ONLY_CONDITION: Mapping[str, Mapping[str, Sequence[str]]] = {"Bool": {"aws:SecureTransport": ["false"]}}
"""Matches requests without TLS. Not `BoolIfExists`: that would also match service calls that lack the key."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement of an IAM policy."""

    sid: str
    """Name of the statement: letters and digits, unique in its document."""

    actions: Sequence[str]
    """Actions, such as `dynamodb:PutItem`."""

    resources: Sequence[pulumi.Input[str]] = ()
    """ARNs that the actions may touch; none in a role's trust policy, which is about the role itself."""

    effect: Literal["Allow", "Deny"] = "Allow"
    """Whether the statement grants or forbids."""

    principal: Mapping[str, Sequence[str]] | Literal["*"] | None = None
    """Who: of resource policies only."""

    conditions: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    """Operator, key, values."""

    def only_from(self, function_arn: str) -> Statement:
        """Return the statement limited to calls made by the code of one Lambda function.

        Credentials taken out of the function are then worth nothing. Not for calls that a service makes in the
        function's name (polling a queue, decrypting with KMS): those do not carry the key.
        https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        """
        limit = {"ArnEquals": {"lambda:SourceFunctionArn": [function_arn]}}
        return replace(self, conditions={**self.conditions, **limit})

    def render(self) -> dict[str, object]:
        """Return the statement as IAM spells it."""
        rendered: dict[str, object] = {"Sid": self.sid, "Effect": self.effect}
        if self.principal is not None:
            rendered["Principal"] = self.principal
        rendered["Action"] = list(self.actions)
        if self.resources:
            rendered["Resource"] = list(self.resources)
        if self.conditions:
            rendered["Condition"] = self.conditions
        return rendered


def deny_without_tls(action: str, resource: pulumi.Input[str]) -> Statement:
    """Forbid everyone an action on a resource over an unencrypted connection."""
    return Statement(
        sid="DenyWithoutTls",
        effect="Deny",
        principal="*",
        actions=[action],
        resources=[resource],
        conditions=TLS_ONLY_CONDITION,
    )


def document(statements: Sequence[Statement]) -> pulumi.Output[str]:
    """Write a policy document as JSON."""
    return pulumi.Output.json_dumps(
        {"Version": POLICY_VERSION, "Statement": [statement.render() for statement in statements]}
    )
