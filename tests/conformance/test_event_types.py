"""Column: every event type of a provider's documents, against what it must become.

The tables are `event_types/{provider}.yaml`, a line an event: the sample it is made of, what is changed in it (JSON
pointers, or the names of XML elements), and the status, amount, currency, payment and share that it must have; `P` is
the sample's own payment. Stripe, Adyen, Square, Standard Webhooks and the generic source have tables of their own in
tests/unit/providers.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lambda_src.providers import PROVIDERS
from tests.conformance.harness import mapped, signed
from tests.conformance.test_mapping import as_golden, events_of, golden_sample

TABLES = Path(__file__).parent / "event_types"
IN_UNIT_TESTS = {"stripe", "adyen", "square", "standard", "generic"}
CASES = [
    pytest.param(path.stem, *line, id=f"{path.stem}-{number}")
    for path in sorted(TABLES.glob("*.yaml"))
    for number, line in enumerate(yaml.safe_load(path.read_text()))
]


def changed(body: bytes, changes: dict[str, Any]) -> bytes:
    """A body with other values at some places, each of which it must have or be an object to hold."""
    if body.lstrip().startswith(b"<"):
        text = body.decode()
        for name, value in changes.items():
            text, count = re.subn(f"<{name}>[^<]*</{name}>", f"<{name}>{value}</{name}>", text, count=1)
            assert count == 1
        return text.encode()
    document = json.loads(body)
    for pointer, value in changes.items():
        *path, last = pointer.split("/")[1:]
        holder = document
        for part in path:
            holder = holder[int(part) if isinstance(holder, list) else part]
        holder[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(("name", "kind", "changes", "expected"), CASES)
def test_an_event_type_becomes_its_status(name: str, kind: str, changes: dict[str, Any], expected: str) -> None:
    """An event of a documented type becomes exactly the status, money, payment and share of its line."""
    (event,) = mapped(name, signed(name, changed(golden_sample(name, kind), changes)))
    golden = as_golden(event)
    payment = events_of(name, kind)[0]["payment_id"]
    status, amount, currency, paid, *share = expected.split()
    assert (golden["status"], golden["amount"], golden["currency"], golden["payment_id"], golden["share"]) == (
        status,
        None if amount == "-" else int(amount),
        None if currency == "-" else currency,
        payment if paid == "P" else paid,
        " ".join(payment if part == "P" else part for part in share) or None,
    )


def test_every_provider_has_a_table() -> None:
    """A provider's types are in a table here or in the unit tests, and each table is a provider's."""
    assert {path.stem for path in TABLES.glob("*.yaml")} | IN_UNIT_TESTS == set(PROVIDERS)
