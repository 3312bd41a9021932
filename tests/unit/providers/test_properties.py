"""What holds for every input: no mutation is accepted, and nothing but typed errors comes out."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambda_src import decoding
from lambda_src.delivery import Delivery
from lambda_src.errors import Reason, Rejected, Unavailable, Unprocessable
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from local import senders
from local.samples import KINDS, sample
from tests.conformance.harness import RECEIVED_AT, main_kind, signed, source_of
from tests.conformance.rows import NOW, URL, row
from tests.unit.providers.helpers import SECRETS, delivery, parse, provider

if TYPE_CHECKING:
    from lambda_src.canonical import PaymentEvent

HEADERS = sorted({header for name in PROVIDERS for header in row(name).signed_headers} | {"svix-id", "svix-signature"})

HEADER_LIKE = st.text(max_size=40) | st.from_regex(r"(t=[0-9]{0,14},?)*(v[01]=[0-9a-f]{0,70},?)*", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)

pytestmark = pytest.mark.parametrize("name", PROVIDERS)


def accepted(name: str, request: SignedRequest, secrets: list[str] | None = None) -> bool:
    """Whether a request is accepted; any error that is not typed fails the test."""
    try:
        configured = [senders.configured(name, secret) for secret in SECRETS[name]] if secrets is None else secrets
        provider(name).verify(request, configured, source_of(name), NOW)
    except (Rejected, Unavailable):
        return False
    return True


def mapped(name: str, body: bytes) -> list[PaymentEvent] | None:
    """The events of a body, or None; any error that is not typed fails the test."""
    try:
        events = parse(
            name,
            Delivery(
                delivery_id="d",
                source="shop",
                provider=name,
                received_at=RECEIVED_AT,
                headers={"webhook-id": "msg_1"},
                body_base64=base64.b64encode(body).decode(),
            ),
        )
    except Unprocessable:
        return None
    return events


def assert_lawful(name: str, events: list[PaymentEvent]) -> None:
    """Hold events against what is true of all of them."""
    assert events
    assert len({event.event_id for event in events}) == len(events)
    for event in events:
        assert event.provider == name
        assert all(map(decoding.is_identifier, (event.event_id, event.event_type, event.payment_id)))
        assert event.amount is None or type(event.amount) is int
        assert (event.currency is None) <= (event.amount is None)
        assert event.currency is None or (len(event.currency) == 3 and event.currency.isupper())
        assert event.occurred_at.utcoffset() is not None
        assert event.occurred_at_signed or event.occurred_at <= RECEIVED_AT
        json.loads(event.payload)


@settings(max_examples=40)  # of each of the providers; `make fuzz` tries millions
@given(headers=st.dictionaries(st.sampled_from(HEADERS), HEADER_LIKE), body=st.binary(max_size=200), url=st.text())
def test_garbage_is_refused_by_a_typed_error(name: str, headers: dict[str, str], body: bytes, url: str) -> None:
    """Arbitrary headers, bodies and URLs are refused, and nothing but typed errors comes out."""
    assert not accepted(name, SignedRequest(body=body, headers=headers, url=url))


@given(secrets=st.lists(st.text(max_size=70), max_size=4))
def test_garbage_secrets_never_accept(name: str, secrets: list[str]) -> None:
    """Arbitrary secrets that did not sign the request do not accept it, and never raise anything untyped."""
    assert not accepted(name, signed(name), secrets)


@given(value=JSON)
def test_adyen_like_garbage_is_refused_by_a_typed_error(name: str, value: object) -> None:
    """Arbitrary JSON in the place of an item, an amount or a signature is refused."""
    for item in (value, {"amount": value}, {"additionalData": value}, {"additionalData": {"hmacSignature": value}}):
        body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()
        assert not accepted(name, SignedRequest(body=body, headers={}, url=URL))


@given(body=st.binary(max_size=300))
def test_arbitrary_bytes_are_unprocessable_at_most(name: str, body: bytes) -> None:
    """A verified body of any bytes is mapped or `unparsable`."""
    events = mapped(name, body)
    assert events is None or events


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_sample_with_any_field_replaced_is_mapped_lawfully_or_unprocessable(name: str, data: st.DataObject) -> None:
    """Whatever is put into one field of a true payload, the events are lawful or the body is `unparsable`."""
    if name == "braintree":  # whose payload is XML: below
        return
    payload = json.loads(sample(name, data.draw(st.sampled_from(KINDS[name]))))
    place: Any = payload
    while True:
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(place[step], dict | list) or not place[step] or data.draw(st.booleans()):
            break
        place = place[step]
    place[step] = data.draw(JSON | st.sampled_from([-1, 10**18, 2**63, "", "\x00", "x" * 300, True, 1.5, "\ud800"]))
    events = mapped(name, json.dumps(payload).encode())
    if events is not None:
        assert_lawful(name, events)


def test_bodies_known_to_be_nasty(name: str) -> None:
    """Deep nesting, NaN, huge numbers, marks and cut texts are `unparsable`, not a crash."""
    nasty = [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":NaN}',
        b'{"a":1e400}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\\ud800"}',
        b'{"a":' + b"1" * 5000 + b"}",
        b'{"a":"',
        b'{"id":"x"} {"id":"y"}',
    ]
    events = [mapped(name, body) for body in nasty]
    if name == "shopify":  # which knows what a body is about by what it has: this one is nothing's
        assert [event.status for event in events.pop(5) or ()] == ["unknown"]
        nasty.pop()
    assert events == [None] * len(nasty)


def test_nesting_below_a_true_payload_is_handled(name: str) -> None:
    """A true payload with a very deep field beside it is mapped or `unparsable`."""
    body = sample(name, main_kind(name))
    for depth in (10, 500, 900, 1_000, 5_000):
        mapped(name, body[:-1].rstrip() + b',"deep":' + b"[" * depth + b"]" * depth + b"}")


@pytest.mark.parametrize("at", [NOW - 10**9, NOW, NOW + 10**6])
def test_every_sample_is_lawful(name: str, at: int) -> None:
    """Every sample is mapped to lawful events, whatever its time."""
    for kind in KINDS[name]:
        moment = RECEIVED_AT.fromtimestamp(at, RECEIVED_AT.tzinfo)
        assert_lawful(name, parse(name, delivery(name, sample(name, kind, occurred_at=moment))))


def test_an_undecodable_message_body_is_unprocessable(name: str) -> None:
    """A queue message whose body is no base64 is `unparsable`."""
    broken = Delivery(delivery_id="d", source="s", provider=name, received_at=RECEIVED_AT, body_base64="a")
    with pytest.raises(Unprocessable) as caught:
        parse(name, broken)
    assert caught.value.reason is Reason.UNPARSABLE


def test_error_details_hold_no_value(name: str) -> None:
    """The detail of an unparsable body names the provider, and none of the body's values."""
    for planted in (b'{"id":"hunter2"', b'{"id":{"hunter2":1}}', b'["hunter2"]', b'"hunter2"', b'{"type":["hunter2"]}'):
        with pytest.raises(Unprocessable) as caught:
            parse(name, delivery(name, planted))
        assert caught.value.detail.startswith(f"{name}: ")
        assert "hunter2" not in str(caught.value)
    with pytest.raises(Unprocessable) as caught:
        parse(name, delivery(name, b'{"hunter2'))
    # the decoder's own words only where they are known to hold no value
    wanted = "the payload: not the XML" if name == "braintree" else "the body: not the JSON"
    assert caught.value.detail == f"{name}: {wanted} that was expected"
