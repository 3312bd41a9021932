"""Column: every sample against the canonical events that it must become; the goldens are reviewed by hand.

`pytest tests/conformance/test_mapping.py --write-goldens` writes them; they are then read, field by field.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_src.canonical import rfc3339
from lambda_src.errors import Unprocessable
from lambda_src.providers import PROVIDERS
from local import senders
from local.samples import KINDS, sample
from tests.conformance.harness import RECEIVED_AT, mapped, signed
from tests.conformance.rows import NOW

if TYPE_CHECKING:
    from lambda_src.canonical import PaymentEvent

GOLDENS = Path(__file__).parent / "goldens"
AT = datetime.fromtimestamp(NOW - 60, UTC)
CASES = [(name, kind) for name in PROVIDERS for kind in KINDS[name]]


def identity(form: senders.IdForm) -> str:
    """An id of a provider's form that is always the same."""
    return form.prefix + form.alphabet[1] * form.length


def golden_sample(name: str, kind: str) -> bytes:
    """A sample in which nothing is left to chance: 314.15 EUR a minute before NOW."""
    sender = senders.load(name)
    return sample(
        name,
        kind,
        payment_id=identity(sender.PAYMENT_ID),
        event_id=identity(sender.EVENT_ID),
        occurred_at=AT,
        amount=31415,
        token="token",
    )


def as_golden(event: PaymentEvent) -> dict[str, Any]:
    """An event as the goldens write it: all but the payload."""
    return {
        "event_id": event.event_id,
        "event_type": event.event_type,
        "payment_id": event.payment_id,
        "status": str(event.status),
        "amount": event.amount,
        "currency": event.currency,
        "occurred_at": rfc3339(event.occurred_at),
        "occurred_at_signed": event.occurred_at_signed,
        "share": f"{event.share.of} {event.share.id} {event.share.amount}" if event.share else None,
    }


def events_of(name: str, kind: str) -> list[dict[str, Any]]:
    """What a provider's sample becomes."""
    return [as_golden(event) for event in mapped(name, signed(name, golden_sample(name, kind)))]


def goldens_of(name: str) -> dict[str, list[dict[str, Any]]]:
    """The reviewed events of a provider's samples, by kind."""
    path = GOLDENS / f"{name}.json"
    if not path.exists():
        pytest.fail(
            f"tests/conformance/goldens/{name}.json is missing: write it by `pytest tests/conformance/test_mapping.py "
            f"-k {name} --write-goldens`, and read it field by field",
            pytrace=False,
        )
    found: dict[str, list[dict[str, Any]]] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_sample_becomes_its_golden(name: str, kind: str, pytestconfig: pytest.Config) -> None:
    """A sample becomes exactly the events of its golden."""
    if pytestconfig.getoption("--write-goldens"):
        goldens = {each: events_of(name, each) for each in KINDS[name]}
        (GOLDENS / f"{name}.json").write_text(json.dumps(goldens, indent=2) + "\n")
    assert events_of(name, kind) == goldens_of(name)[kind]


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_goldens_are_those_of_the_samples(name: str) -> None:
    """There is a golden for every sample and for nothing else, and each provider has samples to show."""
    assert tuple(sorted(goldens_of(name))) == KINDS[name]
    assert KINDS[name]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_each_sample_is_a_new_event_of_a_new_payment(name: str, kind: str) -> None:
    """Two samples are two events of two payments; nothing is left to fill in; the payload is JSON."""
    first, second = (mapped(name, signed(name, sample(name, kind, occurred_at=RECEIVED_AT))) for _ in range(2))
    assert first[0].payment_id != second[0].payment_id
    assert all(b"$" not in event.payload for event in first)
    assert [isinstance(json.loads(event.payload), dict) for event in first] == [True] * len(first)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_redelivery_is_the_same_event(name: str, kind: str) -> None:
    """The same body delivered and signed again later has the same event ids."""
    body = golden_sample(name, kind)
    first, again = (mapped(name, signed(name, body, now=now)) for now in (NOW, NOW + 100))
    assert [event.event_id for event in first] == [event.event_id for event in again]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_samples_hold_nothing_like_a_card_number(name: str, kind: str) -> None:
    """No sample holds thirteen digits in a row, but for times in milliseconds, so that nothing in it is masked."""
    bodies = [sample(name, kind) for _ in range(20)]
    assert [body for body in bodies if re.search(rb"(?<!\d)[02-9]\d{12,}", body)] == []


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff", b"[" * 20_000, b'{"a":'], ids=range(6))
def test_a_verified_body_of_another_form_is_unprocessable(name: str, body: bytes) -> None:
    """A body that the provider never sends goes to the dead-letter queue with a typed reason."""
    request = signed(name)
    with pytest.raises(Unprocessable) as caught:
        mapped(name, type(request)(body=body, headers=request.headers, url=request.url))
    assert caught.value.detail.startswith(f"{name}: ")
