"""What a cold start may import: each trigger its own modules, and none of the slow ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

START = """
import json, sys
before = set(sys.modules)
import lambda_src.aws
class Client:
    def get_parameter(self, **given): return {"Parameter": {"Value": "whsec_core"}}
    def publish_batch(self, PublishBatchRequestEntries, **given):
        return {"Successful": [{"Id": entry["Id"]} for entry in PublishBatchRequestEntries]}
    def __getattr__(self, operation): return lambda **given: {}
lambda_src.aws.aws_client.make = lambda service: Client()
from lambda_src.handler import handler
class Context:
    def get_remaining_time_in_millis(self): return 60000
answer = handler(json.load(sys.stdin), Context())
print(json.dumps([answer, sorted(set(sys.modules) - before)]))
"""

SLOW = {
    *("aws_xray_sdk", "requests", "asyncio", "stripe", "jsonschema", "hypothesis", "pytest", "pydantic", "wrapt"),
    *("boto3", "s3transfer", "multiprocessing"),
}
"""Top-level modules that no invocation loads: what they bring costs more than it gives."""

BROUGHT = {"botocore", "certifi", "dateutil", "jmespath", "msgspec", "six", "typing_extensions", "urllib3"}
"""Packages beside the standard library and our own that may be loaded: Lambda's runtime brings all but msgspec.
certifi is optional to botocore and typing_extensions to msgspec, and Lambda has neither."""

MODULES = 340
"""All that is loaded for a first event, the standard library's included, is less (315 and 312 on Python 3.11)."""

OURS = """authorities aws aws_client canonical delivery environment errors handler log providers queue signed_time
    schemes sources totals trace decoding mapping money providers.stripe providers.stripe_events
    providers.stripe_object"""
"""What both triggers load of ours for a Stripe event."""

PROVIDERS = {"lambda_src.providers.adyen", "lambda_src.providers.square", "lambda_src.providers.standard"}
ONLY_RECEIVE = {"lambda_src.receive", "lambda_src.signing_secrets", "lambda_src.masking"}
ONLY_PROCESS = {"lambda_src.process", "lambda_src.ledger", "lambda_src.topic"}


def start(event: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Run one invocation in a fresh process; return the answer and what was imported for it."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "AWS_LAMBDA_FUNCTION_NAME": "webhook-processor-test",
        "AWS_REGION": "us-east-1",
        "SOURCES": json.dumps({name: {"provider": name} for name in ("adyen", "square", "standard", "stripe")}),
        "SECRETS_PATH": "/webhook-processor/test/sources",
        "QUEUE_URL": "https://sqs.example/queue",
        "TABLE_NAME": "table",
        "RETRY_DELAYS": "30,120,480,1800",
        "TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:topic",
    }
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", START],
        env=variables,
        cwd=ROOT,
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, modules = json.loads(done.stdout.splitlines()[-1])
    return answer, set(modules)


def http_request() -> dict[str, Any]:
    """A Stripe request, signed now."""
    body = json.dumps({"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {"id": "pi_1"}}})
    time = int(datetime.now(UTC).timestamp())
    mac = hmac.new(b"whsec_core", f"{time}.{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "rawPath": "/stripe",
        "headers": {"stripe-signature": f"t={time},v1={mac}"},
        "requestContext": {"domainName": "x.example", "requestId": "r", "http": {"method": "POST"}},
        "body": body,
        "isBase64Encoded": False,
    }


def sqs_batch() -> dict[str, Any]:
    """A batch of one Stripe delivery."""
    delivery = {
        "delivery_id": "0d2d7f9e-9d3c-4a0b-8f57-1f1e5d3a8a11",
        "source": "stripe",
        "provider": "stripe",
        "received_at": "2026-03-01T12:00:00Z",
        "body": http_request()["body"],
    }
    attributes = {"ApproximateReceiveCount": "1"}
    return {
        "Records": [{"messageId": "m", "receiptHandle": "h", "body": json.dumps(delivery), "attributes": attributes}]
    }


def top_level(modules: set[str]) -> set[str]:
    """Names of the packages that modules belong to."""
    return {name.partition(".")[0] for name in modules}


def ours(modules: set[str]) -> set[str]:
    """Our own modules among them, by their names below the package."""
    return {name.removeprefix("lambda_src.") for name in modules if name.startswith("lambda_src.")}


@pytest.mark.parametrize(
    ("event", "own"),
    [
        ("http_request", "receive request signing_secrets masking sampling http_event"),
        ("sqs_batch", "process ledger ledger_item topic retries"),
    ],
)
def test_what_a_cold_start_loads_is_known(event: str, own: str) -> None:
    """Of our modules exactly those that the trigger needs, of others' packages none beside botocore's and msgspec."""
    _, modules = start({"http_request": http_request, "sqs_batch": sqs_batch}[event]())
    assert ours(modules) == set(f"{OURS} {own}".split())
    packages = {name for name in top_level(modules) if name not in sys.stdlib_module_names and name[0] != "_"}
    assert packages - {"lambda_src", *BROUGHT} == set()
    assert len(modules) < MODULES


def test_http_request_loads_only_the_receiver() -> None:
    """The first HTTP request loads its own trigger's modules and its own provider, and nothing slow."""
    answer, modules = start(http_request())
    assert answer["statusCode"] == 200
    assert modules >= ONLY_RECEIVE | {"lambda_src.providers.stripe"}
    assert not modules & (ONLY_PROCESS | PROVIDERS)
    assert not top_level(modules) & SLOW


def test_sqs_batch_loads_only_the_processor() -> None:
    """The first batch loads its own trigger's modules and its own provider, and nothing slow."""
    answer, modules = start(sqs_batch())
    assert answer == {"batchItemFailures": []}
    assert modules >= ONLY_PROCESS | {"lambda_src.providers.stripe"}
    assert not modules & (ONLY_RECEIVE | PROVIDERS)
    assert not top_level(modules) & SLOW


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused_request_loads_no_provider(method: str) -> None:
    """A request for nobody costs no provider's import."""
    event = http_request()
    event["rawPath"] = "/nobody"
    event["requestContext"]["http"]["method"] = method
    answer, modules = start(event)
    assert answer["statusCode"] == (404 if method == "POST" else 405)
    assert not modules & (PROVIDERS | {"lambda_src.providers.stripe"})
