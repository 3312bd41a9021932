"""Rules that this stack breaks on purpose: why, what stands in their place, and what would end it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policy.resources import Resource, Rule, Violation


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One exception.

    Attributes:
        rule: The rule's id.
        resources: Regular expression of the logical names that may break it.
        reason: Why it is broken.
        instead: What stands in its place.
        removed_by: Settings that end the exception; none: nothing does.
    """

    rule: str
    resources: str
    reason: str
    instead: str
    removed_by: Mapping[str, Any] = field(default_factory=dict)


ACCEPTED = (
    Accepted(
        rule="awslambda_function_url_public",
        resources="ingress",
        reason="providers cannot sign AWS requests",
        instead="the signature over each request's bytes, checked before anything else is read",
        removed_by={"ingress": "rest-api"},
    ),
    Accepted(
        rule="awslambda_function_not_publicly_accessible",
        resources="ingress",
        reason="a public Function URL needs two statements for everyone",
        instead="the signature over each request's bytes; only calls through the URL are let in",
        removed_by={"ingress": "rest-api"},
    ),
    Accepted(
        rule="apigateway_restapi_authorizers_enabled",
        resources="ingress",
        reason="an authorizer never sees the body that a signature covers",
        instead="the function's signature check, behind the firewall",
        removed_by={"ingress": "function-url"},
    ),
    Accepted(
        rule="iam_role_no_aws_managed_policy",
        resources="ingress-logs",
        reason="API Gateway refuses a role with fewer rights than AWS's own list",
        instead="only API Gateway of this account takes the role",
        removed_by={"apiGatewayAccount": "external"},
    ),
    Accepted(
        rule="cloudwatch_log_group_retention_policy_specific_days_enabled",
        resources=".*",
        reason="the default is for operations; the ledger is the record",
        instead="the ledger, kept for ever by default, with point-in-time recovery",
        removed_by={"logRetentionDays": 365},
    ),
    Accepted(
        rule="dynamodb_table_deletion_protection_enabled",
        resources="ledger",
        reason="a stack to try things in must be destroyable",
        instead="point-in-time recovery, and AWS's backup for 35 days after a deletion",
        removed_by={"protect": True},
    ),
    Accepted(
        rule="awslambda_function_vpc_multi_az",
        resources="processor",
        reason="one zone is enough where an outage costs nothing",
        instead="providers send again what was not acknowledged",
        removed_by={"availabilityZones": 2},
    ),
    Accepted(
        rule="awslambda_function_inside_vpc",
        resources="processor",
        reason="somebody chose `network: none`, for its cost",
        instead="the function's code calls nothing but AWS",
        removed_by={"network": "isolated"},
    ),
    Accepted(
        rule="ec2_networkacl_allow_ingress_tcp_port_3389",
        resources="network",
        reason="answers of DynamoDB's endpoint come from public addresses to any high port; an ACL remembers nothing",
        instead="security groups that let nothing in, and no route that leads out",
        removed_by={"network": "none"},
    ),
    Accepted(
        rule="awslambda_function_concurrency_limited",
        resources="processor",
        reason="a new account has ten concurrent runs, of which none can be reserved",
        instead="the account's own ceiling",
        removed_by={"reservedConcurrency": 100},
    ),
    Accepted(
        rule="awslambda_function_no_dead_letter_queue",
        resources="processor",
        reason="it is for asynchronous invocations, of which there are none",
        instead="the ingest queue's own dead-letter queue",
    ),
    Accepted(
        rule="awslambda_function_code_signing",
        resources="processor",
        reason="it takes a signing profile and a bucket that this stack does not have",
        instead="a reproducible artifact of hash-checked packages, whose hash the deployment shows",
    ),
    Accepted(
        rule="iam_no_inline_policy_check",
        resources="processor|network-flow-logs",
        reason="each policy belongs to one role and goes with it, and needs the larger limit",
        instead="exact statements, held by tests",
    ),
)
"""All of them. docs/audit.md shows the same to an auditor."""


def judge(
    rules: Iterable[Rule], resources: Sequence[Resource], accepted: Iterable[Accepted] = ACCEPTED
) -> tuple[dict[str, list[Violation]], dict[str, list[Violation]]]:
    """Apply rules to a stack.

    Returns:
        By rule, what breaks it without an exception, and what breaks it with one.
    """
    open_, excepted = {}, {}
    for rule in rules:
        names = [each.resources for each in accepted if each.rule == rule.__name__]
        broken = list(rule(resources))
        covered = [each for each in broken if any(re.fullmatch(pattern, each.resource[1]) for pattern in names)]
        if left := [each for each in broken if each not in covered]:
            open_[rule.__name__] = left
        if covered:
            excepted[rule.__name__] = covered
    return open_, excepted
