"""The model of the bill agrees, to the unit, with what the benchmark's stand-in for AWS counts on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bench import server
from lambda_src.aws import AwsError
from ops.receipt import webhook
from ops.receipt.rehearsal import AT, MemoryAws, rehearse
from ops.receipt.units import units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.server import Control

SECRET = "/webhook-processor/prod/sources/stripe/signing-secrets"
TABLE = "payment-transactions-prod"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Control]:
    """The stand-in, with the model's secret and table."""
    with server.running({SECRET: webhook.SECRET}, {TABLE: ("transaction_id", "record")}) as control:
        yield control


class Wire(MemoryAws):
    """A door that makes its calls over HTTP and writes them down as the model's own does."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._clients: dict[str, Any] = {}

    def answer(self, service: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """Ask the stand-in."""
        try:
            answer: dict[str, Any] = getattr(self._client(service), operation)(**given)
        except ClientError as error:
            raise AwsError(operation, error.response["Error"]["Code"], dict(error.response)) from None
        return answer

    def _client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are typed by literal names
        if service not in self._clients:
            session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
            config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={})
            self._clients[service] = session.client(service, endpoint_url=self._url, config=config)  # type: ignore[call-overload]  # a variable name
        return self._clients[service]


@pytest.mark.parametrize(("size_kb", "batch"), [(1, 1), (4, 10), (16, 1), (64, 3), (256, 1)])
def test_the_model_agrees_with_the_stand_in(stand_in: Control, size_kb: int, batch: int) -> None:
    """Calls, write units, requests of queue and topic are the same for every size and batch."""
    webhooks = [webhook.body(size_kb * 1024, 100 * size_kb + batch + number, AT) for number in range(batch)]
    stand_in.reset()
    rehearse(webhooks, Wire(stand_in.url))
    counts = stand_in.counts()
    assert counts["calls"].pop("ssm.GetParameter") == 1  # of a new environment
    counted = units(rehearse(webhooks))
    assert counted.calls == sum(counts["calls"].values())
    assert counted.write_units == counts["units"]["dynamodb.write"]
    assert counted.queue_sends == counts["units"]["sqs.requests"]
    assert counted.topic_requests == counts["units"]["sns.requests"]
    assert counts["refused"] == {}
