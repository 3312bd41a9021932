"""What stands before the emulator on its port: it lets the function's own requests meet faults.

`PUT /_local/faults` sets the plan, `GET /_local/faults` tells how often each fault was met. A request is the function's
when it is signed with other credentials than the operator's: the emulator gives each worker its role's own.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

from local.aws import ACCESS_KEY_ID
from local.faults import REFUSALS, Fault, FaultPlan, refusal

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, HTTPScope, Scope

PATH = "/_local/faults"

OUTLASTING_SECONDS = 5.0
"""Longer than the function waits for an answer."""

_CREDENTIAL = re.compile(rb"Credential=(?P<key>[^/]+)/[0-9]+/[^/]+/(?P<service>[a-z0-9]+)/")


class ConnectionBroken(Exception):
    """Raised into the server, which then drops the connection in the middle of an answer."""


class FaultFront:
    """Wraps the emulator.

    Args:
        app: The emulator.
    """

    def __init__(self, app: ASGIFramework) -> None:
        self._app = app
        self._plan = FaultPlan()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == PATH:
            await self._control(scope, receive, send)
        else:
            service = _service_called_by_the_function(scope)
            fault = self._plan.draw(service) if service else None
            if service and fault in REFUSALS:
                await _body(receive)
                status, content_type, body = refusal(service, fault)
                await _answer(send, status, body, content_type)
            else:
                await self._meet(fault, scope, receive, send)

    async def _meet(
        self, fault: Fault | None, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        match fault:
            case Fault.UNSENT:
                await _break(send)
            case Fault.UNANSWERED:
                await self._app(scope, receive, _nowhere)
                await _break(send)
            case Fault.SLOW:
                await self._app(scope, receive, _after_a_while(send))
            case Fault.LATE:
                body = await _body(receive)
                await asyncio.sleep(OUTLASTING_SECONDS)
                await self._app(scope, _replayed(body), send)
            case _:
                await self._app(scope, receive, send)

    async def _control(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["method"] == "PUT":
            self._plan = FaultPlan.from_json(await _body(receive))
        await _answer(send, 200, json.dumps(self._plan.met), "application/json")


def _service_called_by_the_function(scope: HTTPScope) -> str | None:
    for name, value in scope["headers"]:
        if name.lower() == b"authorization" and (found := _CREDENTIAL.search(value)):
            return None if found["key"].decode() == ACCESS_KEY_ID else found["service"].decode()
    return None


async def _break(send: ASGISendCallable) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise ConnectionBroken


async def _nowhere(event: ASGISendEvent) -> None:
    del event


def _after_a_while(send: ASGISendCallable) -> ASGISendCallable:
    async def slowly(event: ASGISendEvent) -> None:
        if event["type"] == "http.response.start":
            await asyncio.sleep(OUTLASTING_SECONDS)
        await send(event)

    return slowly


async def _body(receive: ASGIReceiveCallable) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return body
        body += event["body"]
        if not event["more_body"]:
            return body


def _replayed(body: bytes) -> ASGIReceiveCallable:
    async def receive() -> dict[str, object]:  # the whole body at once, however often asked
        return {"type": "http.request", "body": body, "more_body": False}

    return receive  # type: ignore[return-value]  # one of the events that the type allows


async def _answer(send: ASGISendCallable, status: int, body: str, content_type: str) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode(), "more_body": False})
