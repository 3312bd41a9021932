"""The providers' official SDKs against ours, both ways, and each way with one thing changed."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe
from Adyen.util import (  # type: ignore[import-untyped]  # the SDK ships no types
    generate_notification_sig,
    is_valid_hmac_notification,
)
from square.utils.webhooks_helper import verify_signature
from standardwebhooks import Webhook, WebhookVerificationError

from lambda_src.errors import Reason, Rejected
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from local.samples import KINDS, sample
from local.signing import sign
from tests.unit.providers.helpers import NOW, SECRETS, URL, as_request, check

CASES = [(provider, kind) for provider in PROVIDERS for kind in KINDS[provider]]


def sdk_accepts(provider: str, request: SignedRequest, secret: str) -> bool:
    """Ask the provider's SDK for its verdict."""
    match provider:
        case "stripe":
            try:
                header = request.headers["stripe-signature"]
                stripe.WebhookSignature.verify_header(request.body, header, secret, tolerance=300)
            except stripe.SignatureVerificationError:
                return False
            return True
        case "adyen":
            wrappers = json.loads(request.body)["notificationItems"]
            # the SDK itself looks at the first item only
            return all(is_valid_hmac_notification({"notificationItems": [one]}, secret) for one in wrappers)
        case "square":
            return verify_signature(
                request_body=request.body.decode(),
                signature_header=request.headers["x-square-hmacsha256-signature"],
                signature_key=secret,
                notification_url=request.url,
            )
        case _:
            try:
                Webhook(secret).verify(request.body, request.headers)
            except WebhookVerificationError:
                return False
            return True


def sdk_signed(provider: str, body: bytes, secret: str) -> SignedRequest:
    """Let the provider's SDK sign; Square's cannot."""
    match provider:
        case "stripe":
            header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, NOW)
            return SignedRequest(body=body, headers={"stripe-signature": header}, url=URL)
        case "adyen":
            notification: dict[str, Any] = json.loads(body)
            for wrapper in notification["notificationItems"]:
                item = wrapper["NotificationRequestItem"]
                signature = generate_notification_sig(item, secret).decode()
                item["additionalData"] = {**item["additionalData"], "hmacSignature": signature}
            return SignedRequest(body=json.dumps(notification, indent=1).encode(), headers={}, url=URL)
        case _:
            at = datetime.fromtimestamp(NOW, UTC)
            headers = {
                "webhook-id": "msg_1",
                "webhook-timestamp": str(NOW),
                "webhook-signature": Webhook(secret).sign("msg_1", at, body.decode()),
            }
            return SignedRequest(body=body, headers=headers, url=URL)


def with_changed_amount(request: SignedRequest) -> SignedRequest:
    """The same request about one minor unit more."""
    changed = request.body.replace(b"31415", b"31416")
    assert changed != request.body
    return SignedRequest(body=changed, headers=request.headers, url=request.url)


@pytest.mark.parametrize(("provider", "kind"), CASES)
def test_the_sdk_accepts_what_we_sign(provider: str, kind: str) -> None:
    """Every sample that we sign passes the official SDK, and fails it when the amount is changed."""
    secret = SECRETS[provider][0]
    signed = sign(provider, sample(provider, kind, amount=31415), secret, url=URL, now=int(time.time()))
    request = as_request(signed)
    assert sdk_accepts(provider, request, secret)
    if kind != "partially_refunded" or provider != "adyen":  # which has the part only
        assert not sdk_accepts(provider, with_changed_amount(request), secret)


@pytest.mark.parametrize(("provider", "kind"), [case for case in CASES if case[0] != "square"])
def test_we_accept_what_the_sdk_signs(provider: str, kind: str) -> None:
    """Every sample that the official SDK signs passes our verification, and fails it when the amount is changed."""
    # four times the amount, so that Adyen's partial refund is about 31415 too
    amount = 4 * 31415 if (provider, kind) == ("adyen", "partially_refunded") else 31415
    request = sdk_signed(provider, sample(provider, kind, amount=amount), SECRETS[provider][0])
    assert check(provider, request) == 0
    with pytest.raises(Rejected) as caught:
        check(provider, with_changed_amount(request))
    assert caught.value.reason is Reason.WRONG_SECRET


@pytest.mark.parametrize(("provider", "kind"), CASES)
def test_we_accept_what_we_sign(provider: str, kind: str) -> None:
    """Every sample that we sign passes our verification, also non-ASCII ones, and another URL is refused for Square."""
    body = sample(provider, kind, payment_id="Café-日本-☕")
    request = as_request(sign(provider, body, SECRETS[provider][1], url=URL, now=NOW))
    assert check(provider, request) == 1
    if provider == "square":
        elsewhere = SignedRequest(body=request.body, headers=request.headers, url=URL + "/")
        with pytest.raises(Rejected) as caught:
            check(provider, elsewhere)
        assert caught.value.reason is Reason.WRONG_SECRET


def test_svix_header_names_are_the_same_scheme() -> None:
    """A request with `svix-*` headers is accepted as one with `webhook-*` headers is."""
    signed = sign("standard", b'{"type":"x"}', SECRETS["standard"][0], now=NOW)
    renamed = {name.replace("webhook-", "svix-"): value for name, value in signed.headers.items()}
    assert check("standard", SignedRequest(body=signed.body, headers=renamed, url=URL)) == 0


def test_an_unsigned_item_that_the_adyen_sdk_overlooks_is_refused() -> None:
    """Adyen's SDK accepts a batch by its first item; we refuse the batch for its second."""
    signed = sign("adyen", sample("adyen", "batch"), SECRETS["adyen"][0])
    notification = json.loads(signed.body)
    notification["notificationItems"][1]["NotificationRequestItem"]["amount"]["value"] = 1
    assert is_valid_hmac_notification(notification, SECRETS["adyen"][0])
    with pytest.raises(Rejected) as caught:
        check("adyen", SignedRequest(body=json.dumps(notification).encode(), headers={}, url=URL))
    assert caught.value.reason is Reason.WRONG_SECRET
