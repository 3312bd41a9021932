"""`python -m local` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import stripe

from local.aws import Clients
from local.sending import new_event

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
OUTPUTS = [
    "webhook_url",
    "source_urls",
    "sources",
    "function_name",
    "function_arn",
    "table_name",
    "table_arn",
    "topic_arn",
    "queue_url",
    "queue_arn",
    "dlq_url",
    "dlq_arn",
    "kms_key_arn",
    "kms_alias",
    "log_group_name",
    "secrets_path",
    "alarm_topic_arn",
    "dashboard_name",
    "event_schema",
    "endpoint_url",
]


def _local(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "local", *arguments]


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """`up --json`, with the one line that it prints."""
    with subprocess.Popen(  # noqa: S603 - a fixed command
        _local("up", "--json", "--source", "shop=stripe:whsec_test"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _post(url: str, body: str, signature: str) -> int:
    request = Request(url, body.encode(), {"stripe-signature": signature, "content-type": "application/json"})  # noqa: S310 - loopback
    try:
        with urlopen(request, timeout=30) as response:  # noqa: S310 - loopback
            return int(response.status)
    except HTTPError as error:
        return error.code


def test_up_prints_every_output_and_takes_a_webhook(served: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """One JSON line holds all outputs; a webhook signed by Stripe's SDK is accepted, one byte changed it is not."""
    _, outputs = served
    assert list(outputs) == OUTPUTS
    body = new_event("stripe", "succeeded", occurred_at=datetime.now(UTC)).body.decode()
    now = int(time.time())
    mac = stripe.WebhookSignature._compute_signature(f"{now}.{body}", "whsec_test")
    url = f"{outputs['webhook_url']}shop"
    assert _post(url, body, f"t={now},v1={mac}") == 200
    assert _post(url, body, f"t={now},v1={mac}") == 200
    assert _post(url, body.replace("evt_", "evT_", 1), f"t={now},v1={mac}") == 401


@pytest.mark.parametrize(
    ("arguments", "answers"),
    [((), ["200"]), (("--duplicate",), ["200", "200"]), (("--forge",), ["401"]), (("--tamper",), ["401"])],
)
def test_send_signs_and_posts(
    arguments: tuple[str, ...], answers: list[str], served: tuple[subprocess.Popen[str], dict[str, str]]
) -> None:
    """`send` finds the running system and prints what it answered."""
    assert served[0].poll() is None
    done = subprocess.run(  # noqa: S603 - a fixed command
        _local("send", "shop", *arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert [word for word in done.stdout.replace(":", " ").split() if word in {"200", "401"}] == answers


def _own_payload(directory: Path, secret: str, *, age_seconds: int = 0) -> tuple[str, ...]:
    """Options for a webhook that Stripe's SDK signed, in files."""
    body = new_event("stripe", "succeeded", occurred_at=datetime.now(UTC)).body
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, int(time.time()) - age_seconds)
    (directory / "body.json").write_bytes(body)
    (directory / "headers.json").write_text(json.dumps({"Stripe-Signature": header, "Content-Length": str(len(body))}))
    return ("--file", str(directory / "body.json"), "--headers", str(directory / "headers.json"))


def test_send_posts_a_file_as_it_is(tmp_path: Path, served: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """A body that Stripe's SDK signed is accepted from its file; an editor's newline more, and the cause is named."""
    assert served[0].poll() is None
    options = _own_payload(tmp_path, "whsec_test")
    assert _said("send", "shop", *options).startswith("body.json (")
    assert ': 200 {"received":true}' in _said("send", "shop", *options)
    with (tmp_path / "body.json").open("ab") as file:
        file.write(b"\n")
    said = _said("send", "shop", *options)
    assert ': 401 {"error":"not_authentic"}' in said
    assert "wrong_secret" in said
    assert "the signature holds for the body without the newline at its end" in said


def test_send_names_an_old_secret_and_the_clock(
    tmp_path: Path, served: tuple[subprocess.Popen[str], dict[str, str]]
) -> None:
    """Refused for a secret that was rotated out and for its age, both are told, and no secret is."""
    _, outputs = served
    ssm = Clients(outputs["endpoint_url"]).ssm
    name = f"{outputs['secrets_path']}/shop/signing-secrets"
    for value in ('["whsec_new", "whsec_retired", "whsec_test"]', '["whsec_test"]'):
        ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    said = _said("send", "shop", *_own_payload(tmp_path, "whsec_retired", age_seconds=430))
    assert "it is signed with an old secret of this source, which was rotated out" in said
    assert "it was signed 7 min before now" in said
    assert "whsec_" not in said


def _said(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - a fixed command
        _local(*arguments),
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "--source", "shop"), "NAME=PROVIDER:SECRET"),
        (("up", "--source", "shop=klarna:x"), "the provider must be one of adyen, "),
        (("up", "--source", "shop=adyen:zz"), "64 hexadecimal digits"),
        (("send", "elsewhere"), "no source 'elsewhere'"),
        (("send", "shop", "--event", "nonsense"), "nonsense"),
        (("send", "shop", "--file", "nowhere.json"), "--file nowhere.json cannot be read: No such file or directory"),
        (("send", "shop", "--file", "README.md", "--headers", "README.md"), "--headers README.md is not JSON"),
        (("send", "shop", "--headers", "README.md"), "--headers needs --file"),
        (("send", "shop", "--file", "README.md", "--forge"), "so it takes no --forge"),
    ],
)
def test_bad_usage_is_one_clear_line(
    arguments: tuple[str, ...], message: str, served: tuple[subprocess.Popen[str], dict[str, str]]
) -> None:
    """A mistake ends with exit code 2 and says what is wrong, without a traceback."""
    assert served[0].poll() is None
    done = subprocess.run(  # noqa: S603 - a fixed command
        _local(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_listen_prints_a_delivery_and_ends_cleanly(served: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """A delivery is one JSON line with what was published; Ctrl-C ends the command with 0, and its queue is gone."""
    _, outputs = served
    with _listener()[0] as listener:
        try:
            _said("send", "shop")
            assert listener.stdout is not None
            heard = json.loads(listener.stdout.readline())
            assert (heard["source"], heard["outcome"], heard["answer"]) == ("shop", "published", 200)
            assert heard["events"][0]["published"]["data"]["amount"] == 2000
        finally:
            listener.send_signal(signal.SIGINT)
        assert listener.wait(timeout=30) == 0
    assert Clients(outputs["endpoint_url"]).sqs.list_queues(QueueNamePrefix="listen-").get("QueueUrls", []) == []


def test_listen_relays_and_explains(served: tuple[subprocess.Popen[str], dict[str, str]]) -> None:
    """What comes through the relay is answered by the function; why it refused a re-encoded body is told beside."""
    assert served[0].poll() is None
    listener, url = _listener("--relay", "0")
    with listener:
        try:
            body = new_event("stripe", "succeeded", occurred_at=datetime.now(UTC)).body.decode()
            header = stripe.WebhookSignature.generate_signature_header(body, "whsec_test")
            assert _post(f"{url}shop", body, header) == 200
            assert _post(f"{url}shop", json.dumps(json.loads(body)), header) == 401
            assert _post(f"{url}elsewhere", body, header) == 404
            assert listener.stdout is not None
            heard = [json.loads(listener.stdout.readline()) for _ in range(3)]
        finally:
            listener.send_signal(signal.SIGINT)
        assert listener.wait(timeout=30) == 0
    assert sorted(each["outcome"] for each in heard) == ["diagnosed", "published", "refused"]
    (why,) = (each for each in heard if each["outcome"] == "diagnosed")
    assert (why["source"], why["reason"], why["proven"]) == ("shop", "wrong_secret", True)
    assert why["causes"] == [
        "the body was re-encoded on its way: the signature holds for the body as JSON indented by 2 spaces"
    ]


def _listener(*options: str) -> tuple[subprocess.Popen[str], str]:
    """`listen --json`, once it listens, and where."""
    process = subprocess.Popen(  # noqa: S603 - a fixed command
        _local("listen", "--json", *options), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "listening" in said
    return process, said.partition(" at ")[2].partition(";")[0]


def test_sigterm_tears_everything_down() -> None:
    """On SIGTERM the system ends with 0 and leaves no process of its own; who listened to it is told."""
    with subprocess.Popen(  # noqa: S603 - a fixed command
        _local("up", "--json", "--env", "brief"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        endpoint = json.loads(process.stdout.readline())["endpoint_url"]
        with _listener()[0] as listener:
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(timeout=30) == 0
            assert listener.stderr is not None
            assert "the system has ended" in listener.stderr.readline()
            assert listener.wait(timeout=30) == 0
    with pytest.raises(OSError, match="refused"):
        urlopen(endpoint, timeout=5)  # noqa: S310 - loopback
