"""The queue message: what goes in comes out, in characters that SQS takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.delivery import Delivery, decode, encode
from lambda_src.errors import Reason, Unprocessable
from tests.unit.harness import new_delivery

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    body=texts | st.text('\\\ufffe\uffff\x00\x1f\x7f\x85"', max_size=8),
    headers=st.dictionaries(texts, texts, max_size=2),
    received_at=st.datetimes(timezones=st.just(UTC)),
)
def test_delivery_survives_the_queue(body: str, headers: dict[str, str], received_at: datetime) -> None:
    """Any text comes out as it went in, and on the way has no character that SQS refuses."""
    delivery = new_delivery(body, headers=headers, received_at=received_at)
    text = encode(delivery)
    assert decode(text) == delivery
    assert decode(text).raw == body.encode()
    refused = [c for c in text if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff"]
    assert refused == []


@given(st.binary())
def test_body_of_bytes_survives_the_queue(raw: bytes) -> None:
    """A body that is no text travels as base64."""
    delivery = msgspec.structs.replace(new_delivery(), body=None, body_base64=msgspec.to_builtins(raw))
    assert decode(encode(delivery)).raw == raw


def test_message_is_the_documented_json() -> None:
    """Operators who look into the dead-letter queue see these fields."""
    delivery = new_delivery('{"a":1}', delivery_id="d", headers={"webhook-id": "m"})
    assert json.loads(encode(delivery)) == {
        "delivery_id": "d",
        "source": "fakepay",
        "provider": "fakepay",
        "received_at": "2026-03-01T12:00:00Z",
        "headers": {"webhook-id": "m"},
        "body": '{"a":1}',
    }


def test_fields_of_a_later_version_are_passed_over() -> None:
    """A message that a newer function wrote is read by an older one during a deployment."""
    text = json.dumps(json.loads(encode(new_delivery(delivery_id="d"))) | {"new": 1})
    assert decode(text).delivery_id == "d"


GOOD = {"delivery_id": "d", "source": "s", "provider": "p", "received_at": "2026-03-01T12:00:00Z"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "[" * 100_000,
        json.dumps(GOOD | {"received_at": "2026-03-01T12:00:00"}),
        json.dumps(GOOD | {"received_at": 1}),
        json.dumps(GOOD | {"body": 1}),
        json.dumps({name: value for name, value in GOOD.items() if name != "delivery_id"}),
    ],
)
def test_other_text_is_unprocessable(text: str) -> None:
    """What is no delivery, or has a time without an offset, is an error that repeats nothing of it."""
    with pytest.raises(Unprocessable) as caught:
        decode(text)
    assert (caught.value.reason, caught.value.detail) == (Reason.UNPARSABLE, "the queue message is not a delivery")


def test_delivery_without_a_body_is_empty() -> None:
    """A message whose body an operator took out has no bytes."""
    assert decode(json.dumps(GOOD)).raw == b""
    assert isinstance(decode(json.dumps(GOOD)), Delivery)
