"""HTTP in, ledger and subscriber out: every provider, good and bad."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import jsonschema
import pytest
import stripe

from lambda_src.providers import PROVIDERS, load
from local.observer import wait_until
from local.senders import SignedSample
from local.sending import (
    PROVIDERS_THAT_SIGN_NOTHING,
    PROVIDERS_THAT_SIGN_THE_TIME,
    STALE_SECONDS,
    post,
    signed,
    tampered,
)
from local.settings import new_secret, source_name
from tests.integration.conftest import endpoint, event, send

if TYPE_CHECKING:
    from local.observer import Observer
    from local.system import LocalSystem

WITHOUT_AMOUNT = ("flutterwave_v3", "gocardless", "revolut", "wise")
"""Providers whose events tell no amount that could be believed."""

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/payment-event.1.json").read_text())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_signed_webhook_is_recorded_and_published(provider: str, system: LocalSystem, observer: Observer) -> None:
    """What a provider signs is acknowledged in its own words, recorded once and published by the schema."""
    paid = event(provider)
    answer = send(endpoint(system, provider), paid)
    assert (answer.status, answer.body) == (200, load(provider).ACKNOWLEDGEMENT.body)
    assert wait_until(lambda: observer.published_of(paid.payment_id))
    (published,) = observer.published_of(paid.payment_id)
    (recorded,) = observer.events(paid.payment_id)
    jsonschema.validate(published.event, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert published.event["subject"] == recorded["transaction_id"]
    assert published.event["source"] == f"/webhook-processor-test/{source_name(provider)}"
    amount = None if provider in WITHOUT_AMOUNT else 2000
    state = observer.state(paid.payment_id)
    # what nobody signs moves no state
    states = [] if provider in PROVIDERS_THAT_SIGN_NOTHING else [state or {}]
    amounts = [each.get("amount") for each in (published.event["data"], recorded, *states)]
    assert amounts == [amount] * (2 + len(states))
    assert published.event["data"]["delivery_id"] == recorded["delivery_id"]
    assert published.attributes == {
        "provider": provider,
        "source": source_name(provider),
        "status": published.event["data"]["status"],
        "schema_version": "1",
        **({"currency": "EUR"} if amount else {}),
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_repeated_webhook_is_acknowledged_and_not_published_again(
    provider: str, system: LocalSystem, observer: Observer
) -> None:
    """The provider's own repeat, signed anew, changes nothing."""
    paid = event(provider)
    target = endpoint(system, provider)
    assert [send(target, paid).status for _ in range(3)] == [200, 200, 200]
    assert wait_until(lambda: observer.published_of(paid.payment_id) and observer.backlog()["queue_url"] == 0)
    assert len(observer.events(paid.payment_id)) == 1
    assert len(observer.published_of(paid.payment_id)) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_forged_webhook_is_refused_and_changes_nothing(
    provider: str, system: LocalSystem, observer: Observer
) -> None:
    """Another secret, a changed byte and (where the time is signed) another time get 401 and leave no trace."""
    paid = event(provider)
    target = endpoint(system, provider)
    answers = [send(target, paid, secret=new_secret(provider))]
    if provider not in PROVIDERS_THAT_SIGN_NOTHING:
        answers.append(post(target, tampered(signed(paid, target, now=int(time.time())), paid)))
    if provider in PROVIDERS_THAT_SIGN_THE_TIME:
        answers += [send(target, paid, age_seconds=STALE_SECONDS), send(target, paid, age_seconds=-302)]
    assert {(answer.status, answer.body) for answer in answers} == {(401, '{"error":"not_authentic"}')}
    assert observer.backlog()["queue_url"] == 0
    assert observer.ledger(paid.payment_id) == []


def test_stripes_own_library_signs_and_one_changed_byte_is_refused(system: LocalSystem, observer: Observer) -> None:
    """A webhook signed by Stripe's SDK goes through; any one byte changed, it does not."""
    target = endpoint(system, "stripe")
    paid = event("stripe")
    now = int(time.time())
    mac = stripe.WebhookSignature._compute_signature(f"{now}.{paid.body.decode()}", target.source.secret)
    headers = {"content-type": "application/json; charset=utf-8", "stripe-signature": f"t={now},v1={mac}"}
    for place in (0, len(paid.body) // 2, len(paid.body) - 1):
        changed = paid.body[:place] + bytes([paid.body[place] ^ 1]) + paid.body[place + 1 :]
        assert post(target, SignedSample(changed, headers)).status == 401
    assert post(target, SignedSample(paid.body, headers)).status == 200
    assert wait_until(lambda: observer.published_of(paid.payment_id))
    assert len(observer.events(paid.payment_id)) == 1


def test_a_late_event_is_recorded_and_published_and_moves_nothing(system: LocalSystem, observer: Observer) -> None:
    """An authorization that arrives after the capture is marked late; the payment stays captured."""
    target = endpoint(system, "stripe")
    before = event("stripe", "authorized")
    after = event("stripe", "succeeded", payment_id=before.payment_id)
    after_body = json.loads(after.body)
    after_body["created"] += 60
    send(target, replace(after, body=json.dumps(after_body).encode()))
    assert wait_until(lambda: observer.published_of(before.payment_id))
    send(target, before)
    assert wait_until(lambda: len(observer.published_of(before.payment_id)) == 2)
    assert [each.event["data"]["late"] for each in observer.published_of(before.payment_id)] == [False, True]
    state = observer.state(before.payment_id)
    assert state is not None
    assert state["status"] == "captured"


def test_what_can_never_be_parsed_lies_whole_in_the_dead_letter_queue(system: LocalSystem, observer: Observer) -> None:
    """A signed body that is no event of the provider is accepted, tried five times and kept whole."""
    target = endpoint(system, "stripe")
    body = b'{"object":"not an event","note":"\xc3\xa9"}'
    what = event("stripe")
    answer = send(target, replace(what, body=body))
    assert answer.status == 200
    assert wait_until(lambda: observer.backlog()["dlq_url"] == 1)
    (message,) = system.clients.sqs.receive_message(
        QueueUrl=system.outputs["dlq_url"], MessageSystemAttributeNames=["All"]
    )["Messages"]
    kept = json.loads(message["Body"])
    assert kept["body"].encode() == body
    assert kept["source"] == "stripe"
    system.clients.sqs.delete_message(QueueUrl=system.outputs["dlq_url"], ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "stripe", 405), ("PUT", "stripe", 405), ("POST", "nobody", 404), ("POST", "", 404), ("POST", "a/b", 404)],
)
def test_what_is_no_webhook_is_refused(method: str, path: str, status: int, system: LocalSystem) -> None:
    """Other methods get 405, paths that name no source 404."""
    parts = urlsplit(system.webhook_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request(method, f"{parts.path}{path}", b"{}", {"content-type": "application/json"})
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status == status
    assert response.getheader("allow") == ("POST" if status == 405 else None)


def test_a_body_larger_than_a_message_is_refused(system: LocalSystem) -> None:
    """A signed body that does not fit the queue gets 413."""
    target = endpoint(system, "stripe")
    what = event("stripe")
    body = b'{"padding":"' + b"x" * 1_048_576 + b'"}'
    answer = send(target, replace(what, body=body))
    assert (answer.status, answer.body) == (413, '{"error":"too_large"}')


def test_the_invocation_is_traced_with_its_outcome(system: LocalSystem) -> None:
    """X-Ray gets a subsegment for each step with source, provider and outcome, and one for each AWS call."""
    send(endpoint(system, "square"), event("square"))
    segments = system.xray.wait_for(
        lambda segment: segment.get("annotations") == {"source": "square", "provider": "square", "outcome": "accepted"}
    )
    assert segments[0]["name"] == "receive"
    calls = {segment["name"] for segment in system.xray.segments if segment.get("namespace") == "aws"}
    assert {"sqs.send_message", "dynamodb.put_item", "dynamodb.update_item", "sns.publish_batch"} <= calls
