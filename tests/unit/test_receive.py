"""The HTTP trigger, request by request."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from lambda_src import providers
from lambda_src.queue import Queue
from lambda_src.receive import Receiver
from lambda_src.signing_secrets import SigningSecrets
from lambda_src.sources import Source
from tests.unit.fakes import FakeAws

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SECRET, OLD_SECRET = "whsec_canary_new", "whsec_canary_old"
BODY = '{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1795435200,"data":{"object":{}}}'
HOST = "abc.lambda-url.us-east-1.on.aws"
NOT_AUTHENTIC = '{"error":"not_authentic"}'


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def aws() -> FakeAws:
    """An AWS whose parameter store holds two live secrets."""
    fake = FakeAws()
    fake.hold_secret(json.dumps([SECRET, OLD_SECRET]))
    return fake


def receiver(aws: FakeAws, clock: Clock | None = None) -> Receiver:
    """A receiver with a Stripe and a Square source."""
    sources = {
        "shop": Source(provider="stripe"),
        "till": Source(provider="square"),
        "till2": Source(provider="square", notification_url="https://hooks.example.com/till"),
    }
    secrets = SigningSecrets("/webhook-processor/dev/sources", aws, clock or Clock())
    return Receiver(sources, secrets, Queue("https://queue", aws), "webhook-processor-dev", lambda: NOW)


def signature(body: str | bytes = BODY, secret: str = SECRET, age: int = 0) -> str:
    """A Stripe-Signature header, by Stripe's own library."""
    at = int(NOW.timestamp()) - age
    text = body if isinstance(body, str) else body.decode("latin-1")
    if isinstance(body, bytes):
        import hashlib  # noqa: PLC0415 - bytes that the library cannot take
        import hmac  # noqa: PLC0415 - same

        return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"
    return f"t={at},v1={stripe.WebhookSignature._compute_signature(f'{at}.{text}', secret)}"


def http(path: str = "/shop", body: str | None = BODY, method: str = "POST", **headers: str) -> dict[str, Any]:
    """A request as Lambda hands it over."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "rawPath": path,
        "headers": named or {"Stripe-Signature": signature(body or "")},
        "requestContext": {"http": {"method": method}, "domainName": HOST, "requestId": "r-1"},
        "body": body,
        "isBase64Encoded": False,
    }


def answer(response: dict[str, Any]) -> tuple[int, str]:
    """Status and body of a response."""
    return response["statusCode"], response["body"]


def log_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The last line of the log."""
    line: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return line


def test_a_good_request_is_in_the_queue_before_it_is_acknowledged(
    aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """200 follows one SendMessage that holds the body, its source, its time and a fresh delivery id."""
    assert answer(receiver(aws).receive(http())) == (200, '{"received":true}')
    (sent,) = aws.of("sqs.send_message")
    message = json.loads(sent["MessageBody"])
    line = log_of(capsys)
    assert (sent["QueueUrl"], message["body"], message["source"]) == ("https://queue", BODY, "shop")
    assert message["received_at"] == "2026-11-23T12:00:00Z"
    assert (line["outcome"], line["delivery_id"], line["secret_position"]) == ("accepted", message["delivery_id"], 0)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"x": "y"}, "missing_header"),
        ({"stripe_signature": "nonsense"}, "malformed_header"),
        ({"stripe_signature": "t=1,v1=é"}, "malformed_signature"),
        ({"stripe_signature": signature(secret="whsec_wrong")}, "wrong_secret"),
        ({"stripe_signature": signature(age=301)}, "timestamp_too_old"),
        ({"stripe_signature": signature(age=-301)}, "timestamp_in_future"),
    ],
)
def test_every_failed_check_looks_the_same_from_outside(
    headers: dict[str, str], reason: str, aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sender sees one 401, the log has the typed reason, and nothing is enqueued."""
    response = receiver(aws).receive(http(**headers))
    assert answer(response) == (401, NOT_AUTHENTIC)
    assert log_of(capsys)["reason"] == reason
    assert aws.of("sqs.send_message") == []


def test_the_window_is_open_to_its_edges(aws: FakeAws) -> None:
    """A signature of 300 seconds ago or ahead is accepted."""
    for age in (300, -300):
        assert receiver(aws).receive(http(stripe_signature=signature(age=age)))["statusCode"] == 200


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        ("/nobody", "POST", (404, '{"error":"unknown_source"}')),
        ("/shop/", "POST", (404, '{"error":"unknown_source"}')),
        ("//shop", "POST", (404, '{"error":"unknown_source"}')),
        ("/", "POST", (404, '{"error":"unknown_source"}')),
        ("/shop", "GET", (405, '{"error":"method_not_allowed"}')),
    ],
)
def test_what_is_no_webhook_costs_no_call(path: str, method: str, expected: tuple[int, str], aws: FakeAws) -> None:
    """A wrong path or method is refused without asking AWS anything."""
    assert answer(receiver(aws).receive(http(path, method=method))) == expected
    assert aws.calls == []


def test_a_base64_body_is_verified_over_its_bytes(aws: FakeAws) -> None:
    """The signature covers the decoded bytes; what is no base64 gets 400."""
    event = http(stripe_signature=signature()) | {"isBase64Encoded": True}
    assert receiver(aws).receive(event | {"body": base64.b64encode(BODY.encode()).decode()})["statusCode"] == 200
    assert answer(receiver(aws).receive(event | {"body": "@@@"})) == (400, '{"error":"malformed"}')
    assert receiver(aws).receive(event | {"body": BODY})["statusCode"] == 400


def test_a_body_that_only_grows_too_large_in_the_queue_is_refused(aws: FakeAws) -> None:
    """Control characters grow sixfold as JSON; what then exceeds 1 MiB gets 413 and is not enqueued."""
    body = '{"a":"' + "\u0001" * 200_000 + '"}'
    response = receiver(aws).receive(http(body=body, stripe_signature=signature(body)))
    assert answer(response) == (413, '{"error":"too_large"}')
    assert aws.of("sqs.send_message") == []


def test_a_signed_body_that_is_not_utf8_is_kept_whole(aws: FakeAws) -> None:
    """Bytes that are no text are accepted and lie in the queue as they came."""
    body = b'{"id":"\xff\xfe"}'
    event = http(stripe_signature=signature(body)) | {"isBase64Encoded": True}
    assert receiver(aws).receive(event | {"body": base64.b64encode(body).decode()})["statusCode"] == 200
    message = json.loads(aws.of("sqs.send_message")[0]["MessageBody"])
    assert base64.b64decode(message["body_base64"]) == body


def test_characters_that_sqs_refuses_are_escaped(aws: FakeAws) -> None:
    """U+FFFE and U+FFFF are legal in UTF-8 and not in a message; they travel as JSON escapes."""
    body = '{"id":"\ufffe\uffff"}'
    assert receiver(aws).receive(http(body=body, stripe_signature=signature(body)))["statusCode"] == 200
    sent = aws.of("sqs.send_message")[0]["MessageBody"]
    assert "\ufffe" not in sent
    assert json.loads(sent)["body"] == body


@pytest.mark.parametrize(
    ("source", "url"), [("till", f"https://{HOST}/till"), ("till2", "https://hooks.example.com/till")]
)
def test_a_signed_url_is_the_registered_one_and_never_the_host_header(source: str, url: str, aws: FakeAws) -> None:
    """Square's URL is the configured one, else the one of the request context."""
    from local.signing import sign  # noqa: PLC0415 - used once

    aws.hold_secret("square-key")
    good = sign("square", BODY.encode(), "square-key", url=url).headers | {"host": "evil.example.com"}
    forged = sign("square", BODY.encode(), "square-key", url="https://evil.example.com/" + source).headers
    assert receiver(aws).receive(http(f"/{source}") | {"headers": good})["statusCode"] == 200
    assert receiver(aws).receive(http(f"/{source}") | {"headers": forged})["statusCode"] == 401


def test_a_queue_that_does_not_confirm_is_no_acknowledgement(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """When the message may not be stored the provider is asked to come back."""
    aws.fail("sqs.send_message", "Unreachable")
    response = receiver(aws).receive(http())
    assert (answer(response), response["headers"]["retry-after"]) == ((503, '{"error":"unavailable"}'), "30")
    assert log_of(capsys)["reason"] == "queue_unavailable"


def test_a_fault_of_ours_refuses_and_tells_only_its_place(
    aws: FakeAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception is a 503, and its message, which may hold data, is not logged."""

    def broken(name: str) -> None:
        raise KeyError(f"4242424242424242 {name}")

    monkeypatch.setattr(providers, "load", broken)
    assert receiver(aws).receive(http())["statusCode"] == 503
    out = capsys.readouterr().out
    assert json.loads(out)["detail"].startswith("KeyError at test_receive.py:")
    assert "4242" not in out


def test_the_older_secret_still_works_and_is_told_apart(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """The position of the secret that matched is a metric."""
    assert receiver(aws).receive(http(stripe_signature=signature(secret=OLD_SECRET)))["statusCode"] == 200
    assert log_of(capsys)["secret_position"] == 1


def test_a_rotated_secret_is_used_without_a_restart(aws: FakeAws) -> None:
    """A mismatch fetches the secrets once more, half a minute after the last fetch at the earliest."""
    clock = Clock()
    receiving = receiver(aws, clock)
    assert receiving.receive(http())["statusCode"] == 200
    aws.hold_secret('["whsec_rotated"]')
    rotated = http(stripe_signature=signature(secret="whsec_rotated"))
    assert receiving.receive(rotated)["statusCode"] == 401
    clock.seconds += 30
    assert receiving.receive(rotated)["statusCode"] == 200
    assert receiving.receive(http())["statusCode"] == 401


def test_a_flood_of_forgeries_is_no_flood_of_calls(aws: FakeAws) -> None:
    """A thousand forgeries in a minute fetch the secrets three times and nothing else."""
    clock = Clock()
    receiving = receiver(aws, clock)
    for _ in range(1000):
        assert receiving.receive(http(stripe_signature=signature(secret="whsec_wrong")))["statusCode"] == 401
        clock.seconds += 0.0625
    assert [name for name, _ in aws.calls] == ["ssm.get_parameter"] * 3


def test_known_secrets_outlive_an_outage_of_the_store(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Cached secrets verify for an hour while the store is away; without any, and after that, 503."""
    clock = Clock()
    receiving = receiver(aws, clock)
    assert receiving.receive(http())["statusCode"] == 200
    aws.fail("ssm.get_parameter", "Unreachable")
    for seconds, status in ((299, 200), (1, 200), (3299, 200), (1, 503)):
        clock.seconds += seconds
        assert receiving.receive(http())["statusCode"] == status
    assert receiver(aws).receive(http())["statusCode"] == 503
    assert log_of(capsys)["reason"] == "secret_store_unavailable"


@pytest.mark.parametrize("value", ["[]", "", '[""]'])
def test_a_source_without_a_secret_accepts_nothing(
    value: str, aws: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unset secret is 503, and works seconds after operators have set it."""
    clock = Clock()
    aws.hold_secret(value)
    receiving = receiver(aws, clock)
    empty = http(stripe_signature=signature(secret=""))
    assert receiving.receive(empty)["statusCode"] == 503
    assert log_of(capsys)["reason"] == "secret_not_configured"
    aws.hold_secret(SECRET)
    clock.seconds += 3
    assert receiving.receive(http())["statusCode"] == 200


def test_a_malformed_parameter_is_named_and_not_shown(aws: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter that is no list of strings is 503 with the way out, without its content."""
    aws.hold_secret('["whsec_canary", 7]')
    assert receiver(aws).receive(http())["statusCode"] == 503
    out = capsys.readouterr().out
    assert (json.loads(out)["reason"], "canary" in out) == ("secret_malformed", False)
