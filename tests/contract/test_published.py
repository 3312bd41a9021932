"""What the code publishes is what was released: frozen events, and every sample of every provider."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from lambda_src.canonical import PaymentEvent, Status
from lambda_src.delivery import Delivery
from lambda_src.providers import PROVIDERS
from lambda_src.topic import Publication, cloud_event, message_attributes
from local.samples import KINDS, sample
from schemas import payment_event
from tests.conformance.harness import RECEIVED_AT, mapped, signed
from tests.contract.test_compatibility import RELEASED, SCHEMA

FROZEN = Path(__file__).parent / "events"
FUNCTION = "webhook-processor-prod"
DELIVERY = Delivery(
    delivery_id="0b0f5a52-6f0e-4a57-9f0c-0d0a0f6f7a11",
    source="stripe-eu",
    provider="stripe",
    received_at=datetime(2026, 11, 23, 9, 41, 8, 112000, UTC),
)


def _publication(*, late: bool = False, **fields: Any) -> Publication:  # noqa: ANN401 - the event's fields
    known: dict[str, Any] = {
        "provider": "stripe",
        "event_id": "evt_1NG8Du2eZvKYlo2CUI79vXWy",
        "event_type": "charge.refunded",
        "payment_id": "pi_3NG8Dt2eZvKYlo2C1Q6VQkIp",
        "status": Status.PARTIALLY_REFUNDED,
        "amount": 500,
        "currency": "EUR",
        "occurred_at": datetime(2026, 11, 23, 9, 41, 7, 0, UTC),
        "payload": b'{"id":"evt_1NG8Du2eZvKYlo2CUI79vXWy","tax":1.10}',
    }
    event = PaymentEvent(**known | fields)
    return Publication(event=event, status=event.status, late=late, delivery=DELIVERY)


PUBLICATIONS = {
    "refund": _publication(),
    "late": _publication(late=True, status=Status.CAPTURED),
    "no-money": _publication(status=Status.UNKNOWN, event_type="source.canceled", amount=None, currency=None),
    "payout-taken-back": _publication(status=Status.PAYOUT_PAID, amount=-1050, currency="JPY"),
    "payload-of-text": _publication(payload=b"a=1&b=2"),
}
"""What is published, by the name of the file in events/ that holds it as it was first published."""


def _validator(schema: dict[str, Any], *, any_status: bool = False) -> Draft202012Validator:
    schema = copy.deepcopy(schema)
    if any_status:
        schema["properties"]["data"]["properties"]["status"].pop("enum")
    return Draft202012Validator(schema, format_checker=FormatChecker())


TODAY = _validator(SCHEMA)
# As the page tells consumers to: they leave the list of statuses open.
BEFORE = [_validator(json.loads(path.read_text()), any_status=True) for path in RELEASED]


def _frozen(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FROZEN / f"{name}.json").read_text())
    return document


def _assert_holds(frozen: Any, published: Any, path: str) -> None:  # noqa: ANN401 - any JSON
    """Check that each frozen field is there with its value and its type; fields may have come."""
    if isinstance(frozen, dict):
        assert isinstance(published, dict), path
        for name, value in frozen.items():
            assert name in published, f"{path}{name} is gone"
            _assert_holds(value, published[name], f"{path}{name}.")
    else:
        assert (type(published), published) == (type(frozen), frozen), path


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_an_event_is_published_as_it_was_when_frozen(name: str) -> None:
    """Every field and attribute is there with the same value; none but new ones may come."""
    publication = PUBLICATIONS[name]
    event = json.loads(cloud_event(publication, FUNCTION))
    _assert_holds(_frozen(name), {"event": event, "attributes": message_attributes(publication)}, "")


def test_every_frozen_event_is_published() -> None:
    """No frozen event is without the publication that it is held against; the correction is an operator's."""
    assert {path.stem for path in FROZEN.glob("*.json")} == {*PUBLICATIONS, "correction"}


@pytest.mark.parametrize("path", sorted(FROZEN.glob("*.json")), ids=lambda path: path.stem)
def test_an_event_of_before_can_be_read_today(path: Path) -> None:
    """What lies in queues and archives is valid by today's schema, and today's typed event reads it."""
    frozen = json.loads(path.read_text())
    TODAY.validate(frozen["event"])
    event = payment_event.PaymentEvent.from_json(json.dumps(frozen["event"]))
    data = frozen["event"]["data"]
    assert (event.data.amount, event.data.currency, str(event.data.status)) == (
        data["amount"],
        data["currency"],
        data["status"],
    )
    assert event.data.replay_of == data.get("replay_of")
    assert frozen["attributes"].keys() <= SCHEMA["x-message-attributes"].keys()


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name in PROVIDERS for kind in KINDS[name]])
def test_every_sample_is_published_by_every_release(name: str, kind: str) -> None:
    """What each provider's samples become is valid by each released schema and by today's, and is read as it was."""
    body = sample(name, kind, occurred_at=RECEIVED_AT)
    for told in mapped(name, signed(name, body)):
        publication = Publication(event=told, status=told.status, late=False, delivery=DELIVERY)
        text = cloud_event(publication, FUNCTION)
        for validator in (TODAY, *BEFORE):
            validator.validate(json.loads(text))
        event = payment_event.PaymentEvent.from_json(text)
        assert (event.subject, event.data.event_id) == (told.transaction_id, told.event_id)
        assert (str(event.data.status), event.data.amount, event.data.currency) == (
            str(told.status),
            told.amount,
            told.currency,
        )
        assert abs(event.time - told.occurred_at).total_seconds() < 0.001
        attributes = message_attributes(publication)
        assert attributes.keys() <= SCHEMA["x-message-attributes"].keys()
