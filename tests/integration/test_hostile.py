"""Hostile requests at the HTTP boundary of the running system: each is refused, and nothing of it takes effect."""

from __future__ import annotations

import gzip
import hmac
import http.client
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lambda_src.queue import MESSAGE_LIMIT_BYTES
from local.observer import wait_until
from local.sending import signed
from tests.integration.conftest import endpoint, event, logged, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.observer import Observer
    from local.system import LocalSystem

DEEP = 100_000


@pytest.fixture(autouse=True)
def _nothing_took_effect(request: pytest.FixtureRequest, system: LocalSystem, observer: Observer) -> Iterator[None]:
    """Ledger, queue and topic hold after each test what they held before it, and the function did not fail."""
    assert wait_until(lambda: observer.backlog()["queue_url"] == 0)
    before = (len(observer.ledger()), observer.backlog())
    failures = logged(system).count('"level":"ERROR"')
    yield
    if "dead" not in request.node.name:
        assert (len(observer.ledger()), observer.backlog()) == before
        assert logged(system).count('"level":"ERROR"') == failures


def stripe_headers(secret: str, body: bytes, *, at: int | None = None) -> dict[str, str]:
    """Sign as Stripe does, with our own few lines."""
    now = int(time.time()) if at is None else at
    mac = hmac.digest(secret.encode(), f"{now}.".encode() + body, "sha256").hex()
    return {"content-type": "application/json", "stripe-signature": f"t={now},v1={mac}"}


def answer(system: LocalSystem, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """POST and return the answer's status and body."""
    parts = urlsplit(system.webhook_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.request("POST", parts.path + path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("seconds", [-330, -400, 330, 400, 10**9, -(10**9)])
def test_outside_of_the_window_on_either_side(seconds: int, system: LocalSystem) -> None:
    """A replay and a request from the future are refused alike."""
    body, secret = event("stripe").body, system.sources["stripe"].secret
    headers = stripe_headers(secret, body, at=int(time.time()) + seconds)
    assert answer(system, "stripe", body, headers) == (401, '{"error":"not_authentic"}')


def test_every_failure_of_authentication_is_answered_alike(system: LocalSystem) -> None:
    """A forger learns nothing of which check failed."""
    body, secret = event("stripe").body, system.sources["stripe"].secret
    good = stripe_headers(secret, body)
    name = "stripe-signature"
    broken = [
        {**good, name: ""},
        {**good, name: good[name].replace("v1=", "v0=")},
        {**good, name: good[name].replace("t=", "t=x")},
        {**good, name: good[name][:-1]},
        {**good, name: "t=1,v1=" + "0" * 64},
        {"content-type": "application/json"},
        stripe_headers("", body),
        stripe_headers("whsec_another", body),
    ]
    assert {answer(system, "stripe", body, headers) for headers in broken} == {(401, '{"error":"not_authentic"}')}


@pytest.mark.parametrize(
    "value",
    [
        "é" * 64,
        "t=1,v1=" + "ﬀ".encode().decode("latin-1") * 32,
        "t=1,v1=" + "\x7f" * 64,
        "t=" + "9" * 4000 + ",v1=" + "0" * 64,
        "t=-0,v1=" + "0" * 64,
        ",".join(["v1=" + "0" * 64] * 500),
        "=" * 4000,
        "," * 4000,
    ],
    ids=["accents", "ligatures", "delete", "huge time", "minus zero", "long list", "equal signs", "commas"],
)
def test_signature_headers_of_any_bytes(value: str, system: LocalSystem) -> None:
    """What a header can hold is compared as bytes, never raises, and is never accepted."""
    body = event("stripe").body
    headers = {"content-type": "application/json", "stripe-signature": value}
    assert answer(system, "stripe", body, headers) == (401, '{"error":"not_authentic"}')


def test_a_list_of_ten_thousand_signatures_is_no_way_in(system: LocalSystem) -> None:
    """Somewhere on the way it is too much; wherever it ends, it is not accepted."""
    body = event("stripe").body
    value = f"t={int(time.time())}," + ",".join(f"v1={number:064x}" for number in range(10_000))
    try:
        status, _ = answer(system, "stripe", body, {"content-type": "application/json", "stripe-signature": value})
    except (ConnectionError, http.client.HTTPException):
        return
    assert status in {400, 401, 413, 431}


def test_a_signature_beside_a_forged_one_does_not_help(system: LocalSystem) -> None:
    """Two headers of one name are one list: a good signature of another body in it opens nothing."""
    secret, body = system.sources["stripe"].secret, event("stripe").body
    parts = urlsplit(system.webhook_url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    connection.putrequest("POST", f"{parts.path}stripe")
    for name, value in (
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("stripe-signature", stripe_headers(secret, event("stripe").body)["stripe-signature"]),
        ("Stripe-Signature", stripe_headers("whsec_another", body)["stripe-signature"]),
    ):
        connection.putheader(name, value)
    connection.endheaders(body)
    assert connection.getresponse().status == 401
    connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/stripe",
        "stripe/",
        "stripe/..",
        "./stripe",
        "stripe%00",
        "STRIPE",
        "stripe%2f",
        "stripe;x",
        "..%2fstripe",
    ],
)
def test_only_the_exact_path_names_a_source(path: str, system: LocalSystem) -> None:
    """Nothing is normalized, decoded or guessed on the way to a source."""
    body, secret = event("stripe").body, system.sources["stripe"].secret
    status, text = answer(system, path, body, stripe_headers(secret, body))
    assert (status, json.loads(text)["error"]) in {(404, "unknown_source"), (401, "not_authentic")}


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://api.paypal.com@evil.example/cert",
        "https://api.paypal.com.evil.example/cert",
        "https://evil.example/#api.paypal.com",
        "http://api.paypal.com/cert",
        "file:///etc/passwd",
        "",
    ],
)
def test_paypals_certificate_url_is_never_followed(url: str, system: LocalSystem) -> None:
    """The certificate is configured; a request that names another one is refused, and nothing is fetched."""
    target = endpoint(system, "paypal")
    sample = signed(event("paypal"), target, now=int(time.time()))
    assert answer(system, "paypal", sample.body, {**sample.headers, "paypal-cert-url": url})[0] == 401


def test_a_compressed_body_is_never_inflated(system: LocalSystem) -> None:
    """A signature of what is within a compressed body does not hold for the compressed one."""
    body, secret = event("stripe").body, system.sources["stripe"].secret
    headers = {**stripe_headers(secret, body), "content-encoding": "gzip"}
    assert answer(system, "stripe", gzip.compress(body), headers)[0] == 401
    assert answer(system, "stripe", gzip.compress(b"0" * 50_000_000), headers)[0] == 401


def test_one_byte_over_the_largest_message(system: LocalSystem) -> None:
    """However well it is signed."""
    body, secret = b"x" * (MESSAGE_LIMIT_BYTES + 1), system.sources["stripe"].secret
    assert answer(system, "stripe", body, stripe_headers(secret, body)) == (413, '{"error":"too_large"}')


@pytest.mark.parametrize(
    "body",
    [
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b"1e999999999",
        b"9" * DEEP,
        b"NaN",
        b"\x00",
        b"",
    ],
    ids=["arrays", "objects", "exponent", "digits", "NaN", "NUL", "nothing"],
)
def test_an_unsigned_bomb_is_not_even_looked_at(body: bytes, system: LocalSystem) -> None:
    """Nothing is parsed before a signature holds."""
    assert answer(system, "stripe", body, stripe_headers("whsec_another", body))[0] == 401


def test_signed_bombs_end_in_the_dead_letter_queue(system: LocalSystem, observer: Observer) -> None:
    """What a provider really signed is kept whole, even if nobody can read it; the function survives it."""
    bombs = [
        b"[" * DEEP + b"]" * DEEP,
        b'{"id":"evt_1","id":"evt_2","type":"payment_intent.succeeded"}',
        b'{"id":' + b"9" * DEEP + b"}",
        # As bytes: the emulator makes text of a JSON body and loses what is none.
        '{"id":"evt_1"}'.encode("utf-16"),
        gzip.compress(event("stripe").body),
    ]
    secret = system.sources["stripe"].secret
    for body in bombs:
        headers = {**stripe_headers(secret, body), "content-type": "application/octet-stream"}
        assert answer(system, "stripe", body, headers)[0] == 200
    assert wait_until(lambda: observer.backlog()["dlq_url"] == len(bombs), seconds=30)
    assert wait_until(lambda: observer.backlog()["queue_url"] == 0)
    system.clients.sqs.purge_queue(QueueUrl=system.outputs["dlq_url"])
    paid = event("stripe")
    assert send(endpoint(system, "stripe"), paid).status == 200
    assert wait_until(lambda: len(observer.published_of(paid.payment_id)) == 1)
