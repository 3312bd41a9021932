"""The local runner itself: it fails loudly, and it leaves nothing behind."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from cli.problems import Problem
from local.aws import Clients
from local.deployment import Deployment, DeploymentFailed, StackConfig
from local.emulator import PROJECT, Emulator
from local.inventory import PENDING_DELETION, inventory
from local.observer import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = StackConfig(
    stack="test",
    values={"aws:region": "us-east-1", "webhook-processor:word": "hidden"},
    secret_keys=frozenset({"webhook-processor:word"}),
)

PREAMBLE = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1", default_tags=aws.ProviderDefaultTagsArgs(tags={"owner": "me"}))
opts = pulumi.ResourceOptions(provider=provider)
"""

TABLE_WITH_MORE_THAN_A_KEY = """
attributes = [{"name": "k", "type": "S", "more": "x"}]
aws.dynamodb.Table(
    "t", name="table", billing_mode="PAY_PER_REQUEST", hash_key="k", attributes=attributes, stream_enabled=True,
    opts=opts,
)
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator without the system in it."""
    with Emulator(xray_address="127.0.0.1:9") as emulator:
        yield emulator


def _deployed(emulator: Emulator, directory: Path, program: str) -> Deployment:
    path = directory / "program.py"
    path.write_text(PREAMBLE + textwrap.dedent(program))
    deployment = Deployment(clients=Clients(emulator.endpoint_url))
    try:
        deployment.up(CONFIG, program=path)
    except DeploymentFailed:
        deployment.destroy()
        raise
    return deployment


def test_a_program_is_deployed_and_destroyed_whole(emulator: Emulator, tmp_path: Path) -> None:
    """Resources exist with true outputs, tags and unwrapped secrets; after destroy only the key's window is left."""
    deployment = _deployed(
        emulator,
        tmp_path,
        """
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=provider)).account_id
        key = aws.kms.Key("k", policy=account.apply(lambda id: pulumi.Output.json_dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{id}:root"}, "Action": "kms:*",
                           "Resource": "*"}]})), opts=opts)
        queue = aws.sqs.Queue("q", name="one", visibility_timeout_seconds=7, tags={"of": "q"}, opts=opts)
        word = aws.ssm.Parameter("p", name="/word", type="SecureString", key_id=key.arn,
                                 value=pulumi.Config("webhook-processor").require_secret("word"), opts=opts)
        pulumi.export("queue", {"url": queue.url, "arn": queue.arn})
        """,
    )
    clients, url = deployment.clients, deployment.outputs["queue"]["url"]
    assert url.startswith(emulator.endpoint_url)
    assert deployment.outputs["queue"]["arn"] == "arn:aws:sqs:us-east-1:000000000000:one"
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert attributes == {"VisibilityTimeout": "7"}
    assert clients.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"owner": "me", "of": "q"}
    parameter = clients.ssm.get_parameter(Name="/word", WithDecryption=True)["Parameter"]
    assert (parameter["Type"], parameter["Value"]) == ("SecureString", "hidden")
    (left,) = deployment.destroy()
    assert left.startswith(PENDING_DELETION)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'aws.sqs.Queue("q", name="two", fifo_throughput_limit="perQueue", opts=opts)',
            "aws:sqs/queue:Queue: property fifoThroughputLimit is not implemented by the local runner",
        ),
        (
            TABLE_WITH_MORE_THAN_A_KEY,
            "aws:dynamodb/table:Table: property attributes[0].more, streamEnabled is not implemented by the local",
        ),
        ('aws.iam.User("u", opts=opts)', "aws:iam/user:User: this resource type is not implemented"),
        (
            "aws.get_regions(opts=pulumi.InvokeOptions(provider=provider))",
            "aws:index/getRegions:getRegions: this invoke is not implemented",
        ),
        ('aws.Provider("other", region="eu-west-1")', "the local system is in us-east-1 only"),
        ('aws.Provider("other", region="us-east-1", profile="me")', "pulumi:providers:aws: property profile is not"),
        ("raise ValueError('no')", "not deployed: ValueError: no"),
    ],
)
def test_what_is_not_implemented_stops_the_deployment(
    emulator: Emulator, tmp_path: Path, program: str, message: str
) -> None:
    """A property, type or invoke that the runner would have to ignore is an error that names it; nothing stays."""
    before = inventory(Clients(emulator.endpoint_url))
    with pytest.raises(DeploymentFailed) as raised:
        _deployed(emulator, tmp_path, program)
    assert message in raised.value.message
    assert inventory(Clients(emulator.endpoint_url)) == before


def test_a_taken_port_is_a_problem() -> None:
    """The port is taken before the emulator starts, so the message is plain."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Problem, match="choose another --port"):
            Emulator(port=other.getsockname()[1], xray_address="127.0.0.1:9").start()


def test_the_users_aws_environment_reaches_nobody(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the runner's clients nor the emulator's process see profiles, credentials or proxies of the user."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://users-own")
    assert Clients(emulator.endpoint_url).sts.get_caller_identity()["Account"] == "000000000000"
    with Emulator(xray_address="127.0.0.1:9") as other:
        environment = _environment_of(other)
        assert "users-own" not in environment
        assert "AUTH=true" in environment


def _environment_of(emulator: Emulator) -> str:
    path = Path(f"/proc/{emulator.pid}/environ")
    if not path.exists():
        pytest.skip("the environment of another process can be read on Linux only")
    return path.read_text().replace("\0", "\n")


def test_stopping_leaves_no_process_and_no_file() -> None:
    """After an orderly end the process, its files and its log are gone; a second stop does nothing."""
    emulator = Emulator(xray_address="127.0.0.1:9")
    emulator.start()
    pid, log, directory = emulator.pid, emulator.log_path, emulator.directory
    assert pid is not None
    assert directory is not None
    assert directory.exists()
    emulator.stop()
    emulator.stop()
    assert not _lives(pid)
    assert not log.exists()
    assert not directory.exists()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _served() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run `up --json`, with what it reports; whatever the test does to it, it is gone at the end."""
    command = [sys.executable, "-m", "local", "up", "--json", "--source", "shop=stripe:whsec_test"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as runner:  # noqa: S603 - fixed
        try:
            assert runner.stdout is not None
            yield runner, json.loads(runner.stdout.readline())
        finally:
            runner.kill()


def test_a_killed_runner_takes_everything_with_it() -> None:
    """Even SIGKILL of the runner ends the emulator and the workers that run the function, and removes their files."""
    with _served() as (runner, report):
        with pytest.raises(HTTPError, match="405"):
            urlopen(f"{report['webhook_url']}shop", timeout=30)  # noqa: S310 - loopback
        group = _group_below(runner.pid)
        directory = _temporary_directory(group)
        assert directory.exists()
        assert len(_members(group)) == 2
        runner.kill()
        runner.wait()
    assert wait_until(lambda: not _members(group))
    assert wait_until(lambda: not directory.exists())


def test_sigterm_leaves_one_line_of_json_and_no_process() -> None:
    """An orderly end prints one line of JSON and nothing else, exits 0 and leaves no process."""
    with _served() as (runner, report):
        assert report["webhook_url"].startswith(report["endpoint_url"])
        group = _group_below(runner.pid)
        runner.terminate()
        assert runner.stdout is not None
        assert runner.stdout.read() == ""
        assert runner.wait() == 0
    assert not _members(group)


def _processes() -> list[tuple[int, int, int]]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,pgid="], capture_output=True, text=True, check=True)  # noqa: S607 - wherever ps is
    return [tuple(int(field) for field in line.split()) for line in listing.stdout.splitlines()]  # type: ignore[misc]  # three fields a line


def _group_below(parent: int) -> int:
    (child,) = [pid for pid, ppid, _ in _processes() if ppid == parent]
    return child


def _members(group: int) -> list[int]:
    return [pid for pid, _, pgid in _processes() if pgid == group]


def _temporary_directory(pid: int) -> Path:
    path = Path(f"/proc/{pid}/environ")
    if not path.exists():
        pytest.skip("the environment of another process can be read on Linux only")
    environment = dict(entry.partition("=")[::2] for entry in path.read_text().split("\0"))
    return Path(environment["TMPDIR"])
