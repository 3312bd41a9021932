"""What can be sent on purpose, of every provider: each variant is what it says to the code that verifies and parses."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from cli.problems import Problem
from lambda_src import providers
from lambda_src.delivery import Delivery
from lambda_src.errors import Reason, Rejected, Unprocessable
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from lambda_src.sources import Source, decode_sources
from local import senders
from local.samples import KINDS
from local.sending import Endpoint
from local.settings import LocalSource, new_secret
from local.variants import VARIANTS, Sending, sendings, variants_of
from tests.conformance.harness import main_kind

ALL = [(provider, variant) for provider in PROVIDERS for variant in variants_of(provider)]


def _endpoint(provider: str) -> Endpoint:
    source = LocalSource(name="shop", provider=provider, secret=new_secret(provider))
    return Endpoint(source=source, url="http://127.0.0.1:9/shop", registered_url="https://example.com/shop")


def _source(provider: str) -> Source:
    return decode_sources(json.dumps({"shop": {"provider": provider, **senders.settings_of(provider)}}))["shop"]


def _verdict(sending: Sending, endpoint: Endpoint) -> str:
    """What verifying says: `accepted`, or the reason of the refusal."""
    provider = endpoint.source.provider
    request = SignedRequest(body=sending.webhook.body, headers=sending.webhook.headers, url=endpoint.registered_url)
    secrets = (senders.configured(provider, endpoint.source.secret),)
    try:
        providers.load(provider).verify(request, secrets, _source(provider), int(time.time()))
    except Rejected as error:
        return str(error.reason)
    return "accepted"


@pytest.mark.parametrize(("provider", "variant"), ALL)
def test_a_variant_is_what_it_says(provider: str, variant: str) -> None:
    """Good, repeated, late and poisoned requests are accepted; forged, tampered and stale ones are refused."""
    endpoint = _endpoint(provider)
    verdicts = [_verdict(each, endpoint) for each in sendings(endpoint, main_kind(provider), variant)]
    if variant in {"duplicate", "late"}:
        assert verdicts == ["accepted", "accepted"]
    elif variant in {"good", "poison"}:
        assert verdicts == ["accepted"]
    else:
        assert len(verdicts) == 1
        assert verdicts[0] != "accepted"


@pytest.mark.parametrize("provider", [provider for provider, variant in ALL if variant == "stale"])
def test_a_stale_request_is_refused_for_its_age(provider: str) -> None:
    """The signature of a stale request holds: it is its time that is refused."""
    endpoint = _endpoint(provider)
    assert _verdict(sendings(endpoint, main_kind(provider), "stale")[0], endpoint) == Reason.TIMESTAMP_TOO_OLD


@pytest.mark.parametrize("provider", [provider for provider, variant in ALL if variant == "poison"])
def test_a_poisoned_request_holds_no_event(provider: str) -> None:
    """What was signed well cannot be parsed."""
    endpoint = _endpoint(provider)
    (sending,) = sendings(endpoint, main_kind(provider), "poison")
    module = providers.load(provider)
    delivery = Delivery(
        delivery_id="d",
        source="shop",
        provider=provider,
        received_at=datetime.now(UTC),
        headers=sending.webhook.headers,
        body=providers.unwrapped(module, sending.webhook.body).decode(),
    )
    with pytest.raises(Unprocessable):
        module.parse(delivery, _source(provider))


def test_a_late_event_is_of_the_same_payment_and_happened_before() -> None:
    """The second request of `late` is of the first one's payment, with an id of its own."""
    first, second = sendings(_endpoint("stripe"), "succeeded", "late")
    assert first.event.payment_id == second.event.payment_id
    assert first.event.event_id != second.event.event_id
    assert (first.event.kind, second.event.kind) == ("succeeded", "authorized")


def test_what_makes_no_sense_is_a_problem() -> None:
    """A variant that nobody knows, and one that the provider's signatures rule out, are told in one line."""
    with pytest.raises(Problem, match=r"the variant is one of good, duplicate, .*got 'odd'"):
        sendings(_endpoint("stripe"), "succeeded", "odd")
    for provider in PROVIDERS:
        for variant in {"stale", "poison"} - set(variants_of(provider)):
            with pytest.raises(Problem, match=provider):
                sendings(_endpoint(provider), main_kind(provider), variant)


def test_every_provider_has_a_good_one_and_every_variant_a_provider() -> None:
    """No variant is without a provider, and each provider can be sent well and forged."""
    assert {variant for _, variant in ALL} == set(VARIANTS)
    assert all({"good", "duplicate", "forge"} <= set(variants_of(provider)) for provider in KINDS)
