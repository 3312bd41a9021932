"""The second ingress: the same webhooks through a REST API."""

from __future__ import annotations

import hmac
import http.client
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lambda_src.providers import PROVIDERS
from local.observer import Observer, wait_until
from local.settings import new_secret, parse_sources, source_name
from local.system import LocalSystem
from tests.integration.conftest import endpoint, event, send

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNS_THE_URL = "square"
"""Where the emulator does not say which domain was called, a provider that signs the URL needs it configured."""


@pytest.fixture(scope="module")
def api() -> Iterator[LocalSystem]:
    """A running system behind a REST API, with a source for each provider."""
    with LocalSystem(parse_sources(()), environment="api", settings={"ingress": "rest-api"}) as system:
        yield system


@pytest.fixture(scope="module")
def subscriber(api: LocalSystem) -> Iterator[Observer]:
    """What sees its events and its ledger."""
    with Observer(api) as observer:
        yield observer


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != SIGNS_THE_URL])
def test_a_webhook_of_each_provider_passes_and_a_forged_one_does_not(
    provider: str, api: LocalSystem, subscriber: Observer
) -> None:
    """The API hands on the very bytes and headers that were signed, so the same handler accepts them, or refuses."""
    target, what = endpoint(api, provider), event(provider)
    assert send(target, what).status == 200
    assert wait_until(lambda: len(subscriber.published_of(what.payment_id)) == 1)
    assert send(target, event(provider), secret=new_secret(provider)).status == 401


def test_bytes_that_are_no_text_reach_the_handler_unchanged(api: LocalSystem) -> None:
    """A body that is not UTF-8 is verified as it was sent; as text it would have been replaced."""
    target = endpoint(api, "stripe")
    body = b'{"id":"evt_\xff\xfe\x00"}'
    now = int(time.time())
    mac = hmac.digest(target.source.secret.encode(), f"{now}.".encode() + body, "sha256").hex()
    headers = {"content-type": "text/plain", "Stripe-Signature": f"t={now},v1={mac}"}
    assert _post(target.url, body, headers)[0] == 200
    assert _post(target.url, body.replace(b"\xff", b"\xfe"), headers)[0] == 401


def test_only_posts_to_a_source_reach_the_function(api: LocalSystem) -> None:
    """Other methods and paths end at the API: they cost no invocation."""
    assert _post(api.webhook_url, b"{}", {})[0] == 403
    assert _request("GET", f"{api.webhook_url}stripe", b"", {})[0] == 403
    assert _post(f"{api.webhook_url}stripe/more", b"{}", {})[0] == 403
    assert _post(f"{api.webhook_url}nobody", b"{}", {}) == (404, '{"error":"unknown_source"}')


def test_nothing_but_the_api_may_invoke_the_function(api: LocalSystem) -> None:
    """There is no public statement: the API of this account may, for POST on its stage."""
    policy = api.clients.functions.get_policy(FunctionName=api.outputs["function_name"])["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    api_id = urlsplit(api.outputs["webhook_url"]).netloc.partition(".")[0]
    account = api.clients.account_id
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Condition"] == {
        "StringEquals": {"AWS:SourceAccount": account},
        "ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:us-east-1:{account}:{api_id}/api/POST/*"},
    }


def test_the_outputs_name_the_api(api: LocalSystem) -> None:
    """Downstream teams read the same outputs as with the function's own address."""
    url = api.outputs["webhook_url"]
    assert url.endswith(".execute-api.us-east-1.amazonaws.com/api/")
    assert api.outputs["source_urls"][source_name("stripe")] == f"{url}stripe"


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return _request("POST", url, body, headers)


def _request(method: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request(method, parts.path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()
