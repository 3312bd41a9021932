"""Tracing: nothing without sampling, subsegments with it, and never a failed event because of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src import trace

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SAMPLED = "Root=1-65e1c2b0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1"
NOT_SAMPLED = SAMPLED.replace("Sampled=1", "Sampled=0")

INVOCATION = """
import json, sys
from tests.unit.harness import FakeAws, STRIPE_SECRET, stripe_event, new_delivery, sqs_record, stripe_body
from lambda_src import aws, environment, handler
from lambda_src.receive import Receiver
from lambda_src.sources import Source
from tests.unit.test_receive import receiver

class Client:
    def __getattr__(self, operation):
        if operation == "put_item" and FAIL:
            raise OSError
        return lambda **given: fake("", operation, **given)

FAIL = len(sys.argv) > 1
fake = FakeAws(stripe=STRIPE_SECRET)
aws.aws_client.make = lambda service: Client()
door = aws.Aws()
answer = receiver(door).receive(stripe_event())
from lambda_src.ledger import Ledger
from lambda_src.process import Processor
from lambda_src.queue import Queue
from lambda_src.topic import Topic
processor = Processor(Ledger("t", door), Topic("arn", "f", door), Queue("q", door), {}, "f", retry_delays=(30,))
record = sqs_record(new_delivery(stripe_body().decode(), provider="stripe"))
failures = processor.process([record])["batchItemFailures"]
print(json.dumps([answer["statusCode"], len(failures), fake.operations(), sorted(
    name for name in sys.modules if name.startswith("aws_xray_sdk")
)]))
"""
"""One HTTP request and one SQS batch, in a process of their own as in Lambda."""


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    """A socket where the X-Ray daemon would listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        yield listener


def invoke(header: str | None, port: int, *arguments: str, blocked: bool = False) -> list[Any]:
    """Run the invocation; return the answer's status, failures, AWS calls and the SDK's modules."""
    code = INVOCATION
    if blocked:
        code = 'import sys\nsys.modules["aws_xray_sdk"] = None\nsys.modules["aws_xray_sdk.core"] = None\n' + code
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LAMBDA_TASK_ROOT": str(ROOT),
        "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "f",
    }
    if header is not None:
        variables["_X_AMZN_TRACE_ID"] = header
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code, *arguments], env=variables, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def segments(daemon: socket.socket, count: int) -> list[dict[str, Any]]:
    """The next subsegments that arrive at the daemon, parents after their children."""
    found = [json.loads(daemon.recv(65_536).partition(b"\n")[2]) for _ in range(count)]
    daemon.settimeout(0.01)
    with pytest.raises(TimeoutError):
        daemon.recv(65_536)
    return found


CALLS = ["get_parameter", "send_message", "put_item", "update_item", "publish_batch"]


@pytest.mark.parametrize("header", [None, "", NOT_SAMPLED, "Root=1-65e1c2b0-0123456789abcdef01234567", "Sampled=?"])
def test_sdk_is_not_loaded_without_sampling(header: str | None, daemon: socket.socket) -> None:
    """On an invocation that is not sampled the SDK is not imported and nothing is sent."""
    assert invoke(header, daemon.getsockname()[1]) == [200, 0, CALLS, []]
    assert segments(daemon, 0) == []


def test_sampled_invocation_is_traced_with_annotations(daemon: socket.socket) -> None:
    """A step is a subsegment with source, provider and outcome; an AWS call is one below it."""
    status, failures, calls, modules = invoke(SAMPLED, daemon.getsockname()[1])
    assert (status, failures, calls) == (200, 0, CALLS)
    assert "aws_xray_sdk.core" in modules
    found = segments(daemon, 7)
    by_name = {segment["name"]: segment for segment in found}
    assert {segment["trace_id"] for segment in found} == {"1-65e1c2b0-0123456789abcdef01234567"}
    parents = {"0123456789abcdef": "the invocation", **{segment["id"]: segment["name"] for segment in found}}
    assert {segment["name"]: (segment["namespace"], parents[segment["parent_id"]]) for segment in found} == {
        "receive": ("local", "the invocation"),
        "ssm.get_parameter": ("aws", "receive"),
        "sqs.send_message": ("aws", "receive"),
        "process": ("local", "the invocation"),
        "dynamodb.put_item": ("aws", "process"),
        "dynamodb.update_item": ("aws", "process"),
        "sns.publish_batch": ("aws", "the invocation"),
    }
    annotations = {"source": "stripe", "provider": "stripe"}
    assert by_name["receive"]["annotations"] == annotations | {"outcome": "accepted"}
    assert by_name["process"]["annotations"] == annotations | {"outcome": "recorded"}


def test_failed_call_is_marked_in_the_trace(daemon: socket.socket) -> None:
    """A call that AWS did not answer is a fault in the trace, and the step says what came of it."""
    assert invoke(SAMPLED, daemon.getsockname()[1], "fail")[:2] == [200, 1]
    by_name = {segment["name"]: segment for segment in segments(daemon, 6)}
    assert by_name["process"]["annotations"]["outcome"] == "ledger_unavailable"
    assert [name for name, segment in by_name.items() if segment.get("fault")] == ["dynamodb.put_item"]


def test_event_is_not_lost_without_the_sdk(daemon: socket.socket) -> None:
    """A sampled invocation whose SDK cannot be imported does its work untraced."""
    assert invoke(SAMPLED, daemon.getsockname()[1], blocked=True)[:3] == [200, 0, CALLS]


def test_event_is_not_lost_without_a_daemon() -> None:
    """A sampled invocation with nobody listening does its work."""
    assert invoke(SAMPLED, 9)[:3] == [200, 0, CALLS]


class BrokenRecorder:
    """An SDK of which one method fails."""

    def __init__(self, broken: str) -> None:
        self.broken = broken

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the SDK has
        """Make every method one that returns this recorder, but for the broken one."""

        def method(*_: object) -> BrokenRecorder:
            if name == self.broken:
                raise RuntimeError("tracing is broken")
            return self

        return method


@pytest.mark.parametrize(
    "broken", ["begin_subsegment", "put_annotation", "end_subsegment", "current_subsegment", "add_fault_flag"]
)
def test_failure_of_the_sdk_is_not_the_events(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever call of the SDK fails, the block runs once, and its own exception is the one that comes out."""
    core: Any = types.ModuleType("aws_xray_sdk.core")
    core.xray_recorder = BrokenRecorder(broken)
    monkeypatch.setitem(sys.modules, "aws_xray_sdk.core", core)
    monkeypatch.setenv(trace.TRACE_HEADER, SAMPLED)
    runs = []
    with trace.subsegment("step") as span:
        span.annotate(source="s")
        runs.append(1)
    with pytest.raises(KeyError, match="its own"), trace.subsegment("step"):
        raise KeyError("its own")
    assert runs == [1]
