"""Making webhooks as the providers do, and as forgers would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cli.problems import Problem
from lambda_src.providers import PROVIDERS
from local.sending import Endpoint, new_event, post, signed, tampered
from local.settings import LocalSource, new_secret
from tests.conformance.harness import main_kind

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _endpoint(provider: str, url: str = "http://127.0.0.1:9/") -> Endpoint:
    source = LocalSource(name="shop", provider=provider, secret=new_secret(provider))
    return Endpoint(source=source, url=url, registered_url="https://example.com/shop")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_tampering_changes_one_byte_and_nothing_else(provider: str) -> None:
    """The tampered body is one byte off, in the amount where there is one, and of the same length."""
    endpoint = _endpoint(provider)
    event = new_event(provider, main_kind(provider), occurred_at=WHEN)
    webhook = signed(event, endpoint, now=int(WHEN.timestamp()))
    other = tampered(webhook, event)
    assert sum(a != b for a, b in zip(webhook.body, other.body, strict=True)) == 1
    assert other.headers == webhook.headers


def test_tampering_changes_the_amount() -> None:
    """Where there is an amount it is what is changed."""
    endpoint = _endpoint("stripe")
    event = new_event("stripe", "succeeded", occurred_at=WHEN)
    other = tampered(signed(event, endpoint, now=0), event)
    assert b'"amount": 2001' in other.body


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
