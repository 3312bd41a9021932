"""What is measured: each candidate's artifact, unpacked as Lambda does, and how to run it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.tasks import BUILD, peer, unpacked_artifact
from bench.webhooks import SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.server import Control

TABLE, TOPIC_ARN = "payment-transactions-bench", "arn:aws:sns:us-east-1:000000000000:payment-events-bench"
SECRETS_PATH = "/webhook-processor/bench/sources"
PARAMETERS = {f"{SECRETS_PATH}/{source}/signing-secrets": json.dumps([secret]) for source, secret in SECRETS.items()}
IDEMPOTENCY_TABLE = "idempotency-bench"
TABLES = {TABLE: ("transaction_id", "record"), IDEMPOTENCY_TABLE: ("id",)}

_RUNTIME = Path(__file__).with_name("runtime.py")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A handler that is measured.

    Attributes:
        name: What it is called in figures.
        task: Directory of the unpacked artifact.
        handler: `module.function`.
        variables: Its own environment variables.
    """

    name: str
    task: Path
    handler: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one process of a candidate did.

    Attributes:
        started: `init_cpu_ns`, `init_wall_ns` (import of the handler's module), `peak_kb` after the first answer.
        modules: What was loaded until the first answer, besides what Lambda's runtime has loaded.
        phases: `cpu_ns` and `wall_ns` of each invocation, by phase.
        answers: The handler's answers.
        log_bytes: What it printed.
        log_lines: In so many lines.
    """

    started: Mapping[str, int]
    modules: Sequence[str]
    phases: Sequence[Mapping[str, Sequence[int]]]
    answers: Sequence[Any]
    log_bytes: int
    log_lines: int


def ours() -> Candidate:
    """The project's own function."""
    return Candidate(
        name="ours",
        task=unpacked_artifact(),
        handler="lambda_src.handler.handler",
        variables={
            "SOURCES": json.dumps({source: {"provider": source} for source in SECRETS}),
            "SECRETS_PATH": SECRETS_PATH,
            "QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/webhook-queue-bench",
            "TABLE_NAME": TABLE,
            "TOPIC_ARN": TOPIC_ARN,
            "RETRY_DELAYS": "30,120,480,1800",
        },
    )


def peers() -> list[Candidate]:
    """What it is measured against: A, B, C."""
    variables = {"SECRETS_PATH": SECRETS_PATH, "TABLE_NAME": TABLE, "TOPIC_ARN": TOPIC_ARN}
    powertools = {
        "IDEMPOTENCY_TABLE": IDEMPOTENCY_TABLE,
        "POWERTOOLS_SERVICE_NAME": "webhooks",
        "POWERTOOLS_METRICS_NAMESPACE": "webhooks-bench",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    return [
        Candidate(name="A", task=peer("powertools"), handler="app.handler", variables=variables | powertools),
        Candidate(name="B", task=peer("fastapi"), handler="app.handler", variables=variables),
        Candidate(name="C", task=peer("minimal"), handler="app.handler", variables=variables),
    ]


def run(
    candidate: Candidate,
    aws: Control,
    phases: Sequence[Sequence[Mapping[str, Any]]],
    *,
    runtime: Path,
    authorities: Path | None = None,
    prefix: Sequence[str] = (),
    profile: Path | None = None,
) -> Run:
    """Run a candidate in a fresh interpreter.

    Args:
        candidate: The candidate.
        aws: What stands in for AWS.
        phases: Lambda's events, in phases whose figures are kept apart; traced where `_sampled` is true.
        runtime: Directory of what Lambda's runtime brings.
        authorities: File of the authorities that are trusted; None: AWS's SDK's own.
        prefix: Words before the interpreter: a tool that counts.
        profile: Beginning of the names of files for profiles, `.cold` and `.warm`; None: nothing is profiled.

    Raises:
        RuntimeError: The process failed.
    """
    scratch = BUILD / "runs"
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        path, result_path = Path(directory) / "given.json", Path(directory) / "result.json"
        given = {
            "task": str(candidate.task),
            "runtime": str(runtime),
            "handler": candidate.handler,
            "phases": [[_invocation(event) for event in events] for events in phases],
            "result": str(result_path),
            **({"profile": str(profile)} if profile else {}),
        }
        path.write_text(json.dumps(given))
        # No site: what else this machine's Python has installed is nobody's cost.
        interpreter = [sys._base_executable, "-S", "-s", "-P", "-B"]  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
        done = subprocess.run(
            [*prefix, *interpreter, str(_RUNTIME), str(path)],
            env=environment(candidate, aws) | ({"AWS_CA_BUNDLE": str(authorities)} if authorities else {}),
            cwd=candidate.task,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{candidate.name} failed:\n{done.stderr.decode()[-4000:]}")
        result = json.loads(result_path.read_text())
    return Run(log_bytes=len(done.stdout), log_lines=done.stdout.count(b"\n"), **result)


def _invocation(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event": {name: value for name, value in event.items() if name != "_sampled"},
        "sampled": event.get("_sampled", False),
    }


def environment(candidate: Candidate, aws: Control) -> dict[str, str]:
    """The environment variables that Lambda sets, and the candidate's own."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONHASHSEED": "0",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
        "AWS_SECRET_ACCESS_KEY": "example/example/example/example/example0",
        "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjE" + "example0" * 120,  # as long as a real one: it is sent with each call
        "AWS_LAMBDA_FUNCTION_NAME": "webhook-processor-bench",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{aws.port}",
        "LAMBDA_TASK_ROOT": str(candidate.task),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_ENDPOINT_URL": aws.url,
        **candidate.variables,
    }
