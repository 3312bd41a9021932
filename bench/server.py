"""Serves the stand-in for AWS on the loopback address, in a process of its own: `python -m bench.server`.

Prints one line of JSON, `{"port": N, "tls_port": M}`, and serves HTTP, X-Ray's datagrams at the same port, and HTTPS
where it has a certificate, until its input ends.
Paths below `/_fake/` are for who measures and are not counted: `GET counts`, `POST reset`, `POST delay?ms=N`,
`GET messages?limit=N` (takes bodies of sent messages).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import subprocess
import sys
import tempfile
import zlib
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from bench import certificates
from bench.fake_aws import FakeAws
from bench.fake_dynamodb import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOST = "127.0.0.1"


class _Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # of a stream, always

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._answer_one():
            pass

    def _answer_one(self) -> bool:
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return False
        self._received = rest[length:]
        method, path, _ = first.split(" ")
        if path.startswith("/_fake/"):
            self._write(200, "application/json", json.dumps(self._server.control(method, path)).encode())
            return True
        answer = self._server.aws.answer(headers, rest[:length], len(head) + len(found) + length)
        if self._server.delay_seconds:
            asyncio.get_running_loop().call_later(self._server.delay_seconds, self._write, *answer)
        else:
            self._write(*answer)
        return True

    def _write(self, status: int, content_type: str, body: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: {content_type}\r\n"
            f"content-length: {len(body)}\r\nx-amzn-requestid: 00000000-0000-0000-0000-000000000000\r\n"
            f"x-amz-crc32: {zlib.crc32(body)}\r\n\r\n"
        )
        self._transport.write(head.encode() + body)


class _Traces(asyncio.DatagramProtocol):
    """X-Ray's daemon."""

    def __init__(self, aws: FakeAws) -> None:
        self._aws = aws

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's interface
        self._aws.trace(data)


class _Server:
    def __init__(self, aws: FakeAws) -> None:
        self.aws = aws
        self.delay_seconds = 0.0

    def control(self, method: str, path: str) -> object:
        parts = urlsplit(path)
        query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
        match method, parts.path.removeprefix("/_fake/"):
            case "GET", "counts":
                return self.aws.counts()
            case "POST", "reset":
                self.aws.reset()
                return None
            case "POST", "delay":
                self.delay_seconds = query["ms"] / 1000
                return None
            case "GET", "messages":
                return [self.aws.sent.popleft() for _ in range(min(query["limit"], len(self.aws.sent)))]
            case _:
                return {"error": f"no such control: {method} {path}"}

    async def serve(self, certificate: str | None) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(self), HOST, 0)
        port = server.sockets[0].getsockname()[1]
        await loop.create_datagram_endpoint(lambda: _Traces(self.aws), local_addr=(HOST, port))
        tls_port = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            tls = await loop.create_server(lambda: _Connection(self), HOST, 0, ssl=context)
            tls_port = tls.sockets[0].getsockname()[1]
        print(json.dumps({"port": port, "tls_port": tls_port}), flush=True)
        # Whoever started it holds the other end: it ends with them, however they end.
        await loop.run_in_executor(None, sys.stdin.read)


class Control:
    """What who measures asks of a running stand-in.

    Attributes:
        port: Where it listens, HTTP and datagrams.
        url: The endpoint for AWS's SDKs; HTTPS where it has a certificate.
        authority: File of the authority that vouches for the certificate.
    """

    def __init__(self, port: int, tls_port: int | None = None, authority: Path | None = None) -> None:
        self.port = port
        self.url = f"https://{HOST}:{tls_port}" if tls_port else f"http://{HOST}:{port}"
        self.authority = authority

    def counts(self) -> dict[str, Any]:
        """See `FakeAws.counts`."""
        counts: dict[str, Any] = self._ask("GET", "counts")
        return counts

    def reset(self) -> None:
        """Count from nothing."""
        self._ask("POST", "reset")

    def delay(self, milliseconds: int) -> None:
        """Let every answer wait for so long."""
        self._ask("POST", f"delay?ms={milliseconds}")

    def messages(self, limit: int) -> list[str]:
        """Take up to so many bodies of messages that the queue holds, oldest first."""
        messages: list[str] = self._ask("GET", f"messages?limit={limit}")
        return messages

    def _ask(self, method: str, path: str) -> Any:  # noqa: ANN401 - JSON
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request(method, f"/_fake/{path}")
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


@contextmanager
def running(
    parameters: Mapping[str, str], tables: Mapping[str, Sequence[str]], *, tls: bool = False
) -> Iterator[Control]:
    """Run a stand-in in a process of its own.

    Args:
        parameters: SSM's parameters by name.
        tables: Names of the key attributes by table.
        tls: Whether AWS is called by HTTPS, as the real one.
    """
    with tempfile.TemporaryDirectory() as directory:
        chain, authority = certificates.write(Path(directory), HOST) if tls else (None, None)
        given = {"parameters": parameters, "tables": tables, "certificate": chain and str(chain)}
        with _process(given) as ports:
            yield Control(**ports, authority=authority)


@contextmanager
def _process(given: Mapping[str, object]) -> Iterator[dict[str, int]]:
    command = [sys.executable, "-m", "bench.server", json.dumps(given)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes to the stand-in")
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def main() -> None:
    """Serve what the command line says."""
    given = json.loads(sys.argv[1])
    tables = {name: Table(*keys) for name, keys in given["tables"].items()}
    asyncio.run(_Server(FakeAws(given["parameters"], tables)).serve(given["certificate"]))


if __name__ == "__main__":
    main()
