"""What the program keeps: secrets to itself, data when asked to, and environments apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.program import KEY_ARN, SECRET_SIGNATURE, Deployment, deploy

DATA = {
    "aws:kms/key:Key",
    "aws:dynamodb/table:Table",
    "aws:sqs/queue:Queue",
    "aws:sns/topic:Topic",
}
"""Types of the resources whose deletion loses something that a deployment cannot bring back."""

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
"""Its name is unique within its VPC only, and a VPC is replaced with all that is in it."""

STRIPE_SECRETS = ["whsec_" + "n" * 32, "whsec_" + "o" * 32]


def test_a_source_without_secrets_gets_a_placeholder_that_stays_as_operators_fill_it(deployment: Deployment) -> None:
    """The program writes no secrets over those that were put into the parameter by hand."""
    parameter = deployment.one("aws:ssm/parameter:Parameter", "signing-secrets-stripe")
    inputs = dict(parameter.inputs)
    assert inputs.pop("value")["value"] == "[]"
    assert inputs == {
        "name": "/webhook-processor/dev/sources/stripe/signing-secrets",
        "description": "Signing secrets of stripe: a JSON array, newest first",
        "type": "SecureString",
        "tier": "Standard",
        "keyId": KEY_ARN,
    }
    assert parameter.ignore_changes == ["value"]


def test_configured_secrets_reach_their_parameter_and_nothing_else_in_the_open() -> None:
    """A secret is wrapped wherever it goes, so that Pulumi encrypts it and never prints it."""
    deployment = deploy({"signingSecrets": {"shop": STRIPE_SECRETS}})
    parameter = deployment.one("aws:ssm/parameter:Parameter")
    wrapped = parameter.inputs["value"]
    assert SECRET_SIGNATURE in wrapped
    assert json.loads(wrapped["value"]) == STRIPE_SECRETS
    assert parameter.ignore_changes == []
    everything = [each.inputs for each in deployment.resources]
    in_the_open = repr([_without_secrets(each) for each in [*everything, deployment.component_outputs]])
    assert [secret for secret in STRIPE_SECRETS if secret in in_the_open] == []
    assert not any(secret in repr(deployment.exports) for secret in STRIPE_SECRETS)


def test_nothing_is_protected_or_kept_by_default(deployment: Deployment) -> None:
    """`pulumi destroy` removes all of it."""
    assert [each.urn for each in deployment.resources if each.protect or each.retain_on_delete] == []
    kept = {"skipDestroy", "deletionProtectionEnabled", "bypassPolicyLockoutSafetyCheck"}
    assert [each.urn for each in deployment.of_aws if any(each.inputs.get(key) for key in kept)] == []


def test_protect_guards_exactly_what_holds_data() -> None:
    """With `protect`, the key, the ledger, the queues and the topic cannot be deleted by mistake."""
    deployment = deploy({"protect": True})
    assert {each.type for each in deployment.resources if each.protect} == DATA
    assert [each.protect for each in deployment.all("aws:sqs/queue:Queue")] == [True, True]
    assert deployment.one("aws:dynamodb/table:Table").inputs["deletionProtectionEnabled"] is True


def test_what_has_a_fixed_name_is_deleted_before_it_is_replaced(deployment: Deployment) -> None:
    """Two resources cannot bear one name, so the new one must wait for the old one to go."""
    named = [each for each in deployment.of_aws if "name" in each.inputs and each.type != SECURITY_GROUP]
    assert len([each for each in named if each.type != "aws:cloudwatch/metricAlarm:MetricAlarm"]) == 17
    assert [each.urn for each in named if not each.delete_before_replace] == []


DEPLOYED_ARN = "arn:aws:dynamodb:eu-central-1:123456789012:table/payment-transactions-blue"


def test_another_region_than_the_deployed_one_changes_nothing() -> None:
    """The ledger stays where it is, so a stack that is moved would begin with an empty one."""
    seen = Deployment()
    elsewhere = DEPLOYED_ARN.replace("eu-central-1", "ap-south-2")
    with pytest.raises(Exception, match="this stack's table is in ap-south-2; another region"):
        deploy({"environmentSuffix": "blue"}, deployed={"table_arn": elsewhere}, into=seen)
    assert seen.of_aws == []


def test_another_suffix_than_the_deployed_one_changes_nothing() -> None:
    """A mistyped suffix would delete the ledger and make an empty one, so no resource is even registered."""
    seen = Deployment()
    with pytest.raises(Exception, match="this stack's table is payment-transactions-blue; another environmentSuffix"):
        deploy({"environmentSuffix": "bleu"}, deployed={"table_arn": DEPLOYED_ARN}, into=seen)
    assert seen.of_aws == []


def test_the_suffix_that_was_deployed_is_taken() -> None:
    """A stack that stays what it is deploys as ever."""
    deployment = deploy({"environmentSuffix": "blue"}, deployed={"table_arn": DEPLOYED_ARN})
    assert deployment.one("aws:dynamodb/table:Table").inputs["name"] == "payment-transactions-blue"


def test_two_environments_share_no_name() -> None:
    """Two suffixes live side by side in one account and region."""

    def names(suffix: str) -> set[str]:
        deployment = deploy({"environmentSuffix": suffix})
        return {each.inputs["name"] for each in deployment.of_aws if "name" in each.inputs}

    one, other = names("blue"), names("green")
    begin_so = {name for name in one if name.startswith("webhook-processor-blue-")}
    # Five alarms of the function and its queues, five of the one source, and two security groups begin so.
    assert len(begin_so) == 12
    # Function, its role and the role's policy share a name, as do the flow logs' role and its policy.
    assert len(one - begin_so) == 11
    assert one & other == set()


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 - any input of any resource
    if isinstance(value, dict):
        if SECRET_SIGNATURE in value:
            return "wrapped"
        return {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value
