"""The console without a browser: what it tells, and whom it refuses."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from local.console.journeys import STAGES

if TYPE_CHECKING:
    from local.console.server import Console
    from tests.browser.client import Client

SEND = {"source": "shop", "kind": "succeeded", "variant": "good"}


def test_a_delivery_is_told_as_it_travels(client: Client) -> None:
    """A good webhook passes all four stages, one after the other, and is shown beside what became of it."""
    for _ in range(3):  # a busy emulator writes some lines of a run only with the next one
        assert client.act("/send", **SEND) == (200, {"answers": [200]})
    delivery = client.wait_for_delivery(lambda each: each["source"] == "shop" and len(each["passed"]) == len(STAGES))
    passed = delivery["passed"]
    assert (delivery["outcome"], tuple(passed)) == ("published", STAGES)
    assert 0 < passed["verify"] < passed["queue"] <= passed["ledger"] <= passed["topic"]
    (event,) = delivery["events"]
    assert (event["status"], event["event_type"], event["late"]) == ("captured", "payment_intent.succeeded", False)
    (detail,) = client.read(f"/deliveries/{delivery['key']}")
    assert json.loads(detail["recorded"]["payload"])["id"] == event["event_id"]
    published = json.loads(detail["published"]["event"])
    assert published["subject"] == event["transaction_id"]
    assert published["data"]["delivery_id"] == delivery["key"]


def test_a_forged_delivery_is_told_with_its_reason(client: Client) -> None:
    """A signature of another secret is answered 401, and the row says why."""
    for _ in range(3):
        assert client.act("/send", **SEND | {"source": "cards", "variant": "forge"}) == (200, {"answers": [401]})
    delivery = client.wait_for_delivery(lambda each: each["source"] == "cards" and each["outcome"] == "refused")
    assert (delivery["answer"], delivery["reason"], delivery["events"]) == (401, "wrong_secret", [])
    assert list(delivery["passed"]) == ["verify"]


def test_a_late_and_a_duplicate_one_are_told_apart(client: Client) -> None:
    """The second of two equal requests is a duplicate; an event from before its payment's last one is late."""
    for _ in range(2):
        assert client.act("/send", **SEND | {"source": "adverts", "variant": "duplicate"})[1] == {"answers": [200, 200]}
    client.wait_for_delivery(lambda each: each["source"] == "adverts" and each["outcome"] == "duplicate")
    assert client.act("/send", **SEND | {"source": "adverts", "variant": "late"})[1] == {"answers": [200, 200]}
    late = client.wait_for_delivery(lambda each: any(event["late"] for event in each["events"]))
    assert (late["source"], late["outcome"]) == ("adverts", "published")


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example", 421), ("evil.example:{port}", 421), ("127.0.0.1", 421), ("localhost:{port}", 200)],
)
def test_a_rebound_name_is_refused(host: str, status: int, client: Client, console: Console) -> None:
    """Only 127.0.0.1 and localhost with our port are answered: a name that somebody let resolve to us is not."""
    for path in ("/", "/events", "/transactions", "/page/console.js"):
        if (path, status) == ("/events", 200):
            continue  # a stream without an end
        answered, _, text = client.request("GET", path, headers={"Host": host.format(port=console.port)})
        assert answered == status
        assert status == 200 or console.token not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/transactions"), ("GET", "/"), ("POST", "/send")])
def test_another_pages_request_is_refused(
    method: str, path: str, headers: dict[str, str], client: Client, console: Console
) -> None:
    """Whatever another page sends is refused, the token or not."""
    own = {"content-type": "application/json", "x-console-token": console.token}
    status, answer, text = client.request(method, path, SEND if method == "POST" else None, own | headers)
    assert (status, text) == (403, "refused: the request is another page's\n")
    assert not [name for name in answer if name.startswith("access-control-")]


def test_a_link_from_elsewhere_opens_the_page_and_nothing_else(client: Client) -> None:
    """Following a link to the console is no forgery; what it shows of the system is not for links."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    assert client.request("GET", "/", headers=link)[0] == 200
    assert client.request("GET", "/transactions", headers=link)[0] == 403


@pytest.mark.parametrize("path", ["/send", "/redrive", "/rotate", "/outage"])
def test_a_change_needs_this_runs_token(path: str, client: Client) -> None:
    """Without the token, with another one, or as a form could send it, nothing is changed."""
    json_type = {"content-type": "application/json"}
    for given, status in [
        (json_type, 403),
        (json_type | {"x-console-token": "guessed"}, 403),
        (json_type | {"x-console-token": "gu\xe9ssed"}, 403),
        ({"content-type": "application/x-www-form-urlencoded", "x-console-token": client.console.token}, 415),
        ({"content-type": "text/plain", "x-console-token": client.console.token}, 415),
    ]:
        assert client.request("POST", path, SEND, given)[0] == status
    assert client.request("GET", path)[0] == 405
    own = json_type | {"x-console-token": client.console.token}
    assert client.request("POST", path, {"padding": "x" * 5000}, own)[0] == 413
    assert client.request("OPTIONS", path, headers={"Access-Control-Request-Method": "POST"})[0] in {403, 405}


def test_the_page_may_run_and_reach_nothing_but_its_own(client: Client, console: Console) -> None:
    """The policy allows own scripts and styles only, no frames, no forms; no page holds inline code."""
    status, headers, text = client.request("GET", "/")
    assert status == 200
    policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert text.count(console.token) == 1
    assert not re.search(r"https?://|\bstyle=|\bon\w+=|<script>", text)


@pytest.mark.parametrize(
    ("path", "fields", "said"),
    [
        ("/send", SEND | {"source": "nobody"}, "there is no source 'nobody'"),
        ("/send", SEND | {"kind": "nonsense"}, "no sample 'nonsense'"),
        ("/send", SEND | {"variant": "nonsense"}, "the variant is one of good, "),
        ("/send", {"source": "shop"}, "the body is an object of source, kind, variant"),
        ("/rotate", {"source": "shop", "step": "nonsense", "force": False}, "a step is add, switch or remove"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(path: str, fields: dict[str, object], said: str, client: Client) -> None:
    """A mistake is answered 400 and says what is wrong."""
    status, answer = client.act(path, **fields)
    assert status == 400
    assert said in answer["error"]


def test_nothing_that_is_told_holds_a_secret(client: Client) -> None:
    """Neither the stream nor what is shown on demand holds a signing secret or a signature."""
    for _ in range(3):  # as above
        client.act("/send", **SEND)
    client.wait_for_delivery(lambda each: each["source"] == "shop" and each["outcome"] == "published")
    told = client.request("GET", "/")[2]
    for name, content in client.events():
        told += json.dumps(content)
        if name == "snapshot":
            told += "".join(json.dumps(client.read(f"/deliveries/{each['key']}")) for each in content["deliveries"])
            break
    told += json.dumps(client.read("/transactions"))
    assert "payment_intent.succeeded" in told
    for secret in ("whsec_browser", "square_browser", "ab" * 32, "stripe-signature", "hmacsha256-signature"):
        assert secret not in told
