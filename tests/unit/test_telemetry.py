"""Logs, metrics and traces: what they hold, and that they never cost an event."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_src import log, trace

ROOT = Path(__file__).parents[2]
SAMPLED = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


def test_a_line_is_a_log_and_its_metrics(capsys: pytest.CaptureFixture[str]) -> None:
    """Every metric that the line declares is a number in it, and every dimension is one of its fields."""
    line = log.Line(message="webhook", source="shop", provider="stripe", reason="wrong_secret")
    log.write(line, "webhook-processor-dev", {"received": 1, "rejected": 1})
    written = json.loads(capsys.readouterr().out)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "webhook-processor-dev"
    assert directive["Dimensions"] == [["source", "provider"], ["source", "provider", "reason"]]
    assert {name for dimensions in directive["Dimensions"] for name in dimensions} <= written.keys()
    assert {each["Name"]: written[each["Name"]] for each in directive["Metrics"]} == {"received": 1, "rejected": 1}


def test_only_declared_fields_can_be_logged() -> None:
    """A field outside the allow-list cannot even be passed."""
    with pytest.raises(TypeError, match="body"):
        log.Line(message="webhook", body="secret")  # type: ignore[call-arg]  # the point of the test


def _modules(event: str, header: str = "") -> set[str]:
    """Modules that one cold invocation loads, in a process of its own."""
    program = f"""
import os, sys, json
os.environ.update(AWS_LAMBDA_FUNCTION_NAME="f", SECRETS_PATH="/p", QUEUE_URL="u", TABLE_NAME="t", RETRY_DELAYS="30",
    TOPIC_ARN="a", SOURCES='{{"shop":{{"provider":"stripe"}}}}', AWS_REGION="us-east-1", _X_AMZN_TRACE_ID={header!r})
from lambda_src import handler
class Context:
    def get_remaining_time_in_millis(self): return 0
handler.handler(json.loads({event!r}), Context())
sys.stdout = sys.__stderr__
print("MODULES " + json.dumps(sorted(sys.modules)), file=sys.__stderr__)
"""
    done = subprocess.run(  # noqa: S603 - a fixed program
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    line = next(line for line in done.stderr.splitlines() if line.startswith("MODULES "))
    return set(json.loads(line.removeprefix("MODULES ")))


HTTP = json.dumps(
    {
        "rawPath": "/shop",
        "headers": {},
        "body": "{}",
        "requestContext": {"http": {"method": "POST"}, "domainName": "d", "requestId": "r"},
    }
)
NEVER = {"aws_xray_sdk", "asyncio", "requests", "pydantic", "moto", "pulumi", "lambda_src.providers.adyen"}


def test_a_cold_http_start_loads_only_what_it_needs() -> None:
    """Unsampled, a request loads neither X-Ray's SDK nor the queue's half of the function."""
    loaded = _modules(HTTP)
    assert "lambda_src.receive" in loaded
    assert loaded & (NEVER | {"lambda_src.process", "lambda_src.ledger", "lambda_src.topic"}) == set()


def test_a_cold_queue_start_loads_only_what_it_needs() -> None:
    """A batch loads neither X-Ray's SDK nor the HTTP half of the function."""
    loaded = _modules('{"Records":[]}')
    assert "lambda_src.process" in loaded
    assert loaded & (NEVER | {"lambda_src.receive", "lambda_src.signing_secrets", "lambda_src.masking"}) == set()


def test_a_sampled_invocation_loads_the_sdk() -> None:
    """The SDK is loaded when, and only when, the invocation is sampled."""
    assert "aws_xray_sdk.core" in _modules(HTTP, SAMPLED)
    assert "aws_xray_sdk" not in _modules(HTTP, SAMPLED.replace("Sampled=1", "Sampled=0"))


def test_a_missing_sdk_costs_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the SDK, or when it fails at every turn, the traced block runs and its result counts."""
    monkeypatch.setenv(trace.TRACE_HEADER, SAMPLED)
    monkeypatch.setitem(sys.modules, "aws_xray_sdk.core", None)
    with trace.subsegment("receive") as span:
        span.annotate(source="shop")


def test_a_failing_sdk_costs_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK whose every method raises leaves the traced block alone, and so does one that breaks half-way."""

    class Broken:
        def begin_subsegment(self, name: str, namespace: str) -> Broken:
            if name == "first":
                raise OSError(namespace)
            return self

        def put_annotation(self, key: str, value: str) -> None:
            raise ValueError(key, value)

        def end_subsegment(self) -> None:
            raise RuntimeError

    monkeypatch.setattr(trace, "_recorder", Broken)
    done = []
    for name in ("first", "second"):
        with trace.subsegment(name) as span:
            span.annotate(source="shop")
            done.append(name)
    assert done == ["first", "second"]


def test_the_events_own_failure_passes_through_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception of the traced block is neither swallowed nor replaced."""
    monkeypatch.setenv(trace.TRACE_HEADER, SAMPLED)
    with pytest.raises(KeyError, match="mine"), trace.subsegment("receive"):
        raise KeyError("mine")
