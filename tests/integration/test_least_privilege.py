"""The function's rights, enforced: none is too many, none too few."""

from __future__ import annotations

import json
import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambda_src.ledger_item import insertion
from local.aws import Clients
from local.iam import OF_NO_RESOURCE, OTHER_NAMES
from local.observer import Observer, wait_until
from local.scaling import SETTINGS, scale_down
from local.settings import parse_source
from local.system import LocalSystem
from tests.infra.calls import CODE_ACTIONS, INTERFACE_ACTIONS
from tests.integration.conftest import endpoint, event, logged, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.sending import Answer, Event

ACCESS_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
"""How the services spell it."""


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalSystem]:
    """A system of its own, whose time runs faster: its role is changed under it."""
    source = parse_source("shop=stripe:whsec_rights")
    with LocalSystem([source], environment="rights", settings=SETTINGS) as system:
        scale_down(system, visibility_timeout_seconds=3)
        yield system


@pytest.fixture(scope="module")
def subscriber(guarded: LocalSystem) -> Iterator[Observer]:
    """What sees its events and its ledger."""
    with Observer(guarded) as observer:
        yield observer


@pytest.fixture(scope="module")
def policy(guarded: LocalSystem) -> dict[str, Any]:
    """The role's policy, as it is on the emulator."""
    name = guarded.outputs["function_name"]
    document: dict[str, Any] = guarded.clients.iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]  # type: ignore[assignment]  # decoded by boto3
    return document


@pytest.fixture
def without(guarded: LocalSystem, policy: dict[str, Any], subscriber: Observer) -> Iterator[Callable[[str], None]]:
    """Takes an action away from the role until the test's end, by when everything works again."""

    def take(action: str) -> None:
        _put(guarded, _less(policy, action))

    yield take
    _put(guarded, policy)
    assert wait_until(lambda: send(endpoint(guarded, "shop"), event("stripe")).status == 200)
    assert wait_until(lambda: subscriber.backlog()["queue_url"] == 0, seconds=30)


@pytest.mark.parametrize("action", ["ssm:GetParameter", "sqs:SendMessage"])
def test_without_a_right_of_the_ingress_nothing_is_acknowledged(
    action: str, guarded: LocalSystem, without: Callable[[str], None]
) -> None:
    """A secret that cannot be read, or a queue that cannot be written, is answered by 503: the provider tries again."""
    without(action)
    answer = _sent(guarded, event("stripe"))
    assert (answer.status, answer.body) == (503, '{"error":"unavailable"}')


@pytest.mark.parametrize(
    ("action", "recorded", "published", "reason"),
    [
        ("dynamodb:PutItem", 0, 0, "ledger_unavailable"),
        ("dynamodb:UpdateItem", 1, 0, "ledger_unavailable"),
        ("sns:Publish", 1, 0, "topic_unavailable"),
    ],
)
def test_without_a_right_of_the_processing_the_event_stays_in_the_queue(
    *,
    action: str,
    recorded: int,
    published: int,
    reason: str,
    guarded: LocalSystem,
    subscriber: Observer,
    without: Callable[[str], None],
) -> None:
    """What cannot be recorded or published fails, and is there when the right is back."""
    without(action)
    paid = event("stripe")
    before = len(_failures(guarded))
    assert _sent(guarded, paid).status == 200
    assert wait_until(lambda: reason in {each["reason"] for each in _failures(guarded)[before:]})
    assert len(subscriber.events(paid.payment_id)) == recorded
    assert len(subscriber.published_of(paid.payment_id)) == published


@pytest.mark.parametrize("granted", [True, False], ids=["granted", "taken away"])
def test_without_the_right_to_insert_together_events_are_recorded_one_by_one(
    *, granted: bool, guarded: LocalSystem, subscriber: Observer, without: Callable[[str], None]
) -> None:
    """A short cut that is closed costs a call and a line of the log, and no event."""
    if not granted:
        without("dynamodb:PartiQLInsert")
    before, calls = len(_told(guarded, "batch")), _insertions(guarded)
    both = [event("stripe"), event("stripe")]
    with _queue_waiting(guarded):
        assert [_sent(guarded, what).status for what in both] == [200, 200]
    published = {f'"outcome":"published","transaction_id":"stripe:{what.payment_id}"' for what in both}
    assert wait_until(lambda: all(told in logged(guarded) for told in published), seconds=30)
    assert [len(subscriber.events(what.payment_id)) for what in both] == [1, 1]
    assert wait_until(lambda: _insertions(guarded) == calls + 1)
    details = [line["detail"] for line in _told(guarded, "batch")[before:]]
    assert details == ([] if granted else ["batch_execute_statement: AccessDeniedException"])


def test_without_the_right_to_delay_a_message_the_failure_says_so(
    guarded: LocalSystem, policy: dict[str, Any], without: Callable[[str], None]
) -> None:
    """The pauses of the retry schedule are the function's own doing; without them a message waits its visibility."""
    without("sqs:ChangeMessageVisibility")
    _put(guarded, _less(_less(policy, "sqs:ChangeMessageVisibility"), "sns:Publish"))
    before = len(_failures(guarded))
    assert _sent(guarded, event("stripe")).status == 200
    assert wait_until(lambda: _failures(guarded)[before:])
    assert [each.get("retry_in_seconds") for each in _failures(guarded)[before:]] == [None]


def test_each_right_of_the_code_is_taken_away_above() -> None:
    """A right that no test misses is a right that may not be needed."""
    tested = {
        "ssm:GetParameter",
        "sqs:SendMessage",
        "dynamodb:PartiQLInsert",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sns:Publish",
        "sqs:ChangeMessageVisibility",
    }
    assert tested == CODE_ACTIONS


@pytest.fixture(scope="module")
def code(guarded: LocalSystem, policy: dict[str, Any]) -> Iterator[Clients]:
    """Clients with the rights of the function's code: another role with its policy, which a test may take."""
    iam, name = guarded.clients.iam, "as-the-function"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    session = guarded.clients.sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
    yield Clients(
        guarded.emulator.endpoint_url,
        access_key_id=session["AccessKeyId"],
        secret_access_key=session["SecretAccessKey"],
        session_token=session["SessionToken"],
    )
    iam.delete_role_policy(RoleName=name, PolicyName=name)
    iam.delete_role(RoleName=name)


def _forbidden(system: LocalSystem, aws: Clients) -> dict[str, Callable[[], object]]:
    """Return what the function's code must not do, each as a call that would have an effect."""
    outputs = system.outputs
    table, topic, group = outputs["table_name"], outputs["topic_arn"], outputs["log_group_name"]
    function, queue, dead = outputs["function_name"], outputs["queue_url"], outputs["dlq_url"]
    path, key = outputs["secrets_path"], outputs["kms_key_arn"]
    item: Any = {"transaction_id": {"S": "x"}, "record": {"S": "x"}}
    return {
        "read the table by scan": lambda: aws.dynamodb.scan(TableName=table),
        "read the table by key": lambda: aws.dynamodb.get_item(TableName=table, Key=item),
        "read the table by query": lambda: aws.dynamodb.query(
            TableName=table, KeyConditionExpression="transaction_id = :x", ExpressionAttributeValues={":x": {"S": "x"}}
        ),
        "delete from the table": lambda: aws.dynamodb.delete_item(TableName=table, Key=item),
        "delete the table": lambda: aws.dynamodb.delete_table(TableName=table),
        "write another table": lambda: aws.dynamodb.put_item(TableName="another", Item=item),
        "publish to another topic": lambda: aws.sns.publish(TopicArn=outputs["alarm_topic_arn"], Message="x"),
        "subscribe to the topic": lambda: aws.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="x"),
        "read another parameter": lambda: aws.ssm.get_parameter(Name=f"{path}/another/signing-secrets"),
        "read parameters by path": lambda: aws.ssm.get_parameters_by_path(Path=path),
        "write its parameter": lambda: aws.ssm.put_parameter(
            Name=f"{path}/shop/signing-secrets", Value="x", Type="SecureString", Overwrite=True
        ),
        "send to the dead-letter queue": lambda: aws.sqs.send_message(QueueUrl=dead, MessageBody="x"),
        "purge the queue": lambda: aws.sqs.purge_queue(QueueUrl=queue),
        "delete its logs": lambda: aws.logs.delete_log_group(logGroupName=group),
        "shorten its logs": lambda: aws.logs.put_retention_policy(logGroupName=group, retentionInDays=1),
        "read its logs": lambda: aws.logs.filter_log_events(logGroupName=group),
        "create a log group": lambda: aws.logs.create_log_group(logGroupName="/aws/lambda/another"),
        "delete the key": lambda: aws.kms.schedule_key_deletion(KeyId=key),
        "change the key's policy": lambda: aws.kms.put_key_policy(KeyId=key, Policy="{}"),
        "change its code": lambda: aws.functions.update_function_code(FunctionName=function, ZipFile=b""),
        "invoke itself": lambda: aws.functions.invoke(FunctionName=function),
        "change its rights": lambda: aws.iam.put_role_policy(RoleName=function, PolicyName="x", PolicyDocument="{}"),
        "place an interface": lambda: aws.ec2.create_network_interface(SubnetId="subnet-1"),
        "look at interfaces": aws.ec2.describe_network_interfaces,
    }


def test_what_the_code_needs_is_allowed_to_its_session(guarded: LocalSystem, code: Clients) -> None:
    """The session below is a working one: it may do what the function does."""
    outputs = guarded.outputs
    code.ssm.get_parameter(Name=f"{outputs['secrets_path']}/shop/signing-secrets", WithDecryption=True)
    code.sns.publish(TopicArn=outputs["topic_arn"], Message="{}")
    item: Any = {"transaction_id": {"S": "rights"}, "record": {"S": "rights"}}
    assert code.dynamodb.put_item(TableName=outputs["table_name"], Item=item)
    statement: Any = insertion(outputs["table_name"], item)
    (twice,) = code.dynamodb.batch_execute_statement(Statements=[statement])["Responses"]
    assert twice["Error"]["Code"] == "DuplicateItem"
    guarded.clients.dynamodb.delete_item(TableName=outputs["table_name"], Key=item)


def test_what_the_code_must_not_do_is_denied(guarded: LocalSystem, code: Clients) -> None:
    """Nothing beyond the calls that the function makes: not on its own resources, not on others."""
    answers = {what: _error_of(call) for what, call in _forbidden(guarded, code).items()}
    assert {what: error for what, error in answers.items() if error not in ACCESS_DENIED} == {}
    assert len(answers) == 24


def test_another_account_reaches_neither_queues_nor_topic(guarded: LocalSystem) -> None:
    """What is in the queue is taken for verified, so only this account's own principals may put anything there."""
    stranger = Clients(guarded.emulator.endpoint_url, access_key_id="111111111111")
    outputs = guarded.outputs
    calls = {
        "send to the queue": lambda: stranger.sqs.send_message(QueueUrl=outputs["queue_url"], MessageBody="{}"),
        "read the dead letters": lambda: stranger.sqs.receive_message(QueueUrl=outputs["dlq_url"]),
        "publish": lambda: stranger.sns.publish(TopicArn=outputs["topic_arn"], Message="{}"),
        "subscribe": lambda: stranger.sns.subscribe(TopicArn=outputs["topic_arn"], Protocol="sqs", Endpoint="x"),
    }
    answers = {what: _error_of(call) for what, call in calls.items()}
    assert {what: error for what, error in answers.items() if error not in ACCESS_DENIED} == {}


def test_interfaces_are_denied_even_though_the_role_may(policy: dict[str, Any]) -> None:
    """The role has these rights for Lambda's sake; a Deny keeps them from its code."""
    effects = {
        statement["Effect"]: set(statement["Action"])
        for statement in policy["Statement"]
        if set(statement["Action"]) & INTERFACE_ACTIONS
    }
    assert effects == {"Allow": INTERFACE_ACTIONS, "Deny": INTERFACE_ACTIONS}


def _error_of(call: Callable[[], object]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "it was done"


def _less(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """Return a policy without an action, and without the emulator's other name of it."""
    gone = {action, OTHER_NAMES.get(action), OF_NO_RESOURCE.get(action)}
    statements = [
        {**statement, "Action": [each for each in statement["Action"] if each not in gone]}
        for statement in policy["Statement"]
    ]
    return {**policy, "Statement": [statement for statement in statements if statement["Action"]]}


def _put(system: LocalSystem, policy: dict[str, Any]) -> None:
    """Give the role a policy, and let no worker live that has cached what it may no longer read."""
    name = system.outputs["function_name"]
    system.clients.iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(policy))
    for worker in system.emulator.workers():
        os.kill(worker, signal.SIGKILL)


@contextmanager
def _queue_waiting(system: LocalSystem) -> Iterator[None]:
    """Let what is sent meanwhile come to the function in one batch."""
    functions, name = system.clients.functions, system.outputs["function_name"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def _sent(system: LocalSystem, what: Event) -> Answer:
    """Send a webhook; a worker that was killed just now answers 502 once."""
    target = endpoint(system, "shop")
    answers: list[Answer] = []

    def is_answered() -> bool:
        answers.append(send(target, what))
        return answers[-1].status != 502

    assert wait_until(is_answered)
    return answers[-1]


def _insertions(system: LocalSystem) -> int:
    """Count the calls that inserted together, or tried to."""
    return [segment["name"] for segment in system.xray.segments].count("dynamodb.batch_execute_statement")


def _failures(system: LocalSystem) -> list[dict[str, Any]]:
    return _told(system, "failed")


def _told(system: LocalSystem, message: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged(system).splitlines() if f'"message":"{message}"' in line]
