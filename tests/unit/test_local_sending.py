"""Making webhooks as the providers do, and as forgers would."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lambda_src.providers import PROVIDERS
from local.problems import Problem
from local.samples import KINDS
from local.sending import AMOUNT, Endpoint, new_event, post, signed, tampered
from local.settings import LocalSource, new_secret

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _endpoint(provider: str, url: str = "http://127.0.0.1:9/") -> Endpoint:
    source = LocalSource(name="shop", provider=provider, secret=new_secret(provider))
    return Endpoint(source=source, url=url, registered_url="https://example.com/shop")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_the_kinds_that_the_demonstration_sends(provider: str) -> None:
    """The scenario is the same for all providers."""
    assert {"authorized", "succeeded", "refunded", "partially_refunded"} <= set(KINDS[provider])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_tampering_changes_the_amount_and_nothing_else(provider: str) -> None:
    """The tampered body is one byte off, and still JSON."""
    endpoint = _endpoint(provider)
    webhook = signed(new_event(provider, "succeeded", occurred_at=WHEN), endpoint, now=int(WHEN.timestamp()))
    other = tampered(webhook)
    differing = [(a, b) for a, b in zip(webhook.body, other.body, strict=True) if a != b]
    assert differing == [(ord("0"), ord("1"))]
    assert str(AMOUNT + 1).encode() in other.body
    assert other.headers == webhook.headers
    json.loads(other.body)


def test_unknown_kind_is_a_problem_that_lists_the_kinds() -> None:
    """A user who asks for a sample that there is not learns which there are."""
    with pytest.raises(Problem, match=r"no sample .nope. of .stripe.*succeeded"):
        new_event("stripe", "nope", occurred_at=WHEN)


def test_nobody_at_the_url_is_a_problem() -> None:
    """A refused connection is one line, not a traceback."""
    endpoint = _endpoint("stripe")
    webhook = signed(new_event("stripe", "succeeded", occurred_at=WHEN), endpoint, now=0)
    with pytest.raises(Problem, match=r"nobody answers at http://127\.0\.0\.1:9/"):
        post(endpoint, webhook)
