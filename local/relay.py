"""A place on loopback that hands webhooks on to the local system byte for byte, and finds out why one is refused.

The function tells nobody which check failed, and its log holds no body; whoever stands before it on the same machine
and knows the secrets can try (`local.diagnosis`).
"""

from __future__ import annotations

import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Self

from cli.problems import Problem
from lambda_src.request import SignedRequest
from local import payload_files
from local.diagnosis import UNVERIFIED, diagnose
from local.known_sources import known_sources
from local.senders import SignedSample
from local.sending import Answer, Endpoint, post

if TYPE_CHECKING:
    from types import TracebackType

    from local.diagnosis import Diagnosis
    from local.state import State

_HOST = "127.0.0.1"

_LARGEST_BYTES = 10 << 20
"""More than the receiver takes: what is too large is for it to say."""


class Refusal(NamedTuple):
    """What was found out about a refused request to a source."""

    source: str
    diagnosis: Diagnosis


class Relay:
    """Listens while it is entered.

    Args:
        system: The running system.
        port: TCP port on loopback; 0: any free one.

    Raises:
        Problem: The port is taken.
    """

    def __init__(self, system: State, port: int) -> None:
        self._system = system
        self._refusals: queue.SimpleQueue[Refusal] = queue.SimpleQueue()
        try:
            self._server = ThreadingHTTPServer((_HOST, port), self._handler())
        except OSError as error:
            raise Problem(f"--relay {port}: {error.strerror}") from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="relay", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens, ending with a slash: a source's name follows."""
        return f"http://{_HOST}:{self._server.server_port}/"

    def refusals(self) -> list[Refusal]:
        """Take what has been found out since the last time."""
        found = []
        while True:
            try:
                found.append(self._refusals.get_nowait())
            except queue.Empty:
                return found

    def _hand_on(self, path: str, webhook: SignedSample) -> Answer:
        name = path.partition("?")[0].strip("/")
        known = self._system.sources.get(name)
        if known is None:
            return Answer(404, '{"error":"unknown_source"}')
        endpoint = Endpoint(
            source=known,
            url=f"{self._system.webhook_url}{name}",
            registered_url=self._system.source_urls[name],
        )
        now = int(time.time())
        answer = post(endpoint, payload_files.sendable(webhook))
        if answer.status in UNVERIFIED:
            sources = known_sources(self._system)
            request = SignedRequest(body=webhook.body, headers=webhook.headers, url=sources[name].url)
            self._refusals.put(Refusal(name, diagnose(name, request, sources, now)))
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hand_on = self._hand_on

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = self.headers.get("content-length", "")
                if not length.isdecimal() or int(length) > _LARGEST_BYTES:
                    self._say(411, '{"error":"length_required"}')
                    return
                body = self.rfile.read(int(length))
                headers: dict[str, str] = {}
                for name, value in self.headers.items():
                    headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
                try:
                    answer = hand_on(self.path, SignedSample(body, headers))
                except Problem:
                    self._say(502, '{"error":"unavailable"}')
                else:
                    self._say(answer.status, answer.body)

            def _say(self, status: int, text: str) -> None:
                content = text.encode()
                self.send_response(status)
                self.send_header("content-type", "application/json" if text.startswith("{") else "text/plain")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                """Write nothing: the deliveries are told by the function's log."""

        return Handler
