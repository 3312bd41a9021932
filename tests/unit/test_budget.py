"""What an event costs, exactly: calls to AWS, billed units and log bytes; time is the benchmark's business.

A ceiling that is broken is either a mistake or a decision: then the README's cost section changes with it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse

from bench.candidates import PARAMETERS, SECRETS_PATH, TABLE, TABLES, TOPIC_ARN
from bench.fake_aws import FakeAws
from bench.fake_dynamodb import Table
from bench.webhooks import adyen_body, http_event, sqs_event, stripe_body
from lambda_src import aws_client, handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.awsrequest import AWSPreparedRequest

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/000000000000/webhook-queue-bench"
CACHES = (handler._environment, handler._aws, handler._receiver, handler._processor, aws_client.session)
VARIABLES = {
    "AWS_LAMBDA_FUNCTION_NAME": "webhook-processor-bench",
    "SOURCES": json.dumps({name: {"provider": name} for name in ("stripe", "adyen")}),
    "SECRETS_PATH": SECRETS_PATH,
    "QUEUE_URL": QUEUE_URL,
    "TABLE_NAME": TABLE,
    "TOPIC_ARN": TOPIC_ARN,
    "RETRY_DELAYS": "30,120,480,1800",
}


LINE_BYTES = 560
RECEIVE_CALLS = 1_860
PROCESS_CALLS = 9_100
"""A tenth above what they are on Python 3.11."""


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: object) -> list[bytes]:
        return [self._body]


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Function:
    """The function as Lambda runs it, on an AWS in memory that counts."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws

    def send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Answer a request that would leave; what that takes is not the function's."""
        counting = sys.getprofile()
        sys.setprofile(None)
        try:
            return self._answer(request)
        finally:
            sys.setprofile(counting)

    def _answer(self, request: AWSPreparedRequest) -> AWSResponse:
        headers = {
            name.lower(): value if isinstance(value, str) else bytes(value).decode()
            for name, value in request.headers.items()
        }
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert isinstance(body, bytes)
        status, content_type, content = self._aws.answer(headers, body, len(body))
        return AWSResponse(request.url, status, {"content-type": content_type}, _Raw(content))  # type: ignore[arg-type]  # botocore asks no more of it

    def invoke(self, event: dict[str, Any]) -> None:
        """Invoke it for an event that it has to accept, all of it."""
        answer = handler.handler(event, _Context())
        assert answer.get("statusCode") == 200 or answer == {"batchItemFailures": []}

    def receive(self, body: bytes, provider: str = "stripe") -> None:
        """Invoke it for one webhook."""
        self.invoke(http_event(body, provider))

    def messages(self) -> list[str]:
        """Take what lies in the queue."""
        return [self._aws.sent.popleft() for _ in range(len(self._aws.sent))]

    def process(self) -> None:
        """Invoke it for all messages in the queue."""
        self.invoke(sqs_event(self.messages()))

    def counts(self) -> tuple[dict[str, int], dict[str, float]]:
        """Calls by operation and billed units by what is billed, since the last time."""
        counts = self._aws.counts()
        self._aws.reset()
        return counts["calls"], {name: units for name, units in counts["units"].items() if units}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    """A function that has received one webhook: its secret is fetched."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    for cache in CACHES:
        cache.cache_clear()
    function = Function(FakeAws(PARAMETERS, {name: Table(*keys) for name, keys in TABLES.items()}))
    aws_client.session().get_component("event_emitter").register_first("before-send", function.send)
    function.receive(stripe_body())
    function.process()
    yield function
    for cache in CACHES:
        cache.cache_clear()


@pytest.fixture
def lines(function: Function, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The log of one webhook's way through."""
    capsys.readouterr()
    function.receive(stripe_body())
    function.process()
    return capsys.readouterr().out.splitlines()


def test_a_first_webhook_fetches_its_secret_and_is_sent_on_by_one_call_each(function: Function) -> None:
    """Of a new process's first event every call is known; SSM's and SQS's are all that the provider waits for."""
    calls, units = function.counts()
    assert calls == {
        "ssm.GetParameter": 1,
        "sqs.SendMessage": 1,
        "dynamodb.PutItem": 1,
        "dynamodb.UpdateItem": 1,
        "sns.PublishBatch": 1,
    }
    assert units == {"ssm.requests": 1, "sqs.requests": 1, "dynamodb.write": 2, "sns.requests": 1}


def test_an_event_alone_takes_four_calls_and_two_write_units(function: Function) -> None:
    """The secret is cached, and what is recorded of a usual payment, payload included, is a kilobyte at most."""
    function.counts()
    function.receive(stripe_body())
    function.process()
    calls, units = function.counts()
    assert calls == {"sqs.SendMessage": 1, "dynamodb.PutItem": 1, "dynamodb.UpdateItem": 1, "sns.PublishBatch": 1}
    assert units == {"sqs.requests": 1, "dynamodb.write": 2, "sns.requests": 1}


def test_events_that_come_together_share_an_append_and_a_publish(function: Function) -> None:
    """Ten messages of a batch: two writes each, of which the first are one call, and one call of the topic for all."""
    function.counts()
    for _ in range(10):
        function.receive(stripe_body())
    function.process()
    calls, units = function.counts()
    assert calls == {
        "sqs.SendMessage": 10,
        "dynamodb.BatchExecuteStatement": 1,
        "dynamodb.UpdateItem": 10,
        "sns.PublishBatch": 1,
    }
    assert units == {"sqs.requests": 10, "dynamodb.write": 20, "sns.requests": 1}


def test_events_of_one_request_share_its_message(function: Function) -> None:
    """Adyen's ten events in a request are one message, and one publish."""
    function.receive(adyen_body(1), "adyen")
    function.process()
    function.counts()
    function.receive(adyen_body(10), "adyen")
    function.process()
    calls, units = function.counts()
    assert calls == {"sqs.SendMessage": 1, "dynamodb.PutItem": 10, "dynamodb.UpdateItem": 10, "sns.PublishBatch": 1}
    assert units == {"sqs.requests": 1, "dynamodb.write": 20, "sns.requests": 1}


@pytest.mark.parametrize(
    ("kilobytes", "billed"),
    [
        (4, {"sqs.requests": 1, "dynamodb.write": 3, "sns.requests": 1}),
        (16, {"sqs.requests": 1, "dynamodb.write": 7, "sns.requests": 1}),
        (64, {"sqs.requests": 2, "dynamodb.write": 21, "sns.requests": 2}),
    ],
)
def test_units_grow_with_the_payload_as_it_is_compressed(
    function: Function, kilobytes: int, billed: dict[str, float]
) -> None:
    """A larger payload costs what its compressed form does in the ledger; queue and topic bill by 64 KB."""
    function.counts()
    function.receive(stripe_body(kilobytes * 1024))
    function.process()
    _, units = function.counts()
    assert units == billed


def test_an_event_is_three_log_lines_of_half_a_kilobyte(lines: list[str]) -> None:
    """Accepted, recorded, published: what CloudWatch bills by the byte costs less than the ledger's writes."""
    assert [json.loads(line)["outcome"] for line in lines] == ["accepted", "recorded", "published"]
    assert max(map(len, lines)) <= LINE_BYTES


class Calls:
    """Counts the functions, Python's and C's, that are called: the same number every time on one version of Python."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, _frame: object, event: str, _argument: object) -> None:
        """Count one event of the interpreter."""
        self.count += event in {"call", "c_call"}


def calls_of(function: Callable[[], None]) -> int:
    """How many functions are called by the second of two equal calls."""
    function()
    calls = Calls()
    sys.setprofile(calls)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls.count


def test_a_warm_webhook_calls_few_functions(function: Function) -> None:
    """Most of what is left is botocore's: signing, sending and reading one request."""
    requests = [http_event(stripe_body()) for _ in range(2)]
    assert calls_of(lambda: function.invoke(requests.pop())) <= RECEIVE_CALLS


def test_a_warm_message_calls_few_functions(function: Function) -> None:
    """Three calls to AWS, of which a batch shares the last."""
    for _ in range(2):
        function.receive(stripe_body())
    messages = [sqs_event([body]) for body in function.messages()]
    assert calls_of(lambda: function.invoke(messages.pop())) <= PROCESS_CALLS
