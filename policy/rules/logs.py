"""Logs and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.resources import Resource, Violation, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"

AUDIT_DAYS = 365
"""What PCI DSS 10.5.1 asks for: twelve months."""


def cloudwatch_log_group_kms_encryption_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Logs are encrypted with the stack's key. Prowler: the same; checkov: CKV_AWS_158."""
    return unless(of_type(resources, LOG_GROUP), lambda each: each.properties.get("kmsKeyId"), "no key")


def cloudwatch_log_group_retention_policy_specific_days_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Logs are kept for a year. Prowler: the same; Security Hub: CloudWatch.16; checkov: CKV_AWS_338; PCI 10.5.1."""
    groups = of_type(resources, LOG_GROUP)
    return unless(groups, lambda each: (each.properties.get("retentionInDays") or 0) >= AUDIT_DAYS, "less than a year")


def cloudwatch_alarm_actions_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """No alarm is muted. Prowler: the same; Security Hub: CloudWatch.17; checkov: CKV_AWS_319."""
    return unless(of_type(resources, ALARM), lambda each: each.properties.get("actionsEnabled") is not False, "muted")


def cloudwatch_alarm_actions_alarm_state_configured(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Every alarm tells somebody. Prowler: the same; Security Hub: CloudWatch.15; PCI 10.4.1, 10.7.2."""
    return unless(of_type(resources, ALARM), lambda each: each.properties.get("alarmActions"), "tells nobody")


RULES = (
    cloudwatch_log_group_kms_encryption_enabled,
    cloudwatch_log_group_retention_policy_specific_days_enabled,
    cloudwatch_alarm_actions_enabled,
    cloudwatch_alarm_actions_alarm_state_configured,
)
