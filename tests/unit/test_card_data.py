"""Planted card data and secrets, and a search of every place where anything is kept or shown."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src.aws import AwsError
from tests.unit.harness import (
    STRIPE_SECRET,
    FakeAws,
    http_event,
    log_lines,
    stripe_body,
    stripe_event,
    stripe_signature,
)
from tests.unit.test_log import DECLARED, assert_embedded_metrics
from tests.unit.test_receive import UNAUTHENTIC, receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.harness import FakeProvider
    from tests.unit.pipe import Pipe

NUMBERS = ("4242424242424242", "5555555555554444", "378282246310005")
WRITTEN = (
    "4242424242424242",
    "4242 4242 4242 4242",
    "5555-5555-5555-4444",
    "5555.5555.5555.4444",
    "3782 822463 10005",
    "paid with 378282246310005, thanks",
    "https://shop.example/4242424242424242?x=%205555555555554444",
    "\u00a05555\u00a05555\u00a05555\u00a04444",
)
CARD = {
    "number": 4242424242424242,
    "cvc": "739",
    "security_code": 739,
    "raw": json.dumps({"number": "4242424242424242", "cvc": "739"}),
    "track": "%B4242424242424242^DOE/JOHN^25121010000000739?",
    "5555555555554444": "a key",
    "texts": WRITTEN,
}
CANARY = "canary_7f3e9d"
"""Part of whatever is secret in these tests."""


def planted(note: str = "") -> bytes:
    """A Stripe event with card data in every place that a merchant can fill."""
    return stripe_body(metadata=CARD, description=WRITTEN[1], note=note)


def assert_clean(text: str, *more: str) -> None:
    """Hold a sink's whole content against every planted value, separators or not."""
    for digits in (text, re.sub(r"(?:[ .+\-\u00a0]|%20|\\u00a0)", "", text)):
        for number in NUMBERS:
            assert number not in digits
    # A time's milliseconds, and a part of an id, may be any three digits.
    assert "739" not in re.findall(r"(?<![\w.\-])\d{3}(?![\w\-])", text)
    for secret in (CANARY, *more):
        assert secret not in text


def sinks(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """The content of the queue, the ledger, the subscriber's queue and the log, in turn, until all is processed."""
    yield from pipe.queued()
    pipe.process_once()
    for item in pipe.items():
        payload = item.get("payload", b"")
        yield payload.decode() if isinstance(payload, bytes) else payload
        yield json.dumps({name: value for name, value in item.items() if name != "payload"}, default=str)
    yield from map(json.dumps, pipe.published())
    captured = capsys.readouterr()
    yield captured.out
    yield captured.err


@pytest.mark.parametrize("ascii_only", [True, False])
def test_planted_card_data_reaches_no_sink(pipe: Pipe, capsys: pytest.CaptureFixture[str], *, ascii_only: bool) -> None:
    """Card numbers however written and codes are in none of: answer, queue, ledger, published event, log."""
    body = json.dumps(json.loads(planted()), ensure_ascii=ascii_only).encode()
    answer = pipe.receiver().receive(stripe_event(body))
    assert answer["statusCode"] == 200
    assert_clean(json.dumps(answer))
    contents = list(sinks(pipe, capsys))
    assert len(contents) >= 7
    assert sum("424242******4242" in content for content in contents) == 3  # queue, ledger, published event
    assert '"masked":' in contents[-2]
    for content in contents:
        assert_clean(content, STRIPE_SECRET)


def test_masked_event_is_processed_like_any_other(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """Masking leaves ids, status and money as they are, and counts what it masked."""
    pipe.receiver().receive(stripe_event(planted()))
    assert log_lines(capsys)[0]["masked"] >= 12
    assert pipe.process_once() == {"batchItemFailures": []}
    state = pipe.state("stripe:pi_1")
    assert (state["status"], state["amount"], state["currency"]) == ("captured", 1050, "EUR")
    (event,) = pipe.published()
    assert event["data"]["payload"]["data"]["object"]["metadata"]["number"] == "424242******4242"


def test_logs_are_declared_fields_and_metrics_only(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of a whole run has only declared fields, and its metrics are in the embedded format."""
    pipe.receiver().receive(stripe_event(planted()))
    pipe.receiver().receive(stripe_event(planted(), secret="whsec_other"))
    pipe.receiver().receive(http_event("/nobody", planted()))
    pipe.process_once()
    pipe.enqueue("{}")
    pipe.process_once()
    lines = log_lines(capsys)
    assert len(lines) == 6
    for line in lines:
        assert set(line) <= DECLARED
        if "_aws" in line:
            assert_embedded_metrics(line)


def _with_canary(event: dict[str, Any]) -> dict[str, Any]:
    """Put the canary wherever a sender may put something that does not change what the request is."""
    event["headers"] |= {"authorization": f"Bearer {CANARY}", "x-custom": CANARY}
    event["rawQueryString"] = f"token={CANARY}"
    event["requestContext"]["http"]["userAgent"] = CANARY
    return event


@pytest.mark.parametrize("name", UNAUTHENTIC)
def test_refusals_show_nothing_of_the_request(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the answer nor the log of a refusal has the body, a header or a secret."""
    event = _with_canary(UNAUTHENTIC[name][0]())
    signature = event["headers"].get("stripe-signature", "")
    event["body"] = planted(note=CANARY).decode() if name != "one byte changed" else event["body"]
    aws = FakeAws(stripe=f"whsec_{CANARY}")
    answer = receiver(aws).receive(event)
    assert answer["statusCode"] == 401
    shown = json.dumps(answer) + capsys.readouterr().out
    assert_clean(shown)
    for part in signature.split(","):
        assert part not in shown or len(part) < 5


@pytest.mark.parametrize("operation", ["get_parameter", "send_message"])
@pytest.mark.parametrize(
    "failure",
    [
        AwsError("x", "AccessDenied", {"Error": {"Message": CANARY}}),
        ValueError(CANARY),
        KeyError(CANARY, "4242424242424242"),
        RuntimeError("4242424242424242"),
    ],
    ids=repr,
)
def test_failures_of_receiving_show_nothing(
    operation: str, failure: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    """When a call fails, whatever its error says, the answer and the log have only its kind and place."""
    secret = f"whsec_{CANARY}"
    aws = FakeAws(stripe=secret)
    aws.fail(operation, failure)
    body = planted(note=CANARY)
    answer = receiver(aws).receive(http_event("/stripe", body, {"stripe-signature": stripe_signature(body, secret)}))
    assert answer["statusCode"] == 503
    assert_clean(json.dumps(answer) + capsys.readouterr().out)


@pytest.mark.parametrize("value", [f'["{CANARY}', f'[{{"{CANARY}":1}}]', f'[" {CANARY}"]', f"{CANARY} two words"])
def test_spoiled_secret_is_not_shown(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter of the wrong form is named by its source, never by its content."""
    answer = receiver(FakeAws(stripe=value)).receive(stripe_event(planted()))
    assert answer["statusCode"] in {401, 503}
    assert_clean(json.dumps(answer) + capsys.readouterr().out)


@pytest.mark.parametrize("failing", ["put_item", "update_item", "publish_batch"])
@pytest.mark.parametrize(
    "failure", [AwsError("x", "ThrottlingException", {"Error": {"Message": CANARY}}), ValueError(CANARY)], ids=repr
)
def test_failures_of_processing_show_nothing(
    failing: str,
    failure: Exception,
    pipe: Pipe,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """When a step fails, whatever its error says, the log has only its kind and place, and the message stays."""
    aws = pipe.aws

    def door(service: str, operation: str, **parameters: object) -> dict[str, Any]:
        if operation == failing:
            raise failure
        return aws(service, operation, **parameters)

    pipe.receiver().receive(stripe_event(planted()))
    answer = pipe.process_once(door)
    assert len(answer["batchItemFailures"]) == 1
    assert_clean(capsys.readouterr().out)


def test_unparsable_body_is_not_shown(
    pipe: Pipe, broken_provider: FakeProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signed bodies that no mapping understands lie masked in the queue, and their content is on no log line."""
    del broken_provider
    for body in (b'{"number":"4242424242424242","note":"canary_7f3e9d"', b"4242 4242 4242 4242 canary_7f3e9d", b"[]"):
        assert pipe.receiver().receive(stripe_event(body))["statusCode"] == 200
    for queued in pipe.queued():
        assert_clean(queued.replace(CANARY, ""))
    answer = pipe.process_once()
    assert len(answer["batchItemFailures"]) == 3
    assert_clean(capsys.readouterr().out)
