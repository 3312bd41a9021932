"""Requirements of PCI DSS v4.0.1 that this stack answers, each with what shows it.

Only what a check shows is claimed. What belongs to the account, the organisation or the payment page is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

RULES = "tests/policy/test_rules.py::test_the_program_keeps_every_rule_but_the_accepted"


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One requirement, or a few that one control answers.

    Attributes:
        numbers: Their numbers in PCI DSS v4.0.1.
        control: What the stack does.
        tests: Tests that show it; a file or a test in it, from the project's root.
        checks: Checks of prowler that must pass on this stack's resources.
        on_aws: Commands that show the rest, which only real AWS can.
    """

    numbers: str
    control: str
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    on_aws: tuple[str, ...] = ()


REQUIREMENTS = (
    Requirement(
        numbers="1.3.1, 1.3.2, 1.4.1, 1.4.2, 1.4.4",
        control="isolated subnets without gateway, NAT or route; security groups name no address; endpoint policies",
        tests=("tests/infra/test_network.py", RULES),
        checks=("awslambda_function_inside_vpc", "vpc_flow_logs_enabled", "vpc_subnet_no_public_ip_by_default"),
        on_aws=("aws ec2 describe-vpc-endpoints --filters Name=tag:environment,Values=prod",),
    ),
    Requirement(
        numbers="3.2.1, 3.3.1, 3.3.2, 3.3.3, 3.4.1, 3.5.1",
        control="no card number, track or verification code is stored, logged or published: masked before the queue",
        tests=(
            "tests/unit/test_masking.py",
            "tests/unit/test_card_data.py",
            "tests/integration/test_card_data.py",
        ),
        checks=("cloudwatch_log_group_no_secrets_in_logs",),
    ),
    Requirement(
        numbers="3.5.1.1, 3.5.1.2 (in addition: what is stored holds no card number)",
        control="one customer-managed key for table, topics, queues, parameters, logs and environment variables",
        tests=(RULES,),
        checks=(
            "dynamodb_tables_kms_cmk_encryption_enabled",
            "sns_topics_kms_encryption_at_rest_enabled",
            "sqs_queues_server_side_encryption_enabled",
            "cloudwatch_log_group_kms_encryption_enabled",
            "awslambda_function_env_vars_not_encrypted_with_cmk",
        ),
    ),
    Requirement(
        numbers="3.6.1.2, 3.6.1.3, 3.6.1.4, 3.7.1, 3.7.2",
        control="the key's policy names services under conditions; no role administers keys",
        tests=(
            "tests/infra/test_policies.py",
            "tests/integration/test_least_privilege.py",
        ),
        checks=("kms_key_not_publicly_accessible", "iam_inline_policy_no_full_access_to_kms"),
        on_aws=("send one signed webhook: accepted, recorded, published",),
    ),
    Requirement(
        numbers="3.7.4, 3.7.5",
        control="yearly rotation of the key; signing secrets are rotated with two live at once, without a restart",
        tests=(
            "tests/infra/test_program.py::test_the_key_is_rotated_yearly_and_deleted_in_seven_days",
            "tests/integration/test_secrets.py::test_a_secret_is_rotated_without_a_restart",
        ),
        checks=("kms_cmk_rotation_enabled",),
    ),
    Requirement(
        numbers="4.2.1",
        control="HTTPS only: the ingress speaks TLS 1.2 or later, queues and topics deny plain HTTP",
        tests=("tests/infra/test_policies.py", "tests/infra/test_rest_api.py", RULES),
        on_aws=("the plain HTTP command of the README's list is AccessDenied",),
    ),
    Requirement(
        numbers="6.2.3, 6.2.4",
        control="forged, replayed, malformed and oversize requests are refused by a typed error and change nothing",
        tests=("tests/unit/test_receive.py", "tests/integration/test_hostile.py", "tests/conformance/test_headers.py"),
    ),
    Requirement(
        numbers="6.3.2, 6.3.3",
        control="hash-checked packages, a bill of materials of the artifact, a maintained runtime",
        tests=("tests/unit/test_artifact.py",),
        checks=("awslambda_function_using_supported_runtimes", "awslambda_function_using_cross_account_layers"),
    ),
    Requirement(
        numbers="6.4.1, 6.4.2",
        control="with `ingress: rest-api`, a web application firewall in front, logged, tuned to real webhooks",
        tests=("tests/infra/test_rest_api.py", "tests/integration/test_rest_api.py"),
        checks=("wafv2_webacl_with_rules", "wafv2_webacl_rule_logging_enabled"),
        on_aws=('aws logs tail "aws-waf-logs-$(pulumi stack output function_name)"',),
    ),
    Requirement(
        numbers="6.5.3, 6.5.5, 6.5.6",
        control="environments share no name, key or role; test data holds published test numbers only",
        tests=(
            "tests/infra/test_safety.py::test_two_environments_share_no_name",
            "tests/conformance/test_mapping.py::test_samples_hold_nothing_like_a_card_number",
        ),
    ),
    Requirement(
        numbers="7.2.1, 7.2.2, 7.2.5, 7.3.1, 7.3.2, 7.3.3",
        control="the role may do what the code calls, on its own resources; everything else is denied",
        tests=("tests/infra/test_policies.py", "tests/integration/test_least_privilege.py"),
        checks=(
            "iam_inline_policy_no_administrative_privileges",
            "iam_inline_policy_allows_privilege_escalation",
            "iam_role_cross_service_confused_deputy_prevention",
        ),
    ),
    Requirement(
        numbers="8.3.2, 8.6.1, 8.6.2, 8.6.3",
        control="signing secrets lie in encrypted parameters only; none is in code, variables, state or logs",
        tests=("tests/infra/test_safety.py", "tests/integration/test_secrets.py"),
        checks=("awslambda_function_no_secrets_in_variables", "awslambda_function_no_secrets_in_code"),
        on_aws=("pulumi stack export | grep -c whsec_   # 0",),
    ),
    Requirement(
        numbers="10.2.1, 10.2.2",
        control="a line for each request: time, source, provider, event, outcome and reason, request id",
        tests=("tests/unit/test_log.py", "tests/unit/test_telemetry.py"),
        checks=("vpc_flow_logs_enabled", "apigateway_restapi_logging_enabled"),
    ),
    Requirement(
        numbers="10.3.1, 10.3.2, 10.3.3, 10.3.4",
        control="encrypted logs that the function can neither read, shorten nor delete",
        tests=("tests/integration/test_least_privilege.py::test_what_the_code_must_not_do_is_denied",),
        checks=("cloudwatch_log_group_kms_encryption_enabled", "cloudwatch_log_group_not_publicly_accessible"),
    ),
    Requirement(
        numbers="10.4.1.1, 10.7.2, 12.10.5",
        control="alarms on refusals, failures, dead letters, silence; each tells what to do first",
        tests=("tests/infra/test_observability.py", "tests/unit/test_alarm_metrics.py", RULES),
        on_aws=("aws cloudwatch set-alarm-state --alarm-name NAME --state-value ALARM --state-reason test",),
    ),
    Requirement(
        numbers="10.5.1",
        control="logs are kept for a year with `logRetentionDays: 365` (the default, 30, does not meet this)",
        tests=("tests/policy/test_rules.py::test_the_setting_that_is_said_to_end_an_exception_ends_it",),
        checks=("cloudwatch_log_group_retention_policy_specific_days_enabled",),
    ),
    Requirement(
        numbers="10.6.1",
        control="AWS's clocks; a request outside of its window is refused on both sides",
        tests=("tests/unit/test_receive.py::test_replay_window_is_closed_both_ways",),
    ),
    Requirement(
        numbers="11.5.2",
        control="the artifact is reproducible, so that what runs can be compared with what was reviewed",
        tests=("tests/unit/test_artifact.py::test_two_builds_in_different_places_are_the_same_to_the_byte",),
        on_aws=("pulumi preview --refresh --expect-no-changes   # on a schedule",),
    ),
    Requirement(
        numbers="12.5.1",
        control="the inventory of components is the program, and nothing exists beside it",
        tests=(
            "tests/infra/test_program.py::test_the_declared_resources_are_these_and_no_others",
            "tests/integration/test_destroy.py",
        ),
    ),
)
