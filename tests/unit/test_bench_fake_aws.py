"""The benchmark's stand-in for AWS counts to the unit, and refuses what AWS refuses."""

from __future__ import annotations

import socket
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError

from bench import server, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.server import Control

TABLE, QUEUE, TOPIC = "ledger", "https://sqs.us-east-1.amazonaws.com/0/queue", "arn:aws:sns:us-east-1:0:topic"
KEY = {"transaction_id": {"S": "t"}, "record": {"S": "state"}}
"""An item of 14 + 1 + 6 + 5 = 26 bytes."""


@pytest.fixture(scope="module")
def process() -> Iterator[Control]:
    """A stand-in with one parameter and one table."""
    with server.running({"/secret": "whsec_x"}, {TABLE: ("transaction_id", "record")}) as control:
        yield control


@pytest.fixture
def aws(process: Control) -> Control:
    """The same, with nothing counted and an empty table."""
    dynamodb = client(process, "dynamodb")
    dynamodb.delete_item(TableName=TABLE, Key=KEY)
    process.messages(limit=100)
    process.reset()
    return process


@cache
def client(aws: Control, service: str) -> Any:  # noqa: ANN401 - boto3's clients are typed by literal names
    """A boto3 client of the stand-in that checks nothing before it sends."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={})
    return session.client(service, endpoint_url=aws.url, config=config)  # type: ignore[call-overload]  # as above


def refusal(call: Any, **parameters: object) -> str:  # noqa: ANN401 - a client's method
    """Make a call that is refused; return the error's code."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "größe"}, 7),
        ({"N": "0"}, 1),
        ({"N": "2000"}, 2),  # one significant digit
        ({"N": "-12.345"}, 4),  # five
        ({"N": "00120"}, 2),
        ({"B": "AAECAw=="}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["a", "bcd"]}, 4),
        ({"NS": ["1", "234"]}, 5),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + 1 + 2 + 1 + 2),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 3 + 2),
    ],
)
def test_a_value_is_as_large_as_aws_says(value: dict[str, Any], size: int) -> None:
    """Sizes of all types follow the published rules."""
    assert units.value_bytes(value) == size


def test_units_are_rounded_up_by_what_is_written_read_or_sent() -> None:
    """A unit is 1 KB written, 4 KB read or 64 KB sent; an item's larger size counts, and nothing is free."""
    assert [units.write_units(*sizes) for sizes in ((0, 0), (1024, 0), (0, 1025), (2049, 10))] == [1, 1, 2, 3]
    assert [units.read_units(size, consistent=True) for size in (0, 4096, 4097)] == [1, 1, 2]
    assert units.read_units(4097, consistent=False) == 1
    assert [units.request_units(size) for size in (0, 65_536, 65_537, 262_144)] == [1, 1, 2, 4]


def test_a_conditional_put_is_refused_with_the_item_that_is_there_and_consumes_what_it_would_have(aws: Control) -> None:
    """The second put of a key changes nothing, returns the old item and is billed by the larger of the two."""
    dynamodb = client(aws, "dynamodb")
    put = {"TableName": TABLE, "ConditionExpression": "attribute_not_exists(transaction_id)"}
    dynamodb.put_item(**put, Item=KEY | {"payload": {"B": b"x" * (1024 - 26 - 7)}})
    assert aws.counts()["units"]["dynamodb.write"] == 1
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as caught:
        dynamodb.put_item(
            **put,
            Item=KEY | {"payload": {"B": b"y" * (1025 - 26 - 7)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught.value.response["Item"]["payload"]["B"] == b"x" * 991
    counts = aws.counts()
    assert counts["units"]["dynamodb.write"] == 3
    assert counts["calls"] == {"dynamodb.PutItem": 2}
    assert counts["refused"] == {"dynamodb.PutItem: ConditionalCheckFailedException": 1}
    assert dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]["payload"]["B"] == b"x" * 991
    assert aws.counts()["units"]["dynamodb.read"] == 0.5


def test_a_batch_inserts_what_is_not_there_and_bills_each_item(aws: Control) -> None:
    """Each statement succeeds or fails for itself: an item that is there, one without its key, no such table."""
    dynamodb = client(aws, "dynamodb")

    def insertion(
        values: list[Any], names: str = "'transaction_id': ?, 'record': ?, 'n': ?", table: str = TABLE
    ) -> Any:  # noqa: ANN401 - JSON
        return {"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": values}

    values = [*KEY.values(), {"N": "1"}]
    answer = dynamodb.batch_execute_statement(
        Statements=[
            insertion(values),
            insertion([*KEY.values(), {"N": "2"}]),
            insertion([{"S": "t"}], "'transaction_id': ?"),
            insertion(values[:2]),
            insertion(values, table="other"),
            {"Statement": 'DELETE FROM "ledger"', "Parameters": []},
        ]
    )
    codes = [response.get("Error", {}).get("Code") for response in answer["Responses"]]
    wrong = "ValidationError"
    assert codes == [None, "DuplicateItem", wrong, wrong, "ResourceNotFound", wrong]
    assert dynamodb.get_item(TableName=TABLE, Key=KEY)["Item"]["n"] == {"N": "1"}
    counts = aws.counts()
    assert counts["units"]["dynamodb.write"] == 2
    assert counts["calls"]["dynamodb.BatchExecuteStatement"] == 1
    batch = dynamodb.batch_execute_statement
    assert [refusal(batch, Statements=[insertion(values)] * count) for count in (0, 26)] == ["ValidationException"] * 2


def test_an_update_sets_removes_and_adds_and_is_billed_by_the_larger_size(aws: Control) -> None:
    """All three clauses take effect on the item as it was; a shrunken item is billed as it was before."""
    dynamodb = client(aws, "dynamodb")
    dynamodb.put_item(TableName=TABLE, Item=KEY | {"big": {"S": "x" * 2048}, "version": {"N": "1"}})
    aws.reset()
    answer = dynamodb.update_item(
        TableName=TABLE,
        Key=KEY,
        UpdateExpression="SET #status = :status, amount = if_not_exists(amount, :zero) + :seven "
        "REMOVE #big ADD version :one",
        ConditionExpression="(version < :two AND NOT attribute_exists(amount)) OR #status = :status",
        ExpressionAttributeNames={"#status": "status", "#big": "big"},
        ExpressionAttributeValues={
            ":status": {"S": "captured"},
            ":zero": {"N": "0"},
            ":seven": {"N": "7"},
            ":one": {"N": "1"},
            ":two": {"N": "2"},
        },
        ReturnValues="ALL_NEW",
    )
    new = KEY | {"status": {"S": "captured"}, "amount": {"N": "7"}, "version": {"N": "2"}}
    assert answer["Attributes"] == new
    assert aws.counts()["units"]["dynamodb.write"] == 3  # 26 + 3 + 2048 + 7 + 2 bytes before


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("a = :s", True),
        ("a <> :s", False),
        ("a < :t AND a > :r", True),
        ("n >= :nine", True),  # numbers are compared as numbers: 10 and 9
        ("a = :nine OR missing = :s", False),
        ("attribute_not_exists(missing) AND NOT (a = :t)", True),
        ("a = :t OR a = :s AND attribute_exists(missing)", False),
    ],
)
def test_a_condition_decides_as_dynamodb_does(aws: Control, condition: str, holds: bool) -> None:  # noqa: FBT001 - a table
    """Comparisons by type, absence and precedence are AWS's."""
    dynamodb = client(aws, "dynamodb")
    dynamodb.put_item(TableName=TABLE, Item=KEY | {"a": {"S": "s"}, "n": {"N": "10"}})
    values = {":s": {"S": "s"}, ":t": {"S": "t"}, ":r": {"S": "r"}, ":nine": {"N": "9"}}
    used = {name: value for name, value in values.items() if name in condition.replace(")", " ").split()}
    call = {"TableName": TABLE, "Item": KEY, "ConditionExpression": condition}
    call |= {"ExpressionAttributeValues": used} if used else {}
    if holds:
        dynamodb.put_item(**call)
    else:
        assert refusal(dynamodb.put_item, **call) == "ConditionalCheckFailedException"


@pytest.mark.parametrize(
    "wrong",
    [
        {"UpdateExpression": "SET a = :missing"},
        {"UpdateExpression": "SET #missing = :one"},
        {"UpdateExpression": "SET a = :one", "ExpressionAttributeNames": {"#unused": "x"}},
        {"UpdateExpression": "SET a = :one, a = :one"},
        {"UpdateExpression": "SET a = b"},
        {"UpdateExpression": "SET record = :text"},
        {"UpdateExpression": "SET a = :one", "ConditionExpression": "size(a) < :one"},
        {"UpdateExpression": "SET a = :one WHERE b"},
        {"UpdateExpression": "ADD version :text"},
        {"UpdateExpression": "SET a = :one", "Key": {"transaction_id": {"S": "t"}}},
        {"UpdateExpression": "SET a = :one", "Key": KEY | {"record": {"S": ""}}},
    ],
)
def test_a_wrong_update_is_refused(aws: Control, wrong: dict[str, Any]) -> None:
    """Unknown and unused placeholders, overlaps, missing operands, keys and syntax are refused, and change nothing."""
    dynamodb = client(aws, "dynamodb")
    values = {":one": {"N": "1"}, ":text": {"S": "x"}}
    used = {name: value for name, value in values.items() if name in " ".join(map(str, wrong.values()))}
    call = {"TableName": TABLE, "Key": KEY, "ExpressionAttributeValues": used} | wrong
    assert refusal(dynamodb.update_item, **call) == "ValidationException"
    assert "Item" not in dynamodb.get_item(TableName=TABLE, Key=KEY)


def test_what_no_table_takes_is_refused(aws: Control) -> None:
    """No such table, an item of more than 400 KB, an item without its key."""
    put = client(aws, "dynamodb").put_item
    assert refusal(put, TableName="other", Item=KEY) == "ResourceNotFoundException"
    payload = {"payload": {"S": "x" * (400 * 1024 - 26 - 7 + 1)}}
    assert refusal(put, TableName=TABLE, Item=KEY | payload) == "ValidationException"
    assert refusal(put, TableName=TABLE, Item={"transaction_id": {"S": "t"}}) == "ValidationException"


def test_the_queue_bills_each_64_kilobytes_and_hands_out_what_it_took(aws: Control) -> None:
    """A message of 65,537 bytes is two requests; what cannot be a message is refused."""
    sqs = client(aws, "sqs")
    sqs.send_message(QueueUrl=QUEUE, MessageBody="x" * 65_536)
    sqs.send_message(QueueUrl=QUEUE, MessageBody="ü" + "x" * 65_535)
    sqs.change_message_visibility(QueueUrl=QUEUE, ReceiptHandle="h", VisibilityTimeout=30)
    sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle="h")
    assert aws.counts()["units"]["sqs.requests"] == 1 + 2 + 1 + 1
    assert [len(body) for body in aws.messages(limit=10)] == [65_536, 65_536]
    for body, code in (
        ("x" * 1_048_577, "InvalidParameterValue"),
        ("\ufffe", "InvalidMessageContents"),
        ("", "MissingParameter"),
    ):
        assert refusal(sqs.send_message, QueueUrl=QUEUE, MessageBody=body) == code
    assert (
        refusal(sqs.change_message_visibility, QueueUrl=QUEUE, ReceiptHandle="h", VisibilityTimeout=43_201)
        == "InvalidParameterValue"
    )


def test_the_topic_bills_a_batch_by_its_whole_size_and_refuses_what_is_too_much(aws: Control) -> None:
    """Attributes count with name and type; ten entries and 256 KB are the most."""
    sns = client(aws, "sns")
    attributes = {"status": {"DataType": "String", "StringValue": "captured"}}  # 6 + 6 + 8 bytes
    entries = [{"Id": str(n), "Message": "x" * (32_768 - 20), "MessageAttributes": attributes} for n in range(8)]
    answer = sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in answer["Successful"]] == list("01234567")
    assert aws.counts()["units"]["sns.requests"] == 4
    sns.publish(TopicArn=TOPIC, Message="x" * (65_536 - 20), MessageAttributes=attributes)
    assert aws.counts()["units"]["sns.requests"] == 5
    one = {"Id": "9", "Message": "x"}
    for wrong, code in (
        ([*entries, one], "BatchRequestTooLong"),
        ([one | {"Id": str(n)} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([one, one], "BatchEntryIdsNotDistinct"),
        ([one | {"Message": ""}], "InvalidParameter"),
    ):
        assert refusal(sns.publish_batch, TopicArn=TOPIC, PublishBatchRequestEntries=wrong) == code
    assert refusal(sns.publish, TopicArn=TOPIC, Message="x" * 262_145) == "InvalidParameter"


def test_a_parameter_is_told_in_clear_only_when_asked(aws: Control) -> None:
    """SSM decrypts on request, and knows what it does not have."""
    ssm = client(aws, "ssm")
    assert ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"] == "whsec_x"
    assert ssm.get_parameter(Name="/secret")["Parameter"]["Value"] != "whsec_x"
    assert refusal(ssm.get_parameter, Name="/other") == "ParameterNotFound"
    answer = ssm.get_parameters(Names=["/secret", "/other"], WithDecryption=True)
    assert ([each["Name"] for each in answer["Parameters"]], answer["InvalidParameters"]) == (["/secret"], ["/other"])
    assert aws.counts()["units"]["ssm.requests"] == 4


def test_unknown_operations_and_unsigned_requests_are_refused(aws: Control) -> None:
    """What the stand-in cannot answer truly it does not answer."""
    assert refusal(client(aws, "sqs").list_queues) == "UnknownOperationException"
    with socket.create_connection(("127.0.0.1", aws.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nX-Amz-Target: AmazonSSM.GetParameter\r\nContent-Length: 2\r\n\r\n{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert aws.counts()["refused"] == {
        "sqs.ListQueues: UnknownOperationException": 1,
        "ssm.GetParameter: MissingAuthenticationTokenException": 1,
    }
    assert aws.counts()["request_bytes"]["ssm.GetParameter"] == 78


def test_trace_documents_are_counted_without_their_header(aws: Control) -> None:
    """What a tracing library sends to the X-Ray daemon is a header line and a document."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b'{"format":"json","version":1}\n{"name":"x"}', ("127.0.0.1", aws.port))
    while not (counted := aws.counts()["traces"])["documents"]:
        pass
    assert counted == {"documents": 1, "bytes": 12}


def test_the_certificate_is_trusted_by_its_authority_only() -> None:
    """Over HTTPS the stand-in answers whoever trusts its authority, and nobody else."""
    with server.running({"/secret": "whsec_x"}, {}, tls=True) as aws:
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        ssm = session.client("ssm", endpoint_url=aws.url, config=config, verify=str(aws.authority))
        assert aws.url.startswith("https://")
        assert ssm.get_parameter(Name="/secret", WithDecryption=True)["Parameter"]["Value"] == "whsec_x"
        with pytest.raises(SSLError):
            session.client("ssm", endpoint_url=aws.url, config=config).get_parameter(Name="/secret")
        assert aws.counts()["calls"] == {"ssm.GetParameter": 1}
