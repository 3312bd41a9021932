"""Where data lies: table, key, parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.resources import Resource, Violation, is_for_everyone, of_type, unless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEY = "aws:kms/key:Key"
PARAMETER = "aws:ssm/parameter:Parameter"
TABLE = "aws:dynamodb/table:Table"


def dynamodb_tables_kms_cmk_encryption_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Tables are encrypted with the stack's key. Prowler: the same; checkov: CKV_AWS_119."""

    def is_encrypted(table: Resource) -> bool:
        encryption = table.properties.get("serverSideEncryption") or {}
        return bool(encryption.get("enabled") and encryption.get("kmsKeyArn"))

    return unless(of_type(resources, TABLE), is_encrypted, "not encrypted with a key of ours")


def dynamodb_tables_pitr_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Tables can be restored to any second. Prowler: the same; Security Hub: DynamoDB.2; checkov: CKV_AWS_28."""
    return unless(
        of_type(resources, TABLE),
        lambda each: (each.properties.get("pointInTimeRecovery") or {}).get("enabled"),
        "no point-in-time recovery",
    )


def dynamodb_table_autoscaling_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Capacity follows the load. Prowler: the same; Security Hub: DynamoDB.1; checkov: CKV2_AWS_16."""
    tables = of_type(resources, TABLE)
    return unless(tables, lambda each: each.properties.get("billingMode") == "PAY_PER_REQUEST", "fixed capacity")


def dynamodb_table_deletion_protection_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A table is not deleted by mistake. Prowler: the same; Security Hub: DynamoDB.6."""
    return unless(of_type(resources, TABLE), lambda each: each.properties.get("deletionProtectionEnabled"), "none")


def kms_cmk_rotation_enabled(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Keys are rotated. Prowler: the same; Security Hub: KMS.4; checkov: CKV_AWS_7."""
    return unless(of_type(resources, KEY), lambda each: each.properties.get("enableKeyRotation"), "not rotated")


def kms_key_not_publicly_accessible(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A key's policy names who may use it. Prowler: the same; Security Hub: KMS.5; checkov: CKV_AWS_33."""
    return unless(of_type(resources, KEY), lambda each: not any(map(is_for_everyone, each.policy())), "for everyone")


def kms_key_policy_is_explicit(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A key has a policy of its own, checked against locking everyone out. Checkov: CKV2_AWS_64."""
    return unless(
        of_type(resources, KEY),
        lambda each: each.policy() and not each.properties.get("bypassPolicyLockoutSafetyCheck"),
        "no policy, or one that is not checked",
    )


def kms_services_limited_to_this_account(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A service uses the key for this account's resources only (confused deputy). Security Hub: KMS.1."""

    def is_limited(key: Resource) -> bool:
        for_services = [each for each in key.policy() if "Service" in each["Principal"]]
        return all(each.get("Condition") for each in for_services)

    return unless(of_type(resources, KEY), is_limited, "a service may use it for anyone")


def kms_cmk_not_multi_region(resources: Sequence[Resource]) -> Iterator[Violation]:
    """A key stays in its region. Prowler: the same."""
    return unless(of_type(resources, KEY), lambda each: not each.properties.get("multiRegion"), "in several regions")


def ssm_parameter_encrypted_with_cmk(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Secrets are encrypted with the stack's key. Checkov: CKV_AWS_337, CKV2_AWS_34."""
    return unless(
        of_type(resources, PARAMETER),
        lambda each: each.properties["type"] == "SecureString" and each.properties.get("keyId"),
        "not encrypted with a key of ours",
    )


RULES = (
    dynamodb_tables_kms_cmk_encryption_enabled,
    dynamodb_tables_pitr_enabled,
    dynamodb_table_autoscaling_enabled,
    dynamodb_table_deletion_protection_enabled,
    kms_cmk_rotation_enabled,
    kms_key_not_publicly_accessible,
    kms_key_policy_is_explicit,
    kms_services_limited_to_this_account,
    kms_cmk_not_multi_region,
    ssm_parameter_encrypted_with_cmk,
)
