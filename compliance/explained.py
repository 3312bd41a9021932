"""Failures of a scan that are explained: by an accepted exception, by the account around the stack, by the emulator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from policy.exceptions import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from compliance.scan import Finding


class Kind(StrEnum):
    """Why a failure says nothing against the stack."""

    EXCEPTION = "accepted exception"
    ACCOUNT = "the account's business"
    EMULATOR = "emulator"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a check fails on a resource of the stack.

    Attributes:
        check: Id of the check.
        kind: What explains it.
        reason: In a sentence.
        proof: What shows the same elsewhere; empty: nothing needs to.
    """

    check: str
    kind: Kind
    reason: str
    proof: str = ""


_OF_POLICY = tuple(
    Explanation(check=each.rule, kind=Kind.EXCEPTION, reason=f"{each.reason}; in its place: {each.instead}")
    for each in ACCEPTED
)
"""The policy pack's exceptions; its tests hold that each is needed."""

_OF_SCANS = (
    Explanation(
        check="awslambda_function_invoke_api_operations_cloudtrail_logging_enabled",
        kind=Kind.ACCOUNT,
        reason="trails are set up once for an account",
    ),
    Explanation(
        check="dynamodb_table_protected_by_backup_plan",
        kind=Kind.EXCEPTION,
        reason="a vault with recovery points cannot be destroyed; in its place: point-in-time recovery",
    ),
    Explanation(
        check="vpc_subnet_separate_private_public",
        kind=Kind.EXCEPTION,
        reason="there is no public subnet, since nothing leads in or out",
    ),
    Explanation(
        check="vpc_endpoint_for_ec2_enabled",
        kind=Kind.EXCEPTION,
        reason="the function does not call EC2; an endpoint would be a way out that nothing needs",
    ),
    Explanation(
        check="apigateway_restapi_public",
        kind=Kind.EXCEPTION,
        reason="providers call from the internet; in its place: the firewall and the signature check",
    ),
    Explanation(
        check="apigateway_restapi_public_with_authorizer",
        kind=Kind.EXCEPTION,
        reason="an authorizer never sees the body that a signature covers; in its place: the signature check",
    ),
    Explanation(
        check="apigateway_restapi_waf_acl_attached",
        kind=Kind.EMULATOR,
        reason="the emulator keeps the association, and does not show it with the stage, where prowler looks",
        proof="tests/infra/test_rest_api.py",
    ),
    Explanation(
        check="apigateway_restapi_client_certificate_enabled",
        kind=Kind.EXCEPTION,
        reason="the API invokes the function within AWS, where no certificate is shown",
    ),
    Explanation(
        check="cloudwatch_alarm_actions_enabled",
        kind=Kind.EMULATOR,
        reason="in the older protocol that prowler's library speaks, the emulator leaves out an alarm's actions",
        proof="tests/policy/test_rules.py",
    ),
    Explanation(
        check="cloudwatch_alarm_actions_alarm_state_configured",
        kind=Kind.EMULATOR,
        reason="in the older protocol that prowler's library speaks, the emulator leaves out an alarm's actions",
        proof="tests/policy/test_rules.py",
    ),
    Explanation(
        check="ec2_networkacl_unused",
        kind=Kind.EMULATOR,
        reason="the emulator forgets which subnet an ACL is moved to",
        proof="tests/infra/test_network.py",
    ),
    Explanation(
        check="ec2_securitygroup_not_used",
        kind=Kind.EMULATOR,
        reason="the emulator makes no network interfaces, by which prowler judges",
        proof="tests/infra/test_network.py",
    ),
    Explanation(
        check="wafv2_webacl_logging_enabled",
        kind=Kind.EMULATOR,
        reason="the emulator has no call to set a firewall's logging",
        proof="tests/infra/test_rest_api.py",
    ),
)
"""Of checks that the policy pack has no rule for, and of what the emulator cannot show."""

EXPLANATIONS = (*_OF_POLICY, *_OF_SCANS)
"""Every failure that a scan may show on the stack's resources. What is not here fails `make compliance`."""


def not_needed(findings: Iterable[Finding]) -> list[str]:
    """Return the checks that are explained and fail nowhere: such an explanation would hide a failure to come."""
    failed = {each.check for each in findings if each.status == "FAIL"}
    return [each.check for each in _OF_SCANS if each.check not in failed]


def explanation(finding: Finding) -> Explanation | None:
    """Return why a failure says nothing against the stack; None when nothing explains it."""
    return next((each for each in EXPLANATIONS if each.check == finding.check), None)
