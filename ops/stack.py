"""A deployed stack, from its outputs: on AWS or in the emulator, the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from cli import cards
from cli.problems import Problem
from lambda_src.sources import decode_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_ssm import SSMClient
    from types_boto3_xray import XRayClient

    from lambda_src.sources import Source

PROJECT = Path(__file__).resolve().parent.parent

NEEDED = (
    *("function_name", "table_name", "table_arn", "topic_arn", "queue_url", "queue_arn", "dlq_url", "dlq_arn"),
    *("kms_key_arn", "log_group_name", "secrets_path", "sources"),
)
"""Outputs that the commands read."""

_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 4, "mode": "standard"})


class Stack:
    """A stack's outputs and AWS clients for its region.

    Credentials are the usual ones of AWS (variables, profile, role); `AWS_ENDPOINT_URL` points elsewhere.

    Attributes:
        outputs: The outputs, as `pulumi stack output --json` gives them.
    """

    def __init__(self, outputs: Mapping[str, Any], *, where: str) -> None:
        """Check the outputs.

        Args:
            outputs: The outputs.
            where: Where they are from, for the error message.

        Raises:
            Problem: Outputs are missing: it is another program's stack, or not deployed.
        """
        missing = [name for name in NEEDED if not outputs.get(name)]
        if missing:
            raise Problem(f"{where} is not a deployed webhook-processor: it lacks the outputs {', '.join(missing)}")
        self.outputs = outputs
        self.region = cast("str", outputs["table_arn"]).split(":")[3]

    @property
    def sources(self) -> dict[str, Source]:
        """The sources' configurations by name."""
        return decode_sources(json.dumps(self.outputs["sources"]))

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """Metrics."""
        return self._session.client("cloudwatch", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The ledger."""
        return self._session.client("dynamodb", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def functions(self) -> LambdaClient:
        """The function and its triggers."""
        return self._session.client("lambda", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """The function's log."""
        return self._session.client("logs", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def sns(self) -> SNSClient:
        """The topic."""
        return self._session.client("sns", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def sqs(self) -> SQSClient:
        """The queues."""
        return self._session.client("sqs", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def ssm(self) -> SSMClient:
        """The signing secrets."""
        return self._session.client("ssm", config=_CONFIG, endpoint_url=self._endpoint)

    @cached_property
    def xray(self) -> XRayClient:
        """Traces."""
        return self._session.client("xray", config=_CONFIG, endpoint_url=self._endpoint)

    @property
    def _endpoint(self) -> str | None:
        return self.outputs.get("endpoint_url")

    @cached_property
    def _session(self) -> boto3.session.Session:
        if self._endpoint is None:
            return boto3.session.Session(region_name=self.region)
        # The emulator of this machine has its own credentials; the user's are never sent there.
        return boto3.session.Session("test", "test", region_name=self.region)


def of_pulumi(name: str) -> Stack:
    """Read the outputs of a Pulumi stack.

    Raises:
        Problem: There is no such stack, or no Pulumi CLI, or nobody is logged in.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise Problem(
            "--stack needs the Pulumi CLI; without it give --outputs FILE, made by `pulumi stack output --json`"
        )
    # Not through a shell, and the only argument that is not fixed cannot be an option.
    command = [pulumi, "stack", "output", "--json", f"--stack={name}"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise Problem(f"pulumi knows no outputs of the stack {name!r}: {lines[0]}")
    return Stack(_decoded(done.stdout, f"the stack {name!r}"), where=f"the stack {name!r}")


def of_file(path: Path) -> Stack:
    """Read outputs from a file.

    Raises:
        Problem: It cannot be read, or does not hold them.
    """
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"--outputs {path}: {error}") from error
    return Stack(_decoded(text, str(path)), where=str(path))


def of_local_runner() -> Stack:
    """Read the outputs of the system that `python -m local up` runs.

    Raises:
        Problem: None is running.
    """
    return Stack(cards.newest(lambda card: dict(card["outputs"])), where="the local system")


def default() -> Stack:
    """Read the stack that the environment names: `PULUMI_STACK`, else the one that the local runner runs.

    Raises:
        Problem: There is none.
    """
    if name := os.environ.get("PULUMI_STACK"):
        return of_pulumi(name)
    try:
        return of_local_runner()
    except Problem:
        raise Problem("name a stack: --stack NAME, --outputs FILE, or start one by `python -m local up`") from None


def _decoded(text: str, where: str) -> dict[str, Any]:
    try:
        outputs = json.loads(text)
    except ValueError:
        outputs = None
    if not isinstance(outputs, dict):
        raise Problem(f"{where}: not the JSON object that `pulumi stack output --json` writes")
    return outputs
