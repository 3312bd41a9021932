"""docs/events.md tells the truth: its tables are the schema's, its example runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from local import events_page
from schemas.payment_event import PaymentEvent, Status
from tests.contract.test_compatibility import SCHEMA

TEXT = events_page.PAGE.read_text()
FIELDS = {
    **SCHEMA["properties"],
    **{f"data.{name}": field for name, field in SCHEMA["properties"]["data"]["properties"].items()},
}


def test_the_tables_are_up_to_date() -> None:
    """Fields, statuses and attributes are as the schema has them; mend with `python -m local.events_page`."""
    assert events_page.updated(TEXT) == TEXT


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_explained_by_words_and_an_example(name: str) -> None:
    """Each has a meaning, and examples that are valid for it; what is counted or timed has its unit."""
    field = FIELDS[name]
    assert field["description"].endswith(".")
    if name == "data":
        return
    validator = Draft202012Validator({**field, "$defs": SCHEMA["$defs"]}, format_checker=FormatChecker())
    assert field["examples"]
    assert [example for example in field["examples"] if not validator.is_valid(example)] == []
    assert ("x-unit" in field) == ("$ref" in field or name in {"data.amount", "data.currency"})


def test_every_status_has_a_meaning() -> None:
    """Each value is in words, in the order of the ranks."""
    status = FIELDS["data.status"]
    assert list(status["x-meanings"]) == status["enum"]


def test_the_example_of_the_typed_event_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """What the page shows in Python reads an event and prints what it says."""
    found = re.search(r"<!-- example: model -->\n```python\n(.*?)```", TEXT, re.DOTALL)
    assert found
    event = json.loads((Path(__file__).parent / "events" / "refund.json").read_text())["event"]
    event["data"] |= {"status": "refunded"}
    exec(found[1], {"PaymentEvent": PaymentEvent, "Status": Status, "message": {"body": json.dumps(event)}})  # noqa: S102 - from the page
    assert capsys.readouterr().out == "stripe:pi_3NG8Dt2eZvKYlo2C1Q6VQkIp 5.00 EUR 2026-11-23\n"
