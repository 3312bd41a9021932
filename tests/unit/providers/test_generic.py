"""The generic source: other vendors' schemes written as data, and the mapping by JSON pointers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from lambda_src import providers
from lambda_src.errors import Reason, Rejected, Unavailable, Unprocessable
from lambda_src.providers.generic_document import at
from lambda_src.request import SignedRequest
from lambda_src.sources import Scheme, Source
from local.samples import sample
from local.signing import sign
from tests.conformance.harness import RECEIVED_AT, secrets_of
from tests.conformance.rows import NOW, URL
from tests.unit.providers.helpers import delivery

GENERIC = providers.load("generic")
SQUARE = {"signatureHeader": "x-square-hmacsha256-signature", "encoding": "base64", "signed": "{url}{body}"}
STANDARD = {
    "signatureHeader": "webhook-signature",
    "encoding": "base64",
    "key": "base64",
    "prefix": "v1,",
    "signed": "{header:webhook-id}.{timestamp}.{body}",
    "timestampHeader": "webhook-timestamp",
}
MAPPING: dict[str, Any] = {"type": "/kind", "payment": "/pay/0/id"}


def source(**fields: Any) -> Source:  # noqa: ANN401 - any of the scheme's
    """A source of a scheme."""
    scheme = {"signatureHeader": "x-sig", **MAPPING, **fields}
    return Source(provider="generic", scheme=msgspec.convert(scheme, Scheme))


def mapped(body: object, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the scheme's
    """The event of a body by a scheme, as a dict."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    (event,) = GENERIC.parse(delivery("generic", raw), source(**fields))
    return msgspec.structs.asdict(event)


def test_squares_scheme_can_be_written_as_data() -> None:
    """Square's requests pass a scheme that signs URL and body in base64, and fail it for another URL."""
    secret = secrets_of("square")[0]
    made = sign("square", sample("square", "succeeded"), secret, url=URL)
    request = SignedRequest(body=made.body, headers=made.headers, url=URL)
    assert GENERIC.verify(request, [secret], source(**SQUARE), NOW) == 0
    with pytest.raises(Rejected) as caught:
        GENERIC.verify(
            SignedRequest(body=made.body, headers=made.headers, url=URL + "/"), [secret], source(**SQUARE), NOW
        )
    assert caught.value.reason is Reason.WRONG_SECRET


def test_standard_webhooks_can_be_written_as_data() -> None:
    """A scheme of header, time and body with a base64 key accepts what Standard Webhooks sign, within its window."""
    secret = secrets_of("standard")[0]
    made = sign("standard", b"{}", secret, now=NOW, event_id="msg_1")
    # its prefix holds the comma that separates signatures here
    headers = made.headers | {"webhook-signature": made.headers["webhook-signature"].removeprefix("v1,")}
    request = SignedRequest(body=made.body, headers=headers, url=URL)
    scheme = source(**STANDARD | {"prefix": ""})
    assert GENERIC.verify(request, [secret.removeprefix("whsec_")], scheme, NOW) == 0
    for apart, reason in ((301, Reason.TIMESTAMP_TOO_OLD), (-301, Reason.TIMESTAMP_IN_FUTURE)):
        with pytest.raises(Rejected) as caught:
            GENERIC.verify(request, [secret.removeprefix("whsec_")], scheme, NOW + apart)
        assert caught.value.reason is reason


def test_without_a_scheme_nothing_is_accepted() -> None:
    """A source whose scheme is gone is unavailable, and its messages are unprocessable."""
    with pytest.raises(Unavailable):
        GENERIC.verify(SignedRequest(body=b"", headers={}, url=""), ["x"], Source(provider="generic"), NOW)
    with pytest.raises(Unprocessable):
        GENERIC.parse(delivery("generic", b"{}"), Source(provider="generic"))


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a", [10, {"b": "x"}]),
        ("/a/0", 10),
        ("/a/1/b", "x"),
        ("/a/2", None),
        ("/a/-1", None),
        ("/a/x", None),
        ("/m~0n", 8),
        ("/x~1y", 9),
        ("/missing/deep", None),
        (None, None),
    ],
)
def test_json_pointers(pointer: str | None, found: object) -> None:
    """Pointers are read as RFC 6901 says, and point to nothing rather than raise."""
    assert at({"a": [10, {"b": "x"}], "m~n": 8, "x/y": 9}, pointer) == found


def test_fields_are_where_the_pointers_say() -> None:
    """Id, type, time, payment, amount and currency come from the pointers, ids prefixed with the source."""
    body = {"kind": "paid", "pay": [{"id": 77}], "n": "E1", "when": 1760000000123, "sum": "12.5", "iso": "bhd"}
    pointers = {"id": "/n", "time": "/when", "amount": "/sum", "amountUnit": "major", "currency": "/iso"}
    event = mapped(body, statuses={"paid": "captured"}, **pointers)
    assert (event["event_id"], event["payment_id"], event["event_type"]) == ("shop/E1", "shop/77", "paid")
    assert (event["status"], event["amount"], event["currency"]) == ("captured", 12500, "BHD")
    assert event["occurred_at"] == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
    assert event["occurred_at_signed"]


def test_amounts_are_exact() -> None:
    """A JSON number in major units is read by its digits, never as a float."""
    body = b'{"kind":"paid","pay":[{"id":"p"}],"sum":9007199254740993.01,"iso":"EUR"}'
    event = mapped(body, statuses={"paid": "captured"}, amount="/sum", amountUnit="major", currency="/iso")
    assert event["amount"] == 900719925474099301


def test_without_id_and_time_the_body_and_the_receipt_stand_in() -> None:
    """The event id is a digest of the body, the time the receipt's, marked as not signed."""
    first, second = mapped({"kind": "a", "pay": [{"id": "p"}]}), mapped({"kind": "b", "pay": [{"id": "p"}]})
    assert first["event_id"] != second["event_id"]
    assert (first["occurred_at"], first["occurred_at_signed"]) == (RECEIVED_AT, False)
    assert (first["status"], first["amount"]) == ("unknown", None)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"pay": [{"id": "p"}]}, "type: nothing at /kind"),
        ({"kind": "paid", "pay": []}, "payment: nothing at /pay/0/id"),
        ({"kind": "paid", "pay": [{"id": True}]}, "payment: nothing at /pay/0/id"),
        ({"kind": "paid", "pay": [{"id": "p"}], "sum": "1.5", "iso": "EUR"}, "amount"),
        ({"kind": "paid", "pay": [{"id": "p"}], "sum": 5, "iso": "euro"}, "currency"),
        ({"kind": "paid", "pay": [{"id": "p"}], "sum": [], "iso": "EUR"}, "amount: nothing at /sum"),
    ],
)
def test_what_the_pointers_do_not_find_is_unprocessable(body: dict[str, Any], named: str) -> None:
    """A missing or mistyped field is `unparsable`, and the detail names the field and its pointer."""
    with pytest.raises(Unprocessable) as caught:
        mapped(body, statuses={"paid": "captured"}, amount="/sum", currency="/iso")
    assert named in caught.value.detail


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "1e400", "0.001"])
def test_a_number_of_absurd_size_is_refused_at_once(number: str) -> None:
    """A number that would fill the memory when it is written out is unprocessable, wherever numbers are read."""
    body = f'{{"kind":"paid","pay":[{{"id":"p"}}],"sum":{number},"iso":"EUR"}}'.encode()
    with pytest.raises(Unprocessable):
        mapped(body, statuses={"paid": "captured"}, amount="/sum", amountUnit="major", currency="/iso")
    data = f'{{"id":"c","status":"succeeded","currency":"EUR","amount":{number}}}'
    event = f'{{"id":"e","type":"charge.completed","timestamp":1760000000000,"data":{data}}}'.encode()
    with pytest.raises(Unprocessable):
        providers.load("flutterwave_v4").parse(delivery("flutterwave_v4", event), Source(provider="flutterwave_v4"))
