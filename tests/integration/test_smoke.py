"""The system runs: webhooks in, ledger and events out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from lambda_src.providers import PROVIDERS
from local.aws import Clients
from local.demo import run, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from local.observer import Observer
    from local.system import LocalSystem


@pytest.mark.parametrize("provider", PROVIDERS)
def test_demonstration_holds(system: LocalSystem, observer: Observer, provider: str) -> None:
    """Good, duplicate, forged, tampered, stale, late and multi-event webhooks each do what they must and no more."""
    outcomes = [run(step, observer) for step in steps(system) if step.endpoint.source.provider == provider]
    problems = {outcome.step.what: outcome.problems for outcome in outcomes if outcome.problems}
    assert problems == {}
    assert {"the same again", "forged: another secret"} <= {outcome.step.what for outcome in outcomes}


def test_everything_that_can_be_tagged_is(system: LocalSystem) -> None:
    """The provider's default tags reach the resources."""
    tags = system.clients.sqs.list_queue_tags(QueueUrl=system.outputs["queue_url"])["Tags"]
    assert tags == {
        "project": "webhook-processor",
        "environment": "test",
        "owner": "local",
        "data-classification": "confidential",
    }


@pytest.fixture
def function_clients(system: LocalSystem) -> Iterator[Clients]:
    """Clients with the rights of the function: of a role under the same policy that the operator may take."""
    iam, name = system.clients.iam, system.outputs["function_name"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    policy = json.dumps(iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"])
    role = iam.create_role(RoleName="probe", AssumeRolePolicyDocument=document)["Role"]
    iam.put_role_policy(RoleName="probe", PolicyName=name, PolicyDocument=policy)
    session = system.clients.sts.assume_role(RoleArn=role["Arn"], RoleSessionName="probe")["Credentials"]
    yield Clients(
        system.emulator.endpoint_url,
        access_key_id=session["AccessKeyId"],
        secret_access_key=session["SecretAccessKey"],
        session_token=session["SessionToken"],
    )
    iam.delete_role_policy(RoleName="probe", PolicyName=name)
    iam.delete_role(RoleName="probe")


def test_iam_is_enforced_for_the_functions_role(system: LocalSystem, function_clients: Clients) -> None:
    """With the role's rights, what the program did not grant is denied, and what it did is not."""
    table = system.outputs["table_name"]
    key: dict[str, AttributeValueTypeDef] = {"transaction_id": {"S": "test:iam"}, "record": {"S": "state"}}
    function_clients.dynamodb.put_item(TableName=table, Item=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        function_clients.dynamodb.delete_item(TableName=table, Key=key)
    system.clients.dynamodb.delete_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        function_clients.dynamodb.scan(TableName=table)
    with pytest.raises(ClientError, match="AccessDenied"):
        function_clients.ssm.get_parameter(Name="/elsewhere")


def test_tls_only_policies_are_in_force(system: LocalSystem) -> None:
    """A request that says it came without TLS is denied by the queue's own policy, even to the operator."""
    sqs = Clients(system.emulator.endpoint_url).sqs
    sqs.meta.events.register("before-send.sqs", _without_tls)
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.get_queue_attributes(QueueUrl=system.outputs["queue_url"])


def _without_tls(request: AWSPreparedRequest, **_: object) -> None:
    request.headers["x-forwarded-proto"] = "http"
