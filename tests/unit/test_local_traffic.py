"""The traffic's plan: seeded, mixed, and retried as each provider does."""

from __future__ import annotations

from collections import Counter

import pytest

from infra.provider_retries import PROVIDER_RETRIES
from lambda_src.providers import PROVIDERS
from local.delivering import RETRY_SPAN_SECONDS, retry_pauses
from local.faults import SERVICES, Fault, FaultPlan, evenly
from local.sending import Endpoint
from local.settings import parse_sources
from local.traffic import ODD, REFUSED, plan

ENDPOINTS = [Endpoint(source=source, url="", registered_url="https://x.example/") for source in parse_sources(())]


def test_a_seed_decides_the_traffic() -> None:
    """The same seed plans the same events in the same order; another one plans others."""

    def planned(seed: int) -> list[tuple[str, str, str, str]]:
        return [
            (webhook.source, webhook.what, webhook.event.event_id, webhook.event.kind)
            for webhook in plan(ENDPOINTS, events=200, seed=seed)
        ]

    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_the_traffic_holds_everything_good_and_bad_of_every_provider() -> None:
    """Enough of it has every provider, repeats, and every way to be bad."""
    webhooks = plan(ENDPOINTS, events=3000, seed=1)
    assert {webhook.event.provider for webhook in webhooks} == set(PROVIDERS)
    whats = Counter(webhook.what for webhook in webhooks)
    assert whats["good"] == 3000
    assert set(whats) == {"good", "again", *REFUSED, *ODD}
    assert [webhook.number for webhook in webhooks] == list(range(len(webhooks)))
    assert [webhook.due for webhook in webhooks] == sorted(webhook.due for webhook in webhooks)


def test_good_traffic_alone_has_nothing_else() -> None:
    """For measuring, every webhook is one that must be accepted, sent once."""
    assert {webhook.what for webhook in plan(ENDPOINTS, events=100, seed=1, bad=False)} == {"good"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_its_retry_schedule(provider: str) -> None:
    """As many attempts as it makes, in its proportions, squeezed into seconds."""
    retries = PROVIDER_RETRIES[provider]
    pauses = retry_pauses(provider)
    assert len(pauses) == len(retries.pauses) >= 3
    assert pauses == sorted(pauses) or provider in {"adyen", "adyen_platform"}
    assert max(pauses) <= RETRY_SPAN_SECONDS
    assert 0 < retries.gives_up_after <= retries.may_last <= 30 * 86_400


def test_documented_schedules_last_as_long_as_the_documents_say() -> None:
    """The spans of the table in docs/providers.md."""
    hours = {name: round(PROVIDER_RETRIES[name].gives_up_after / 3600, 1) for name in PROVIDERS}
    assert (hours["stripe"], hours["paypal"], hours["paddle"], hours["coinbase_commerce"]) == (72, 72, 72, 72)
    assert (hours["braintree"], hours["razorpay"], hours["mollie"], hours["shopify"]) == (24, 24, 26, 4)
    assert PROVIDER_RETRIES["lemon_squeezy"].pauses == (5, 25, 125)
    assert PROVIDER_RETRIES["revolut"].gives_up_after == 1800
    assert set(PROVIDER_RETRIES) == set(PROVIDERS)


def test_faults_are_drawn_by_the_seed_and_as_often_as_asked() -> None:
    """The same seed gives each service the same faults; about the asked share of the calls meets one."""
    draws = [[evenly(0.1, seed=seed).draw("sqs") for _ in range(1)] for seed in (1, 1)]
    assert draws[0] == draws[1]
    plan_ = evenly(0.1, seed=1)
    drawn = [plan_.draw("sqs") for _ in range(5000)]
    again = evenly(0.1, seed=1)
    assert [again.draw("sqs") for _ in range(5000)] == drawn
    assert 400 < sum(fault is not None for fault in drawn) < 600
    assert {fault for fault in drawn if fault} == set(Fault)
    assert sum(plan_.met.values()) == sum(fault is not None for fault in drawn)


def test_a_service_that_is_away_answers_nothing() -> None:
    """Every call to it breaks off, and none to the others."""
    away = FaultPlan.from_json(FaultPlan(away=("sns",)).to_json())
    assert [away.draw(service) for service in SERVICES] == [None, None, None, Fault.UNSENT]
    assert away.draw("kms") is None
