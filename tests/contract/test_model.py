"""The typed event that consumers copy: it is the schema's, reads what comes, and refuses what is no event."""

from __future__ import annotations

import ast
import dataclasses
import json
import sys
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src import money
from schemas import payment_event
from schemas.payment_event import InvalidEvent, PaymentData, PaymentEvent, Status
from tests.contract.test_compatibility import SCHEMA

EVENT = json.loads((Path(__file__).parent / "events" / "refund.json").read_text())["event"]
TYPES = {
    "str": {"string"},
    "Status": {"string"},
    "datetime": {"string"},
    "str | None": {"string", "null"},
    "int | None": {"integer", "null"},
    "bool": {"boolean"},
    "Any": set(),
    "PaymentData": {"object"},
}
"""The model's types as the schema's."""


def _changed(**data: Any) -> str:  # noqa: ANN401 - whatever a test puts there
    return json.dumps(EVENT | {"data": EVENT["data"] | data})


@pytest.mark.parametrize(("model", "schema"), [(PaymentEvent, SCHEMA), (PaymentData, SCHEMA["properties"]["data"])])
def test_the_fields_are_the_schemas(model: Any, schema: dict[str, Any]) -> None:  # noqa: ANN401 - a class
    """Names, which may be absent, and types are the same."""
    fields = {field.name: field for field in dataclasses.fields(model)}
    assert set(fields) == set(schema["properties"])
    optional = {name for name, field in fields.items() if field.default is not dataclasses.MISSING}
    assert set(schema["properties"]) - set(schema["required"]) == optional
    for name, field in fields.items():
        declared = schema["properties"][name]
        if declared.get("$ref") == "#/$defs/moment":
            assert field.type == "datetime"
        elif name in optional:
            assert field.type == f"{'str' if declared['type'] == 'string' else declared['type']} | None"
        else:
            types = declared.get("type", "string" if "enum" in declared or "const" in declared else [])
            assert TYPES[str(field.type)] == ({types} if isinstance(types, str) else set(types)), name


def test_the_statuses_are_the_schemas_in_its_order() -> None:
    """Their ranks follow from the order."""
    values = SCHEMA["properties"]["data"]["properties"]["status"]["enum"]
    assert [(str(status), status.rank) for status in Status] == [(value, rank) for rank, value in enumerate(values)]


def test_the_exponents_are_those_that_the_code_counts_with() -> None:
    """A currency has as many digits here as where its amounts are made."""
    assert (money.EXPONENTS, SCHEMA["$id"]) == (payment_event.EXPONENTS, payment_event.DATASCHEMA)


def test_the_file_stands_alone() -> None:
    """It imports the standard library and nothing else, so that it can be copied."""
    tree = ast.parse(Path(payment_event.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {str(name).partition(".")[0] for name in imported} <= sys.stdlib_module_names


def test_an_event_is_read() -> None:
    """Every field arrives as its type says; numbers in the payload are exact."""
    event = PaymentEvent.from_json(json.dumps(EVENT).encode())
    assert event == PaymentEvent(
        specversion="1.0",
        id="stripe:evt_1NG8Du2eZvKYlo2CUI79vXWy",
        type="payment.partially_refunded",
        source="/webhook-processor-prod/stripe-eu",
        subject="stripe:pi_3NG8Dt2eZvKYlo2C1Q6VQkIp",
        time=datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC),
        datacontenttype="application/json",
        dataschema="urn:webhook-processor:schema:payment-event:1",
        data=PaymentData(
            provider="stripe",
            source="stripe-eu",
            event_id="evt_1NG8Du2eZvKYlo2CUI79vXWy",
            event_type="charge.refunded",
            status=Status.PARTIALLY_REFUNDED,
            amount=500,
            currency="EUR",
            occurred_at=datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC),
            received_at=datetime(2026, 11, 23, 9, 41, 8, 112000, tzinfo=UTC),
            delivery_id="0b0f5a52-6f0e-4a57-9f0c-0d0a0f6f7a11",
            late=False,
            payload={"id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "tax": Decimal("1.1")},
        ),
    )
    assert isinstance(event.data.payload["tax"], Decimal)


def test_what_a_later_release_adds_is_read_over() -> None:
    """A new field is ignored; a new status reads as unknown, and the event's type still has its name."""
    text = json.dumps(
        EVENT | {"type": "payment.settled", "data": EVENT["data"] | {"status": "settled", "channel": "web"}}
    )
    event = PaymentEvent.from_json(text)
    assert (event.data.status, event.type) == (Status.UNKNOWN, "payment.settled")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "the body is no JSON"),
        ("[" * 100_000, "the body is no JSON"),
        (b"\xff", "the body is no JSON"),
        ("[]", "the body: must be an object"),
        ('{"Type":"Notification","Message":"{}"}', "dataschema: missing"),
        (
            json.dumps(EVENT | {"dataschema": SCHEMA["$id"][:-1] + "2"}),
            "dataschema: another version than this module reads",
        ),
        (json.dumps(EVENT | {"data": None}), "data: must be an object"),
        (json.dumps(EVENT | {"id": 4242}), "id: must be a string"),
        (json.dumps(EVENT | {"time": "2026-11-23T09:41:07.000"}), "time: must be a time with its zone"),
        (json.dumps(EVENT | {"time": "yesterday"}), "time: must be a time"),
        (json.dumps(EVENT | {"time": "0001-01-01T00:00:00+23:59"}), "time: must be a time"),
        (json.dumps(EVENT | {"time": "9999-12-31T23:59:59-23:59"}), "time: must be a time"),
        (_changed(payload="?").replace('"?"', "1e99999999999999999999"), "the body: a number is out of range"),
        (_changed(amount=10.5), "data.amount: must be an integer or null"),
        (_changed(amount="4242"), "data.amount: must be an integer or null"),
        (_changed(amount=True), "data.amount: must be an integer or null"),
        (_changed(late="no"), "data.late: must be true or false"),
        (_changed(status=None), "data.status: must be a string"),
    ],
)
def test_what_is_no_event_is_refused_by_the_field(body: str | bytes, problem: str) -> None:
    """The message says which field and what it must be, and never what is in it."""
    with pytest.raises(InvalidEvent) as caught:
        PaymentEvent.from_json(body)
    assert str(caught.value) == problem


@pytest.mark.parametrize("name", SCHEMA["properties"]["data"]["required"])
def test_a_field_that_is_always_there_may_not_be_missing(name: str) -> None:
    """A required field is asked for."""
    data = {key: value for key, value in EVENT["data"].items() if key != name}
    with pytest.raises(InvalidEvent, match=rf"^data\.{name}: missing$"):
        PaymentEvent.from_json(json.dumps(EVENT | {"data": data}))


@pytest.mark.parametrize(
    ("amount", "currency", "whole"),
    [
        (1050, "EUR", "10.50"),
        (1050, "JPY", "1050"),
        (1050, "BHD", "1.050"),
        (-5, "EUR", "-0.05"),
        (10**18, "EUR", "10000000000000000.00"),
        (None, "EUR", "None"),
        (1050, None, "None"),
    ],
)
def test_amounts_in_whole_units_are_exact(amount: int | None, currency: str | None, whole: str) -> None:
    """The currency's digits are kept, zeros too."""
    data = PaymentEvent.from_json(_changed(amount=amount, currency=currency)).data
    assert str(data.decimal_amount) == whole


def test_numbers_do_not_depend_on_the_callers_decimal_context() -> None:
    """Where the caller counts with few digits and no traps, amounts stay exact and what cannot be read is refused."""
    with localcontext(Context(prec=6, traps=[])):
        data = PaymentEvent.from_json(_changed(amount=123_456_789)).data
        assert str(data.decimal_amount) == "1234567.89"
        with pytest.raises(InvalidEvent, match="out of range"):
            PaymentEvent.from_json(_changed(payload="?").replace('"?"', "1e99999999999999999999"))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(Status), st.text("ab:/é", min_size=1, max_size=3)),
        min_size=2,
        max_size=2,
    )
)
def test_positions_compare_as_the_ledger_orders(pair: list[tuple[int, Status, str]]) -> None:
    """As texts they are in the order of time, then rank, then id."""
    start = datetime(2026, 11, 23, 9, 59, 59, 999000, tzinfo=UTC)
    events = []
    for milliseconds, status, event_id in pair:
        moment = (start + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
        event = EVENT | {"id": f"stripe:{event_id}", "time": moment, "data": EVENT["data"] | {"status": status}}
        events.append(PaymentEvent.from_json(json.dumps(event)))
    first, second = events
    order = [(event.time, event.data.status.rank, event.id) for event in events]
    assert (first.position < second.position) == (order[0] < order[1])
