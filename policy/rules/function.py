"""Lambda functions and who may invoke them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policy.resources import Resource, Violation, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FUNCTION = "aws:lambda/function:Function"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
PERMISSION = "aws:lambda/permission:Permission"

SUPPORTED_RUNTIMES = ("python3.12", "python3.13", "python3.14")
"""Runtimes that AWS maintains until 2028 or later.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""

SECRET = re.compile(r"whsec_|sk_live|-----BEGIN|AKIA[0-9A-Z]{16}|(?i:password|secret_?key|api_?key|token)")
"""What a secret, or the name of a variable that holds one, looks like."""


def awslambda_function_inside_vpc(resources: Sequence[Resource]) -> Iterator[Violation]:
    """The function runs in a VPC. Prowler: the same; Security Hub: Lambda.3; checkov: CKV_AWS_117."""
    return unless(
        of_type(resources, FUNCTION), lambda each: (each.properties.get("vpcConfig") or {}).get("subnetIds"), "no VPC"
    )


def awslambda_function_vpc_multi_az(resources: Sequence[Resource]) -> Iterator[Violation]:
    """The function survives a zone. Prowler: the same; Security Hub: Lambda.5."""
    in_network = [each for each in of_type(resources, FUNCTION) if each.properties.get("vpcConfig")]
    return unless(in_network, lambda each: len(each.properties["vpcConfig"]["subnetIds"]) > 1, "in one zone only")


def awslambda_function_url_public(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No address of the function is open to everyone. Prowler: the same; checkov: CKV_AWS_258."""
    urls = of_type(resources, FUNCTION_URL)
    return unless(urls, lambda each: each.properties["authorizationType"] == "AWS_IAM", "anyone may call it")


def awslambda_function_not_publicly_accessible(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No permission lets everyone invoke. Prowler: the same; Security Hub: Lambda.1; checkov: CKV_AWS_301."""
    # For NONE the provider itself adds two statements for everyone.
    yield from unless(
        of_type(resources, FUNCTION_URL),
        lambda each: each.properties["authorizationType"] != "NONE",
        "its function has statements for everyone",
    )
    yield from unless(of_type(resources, PERMISSION), lambda each: each.properties["principal"] != "*", "for everyone")


def awslambda_function_url_cors_policy(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No web page may call the function. Prowler: the same; checkov: CKV2_AWS_75."""
    return unless(of_type(resources, FUNCTION_URL), lambda each: not each.properties.get("cors"), "has CORS rules")


def awslambda_permission_restricted_to_source(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A service invokes for one resource of this account. Checkov: CKV_AWS_364."""
    return unless(
        of_type(resources, PERMISSION),
        lambda each: each.properties.get("sourceArn") and each.properties.get("sourceAccount"),
        "names no source ARN and account",
    )


def awslambda_function_env_vars_not_encrypted_with_cmk(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Environment variables are encrypted with the stack's key. Prowler: the same; checkov: CKV_AWS_173."""
    return unless(of_type(resources, FUNCTION), lambda each: each.properties.get("kmsKeyArn"), "no key")


def awslambda_function_no_secrets_in_variables(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Environment variables hold names, never secrets. Prowler: the same; checkov: CKV_AWS_45."""

    def is_clean(function: Resource) -> bool:
        variables = (function.properties.get("environment") or {}).get("variables", {})
        return not any(SECRET.search(name) or SECRET.search(str(value)) for name, value in variables.items())

    return unless(of_type(resources, FUNCTION), is_clean, "a variable looks like a secret")


def awslambda_function_using_supported_runtimes(resources: Sequence[Resource]) -> Iterator[Violation]:
    """The runtime gets security fixes. Prowler: the same; Security Hub: Lambda.2; checkov: CKV_AWS_363."""
    functions = of_type(resources, FUNCTION)
    return unless(functions, lambda each: each.properties["runtime"] in SUPPORTED_RUNTIMES, "unsupported runtime")


def awslambda_function_using_cross_account_layers(resources: Sequence[Resource]) -> Iterator[Violation]:
    """All code is in the artifact. Prowler: the same."""
    return unless(of_type(resources, FUNCTION), lambda each: not each.properties.get("layers"), "has layers")


def awslambda_function_tracing_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """X-Ray is active. Security Hub: Lambda.7; checkov: CKV_AWS_50."""
    return unless(
        of_type(resources, FUNCTION),
        lambda each: (each.properties.get("tracingConfig") or {}).get("mode") == "Active",
        "not traced",
    )


def awslambda_function_concurrency_limited(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A flood of requests has a ceiling. Checkov: CKV_AWS_115; cfn-nag: W92."""
    functions = of_type(resources, FUNCTION)
    return unless(functions, lambda each: each.properties.get("reservedConcurrentExecutions"), "no ceiling")


def awslambda_function_no_dead_letter_queue(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Asynchronous invocations that fail are kept. Prowler: the same; checkov: CKV_AWS_116."""
    return unless(of_type(resources, FUNCTION), lambda each: each.properties.get("deadLetterConfig"), "none")


def awslambda_function_code_signing(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Only signed code is deployed. Checkov: CKV_AWS_272."""
    return unless(of_type(resources, FUNCTION), lambda each: each.properties.get("codeSigningConfigArn"), "not signed")


RULES = (
    awslambda_function_inside_vpc,
    awslambda_function_vpc_multi_az,
    awslambda_function_url_public,
    awslambda_function_not_publicly_accessible,
    awslambda_function_url_cors_policy,
    awslambda_permission_restricted_to_source,
    awslambda_function_env_vars_not_encrypted_with_cmk,
    awslambda_function_no_secrets_in_variables,
    awslambda_function_using_supported_runtimes,
    awslambda_function_using_cross_account_layers,
    awslambda_function_tracing_enabled,
    awslambda_function_concurrency_limited,
    awslambda_function_no_dead_letter_queue,
    awslambda_function_code_signing,
)
