"""Clients on a part of botocore's data: they send what clients on all of it send, and read no more than that part."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.handlers
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import DataNotFoundError
from botocore.loaders import JSONFileLoader, Loader

from lambda_src import aws_client
from local.aws_data import DATA, OPERATIONS, files
from tests.unit.test_aws import calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest

CALLS: dict[tuple[str, str], dict[str, Any]] = {
    ("dynamodb", "put_item"): {
        "TableName": "t",
        "Item": {"a": {"S": "é"}, "n": {"N": "1"}, "b": {"B": b"\x00\xff"}, "y": {"BOOL": True}},
        "ConditionExpression": "attribute_not_exists(a)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    },
    ("dynamodb", "update_item"): {
        "TableName": "t",
        "Key": {"a": {"S": "k"}},
        "UpdateExpression": "SET #s = :s",
        "ConditionExpression": "#s < :s",
        "ExpressionAttributeNames": {"#s": "s"},
        "ExpressionAttributeValues": {":s": {"N": "2"}},
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    },
    ("dynamodb", "batch_execute_statement"): {
        "Statements": [
            {"Statement": "INSERT INTO \"t\" VALUE {'a': ?, 'b': ?}", "Parameters": [{"S": "é"}, {"B": b"x"}]}
        ]
    },
    ("sns", "publish_batch"): {
        "TopicArn": "arn:aws:sns:us-east-1:123456789012:t",
        "PublishBatchRequestEntries": [
            {
                "Id": "0",
                "Message": '{"a":"é&="}',
                "MessageAttributes": {"status": {"DataType": "String", "StringValue": "captured"}},
            }
        ],
    },
    ("sqs", "send_message"): {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "é"},
    ("sqs", "change_message_visibility"): {
        "QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q",
        "ReceiptHandle": "h",
        "VisibilityTimeout": 0,
    },
    ("ssm", "get_parameter"): {"Name": "/a/b", "WithDecryption": True},
}

PLACES = [
    {"AWS_DEFAULT_REGION": "us-east-1"},
    {"AWS_DEFAULT_REGION": "eu-central-2"},
    {"AWS_DEFAULT_REGION": "cn-north-1"},
    {"AWS_DEFAULT_REGION": "us-gov-west-1"},
    {"AWS_DEFAULT_REGION": "eu-nowhere-9"},  # a region that is newer than the data
    {"AWS_DEFAULT_REGION": "us-west-2", "AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_DEFAULT_REGION": "us-east-2", "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
    {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL_SNS": "http://127.0.0.1:2/sns"},
]

VARYING = {"User-Agent", "X-Amz-Date", "amz-sdk-invocation-id"}
"""Headers that say who sends and when."""


class _Body:
    def stream(self, **_: object) -> list[bytes]:
        return [b"{}"]


@pytest.fixture(autouse=True)
def _own_session() -> Iterator[None]:
    """No other test's session is used here, nor this one's elsewhere."""
    aws_client.session.cache_clear()
    yield
    aws_client.session.cache_clear()


def sent(client: Any, operation: str, parameters: dict[str, Any]) -> tuple[str, str, dict[str, str], bytes]:  # noqa: ANN401 - botocore's clients have no type of their own
    """Make a call that does not leave; return method, URL, headers and body, of the signature its scope."""
    caught: list[Any] = []

    def catch(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        caught.append(request)
        return AWSResponse(request.url, 200, {}, _Body())  # type: ignore[arg-type]  # botocore asks no more of it

    client.meta.events.register_first("before-send", catch)
    try:
        getattr(client, operation)(**parameters)
    except botocore.parsers.ResponseParserError:
        assert operation == "publish_batch"  # its answers are XML
    (request,) = caught
    headers = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name not in VARYING
    }
    headers["Authorization"] = re.sub(r"/\d{8}/|Signature=\w+", "/", headers["Authorization"])
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return request.method, request.url, headers, body


def test_the_data_is_the_pinned_botocores() -> None:
    """What lies in the package is what the generator makes: after a new pin, `python -m local.aws_data`."""
    lying = {path.relative_to(DATA).as_posix(): path.read_text() for path in DATA.rglob("*") if path.is_file()}
    assert lying == files()


def test_the_data_has_the_operations_that_are_called_and_no_other() -> None:
    """A new call needs its operation in the data; one that is gone leaves nothing behind."""
    named = {
        (service, re.sub("(?!^)([A-Z])", r"_\1", name).lower())
        for service in OPERATIONS
        for name in OPERATIONS[service]
    }
    assert named == calls() == set(CALLS)
    for service, operations in OPERATIONS.items():
        (model,) = (DATA / service).glob("*/service-2.json")
        assert set(json.loads(model.read_text())["operations"]) == set(operations)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ",".join(place.values()))
def test_requests_are_those_of_a_client_on_all_data(place: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In every partition, with FIPS, dual stack and endpoints from the environment, the request is the same."""
    for name, value in place.items():
        monkeypatch.setenv(name, value)
    whole = botocore.session.get_session()
    for (service, operation), parameters in CALLS.items():
        ours = sent(aws_client.make(service), operation, parameters)
        theirs = sent(whole.create_client(service, config=aws_client.CONFIG), operation, parameters)
        assert ours == theirs


def test_no_model_of_botocores_own_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clients' making reads the data of this package, of botocore's own only the endpoints' rules and defaults."""
    read: list[str] = []
    load = JSONFileLoader.load_file

    def noted(self: JSONFileLoader, file_path: str) -> Any:  # noqa: ANN401 - JSON
        found = load(self, file_path)
        if found is not None:
            read.append(file_path)
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", noted)
    for service in OPERATIONS:
        aws_client.make(service)
    own = {Path(name).relative_to(DATA).as_posix() for name in read if Path(name).is_relative_to(DATA)}
    others = {
        Path(name).relative_to(Loader.BUILTIN_DATA_PATH).name for name in read if not Path(name).is_relative_to(DATA)
    }
    assert own == {"endpoints", *(name.removesuffix(".json") for name in files() if name.endswith("service-2.json"))}
    assert others == {"endpoint-rule-set-1", "partitions", "sdk-default-configuration"}


def test_the_user_agent_is_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests name botocore's version and us, by a text that is not put together again for every one of them."""
    monkeypatch.setattr(sys.modules[__name__], "VARYING", set())
    _, _, headers, _ = sent(aws_client.make("ssm"), "get_parameter", {"Name": "a"})
    assert headers["User-Agent"] == f"Botocore/{botocore.__version__} webhook-processor"


def test_a_form_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """SNS's form is not written again for the signature and for each try."""
    monkeypatch.setattr("botocore.awsrequest.urlencode", None)
    client = aws_client.make("sns")
    assert sent(client, "publish_batch", CALLS["sns", "publish_batch"])[3].startswith(
        b"Action=PublishBatch&Version=2010-03-31&TopicArn=arn%3Aaws"
    )


def test_a_body_that_is_no_form_is_sent_as_it_is() -> None:
    """A botocore that hands on another protocol's bytes publishes all the same."""
    request: dict[str, Any] = {"body": b"{}"}
    aws_client._write_form_once(request)
    assert request == {"body": b"{}"}


def test_handlers_of_other_services_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registered are those for every service, ours and those that name none; not a hundred others, nor of documents."""
    called: list[str] = []
    events = {
        "before-call": True,
        "before-call.sns": True,
        "before-call.sns.PublishBatch": True,
        "before-call.*.PublishBatch": True,
        "before-call.s3": False,
        "before-call.s3.PutObject": False,
        "docs.*.sns.*.complete-section": False,
        "docs": False,
    }

    def handler(name: str) -> Callable[..., None]:
        return lambda **_: called.append(name)

    monkeypatch.setattr("botocore.handlers.BUILTIN_HANDLERS", [(name, handler(name)) for name in events])
    emitter = aws_client.session().get_component("event_emitter")
    for event in ("before-call.sns.PublishBatch", "before-call.s3.PutObject", "docs.a.sns.b.complete-section"):
        emitter.emit(event, params={"body": b""})
    assert set(called) == {name for name, is_kept in events.items() if is_kept}


@pytest.mark.parametrize("service", OPERATIONS)
def test_every_handler_of_our_events_is_registered(service: str) -> None:
    """Of the pinned botocore's handlers none is missed that any event of a client of ours would call."""
    ours, whole = aws_client.session(), botocore.session.get_session()
    kinds = {spec[0].partition(".")[0] for spec in botocore.handlers.BUILTIN_HANDLERS} - {"docs"}
    for kind in kinds:
        for operation in OPERATIONS[service]:
            event = f"{kind}.{service}.{operation}"
            kept = _handlers(ours, event)
            assert [each for each in kept if each is not aws_client._write_form_once] == _handlers(whole, event)


def _handlers(session: botocore.session.Session, event: str) -> list[object]:
    """What an event calls, in its order."""
    return list(session.get_component("event_emitter")._emitter._handlers.prefix_search(event))


def test_what_is_not_carried_is_botocores_own() -> None:
    """Should Lambda's botocore want data that this package does not have, it finds its own."""
    loader = aws_client.session().get_component("data_loader")
    assert loader.load_data("_retry")["definitions"]
    with pytest.raises(DataNotFoundError):
        loader.load_data("nothing")
