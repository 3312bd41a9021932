"""What keeps other pages out: a browser on this machine may be showing anybody's, and they can send requests here.

DNS rebinding           a name of theirs that resolves to 127.0.0.1: the Host header is theirs, and is refused
forged requests         Origin and Sec-Fetch-Site tell where a request is from; and what changes anything needs the
                        token of this run in a header, which only a page that could read ours knows
framing, injected code  the page's own headers: no frames, no code and no connections but its own
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-console-token"  # noqa: S105 - a header's name

MOST_BODY_BYTES = 4096
"""Of a request to the console: a few names."""

_HTTP_PORT = 80

_READING = frozenset({"GET", "HEAD"})

_ANSWER_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Refuses requests that are not from our own page.

    Args:
        app: What is guarded.
        port: The port that it listens on.
        token: This run's token.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        # Browsers leave HTTP's own port out, of Origin too.
        ports = (f":{port}", "") if port == _HTTP_PORT else (f":{port}",)
        self._hosts = frozenset(f"{name}{each}" for name in ("127.0.0.1", "localhost") for each in ports)
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_ANSWER_HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refusal is None:
            await self._app(scope, receive, send_guarded)
        else:
            status, why = refusal
            await PlainTextResponse(f"refused: {why}\n", status)(scope, receive, send_guarded)

    def _refusal(self, method: str, path: str, headers: Headers) -> tuple[int, str] | None:
        """Say with which status and why a request is refused; None: it is not."""
        if len(headers.getlist("host")) != 1 or headers["host"] not in self._hosts:
            return 421, "the console answers to 127.0.0.1 and localhost only"
        if headers.get("origin", f"http://{headers['host']}") != f"http://{headers['host']}":
            return 403, "the request is another page's"
        opens_page = method in _READING and path == "/" and headers.get("sec-fetch-dest") == "document"
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"} and not opens_page:
            return 403, "the request is another page's"
        return None if method in _READING else self._refusal_of_change(headers)

    def _refusal_of_change(self, headers: Headers) -> tuple[int, str] | None:
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()):
            return 403, f"the header {TOKEN_HEADER} is not this run's"
        if headers.get("content-type") != "application/json":
            return 415, "the content type must be application/json"
        if not headers.get("content-length", "").isdecimal() or int(headers["content-length"]) > MOST_BODY_BYTES:
            return 413, f"a request has at most {MOST_BODY_BYTES} bytes, and says how many"
        return None
