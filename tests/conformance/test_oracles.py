"""Column: the provider's official SDK against ours, both ways, and each way with one thing changed."""

from __future__ import annotations

import json

import pytest
from Adyen.util import is_valid_hmac_notification  # type: ignore[import-untyped]  # the SDK ships no types

from lambda_src.errors import Reason, Rejected
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from local.samples import KINDS, sample
from tests.conformance.harness import RECEIVED_AT, check, secrets_of, signed
from tests.conformance.rows import row

JUDGED = [(name, kind) for name in PROVIDERS if row(name).sdk_accepts for kind in KINDS[name]]
SIGNED = [(name, kind) for name in PROVIDERS if row(name).sdk_signs for kind in KINDS[name]]


def changed(name: str, request: SignedRequest) -> SignedRequest:
    """The same request with one covered byte in the middle changed."""
    covers = row(name).covers or (lambda _body, _at: True)
    at = next(at for at in range(len(request.body) // 2, len(request.body)) if covers(request.body, at))
    other = b"1" if request.body[at : at + 1] != b"1" else b"2"
    body = request.body[:at] + other + request.body[at + 1 :]
    return SignedRequest(body=body, headers=request.headers, url=request.url)


@pytest.mark.parametrize(("name", "kind"), JUDGED)
def test_the_sdk_accepts_what_we_sign(name: str, kind: str) -> None:
    """Every sample that our sender signs passes the official SDK, and fails it when one byte is changed."""
    sdk_accepts = row(name).sdk_accepts
    assert sdk_accepts
    secret = secrets_of(name)[0]
    request = signed(name, sample(name, kind, occurred_at=RECEIVED_AT))
    assert sdk_accepts(request, secret)
    if name != "adyen":  # whose SDK raises for JSON that is none
        assert not sdk_accepts(changed(name, request), secret)


@pytest.mark.parametrize(("name", "kind"), SIGNED)
def test_we_accept_what_the_sdk_signs(name: str, kind: str) -> None:
    """Every sample that the official SDK signs passes our verification, and fails it when one byte is changed."""
    sdk_signs = row(name).sdk_signs
    assert sdk_signs
    request = sdk_signs(sample(name, kind, occurred_at=RECEIVED_AT), secrets_of(name)[0])
    assert check(name, request) == 0
    with pytest.raises(Rejected):
        check(name, changed(name, request))


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_says_who_judged_it(name: str) -> None:
    """A provider without an SDK that verifies says so, and why."""
    about = row(name)
    assert about.sdk_accepts or about.sdk.startswith(("none: ", "?")), (
        f"tests/conformance/rows/{name}.py: without sdk_accepts, `sdk` must begin with 'none: ' and say what judged it"
    )


def test_an_unsigned_item_that_the_adyen_sdk_overlooks_is_refused() -> None:
    """Adyen's SDK accepts a batch by its first item; we refuse the batch for its second."""
    notification = json.loads(signed("adyen", sample("adyen", "batch")).body)
    notification["notificationItems"][1]["NotificationRequestItem"]["amount"]["value"] = 1
    assert is_valid_hmac_notification(notification, secrets_of("adyen")[0])
    with pytest.raises(Rejected) as caught:
        check("adyen", SignedRequest(body=json.dumps(notification).encode(), headers={}, url=""))
    assert caught.value.reason is Reason.WRONG_SECRET
