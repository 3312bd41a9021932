"""A client of the console without a browser: requests as anybody could make them, and the stream of events."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.emulator import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.console.server import Console

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Client:
    """Speaks to a console."""

    console: Console

    def request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Send a request with exactly these headers and Host; return status, headers (lower-case) and body."""
        connection = http.client.HTTPConnection(HOST, self.console.port, timeout=PATIENCE_SECONDS)
        try:
            text = body if isinstance(body, str) or body is None else json.dumps(body)
            connection.request(method, path, text, headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return response.status, found, response.read().decode()
        finally:
            connection.close()

    def act(self, path: str, **fields: object) -> tuple[int, Any]:
        """Do what a button does, as our own page would."""
        own = {"content-type": "application/json", "x-console-token": self.console.token}
        status, _, text = self.request("POST", path, fields, own)
        return status, json.loads(text)

    def read(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Read what the page shows on demand."""
        status, _, text = self.request("GET", path)
        assert status == 200, text
        return json.loads(text)

    def events(self) -> Iterator[tuple[str, Any]]:
        """Read the stream from now on: name and content of each event."""
        connection = http.client.HTTPConnection(HOST, self.console.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/events")
            response = connection.getresponse()
            name = ""
            deadline = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < deadline and (line := response.readline().decode().rstrip("\n")) is not None:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    yield name, json.loads(line.removeprefix("data: "))
        finally:
            connection.close()

    def wait_for_delivery(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first delivery, of those remembered or of those to come, that is wanted."""
        seen: list[dict[str, Any]] = []
        for name, content in self.events():
            told: list[dict[str, Any]] = []
            if name in {"snapshot", "delivery"}:
                told = content["deliveries"] if name == "snapshot" else [content]
            seen += told
            if found := next((each for each in told if wanted(each)), None):
                return found
        raise AssertionError(f"no such delivery among {seen}")
