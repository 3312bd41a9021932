"""The samples and their signers; the SDKs judge the signatures in `providers/test_sdk_oracles.py`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from lambda_src.canonical import PaymentEvent, Status
from lambda_src.providers import PROVIDERS
from local.samples import KINDS, fresh_event_id, fresh_payment_id, sample
from local.signing import sign
from tests.unit.providers.helpers import RECEIVED_AT, SECRETS, delivery, provider

COMMON = ("authorized", "disputed", "failed", "partially_refunded", "payout", "refunded", "succeeded")
STATUS = {
    "authorized": Status.AUTHORIZED,
    "disputed": Status.DISPUTED,
    "failed": Status.FAILED,
    "partially_refunded": Status.PARTIALLY_REFUNDED,
    "payout": Status.PAYOUT_PAID,
    "refunded": Status.REFUNDED,
    "succeeded": Status.CAPTURED,
}
OF_SHARES = {Status.CAPTURED: Status.PARTIALLY_CAPTURED, Status.REFUNDED: Status.PARTIALLY_REFUNDED}
"""What Adyen's captures and refunds are before the ledger has summed the shares."""

AT = datetime(2025, 10, 9, 8, 53, 18, tzinfo=UTC)


def mapped(name: str, body: bytes) -> list[PaymentEvent]:
    """The events of a sample."""
    return provider(name).parse(delivery(name, body))


def test_every_provider_has_every_kind() -> None:
    """There is a sample of each common kind for each provider, and a batch of Adyen's."""
    assert dict.fromkeys(PROVIDERS, COMMON) | {"adyen": tuple(sorted((*COMMON, "batch")))} == KINDS


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("kind", COMMON)
def test_samples_say_what_they_are_called(name: str, kind: str) -> None:
    """A sample maps to the status of its kind, with the ids, time, amount and currency that were asked for."""
    body = sample(name, kind, payment_id="pay_x", event_id="evt_x", occurred_at=AT, amount=1000, currency="BHD")
    (event,) = mapped(name, body)
    expected = STATUS[kind]
    assert event.status == (OF_SHARES.get(expected, expected) if name == "adyen" else expected)
    assert event.payment_id == ("shop/pay_x" if name == "standard" else "pay_x")
    assert (event.amount, event.currency) == (250 if kind == "partially_refunded" else 1000, "BHD")
    assert event.occurred_at == AT
    identity = {"standard": "shop/msg_1"}.get(name, "evt_x")
    if name == "adyen":
        reference = "pay_x" if kind in {"authorized", "failed", "payout"} else "evt_x"
        identity = f"ExampleMerchantECOM:{reference}:{event.event_type}:{'false' if kind == 'failed' else 'true'}"
    assert event.event_id == identity


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("kind", COMMON)
def test_each_sample_is_a_new_event_of_a_new_payment(name: str, kind: str) -> None:
    """Two samples differ in their ids, unless told otherwise; nothing is left to fill in."""
    first, second = (sample(name, kind) for _ in range(2))
    assert mapped(name, first)[0].payment_id != mapped(name, second)[0].payment_id
    if name != "standard":  # whose id is in a header
        assert mapped(name, first)[0].event_id != mapped(name, second)[0].event_id
    assert b"$" not in first


def test_the_batch_is_two_events_of_one_payment() -> None:
    """Adyen's batch is an authorisation and its capture."""
    events = mapped("adyen", sample("adyen", "batch", payment_id="PSP1", amount=1000))
    assert [(event.status, event.payment_id) for event in events] == [
        (Status.AUTHORIZED, "PSP1"),
        (Status.PARTIALLY_CAPTURED, "PSP1"),
    ]


@pytest.mark.parametrize("name", PROVIDERS)
def test_samples_hold_no_long_digits(name: str) -> None:
    """No sample holds thirteen digits in a row, so that nothing in it is ever taken for a card number."""
    bodies = [sample(name, kind) for kind in KINDS[name] for _ in range(20)]
    ids = [fresh_event_id(name) + " " + fresh_payment_id(name) for _ in range(100)]
    assert [text for text in (*map(bytes.decode, bodies), *ids) if re.search(r"\d{13}", text)] == []


def test_times_are_written_in_utc() -> None:
    """A time of another zone is the same moment in the sample; a part below a minor unit never becomes zero."""
    local_time = AT.astimezone(timezone(timedelta(hours=9)))
    (event,) = mapped("square", sample("square", "partially_refunded", occurred_at=local_time, amount=3))
    assert (event.occurred_at, event.amount) == (AT, 1)
    assert RECEIVED_AT > AT


def test_an_unknown_sample_or_provider_is_an_error_that_says_what_there_is() -> None:
    """Asking for what there is not names what there is."""
    with pytest.raises(ValueError, match=r"no sample 'batch' of 'stripe'; there are adyen: authorized batch"):
        sample("stripe", "batch")
    with pytest.raises(ValueError, match="got 'paypal'"):
        sign("paypal", b"{}", "x")


def test_signing_writes_the_providers_headers() -> None:
    """The headers are the provider's, and Adyen's signatures lie in the body."""
    headers = {name: sorted(sign(name, b'{"notificationItems":[]}', SECRETS[name][0]).headers) for name in PROVIDERS}
    assert headers == {
        "adyen": ["content-type"],
        "square": ["content-type", "x-square-hmacsha256-signature"],
        "standard": ["content-type", "webhook-id", "webhook-signature", "webhook-timestamp"],
        "stripe": ["content-type", "stripe-signature"],
    }
    body = json.loads(sign("adyen", sample("adyen", "batch"), SECRETS["adyen"][0]).body)
    items = [wrapper["NotificationRequestItem"] for wrapper in body["notificationItems"]]
    assert [len(item["additionalData"]["hmacSignature"]) for item in items] == [44, 44]
