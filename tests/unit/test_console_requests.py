"""Requests that are malformed, and how browsers write the port that goes without saying."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.console.application import Application
from local.console.guard import MOST_BODY_BYTES, Guard

if TYPE_CHECKING:
    from starlette.types import Message

    from local.console.actions import Actions
    from local.console.details import Details
    from local.console.feed import Feed


def _answer(
    method: str, path: str, body: bytes = b"", *, host: str = "localhost:80", port: int = 80
) -> tuple[int, Any]:
    """Send a request to a console that has nothing behind it; return status and JSON."""
    nothing = SimpleNamespace(
        tell=print, state=dict, send=None, redrive=None, outage=lambda **given: given, transaction=lambda given: [given]
    )
    app = Application(
        feed=cast("Feed", nothing),
        details=cast("Details", nothing),
        actions=cast("Actions", nothing),
        about={},
        token="token",
    ).routes()
    headers = {
        "host": host,
        "origin": f"http://{host}",
        "x-console-token": "token",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Guard(app, port=port, token="token")(scope, receive, send))
    text = b"".join(each.get("body", b"") for each in sent)
    return sent[0]["status"], json.loads(text) if text.startswith((b"{", b"[")) else text.decode()


@pytest.mark.parametrize("path", ["/transaction", "/transaction?id=", "/transaction?name=x"])
def test_a_payment_without_its_id_is_the_askers_mistake(path: str) -> None:
    """The ledger is asked for a payment by its id only."""
    assert _answer("GET", path) == (400, {"error": "say which payment: /transaction?id=PROVIDER:PAYMENT"})
    assert _answer("GET", "/transaction?id=stripe:p1") == (200, ["stripe:p1"])


@pytest.mark.parametrize("body", [b"[" * MOST_BODY_BYTES, b'{"service":' * 370, b"\xff", b"", b"[]"])
def test_a_body_that_is_no_object_is_the_senders_mistake(body: bytes) -> None:
    """However deep it is nested or whatever it is made of, a body is answered, not met by a traceback."""
    assert _answer("POST", "/outage", body) == (400, {"error": "the body is an object of service"})
    assert _answer("POST", "/outage", b'{"service": "sqs"}') == (200, {"service": "sqs"})


@pytest.mark.parametrize(
    ("host", "port", "status"),
    [
        ("127.0.0.1", 80, 200),
        ("localhost", 80, 200),
        ("127.0.0.1:80", 80, 200),
        ("evil.example", 80, 421),
        ("localhost", 8080, 421),
        ("localhost:8080", 80, 421),
    ],
)
def test_port_80_goes_without_saying(host: str, port: int, status: int) -> None:
    """Browsers leave HTTP's own port out of Host and Origin; any other port must be there."""
    assert _answer("GET", "/transaction?id=stripe:p1", host=host, port=port)[0] == status
