"""What every scheme must refuse, and why it says it does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_src.errors import Reason, Rejected, Unavailable
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from local.samples import sample
from local.signing import sign
from tests.unit.providers.helpers import NOW, SECRETS, URL, check, provider, signed_request

TIMED = ("standard", "stripe")
MALFORMED_SECRETS = {
    "stripe": ["", " ", "whsec_x ", "\ud800"],
    "adyen": ["", "xyz", "ABC", "AB CD", "\uff21\uff22"],
    "square": ["", "\n", " key", "\ud800"],
    "standard": ["", "whsec_", "whsec_!!!!", "whsec_A", "whpk_abc"],
}


def refusal(name: str, request: SignedRequest, **options: Any) -> Reason:  # noqa: ANN401 - passed on to `check`
    """Why a request is refused."""
    with pytest.raises(Rejected) as caught:
        check(name, request, **options)
    return caught.value.reason


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


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("position", [0, 1])
def test_rotation_returns_the_position_of_the_secret(name: str, position: int) -> None:
    """With two live secrets the position of the one that signed is returned."""
    request = signed_request(name, sample(name, "succeeded"), SECRETS[name][position])
    assert check(name, request) == position


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_same_secret_twice_counts_as_the_newest(name: str) -> None:
    """A secret that is listed twice is reported at its newest position."""
    request = signed_request(name, sample(name, "succeeded"))
    assert check(name, request, [SECRETS[name][1], SECRETS[name][0], SECRETS[name][0]]) == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_secret_never_accepts(name: str) -> None:
    """Without a secret a request is not accepted, and the provider is asked to come back."""
    with pytest.raises(Unavailable) as caught:
        check(name, signed_request(name, sample(name, "succeeded")), [])
    assert caught.value.reason is Reason.SECRET_NOT_CONFIGURED


@pytest.mark.parametrize(("name", "secret"), [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]])
def test_a_malformed_secret_is_named_and_never_shown(name: str, secret: str) -> None:
    """A secret of the wrong form is `secret_malformed`, and the message does not hold it."""
    with pytest.raises(Unavailable) as caught:
        check(name, signed_request(name, sample(name, "succeeded")), [secret])
    assert caught.value.reason is Reason.SECRET_MALFORMED
    assert caught.value.detail.startswith("signing secret 1 of 1 is not ")
    assert len(secret.strip()) < 7 or secret not in str(caught.value)


@pytest.mark.parametrize(("name", "secret"), [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]])
def test_a_malformed_secret_does_not_stop_the_right_one(name: str, secret: str) -> None:
    """Another live secret of the right form still verifies; if none matches, the malformed one is the reason."""
    request = signed_request(name, sample(name, "succeeded"))
    assert check(name, request, [secret, SECRETS[name][0]]) == 1
    with pytest.raises(Unavailable) as caught:
        check(name, request, [secret, SECRETS[name][1]])
    assert caught.value.reason is Reason.SECRET_MALFORMED


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_wrong_secret_is_the_reason(name: str) -> None:
    """A request that no live secret signed is refused as such."""
    assert refusal(name, signed_request(name, sample(name, "succeeded")), secrets=SECRETS[name][1:]) == "wrong_secret"


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("apart", [-300, -299, 0, 300])
def test_within_the_window_is_accepted(name: str, apart: int) -> None:
    """Exactly the tolerance passes, on either side of the clock."""
    assert check(name, signed_request(name, sample(name, "succeeded"), now=NOW), now=NOW + apart) == 0


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(
    ("apart", "reason"), [(301, Reason.TIMESTAMP_TOO_OLD), (-301, Reason.TIMESTAMP_IN_FUTURE)], ids=["old", "future"]
)
def test_outside_the_window_is_refused(name: str, apart: int, reason: Reason) -> None:
    """One second beyond the tolerance is refused, on either side of the clock."""
    request = signed_request(name, sample(name, "succeeded"))
    assert refusal(name, request, now=NOW + apart) is reason
    assert check(name, request, now=NOW + apart, tolerance=301) == 0


@pytest.mark.parametrize("name", TIMED)
def test_a_stale_forgery_is_a_forgery(name: str) -> None:
    """The signature is judged before the age, so that the reason is the true one."""
    stale = signed_request(name, sample(name, "succeeded"), now=NOW - 9999)
    assert refusal(name, stale, secrets=SECRETS[name][1:]) is Reason.WRONG_SECRET


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


def test_adyen_items_may_be_signed_by_different_secrets() -> None:
    """While a key spreads, the items of a request may differ; the oldest position used is reported."""
    new, old = (json.loads(adyen_request(secret=one).body)["notificationItems"][0] for one in SECRETS["adyen"])
    for items in ([new, old], [old, new]):
        body = json.dumps({"notificationItems": items}).encode()
        assert check("adyen", SignedRequest(body=body, headers={}, url=URL)) == 1


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("stripe", "whsec_test"),
        ("stripe", SECRETS["stripe"][0]),
        ("adyen", "A" * 64),
        ("square", "Ibxx_5AKakO-3qeNVR61Dw"),
        ("standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("standard", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwBr"),
        ("standard", "A" * 86),
    ],
)
def test_a_secret_of_the_right_form_has_no_problem(name: str, secret: str) -> None:
    """A secret as the provider gives it out passes at configuration."""
    assert provider(name).secret_problem(secret) is None


@pytest.mark.parametrize(
    ("name", "secret"),
    [(name, one) for name in PROVIDERS for one in MALFORMED_SECRETS[name]]
    + [
        ("stripe", "sk_test_abcdef"),
        ("stripe", "whsec_"),
        ("adyen", "AB" * 31),
        ("adyen", "X" * 64),
        ("standard", "A" * 31),
        ("standard", "A" * 87),
    ],
)
def test_a_secret_of_the_wrong_form_is_explained_and_not_shown(name: str, secret: str) -> None:
    """A secret of the wrong form is answered with where to find the right one, and without the secret."""
    problem = provider(name).secret_problem(secret)
    assert problem
    assert "; " in problem
    if len(secret.strip()) > len("whsec_") + 1:
        assert secret not in problem


def test_acknowledgements() -> None:
    """Adyen hears `[accepted]` as plain text, the others JSON."""
    heard = {name: provider(name).ACKNOWLEDGEMENT for name in PROVIDERS}
    assert (heard.pop("adyen").content_type, provider("adyen").ACKNOWLEDGEMENT.body) == ("text/plain", "[accepted]")
    assert {(one.content_type, one.body) for one in heard.values()} == {("application/json", '{"received":true}')}
