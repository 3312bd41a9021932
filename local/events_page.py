"""Writes the tables of docs/events.md from the published schema: `python -m local.events_page`.

A test holds that the page is up to date.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lambda_src.money import EXPONENTS
from local.tables import filled, table

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "events.md"
SCHEMA = ROOT / "schemas" / "payment-event.1.json"

_TYPES = {"$ref": "string", "const": "string", "enum": "string"}
"""What a field is that says so by another keyword than `type`."""


def updated(text: str) -> str:
    """Return the page's text with every table as it must be now."""
    schema = json.loads(SCHEMA.read_text())
    data = schema["properties"]["data"]
    tables = {
        "envelope": _fields(schema),
        "data": _fields(data),
        "statuses": _statuses(data["properties"]["status"]),
        "exponents": _exponents(),
        "attributes": _attributes(schema["x-message-attributes"]),
    }
    return filled(text, tables, page="docs/events.md")


def _fields(schema: dict[str, Any]) -> str:
    return table(
        ("Field", "Type", "Unit", "Meaning", "Example"),
        (
            (
                f"`{name}`",
                _type(field) + ("" if name in schema["required"] else ", may be absent"),
                field.get("x-unit", ""),
                field["description"],
                " ".join(f"`{json.dumps(each)}`" for each in field.get("examples", [])),
            )
            for name, field in schema["properties"].items()
        ),
    )


def _type(field: dict[str, Any]) -> str:
    if "type" in field:
        return " or ".join([field["type"]] if isinstance(field["type"], str) else field["type"])
    return next((type_ for keyword, type_ in _TYPES.items() if keyword in field), "any JSON")


def _statuses(status: dict[str, Any]) -> str:
    return table(
        ("Status", "Rank", "The event says"),
        ((f"`{name}`", str(rank), status["x-meanings"][name]) for rank, name in enumerate(status["enum"])),
    )


def _exponents() -> str:
    digits = sorted(set(EXPONENTS.values()))
    return table(
        ("Digits", "Currencies"),
        [
            *((str(each), ", ".join(code for code in sorted(EXPONENTS) if EXPONENTS[code] == each)) for each in digits),
            ("2", "every other"),
        ],
    )


def _attributes(attributes: dict[str, Any]) -> str:
    return table(
        ("Attribute", "Is", "Example"),
        (
            (f"`{name}`", each["description"], " ".join(f"`{value}`" for value in each["examples"]))
            for name, each in attributes.items()
        ),
    )


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text()))
