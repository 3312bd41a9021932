"""Card numbers and secrets, planted in real webhooks and looked for in every place that keeps anything."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambda_src.providers import PROVIDERS
from local.observer import wait_until
from tests.integration.conftest import endpoint, event, logged, send

if TYPE_CHECKING:
    from local.observer import Observer
    from local.system import LocalSystem

CARDS = ("4242424242424242", "5555555555554444", "378282246310005", "6011111111111117")
"""Test numbers that the networks publish."""

CODE = '"cvc":"737"'


def _plant(provider: str, body: bytes) -> bytes:
    """Plant the numbers beside what the provider sends, in its own format."""
    planted = {
        "number": CARDS[0],
        "note": f"paid with {CARDS[1][:4]} {CARDS[1][4:8]} {CARDS[1][8:12]} {CARDS[1][12:]}",
        "bare": int(CARDS[2]),
        CARDS[3]: "as a name",
        "cvc": "737",
    }
    if body.startswith(b"<"):
        elements = "".join(f"<{name}>{text}</{name}>" for name, text in planted.items() if name.isalpha())
        return body.replace(b"</notification>", f"{elements}</notification>".encode())
    value = json.loads(body)
    about = value
    if provider == "adyen":
        about = value["notificationItems"][0]["NotificationRequestItem"]
    elif provider == "gocardless":
        about = value["events"][0]
    about["planted"] = planted
    return json.dumps(value, separators=(",", ":")).encode()


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_sink_holds_a_card_number_or_a_secret(provider: str, system: LocalSystem, observer: Observer) -> None:
    """What is planted in a webhook reaches neither ledger, subscriber, log, metric nor trace."""
    target = endpoint(system, provider)
    paid = event(provider)
    planted = replace(paid, body=_plant(provider, paid.body))
    assert send(target, planted).status == 200
    assert wait_until(lambda: observer.published_of(paid.payment_id))
    payloads = [zlib.decompress(item["payload"]).decode() for item in observer.events(paid.payment_id)]
    assert '"number":"424242******4242"' in payloads[0]
    assert '"bare":"378282*****0005"' in payloads[0]
    sinks = {
        "ledger": "".join(payloads) + repr(observer.ledger(paid.payment_id)),
        "topic": json.dumps([each.event for each in observer.published_of(paid.payment_id)], separators=(",", ":")),
        "log": logged(system),
        "traces": json.dumps(system.xray.segments),
    }
    for name, content in sinks.items():
        digits = content.replace(" ", "")
        assert [card for card in CARDS if card in digits] == [], name
        assert CODE not in content, name
        assert target.source.secret not in content, name
