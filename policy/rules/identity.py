"""Roles and their rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policy.resources import Resource, Violation, listed, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"

WITHOUT_RESOURCES = {
    "Trace": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
    "PlaceInNetwork": {
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
    },
}
"""Actions that may be allowed on `*`, by statement: X-Ray knows no resources, and the interfaces do not exist yet."""

DANGEROUS = (
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "iam:",
    "sts:",
    "logs:Delete",
    "logs:Put",
)
NOT_DANGEROUS = ("logs:PutLogEvents",)


def iam_role_cross_service_confused_deputy_prevention(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A service takes a role for this account only. Prowler: the same."""

    def is_limited(role: Resource) -> bool:
        conditions = [each.get("Condition", {}).get("StringEquals", {}) for each in role.policy("assumeRolePolicy")]
        return all("aws:SourceAccount" in each for each in conditions)

    return unless(of_type(resources, ROLE), is_limited, "a service may take it for another account")


def iam_inline_policy_no_wildcard_actions(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Each action is named.

    Prowler: iam_inline_policy_no_administrative_privileges; Security Hub: IAM.1, IAM.21; checkov: CKV_AWS_62, _63.
    """
    return unless(
        of_type(resources, ROLE_POLICY),
        lambda each: not any("*" in action for statement in _allowed(each) for action in listed(statement["Action"])),
        "allows actions by a wildcard",
    )


def iam_inline_policy_no_wildcard_resources(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Each resource is named, but for the few actions that know none. Checkov: CKV_AWS_290, CKV_AWS_355."""

    def is_named(policy: Resource) -> bool:
        return all(
            set(statement["Action"]) <= WITHOUT_RESOURCES.get(statement["Sid"], set())
            for statement in _allowed(policy)
            if "*" in listed(statement["Resource"])
        )

    return unless(of_type(resources, ROLE_POLICY), is_named, "allows an action on every resource")


def iam_inline_policy_allows_privilege_escalation(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No role changes rights, keys' policies or logs. Prowler: the same; checkov: CKV_AWS_286; PCI 10.3.2."""

    def is_harmless(policy: Resource) -> bool:
        actions = [action for statement in _allowed(policy) for action in listed(statement["Action"])]
        return not any(each.startswith(DANGEROUS) and each not in NOT_DANGEROUS for each in actions)

    return unless(of_type(resources, ROLE_POLICY), is_harmless, "may change rights, keys or logs")


def iam_inline_policy_no_full_access_to_kms(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Keys are used through a service or for one context only. Prowler: the same; Security Hub: KMS.2."""

    def is_narrow(policy: Resource) -> bool:
        uses = [
            each for each in _allowed(policy) if any(action.startswith("kms:") for action in listed(each["Action"]))
        ]
        return all(each.get("Condition") and "*" not in listed(each["Resource"]) for each in uses)

    return unless(of_type(resources, ROLE_POLICY), is_narrow, "may use keys without a condition")


def iam_role_no_aws_managed_policy(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No right comes from a list that AWS may lengthen. Checkov: CKV_AWS_274 (administrators'), PCI 7.2.2."""
    attachments = of_type(resources, ATTACHMENT)
    return unless(attachments, lambda each: ":iam::aws:policy/" not in each.properties["policyArn"], "AWS's own policy")


def iam_no_inline_policy_check(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Rights are policies of their own. AWS Guard: the same; Config: iam-no-inline-policy-check."""
    return unless(of_type(resources, ROLE_POLICY), lambda _: False, "is an inline policy")


def _allowed(policy: Resource) -> list[dict[str, Any]]:
    return [statement for statement in policy.policy() if statement["Effect"] == "Allow"]


RULES = (
    iam_role_cross_service_confused_deputy_prevention,
    iam_inline_policy_no_wildcard_actions,
    iam_inline_policy_no_wildcard_resources,
    iam_inline_policy_allows_privilege_escalation,
    iam_inline_policy_no_full_access_to_kms,
    iam_role_no_aws_managed_policy,
    iam_no_inline_policy_check,
)
