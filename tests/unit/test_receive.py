"""The HTTP trigger: what is accepted, what is refused and how, and that a refusal changes nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.queue import MESSAGE_LIMIT_BYTES, Queue
from lambda_src.receive import Receiver
from lambda_src.signing_secrets import SigningSecrets
from lambda_src.sources import Source
from tests.unit.harness import (
    FUNCTION,
    NOW,
    QUEUE_URL,
    SECRETS_PATH,
    STRIPE_SECRET,
    Clock,
    FakeAws,
    FakeProvider,
    http_event,
    log_lines,
    stripe_body,
    stripe_event,
    stripe_signature,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCES = {
    "stripe": Source(provider="stripe"),
    "stripe-slow": Source(provider="stripe", tolerance_seconds=3600),
    "square": Source(provider="square"),
    "square-named": Source(provider="square", notification_url="https://pay.example/hooks"),
    "fakepay": Source(provider="fakepay"),
}


def receiver(aws: FakeAws, clock: Clock | None = None) -> Receiver:
    """Build a receiver at the fixed time."""
    secrets = SigningSecrets(SECRETS_PATH, aws, clock or Clock())
    return Receiver(SOURCES, secrets, Queue(QUEUE_URL, aws), FUNCTION, lambda: NOW)


def good_aws() -> FakeAws:
    """Make an AWS in which Stripe's and Square's sources have a secret."""
    return FakeAws(
        stripe=STRIPE_SECRET, stripe_slow=STRIPE_SECRET, square="square-key", square_named="square-key", fakepay="hush"
    )


def square_event(source: str, signed_url: str, **parts: str) -> dict[str, Any]:
    """Build a Square request whose signature is over the given URL."""
    body = b'{"event_id":"e1","type":"payment.updated"}'
    mac = hmac.new(b"square-key", signed_url.encode() + body, hashlib.sha256).digest()
    return http_event(f"/{source}", body, {"x-square-hmacsha256-signature": base64.b64encode(mac).decode()}, **parts)  # type: ignore[arg-type] # base64 is not among the parts


def test_signed_request_is_queued_then_acknowledged(capsys: pytest.CaptureFixture[str]) -> None:
    """A good request gets 200 with the provider's acknowledgement, and lies whole in the queue."""
    aws = good_aws()
    answer = receiver(aws).receive(stripe_event())
    assert answer == {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": '{"received":true}',
    }
    (delivery,) = aws.delivered()
    assert (delivery.source, delivery.provider, delivery.received_at) == ("stripe", "stripe", NOW)
    assert delivery.raw == stripe_body()
    assert aws.operations() == ["get_parameter", "send_message"]
    (line,) = log_lines(capsys)
    assert (line["outcome"], line["delivery_id"], line["request_id"]) == ("accepted", delivery.delivery_id, "request-1")
    assert (line["received"], line["enqueued"], line["secret_position"], line["masked"]) == (1, 1, 0, 0)


def test_every_delivery_has_its_own_id() -> None:
    """Two requests with the same bytes are two deliveries."""
    aws = good_aws()
    shop = receiver(aws)
    shop.receive(stripe_event())
    shop.receive(stripe_event())
    first, second = aws.delivered()
    assert first.delivery_id != second.delivery_id


def test_provider_decides_acknowledgement_and_forwarded_headers(fake_provider: FakeProvider) -> None:
    """The answer's body and type are the provider's; only the headers it names travel on, in lower case."""
    aws = good_aws()
    headers = {"FakePay-Secret": "hush", "FakePay-Note": "n1", "Authorization": "Bearer x"}
    answer = receiver(aws).receive(http_event("/fakepay", "[]", headers))
    assert (answer["statusCode"], answer["body"]) == (200, fake_provider.ACKNOWLEDGEMENT.body)
    assert answer["headers"]["content-type"] == "text/plain"
    assert aws.delivered()[0].headers == {"fakepay-note": "n1"}


def _tampered() -> dict[str, Any]:
    event = stripe_event()
    event["body"] = event["body"].replace("1050", "1051")
    return event


def _without_signature() -> dict[str, Any]:
    return http_event("/stripe", stripe_body())


def _header(value: str) -> dict[str, Any]:
    return http_event("/stripe", stripe_body(), {"stripe-signature": value})


UNAUTHENTIC: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "one byte changed": (_tampered, "wrong_secret"),
    "another's secret": (lambda: stripe_event(secret="whsec_other"), "wrong_secret"),
    "no signature": (_without_signature, "missing_header"),
    "no time": (lambda: _header("v1=" + "0" * 64), "malformed_header"),
    "not a header of Stripe": (lambda: _header("\x00,=,,==\u00e9"), "malformed_header"),
    "only another scheme": (lambda: _header("t=1,v0=" + "0" * 64), "missing_signature"),
    "not hexadecimal": (lambda: _header("t=1,v1=zz"), "malformed_signature"),
    "too old": (lambda: stripe_event(at=NOW - timedelta(seconds=301)), "timestamp_too_old"),
    "from the future": (lambda: stripe_event(at=NOW + timedelta(seconds=301)), "timestamp_in_future"),
    "empty body": (lambda: http_event("/stripe", "", {"stripe-signature": stripe_signature(b"x")}), "wrong_secret"),
}


@pytest.mark.parametrize("name", UNAUTHENTIC)
def test_unauthentic_request_is_refused_without_a_trace(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever fails, the answer is the same 401 to the byte; only the log tells why; nothing is queued."""
    build, reason = UNAUTHENTIC[name]
    aws = good_aws()
    answer = receiver(aws).receive(build())
    assert answer == {
        "statusCode": 401,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": '{"error":"not_authentic"}',
    }
    assert set(aws.operations()) <= {"get_parameter"}
    (line,) = log_lines(capsys)
    assert (line["level"], line["outcome"], line["reason"]) == ("WARN", "rejected", reason)
    assert (line["received"], line["rejected"]) == (1, 1)
    assert "enqueued" not in line


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_replay_window_is_closed_both_ways(seconds: int) -> None:
    """A signed time up to the tolerance away, before or after the receipt, passes."""
    answer = receiver(good_aws()).receive(stripe_event(at=NOW + timedelta(seconds=seconds)))
    assert answer["statusCode"] == 200


def test_tolerance_is_a_setting_of_the_source() -> None:
    """A source with a wider window accepts what another refuses."""
    event = stripe_event(at=NOW - timedelta(seconds=3600), path="/stripe-slow")
    assert receiver(good_aws()).receive(event)["statusCode"] == 200


@pytest.mark.parametrize("path", ["/", "/nobody", "/stripe/", "/stripe/x", "//stripe", "/STRIPE", "/../stripe", ""])
def test_unknown_source_is_not_found(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that names no source gets 404, costs no AWS call and no metric, and is not repeated in the log."""
    aws = good_aws()
    answer = receiver(aws).receive(http_event(path, "x"))
    assert (answer["statusCode"], answer["body"]) == (404, '{"error":"unknown_source"}')
    assert aws.calls == []
    (line,) = log_lines(capsys)
    assert line["reason"] == "unknown_source"
    assert "_aws" not in line
    assert "nobody" not in json.dumps(line)


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS", "DELETE"])
def test_other_methods_are_not_allowed(method: str) -> None:
    """Anything but POST gets 405 with Allow, before anything else is looked at."""
    aws = good_aws()
    answer = receiver(aws).receive(http_event("/stripe", "x", method=method))
    assert (answer["statusCode"], answer["body"]) == (405, '{"error":"method_not_allowed"}')
    assert answer["headers"]["allow"] == "POST"
    assert aws.calls == []


@pytest.mark.parametrize("body", ["%%%", "YWJj\n", "YWJ", "\u00e9\u00e9\u00e9\u00e9"])
def test_undecodable_base64_is_malformed(body: str) -> None:
    """A body that is marked as base64 and is none gets 400, before any secret is fetched."""
    aws = good_aws()
    answer = receiver(aws).receive(http_event("/stripe", body, base64=True))
    assert (answer["statusCode"], answer["body"]) == (400, '{"error":"malformed"}')
    assert aws.calls == []


def test_signature_is_checked_over_the_decoded_bytes() -> None:
    """A base64 body verifies over what it stands for, and that is what is queued."""
    aws = good_aws()
    event = stripe_event()
    event |= {"body": base64.b64encode(stripe_body()).decode(), "isBase64Encoded": True}
    assert receiver(aws).receive(event)["statusCode"] == 200
    assert aws.delivered()[0].raw == stripe_body()


@pytest.mark.parametrize("name", ["Stripe-Signature", "STRIPE-SIGNATURE", "stripe-signature"])
def test_header_names_are_case_insensitive(name: str) -> None:
    """The signature is found however its header's name is written."""
    event = http_event("/stripe", stripe_body(), {name: stripe_signature(stripe_body())})
    assert receiver(good_aws()).receive(event)["statusCode"] == 200


@pytest.mark.parametrize("is_base64", [False, True])
def test_body_over_the_limit_is_too_large(*, is_base64: bool) -> None:
    """A body of more bytes than a message holds gets 413, before any secret is fetched."""
    aws = good_aws()
    text = "x" * (MESSAGE_LIMIT_BYTES + 1)
    body = base64.b64encode(text.encode()).decode() if is_base64 else text
    answer = receiver(aws).receive(http_event("/stripe", body, base64=is_base64))
    assert (answer["statusCode"], answer["body"]) == (413, '{"error":"too_large"}')
    assert aws.calls == []


def test_huge_base64_is_not_decoded() -> None:
    """A base64 text that cannot be small enough is refused by its length, good base64 or not."""
    answer = receiver(good_aws()).receive(http_event("/stripe", "%" * (2 * MESSAGE_LIMIT_BYTES + 1), base64=True))
    assert answer["statusCode"] == 413


@pytest.mark.parametrize(
    ("fill", "status"),
    [
        ("x", 200),
        ("\\n", 413),  # a JSON escape: the message escapes its backslash again
        ("\u00e9", 200),
    ],
)
def test_limit_counts_bytes_of_the_message(fill: str, status: int) -> None:
    """What counts is the size as a queue message: a signed body that outgrows it by its escapes gets 413."""
    aws = good_aws()
    room = MESSAGE_LIMIT_BYTES - 1000
    body = stripe_body(description=json.loads(f'"{fill}"') * (room // len(fill.encode()) - 400))
    body = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert len(body) <= MESSAGE_LIMIT_BYTES
    answer = receiver(aws).receive(stripe_event(body))
    assert answer["statusCode"] == status
    assert len(aws.of("send_message")) == (status == 200)
    for message in aws.of("send_message"):
        assert len(message["MessageBody"].encode()) <= MESSAGE_LIMIT_BYTES


def test_signed_body_that_is_not_utf8_is_kept_whole() -> None:
    """Bytes that are no text are the signer's business: accepted, and stored to the byte."""
    aws = good_aws()
    raw = b'{"id":"\xff\xfe\x00"}'
    time = int(NOW.timestamp())
    mac = hmac.new(STRIPE_SECRET.encode(), b"%d.%s" % (time, raw), hashlib.sha256).hexdigest()
    event = http_event("/stripe", base64.b64encode(raw), {"stripe-signature": f"t={time},v1={mac}"}, base64=True)
    assert receiver(aws).receive(event)["statusCode"] == 200
    assert aws.delivered()[0].raw == raw


@given(st.binary(max_size=200))
def test_any_signed_bytes_arrive_as_they_are(raw: bytes) -> None:
    """Whatever is signed comes out of the queue byte for byte, in characters that SQS takes."""
    aws = good_aws()
    time = int(NOW.timestamp())
    mac = hmac.new(STRIPE_SECRET.encode(), b"%d.%s" % (time, raw), hashlib.sha256).hexdigest()
    event = http_event("/stripe", base64.b64encode(raw), {"stripe-signature": f"t={time},v1={mac}"}, base64=True)
    assert receiver(aws).receive(event)["statusCode"] == 200
    assert aws.delivered()[0].raw == raw
    text = aws.of("send_message")[0]["MessageBody"]
    assert not [c for c in text if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff"]


def test_url_is_made_of_the_request_context(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a notification URL the signed URL is the function's own; the Host header decides nothing."""
    aws = good_aws()
    answer = receiver(aws).receive(square_event("square", "https://fn.lambda-url.example/square"))
    assert answer["statusCode"] == 200
    answer = receiver(aws).receive(square_event("square", "https://forged.example/square"))
    assert answer["statusCode"] == 401
    assert [line.get("reason") for line in log_lines(capsys)] == [None, "wrong_secret"]


def test_notification_url_goes_before_the_request() -> None:
    """Where the source names the URL that was registered, that one is checked and the request's own is not."""
    aws = good_aws()
    named = square_event("square-named", "https://pay.example/hooks", domain="behind.a.proxy.example")
    assert receiver(aws).receive(named)["statusCode"] == 200
    own = square_event("square-named", "https://fn.lambda-url.example/square-named")
    assert receiver(aws).receive(own)["statusCode"] == 401


@pytest.mark.usefixtures("broken_provider")
def test_bug_in_a_provider_is_not_the_senders_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """An unforeseen exception answers 503, and the log has its type and place but not its message."""
    aws = good_aws()
    answer = receiver(aws).receive(http_event("/fakepay", "[]", {"fakepay-secret": "hush"}))
    assert (answer["statusCode"], answer["body"]) == (503, '{"error":"unavailable"}')
    out = capsys.readouterr().out
    line = json.loads(out)
    assert line["reason"] == "unexpected"
    assert line["detail"].startswith("KeyError at harness.py:")
    assert "whsec_hidden" not in out
    assert aws.of("send_message") == []


@pytest.mark.parametrize("code", ["Unreachable", "OutOfTime", "AccessDenied", "ThrottlingException"])
def test_queue_that_does_not_confirm_is_503(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the queue's confirmation there is no 2xx, and the sender is asked to come back."""
    aws = good_aws()
    aws.fail("send_message", code)
    answer = receiver(aws).receive(stripe_event())
    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
    assert answer["body"] == '{"error":"unavailable"}'
    (line,) = log_lines(capsys)
    assert (line["level"], line["reason"], line["unavailable"]) == ("ERROR", "queue_unavailable", 1)
    assert line["detail"] == f"send_message: {code}"
    assert "enqueued" not in line


def test_store_out_of_reach_with_a_cold_cache_is_503(capsys: pytest.CaptureFixture[str]) -> None:
    """A secret that cannot be fetched refuses a good and a forged request alike."""
    for event in (stripe_event(), stripe_event(secret="whsec_other")):
        aws = good_aws()
        aws.fail("get_parameter", "Unreachable")
        answer = receiver(aws).receive(event)
        assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "30")
        assert aws.of("send_message") == []
    assert {line["reason"] for line in log_lines(capsys)} == {"secret_store_unavailable"}


@pytest.mark.parametrize("value", ["[]", "", " ", "[ ]", '[""]', '["  "]'])
def test_unset_secret_is_503_never_acceptance(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """While nobody has configured a secret, not even a signature made with the empty one is accepted."""
    for secret in ("", " ", "  ", "[]", value):
        aws = FakeAws(stripe=value)
        answer = receiver(aws).receive(stripe_event(secret=secret))
        assert answer["statusCode"] == 503
        assert aws.of("send_message") == []
    assert {line["reason"] for line in log_lines(capsys)} <= {"secret_not_configured", "secret_malformed"}


def test_missing_parameter_is_503() -> None:
    """A parameter that is not there is a secret that is not configured."""
    assert receiver(FakeAws()).receive(stripe_event())["statusCode"] == 503


def test_filled_parameter_is_noticed_soon() -> None:
    """Once operators fill the parameter, requests are accepted within seconds and without a restart."""
    aws, clock = FakeAws(stripe="[]"), Clock()
    shop = receiver(aws, clock)
    assert shop.receive(stripe_event())["statusCode"] == 503
    aws.secrets["stripe"] = STRIPE_SECRET
    assert shop.receive(stripe_event())["statusCode"] == 503
    clock.seconds += 3
    assert shop.receive(stripe_event())["statusCode"] == 200


def test_either_of_two_live_secrets_is_accepted_and_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """The metric tells which secret matched: 0 the newest, 1 the one before."""
    aws = FakeAws(stripe='["whsec_new","whsec_old"]')
    shop = receiver(aws)
    for secret in ("whsec_new", "whsec_old"):
        assert shop.receive(stripe_event(secret=secret))["statusCode"] == 200
    assert [line["secret_position"] for line in log_lines(capsys)] == [0, 1]
    assert aws.operations().count("get_parameter") == 1


def test_rotation_is_noticed_without_a_restart() -> None:
    """A signature by a secret that was put in since the last fetch is accepted after one refresh."""
    aws, clock = FakeAws(stripe='["whsec_old"]'), Clock()
    shop = receiver(aws, clock)
    assert shop.receive(stripe_event(secret="whsec_old"))["statusCode"] == 200
    aws.secrets["stripe"] = '["whsec_new","whsec_old"]'
    clock.seconds += 30
    assert shop.receive(stripe_event(secret="whsec_new"))["statusCode"] == 200
    assert aws.operations() == ["get_parameter", "send_message", "get_parameter", "send_message"]


def test_retired_secret_is_refused_after_the_cache_ends() -> None:
    """A secret that was taken out stops working when the cache is renewed."""
    aws, clock = FakeAws(stripe='["whsec_old"]'), Clock()
    shop = receiver(aws, clock)
    assert shop.receive(stripe_event(secret="whsec_old"))["statusCode"] == 200
    aws.secrets["stripe"] = '["whsec_new"]'
    clock.seconds += 300
    assert shop.receive(stripe_event(secret="whsec_old"))["statusCode"] == 401


def test_flood_of_forgeries_costs_one_fetch_in_thirty_seconds() -> None:
    """However many forgeries arrive, SSM sees at most one call in 30 s."""
    aws, clock = good_aws(), Clock()
    shop = receiver(aws, clock)
    for _ in range(600):
        assert shop.receive(stripe_event(secret="whsec_forged"))["statusCode"] == 401
        clock.seconds += 0.5
    assert aws.operations() == ["get_parameter"] * 10


def test_flood_of_forgeries_is_counted_whole_and_logged_in_part(capsys: pytest.CaptureFixture[str]) -> None:
    """Ten thousand forgeries cost about as much log as a hundred, and the metric tells of all of them."""
    shop = receiver(good_aws())
    forged = stripe_event(secret="whsec_forged")
    assert {shop.receive(forged)["statusCode"] for _ in range(10_020)} == {401}
    lines = log_lines(capsys)
    assert len(lines) <= 120 + 2 * 20
    assert sum(line["rejected"] for line in lines) == sum(line["received"] for line in lines) > 10_020 - 100
    assert max(line.get("times", 1) for line in lines) == 100


def test_verification_goes_on_through_an_outage_of_the_store() -> None:
    """With the store out of reach the cached secret serves for an hour; then requests get 503."""
    aws, clock = good_aws(), Clock()
    shop = receiver(aws, clock)
    assert shop.receive(stripe_event())["statusCode"] == 200
    aws.fail("get_parameter", *["Unreachable"] * 10_000)
    clock.seconds += 3599
    assert shop.receive(stripe_event())["statusCode"] == 200
    assert shop.receive(stripe_event(secret="whsec_forged"))["statusCode"] == 401
    clock.seconds += 1
    assert shop.receive(stripe_event())["statusCode"] == 503


def test_mended_secret_is_noticed_soon() -> None:
    """A secret of the wrong form answers 503; once operators mend it, requests pass within 30 s, without a restart."""
    aws, clock = FakeAws(square="square-key", stripe='["whsec_core\\n"]'), Clock()
    shop = receiver(aws, clock)
    assert shop.receive(stripe_event())["statusCode"] == 503
    aws.secrets["stripe"] = STRIPE_SECRET
    clock.seconds += 30
    assert shop.receive(stripe_event())["statusCode"] == 200


def test_malformed_configuration_of_a_source_does_not_touch_another() -> None:
    """A source whose provider is not built answers 503 while others go on."""
    aws = good_aws()
    assert receiver(aws).receive(http_event("/fakepay", "[]"))["statusCode"] == 503
    assert receiver(aws).receive(stripe_event())["statusCode"] == 200
