"""The schema keeps what its releases promised."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.compatibility import breaks

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA = json.loads((SCHEMAS / "payment-event.1.json").read_text())
RELEASED = sorted((SCHEMAS / "released").glob("payment-event.1.*.json"), key=lambda path: int(path.name.split(".")[2]))


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.name)
def test_the_schema_breaks_no_release(path: Path) -> None:
    """Who wrote a consumer by a released schema can go on; if not, this is version 2: a new file beside the old one."""
    assert breaks(json.loads(path.read_text()), SCHEMA) == []


def test_what_is_new_is_released_too() -> None:
    """A field that is published is promised: copy the schema to released/, with the next minor number in its name."""
    assert breaks(SCHEMA, json.loads(RELEASED[-1].read_text())) == []


def _data(schema: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = schema["properties"]["data"]["properties"]
    return fields


BREAKING: dict[str, Callable[[dict[str, Any]], object]] = {
    "data.late: removed": lambda schema: _data(schema).pop("late"),
    "data.replay_of: removed": lambda schema: _data(schema).update(corrects=_data(schema).pop("replay_of")),
    "subject: removed": lambda schema: schema["properties"].pop("subject"),
    "data.amount: type was ['integer', 'null'], is 'integer'": lambda schema: _data(schema)["amount"].update(
        type="integer"
    ),
    "data.amount: type was ['integer', 'null'], is ['number', 'null']": lambda schema: _data(schema)["amount"].update(
        type=["number", "null"]
    ),
    "data.amount: x-unit was 'minor units of `currency`', is 'major units'": lambda schema: _data(schema)[
        "amount"
    ].update({"x-unit": "major units"}),
    "data.amount: minimum was None, is 0": lambda schema: _data(schema)["amount"].update(minimum=0),
    "data.delivery_id: format was 'uuid', is None": lambda schema: _data(schema)["delivery_id"].pop("format"),
    "data.payload: type was None, is 'object'": lambda schema: _data(schema)["payload"].update(type="object"),
    "data.status: no longer expired": lambda schema: _data(schema)["status"]["enum"].remove("expired"),
    "data.status: the values are ranked otherwise": lambda schema: _data(schema)["status"]["enum"].reverse(),
    "data.channel: new and required, which older events lack": lambda schema: (
        _data(schema).update(channel={"type": "string"}),
        schema["properties"]["data"]["required"].append("channel"),
    ),
    "data.replay_of: required, which older events may lack": lambda schema: schema["properties"]["data"][
        "required"
    ].append("replay_of"),
    "data.payload: may be absent, was always there": lambda schema: schema["properties"]["data"]["required"].remove(
        "payload"
    ),
    "traceparent: new in an object that was closed": lambda schema: schema["properties"].update(
        traceparent={"type": "string"}
    ),
    "time: pattern was": lambda schema: schema["$defs"]["moment"].update(pattern=r"^\d+$"),
    "dataschema: const was": lambda schema: schema["properties"]["dataschema"].update(const="urn:other"),
    "attribute currency: removed": lambda schema: schema["x-message-attributes"].pop("currency"),
}
"""What is found, and a change that it must be found in."""


@pytest.mark.parametrize("found", BREAKING)
def test_a_change_that_breaks_a_consumer_is_found(found: str) -> None:
    """Each such change is named by its field."""
    changed = copy.deepcopy(SCHEMA)
    BREAKING[found](changed)
    assert [each for each in breaks(SCHEMA, changed) if each.startswith(found)]


HARMLESS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a field that may be absent": lambda schema: _data(schema).update(channel={"type": "string"}),
    "a status": lambda schema: _data(schema)["status"]["enum"].insert(8, "captured_by_hand"),
    "an attribute": lambda schema: schema["x-message-attributes"].update(channel={}),
    "wording": lambda schema: _data(schema)["amount"].update(description="Money.", examples=[1]),
}


@pytest.mark.parametrize("change", HARMLESS)
def test_a_change_that_breaks_nobody_passes(change: str) -> None:
    """What consumers must read over may come within a version."""
    changed = copy.deepcopy(SCHEMA)
    HARMLESS[change](changed)
    assert changed != SCHEMA
    assert breaks(SCHEMA, changed) == []


def test_the_schemas_are_those_of_their_names() -> None:
    """The major version in a file's name is the one in its `$id` and in the events' `dataschema`."""
    for path in [SCHEMAS / "payment-event.1.json", *RELEASED]:
        schema = json.loads(path.read_text())
        major = re.findall(r"\d+", path.name)[0]
        names = {schema["$id"], schema["properties"]["dataschema"]["const"]}
        assert names == {f"urn:webhook-processor:schema:payment-event:{major}"}
