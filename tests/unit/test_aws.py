"""The door to AWS: its errors, its time budget, and what goes through it."""

from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest

from lambda_src.aws import CALL_BUDGET_SECONDS, Aws, AwsError
from tests.infra.calls import CODE_ACTIONS

SOURCES = sorted((Path(__file__).parents[2] / "lambda_src").rglob("*.py"))
ACTION_OF = {
    ("dynamodb", "batch_execute_statement"): "dynamodb:PartiQLInsert",
    ("sns", "publish_batch"): "sns:Publish",
}
"""AWS authorises a batch by what is in it."""


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS at a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("nobody")
def test_an_unreachable_service_is_waited_for_once_an_invocation() -> None:
    """After one unanswered call the service's other calls of the invocation fail at once; the next one tries again."""
    aws = Aws()
    secret = "4242424242424242"

    def failure() -> str:
        with pytest.raises(AwsError) as caught:
            aws("sqs", "send_message", QueueUrl="http://queue", MessageBody=secret)
        assert secret not in str(caught.value)
        return caught.value.code

    assert failure() == "Unreachable (EndpointConnectionError)"
    assert failure() == "Unreachable"
    aws.begin_invocation(lambda: 60)
    assert failure() == "Unreachable (EndpointConnectionError)"


@pytest.mark.usefixtures("nobody")
def test_no_call_is_begun_that_the_invocation_could_not_finish() -> None:
    """With less time left than a call may take, it is not made."""
    aws = Aws()
    aws.begin_invocation(lambda: CALL_BUDGET_SECONDS - 0.001)
    with pytest.raises(AwsError) as caught:
        aws("dynamodb", "put_item")
    assert caught.value.code == "OutOfTime"


def calls() -> set[tuple[str, str]]:
    """Every (service, operation) that the function's code names in a call through the door."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._call":
                service, operation = (ast.literal_eval(argument) for argument in node.args)
                found.add((service, operation))
    return found


def test_every_call_is_granted_and_every_grant_is_used() -> None:
    """What the code calls is, as IAM names it, exactly what the role grants to the code."""
    named = {
        ACTION_OF.get(call, f"{call[0]}:{''.join(word.title() for word in call[1].split('_'))}") for call in calls()
    }
    assert named == CODE_ACTIONS


def test_only_the_door_makes_clients() -> None:
    """No other module imports botocore, and none boto3: its import is dearer than all that is ours."""
    importers = [path.name for path in SOURCES if "import boto" in path.read_text() or "from boto" in path.read_text()]
    assert importers == ["aws.py", "aws_client.py"]
    assert not any("import boto3" in path.read_text() for path in SOURCES)
