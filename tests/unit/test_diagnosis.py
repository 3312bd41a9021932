"""Why a signature fails: each cause is named when it is the cause, by requests that official SDKs signed."""

from __future__ import annotations

import base64
import json
from functools import cache

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from lambda_src.errors import Reason
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from local import senders
from local.diagnosis import Diagnosis, diagnose
from local.mistakes import KnownSource
from local.samples import sample
from local.signing import sign
from tests.conformance.harness import RECEIVED_AT, main_kind, signed, source_of
from tests.conformance.rows import NOW, URL, row

SECRET, RETIRED, OTHER, UNKNOWN = "whsec_live", "whsec_old", "whsec_eu", "whsec_nobodys"
KNOWN = {
    "shop": KnownSource(source=Source(provider="stripe"), url=URL, secrets=(SECRET,), retired=(RETIRED,)),
    "eu": KnownSource(source=Source(provider="stripe"), url=URL, secrets=(OTHER,)),
}
BODY = (
    '{\n  "id": "evt_1",\n  "object": "event",\n  "note": "Zoë & Söhne / 10",\n  "livemode": false,\n  "rate": 1.5\n}'
)
SIGNED_BY_AN_SDK = [name for name in PROVIDERS if row(name).sdk_signs]


def _stripe(body: str = BODY, secret: str = SECRET, now: int = NOW) -> dict[str, str]:
    return {"stripe-signature": stripe.WebhookSignature.generate_signature_header(body, secret, now)}


def _diagnosis(body: bytes, headers: dict[str, str], now: int = NOW) -> Diagnosis:
    return diagnose("shop", SignedRequest(body=body, headers=headers, url=URL), KNOWN, now)


def test_an_authentic_request_has_no_cause() -> None:
    """What Stripe's SDK signed verifies, and nothing is said against it."""
    assert _diagnosis(BODY.encode(), _stripe()) == Diagnosis(reason=None, proven=True, causes=())


def test_another_sources_secret_is_named_by_its_source() -> None:
    """A request that Stripe's SDK signed for another source names that source, and that the event is a test's."""
    found = _diagnosis(BODY.encode(), _stripe(secret=OTHER))
    assert found.causes == (
        "it is signed with the secret of another source, eu (stripe)",
        "it is a test-mode event, so that was a test-mode key: its `livemode` is false",
    )


@pytest.mark.parametrize("name", SIGNED_BY_AN_SDK)
def test_a_webhook_for_another_provider_is_recognised(name: str) -> None:
    """A webhook of any provider, signed by its SDK and sent to a source of another, names where it belongs."""
    sdk_signs = row(name).sdk_signs
    assert sdk_signs
    secret = senders.load(name).new_secret()
    other = "paystack"
    known = {
        "elsewhere": KnownSource(source=Source(provider=other), url=URL, secrets=("another vendor",)),
        "right": KnownSource(source=source_of(name), url=URL, secrets=(senders.configured(name, secret),)),
    }
    request = sdk_signs(sample(name, main_kind(name), occurred_at=RECEIVED_AT), secret)
    found = diagnose("elsewhere", request, known, NOW)
    assert found.proven
    assert found.causes[0] == f"it is signed with the secret of another source, right ({name})"


@pytest.mark.parametrize("name", SIGNED_BY_AN_SDK)
def test_a_secret_that_was_rotated_out_is_recognised(name: str) -> None:
    """What an SDK signed with a secret that is live no more is told to be so."""
    sdk_signs = row(name).sdk_signs
    assert sdk_signs
    old, new = senders.load(name).new_secret(), senders.load(name).new_secret()
    live, retired = senders.configured(name, new), senders.configured(name, old)
    known = {"shop": KnownSource(source=source_of(name), url=URL, secrets=(live,), retired=(retired,))}
    request = sdk_signs(sample(name, main_kind(name), occurred_at=RECEIVED_AT), old)
    found = diagnose("shop", request, known, NOW)
    assert found.reason is Reason.WRONG_SECRET
    assert found.causes[0] == "it is signed with an old secret of this source, which was rotated out"


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (
            NOW + 430,
            (
                "it was signed 7 min before now (430 s old, 300 s are allowed): "
                "it is an old request sent again, or a clock is wrong"
            ),
        ),
        (
            NOW - 430,
            (
                "it was signed 7 min after now (430 s ahead, 300 s are allowed): "
                "this machine's clock or the sender's is wrong"
            ),
        ),
    ],
)
def test_a_clock_that_is_off_is_told_by_how_much(now: int, cause: str) -> None:
    """Seven minutes too early or too late are told as such, with the side they are on."""
    assert _diagnosis(BODY.encode(), _stripe(), now).causes == (cause,)


def test_standard_webhooks_time_is_found_as_well() -> None:
    """The signed time is found without knowing where the scheme keeps it."""
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    signature = Webhook(secret).sign("msg_1", RECEIVED_AT, BODY)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    known = {"shop": KnownSource(source=Source(provider="standard"), url=URL, secrets=(secret,))}
    request = SignedRequest(body=BODY.encode(), headers=headers, url=URL)
    (cause,) = diagnose("shop", request, known, NOW + 3 * 86_400).causes
    assert cause.startswith("it was signed 3 days before now (259200 s old, ")


def test_several_causes_are_all_named() -> None:
    """Another source's secret, a re-encoded body and a late arrival together are three causes."""
    found = _diagnosis(BODY.encode() + b"\n", _stripe(secret=RETIRED), NOW + 900)
    assert [cause.split(" (")[0].split(":")[0] for cause in found.causes] == [
        "it is signed with an old secret of this source, which was rotated out",
        "the body was re-encoded on its way",
        "it was signed 15 min before now",
        "it is a test-mode event, so that was a test-mode key",
    ]


def test_a_secret_without_its_beginning_is_recognised() -> None:
    """A sender that cut `whsec_` off is told so."""
    (cause, *_) = _diagnosis(BODY.encode(), _stripe(secret=SECRET.removeprefix("whsec_"))).causes
    assert cause == "it is signed with this source's secret without its beginning, `whsec_`"


def test_a_test_event_that_brings_its_own_key_is_recognised() -> None:
    """Airwallex's test events are signed with a key that they show; that is told, and the key is not repeated."""
    made = sign("airwallex", b'{"id": "evt_1"}', "shown-test-key", url=URL, now=NOW)
    known = {"shop": KnownSource(source=Source(provider="airwallex"), url=URL, secrets=("live",))}
    headers = made.headers | {"client-secret-key": "shown-test-key"}
    found = diagnose("shop", SignedRequest(body=made.body, headers=headers, url=URL), known, NOW)
    assert (found.reason, found.proven) == (Reason.WRONG_SECRET, True)
    assert found.causes == (
        (
            "it is a test event, signed with a test key that its own header `client-secret-key` shows: "
            "anybody could make it, so no test event is accepted"
        ),
    )


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({"http_stripe_signature": ""}, "the headers have other names, as a framework's dump has them"),
        ({"stripe-signature": "'"}, "headers have white space or quotation marks around their values"),
    ],
)
def test_headers_that_came_otherwise_are_recognised(headers: dict[str, str], cause: str) -> None:
    """Headers under a framework's names or in quotation marks are told as such."""
    ((name, mark),) = headers.items()
    found = _diagnosis(BODY.encode(), {name: mark + _stripe()["stripe-signature"] + mark})
    assert found.proven
    assert found.causes[0].startswith(cause)


def test_a_missing_header_is_named() -> None:
    """Without the header nothing can be proven but that it is missing, whoever dropped it."""
    found = _diagnosis(BODY.encode(), {"content-type": "application/json"})
    assert (found.reason, found.proven) == (Reason.MISSING_HEADER, False)
    assert found.causes[0].startswith("the header stripe-signature is missing: proxies and frameworks drop")


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        (URL.replace("https", "http"), "the registered URL with http for https"),
        (URL.partition("?")[0], "the registered URL without its query"),
        ("https://hooks.example.com/eu", "the URL of another source, eu"),
        ("https://tunnel.example.net/shop?a=b", "the host that the headers name, by https"),
    ],
)
def test_another_registered_url_is_recognised(url: str, cause: str) -> None:
    """Square signs the URL: what it was registered as is told, where it can be proven."""
    made = sign("square", BODY.encode(), "key", url=url, now=NOW)
    known = {
        "shop": KnownSource(source=Source(provider="square"), url=URL, secrets=("key",)),
        "eu": KnownSource(source=Source(provider="square"), url="https://hooks.example.com/eu", secrets=("other",)),
    }
    headers = made.headers | {"x-forwarded-host": "tunnel.example.net"}
    found = diagnose("shop", SignedRequest(body=made.body, headers=headers, url=URL), known, NOW)
    assert found.proven
    assert cause in found.causes[0]


def test_an_account_that_is_not_listed_is_told() -> None:
    """A signature that holds for an account of another source is not called a wrong secret."""
    secret = senders.load("adyen").new_secret()
    source = Source(provider="adyen", merchant_accounts=("Another",))
    request = signed("adyen", secret=secret)
    found = diagnose("shop", request, {"shop": KnownSource(source=source, url=URL, secrets=(secret,))}, NOW)
    assert (found.reason, found.proven) == (Reason.MERCHANT_NOT_ALLOWED, True)
    assert found.causes == ("its signature holds, but merchantAccountCode is not among the source's merchant accounts",)


def test_what_nothing_explains_is_not_guessed() -> None:
    """A secret that nobody here knows is no cause that could be proven, and none is claimed."""
    found = _diagnosis(BODY.encode(), _stripe(secret=UNKNOWN) | {"content-length": "9"})
    assert (found.reason, found.proven) == (Reason.WRONG_SECRET, False)
    assert found.causes[0].startswith("no secret that is known here (3 of 2 sources, old ones among them) made the ")
    assert found.causes[1] == (
        f"the headers belong to another body: content-length is 9 bytes, the body has {len(BODY.encode())}"
    )


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_diagnosis_shows_a_secret_a_signature_or_the_body(name: str) -> None:
    """Whatever is found, for any provider, the texts hold nothing of keys, headers' values or the body."""
    used, live = senders.load(name).new_secret(), senders.load(name).new_secret()
    known = {
        "shop": KnownSource(source=source_of(name), url=URL, secrets=(senders.configured(name, live),)),
        "other": KnownSource(source=source_of(name), url=URL, secrets=(senders.configured(name, used),)),
    }
    request = signed(name, secret=used, now=NOW - 900_000)
    hidden = {used, live, *(value for value in request.headers.values() if len(value) > len("application/json"))}
    hidden |= {word for word in request.body.decode("latin-1").split('"') if len(word) > 12}
    for found in (diagnose("shop", request, known, NOW), diagnose("shop", request, {"shop": known["shop"]}, NOW)):
        assert not [word for word in hidden if any(word in cause for cause in found.causes)]
    assert not [secret for secret in (used, live) if secret in repr(known)]


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(PROVIDERS),
    body=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: json.dumps({"id": text}).encode())),
    value=st.text(max_size=40),
    url=st.text(max_size=40),
)
def test_no_request_stops_a_diagnosis(name: str, body: bytes, value: str, url: str) -> None:
    """Whatever stands in body, headers and URL, something is said of it and nothing is proven."""
    known = {"shop": KnownSource(source=source_of(name), url=url, secrets=(_configured(name),))}
    headers = dict.fromkeys((*row(name).signed_headers, "host", "x-forwarded-host", "content-length"), value)
    found = diagnose("shop", SignedRequest(body=body, headers=headers, url=url), known, NOW)
    assert found.reason is not None
    assert (found.proven, found.causes != ()) == (False, True)


@cache
def _configured(name: str) -> str:
    return senders.configured(name, senders.load(name).new_secret())
