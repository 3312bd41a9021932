"""Malformed and ambiguous requests, scheme by scheme, and the reasons for which they are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from local.samples import sample
from local.signing import sign
from tests.unit.providers.helpers import NOW, SECRETS, URL, check, refusal, signed_request


def with_headers(request: SignedRequest, **headers: str | None) -> SignedRequest:
    """The same request with headers changed, or taken out by None."""
    changed = {**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return SignedRequest(
        body=request.body,
        headers={name: value for name, value in changed.items() if value is not None},
        url=request.url,
    )


def adyen_request(*, secret: str = SECRETS["adyen"][0], **changes: object) -> SignedRequest:
    """A signed Adyen authorisation with fields of its item changed before it is signed."""
    notification = json.loads(sample("adyen", "authorized"))
    item = notification["notificationItems"][0]["NotificationRequestItem"]
    item.update(changes)
    return SignedRequest(body=sign("adyen", json.dumps(notification).encode(), secret).body, headers={}, url=URL)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, Reason.MISSING_HEADER),
        ("", Reason.MISSING_HEADER),
        ("t", Reason.MALFORMED_HEADER),
        ("t=", Reason.MALFORMED_HEADER),
        ("v1=aa", Reason.MALFORMED_HEADER),
        ("t=x,v1=aa", Reason.MALFORMED_HEADER),
        ("t=-1,v1=aa", Reason.MALFORMED_HEADER),
        ("t=1.5,v1=aa", Reason.MALFORMED_HEADER),
        ("t=١٢٣,v1=aa", Reason.MALFORMED_HEADER),
        ("t=" + "9" * 5000 + ",v1=aa", Reason.MALFORMED_HEADER),
        ("t=1,t=1,v1=" + "a" * 64, Reason.MALFORMED_HEADER),
        ("t=1", Reason.MISSING_SIGNATURE),
        ("t=1,v0=" + "a" * 64, Reason.MISSING_SIGNATURE),
        ("t=1,v1=", Reason.MALFORMED_SIGNATURE),
        ("t=1,v1=é", Reason.MALFORMED_SIGNATURE),
        ("t=1,v1=" + "A" * 64, Reason.MALFORMED_SIGNATURE),
        ("t=1,v1=" + "a" * 64 + "\n", Reason.MALFORMED_SIGNATURE),
        ("t=1" + (",v1=" + "a" * 64) * 10_000, Reason.MALFORMED_SIGNATURE),
        ("t=1,v1=" + "a" * 64, Reason.WRONG_SECRET),
    ],
)
def test_stripe_headers_that_are_refused(header: str | None, reason: Reason) -> None:
    """A Stripe-Signature header of any wrong form is refused with its reason."""
    request = with_headers(signed_request("stripe", b"{}"), stripe_signature=header)
    assert refusal("stripe", request) is reason


def test_stripe_finds_the_right_signature_among_sixteen() -> None:
    """As many signatures as are tried at most are tried, the malformed ones and other items left aside."""
    request = signed_request("stripe", b"{}")
    time_item, _, right = request.headers["stripe-signature"].partition(",")
    items = [time_item, "v0=é", *["v1=" + "a" * 64] * 14, "v1=short", right]
    assert check("stripe", with_headers(request, stripe_signature=",".join(items))) == 0
    assert (
        refusal("stripe", with_headers(request, stripe_signature=",".join([*items, right])))
        is Reason.MALFORMED_SIGNATURE
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"webhook_id": None}, Reason.MISSING_HEADER),
        ({"webhook_id": ""}, Reason.MISSING_HEADER),
        ({"webhook_timestamp": None}, Reason.MISSING_HEADER),
        ({"webhook_signature": None}, Reason.MISSING_HEADER),
        ({"webhook_id": "é"}, Reason.MALFORMED_HEADER),
        ({"webhook_id": "a\x00"}, Reason.MALFORMED_HEADER),
        ({"webhook_id": "a.b"}, Reason.AMBIGUOUS_FIELD),
        ({"webhook_timestamp": "1e9"}, Reason.MALFORMED_HEADER),
        ({"webhook_timestamp": "1" * 13}, Reason.MALFORMED_HEADER),
        ({"webhook_timestamp": " 1"}, Reason.MALFORMED_HEADER),
        ({"webhook_signature": "v1a," + "A" * 86 + "=="}, Reason.MISSING_SIGNATURE),
        ({"webhook_signature": "v1"}, Reason.MISSING_SIGNATURE),
        ({"webhook_signature": "v1,"}, Reason.MALFORMED_SIGNATURE),
        ({"webhook_signature": "v1,é"}, Reason.MALFORMED_SIGNATURE),
        ({"webhook_signature": "v1," + "A" * 43}, Reason.MALFORMED_SIGNATURE),
        ({"webhook_signature": " ".join(["v1," + "A" * 43 + "="] * 10_000)}, Reason.MALFORMED_SIGNATURE),
        ({"webhook_signature": "v1," + "A" * 43 + "="}, Reason.WRONG_SECRET),
        ({"webhook_id": "msg_2"}, Reason.WRONG_SECRET),
        ({"webhook_timestamp": str(NOW + 1)}, Reason.WRONG_SECRET),
    ],
)
def test_standard_headers_that_are_refused(changes: dict[str, str | None], reason: Reason) -> None:
    """Standard Webhooks headers of any wrong form are refused with their reason."""
    assert refusal("standard", with_headers(signed_request("standard", b"{}"), **changes)) is reason


def test_standard_does_not_mix_the_two_sets_of_headers() -> None:
    """A `webhook-id` beside signed `svix-*` headers is not signed, so it must not become the event's id."""
    signed = signed_request("standard", b"{}")
    svix = {name.replace("webhook", "svix"): value for name, value in signed.headers.items()}
    request = SignedRequest(body=b"{}", headers=svix, url=URL)
    assert check("standard", request) == 0
    assert refusal("standard", with_headers(request, webhook_id="msg_forged")) is Reason.MISSING_HEADER


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, Reason.MISSING_HEADER),
        ("", Reason.MISSING_HEADER),
        ("é", Reason.MALFORMED_SIGNATURE),
        ("A" * 10_000, Reason.MALFORMED_SIGNATURE),
        ("A" * 43 + "=,", Reason.MALFORMED_SIGNATURE),
        ("A" * 43 + "=", Reason.WRONG_SECRET),
    ],
)
def test_square_headers_that_are_refused(header: str | None, reason: Reason) -> None:
    """A Square signature header of any wrong form is refused with its reason."""
    request = with_headers(signed_request("square", b"{}"), x_square_hmacsha256_signature=header)
    assert refusal("square", request) is reason


def test_square_checks_the_given_url_and_no_host_header() -> None:
    """The URL is the one handed in: a Host header changes nothing, and an odd URL is only a wrong one."""
    request = signed_request("square", b"{}")
    assert check("square", with_headers(request, host="evil.example.com")) == 0
    odd = SignedRequest(body=b"{}", headers=request.headers, url="https://hooks.example.com/\ud800")
    assert refusal("square", odd) is Reason.WRONG_SECRET


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.MALFORMED_BODY),
        (b"\xff", Reason.MALFORMED_BODY),
        (b"[]", Reason.MALFORMED_BODY),
        (b"null", Reason.MALFORMED_BODY),
        (b"{}", Reason.MALFORMED_BODY),
        (b'{"notificationItems":{}}', Reason.MALFORMED_BODY),
        (b'{"notificationItems":[]}', Reason.MALFORMED_BODY),
        (b'{"notificationItems":[null]}', Reason.MALFORMED_BODY),
        (b'{"notificationItems":[{}]}', Reason.MALFORMED_BODY),
        (b'{"notificationItems":[{"NotificationRequestItem":7}]}', Reason.MALFORMED_BODY),
        (b'{"notificationItems":[{"NotificationRequestItem":{}}]}', Reason.MISSING_SIGNATURE),
        (b'{"notificationItems":' + b"[" * 100_000, Reason.MALFORMED_BODY),
    ],
)
def test_adyen_bodies_that_are_refused(body: bytes, reason: Reason) -> None:
    """A body that is no Adyen notification is refused before anything else."""
    assert refusal("adyen", SignedRequest(body=body, headers={}, url=URL)) is reason


@pytest.mark.parametrize(
    "changes",
    [
        {"success": True},
        {"success": 1.5},
        {"pspReference": 8},
        {"amount": []},
        {"amount": {"value": 1.0, "currency": "EUR"}},
        {"amount": {"value": True, "currency": "EUR"}},
        {"amount": {"value": 10**40, "currency": "EUR"}},
        {"amount": {"value": 1, "currency": None, "x": [[]]}, "eventCode": {}},
    ],
)
def test_adyen_fields_of_another_type_are_refused(changes: dict[str, Any]) -> None:
    """A signed field of a type that Adyen does not send is a malformed body, never a crash."""
    notification = json.loads(sample("adyen", "authorized"))
    item = notification["notificationItems"][0]["NotificationRequestItem"]
    item.update(changes, additionalData={"hmacSignature": "A" * 43 + "="})
    body = json.dumps(notification).encode()
    assert refusal("adyen", SignedRequest(body=body, headers={}, url=URL)) is Reason.MALFORMED_BODY


@pytest.mark.parametrize("additional", [None, {}, {"hmacSignature": None}, {"hmacSignature": ""}, {"other": "x"}])
def test_adyen_item_without_signature_refuses_the_whole_request(additional: dict[str, Any] | None) -> None:
    """One unsigned item refuses all, wherever it stands."""
    notification = json.loads(signed_request("adyen", sample("adyen", "batch")).body)
    notification["notificationItems"][1]["NotificationRequestItem"]["additionalData"] = additional
    for items in (notification["notificationItems"], notification["notificationItems"][::-1]):
        body = json.dumps({"notificationItems": items}).encode()
        assert refusal("adyen", SignedRequest(body=body, headers={}, url=URL)) is Reason.MISSING_SIGNATURE


def test_adyen_values_are_signed_as_they_appear() -> None:
    """An amount may be a text, fields may be null or missing, and merchantReference may hold colons."""
    variants: list[dict[str, Any]] = [
        {"amount": {"value": "0", "currency": "EUR"}},
        {"amount": {}},
        {"merchantReference": ":a:b\\:", "originalReference": "X"},
    ]
    for changes in variants:
        assert check("adyen", adyen_request(**changes)) == 0
    # a null is signed like a missing field
    notification = json.loads(adyen_request().body)
    notification["notificationItems"][0]["NotificationRequestItem"]["originalReference"] = None
    assert check("adyen", SignedRequest(body=json.dumps(notification).encode(), headers={}, url=URL)) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"pspReference": "a:b"},
        {"originalReference": ":"},
        {"merchantAccountCode": "TestMerchant:x"},
        {"amount": {"value": "1:2", "currency": "EUR"}},
        {"amount": {"value": 1, "currency": "EUR:"}},
        {"eventCode": "AUTHORISATION:"},
        {"success": "true:"},
    ],
)
def test_adyen_colon_outside_the_merchant_reference_is_refused(changes: dict[str, Any]) -> None:
    """A colon that would allow two readings of the signed text is refused although the signature is right."""
    assert refusal("adyen", adyen_request(**changes)) is Reason.AMBIGUOUS_FIELD


def test_adyen_merchant_accounts_are_an_exact_allow_list() -> None:
    """An item of another merchant account is refused, but only after its signature holds."""
    request = adyen_request()
    assert check("adyen", request, merchants=("Other", "ExampleMerchantECOM")) == 0
    assert refusal("adyen", request, merchants=("ExampleMerchant",)) is Reason.MERCHANT_NOT_ALLOWED
    assert refusal("adyen", request, merchants=("x",), secrets=SECRETS["adyen"][1:]) is Reason.WRONG_SECRET


def test_adyen_one_item_of_another_merchant_account_refuses_all() -> None:
    """The allow-list holds for every item, not only for one of them."""
    ours, other = (
        json.loads(adyen_request(merchantAccountCode=account).body)["notificationItems"][0]
        for account in ("Shop", "Other")
    )
    for items in ([ours, other], [other, ours]):
        request = SignedRequest(body=json.dumps({"notificationItems": items}).encode(), headers={}, url=URL)
        assert refusal("adyen", request, merchants=("Shop",)) is Reason.MERCHANT_NOT_ALLOWED


def test_adyen_items_may_be_signed_by_different_secrets() -> None:
    """While a key spreads, the items of a request may differ; the oldest position used is reported."""
    new, old = (json.loads(adyen_request(secret=one).body)["notificationItems"][0] for one in SECRETS["adyen"])
    for items in ([new, old], [old, new]):
        body = json.dumps({"notificationItems": items}).encode()
        assert check("adyen", SignedRequest(body=body, headers={}, url=URL)) == 1
