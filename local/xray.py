"""Listens where the X-Ray daemon would and keeps what the function sends."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_KEPT = 10_000
"""Segments kept; older ones are forgotten, so that a system that serves for days does not grow."""


class XRayDaemon:
    """A UDP listener on loopback that speaks the X-Ray daemon's protocol: a JSON header line, then one segment.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._segments: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._arrival = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._listen, name="xray-daemon", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """`host:port`, as AWS_XRAY_DAEMON_ADDRESS wants it."""
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    @property
    def segments(self) -> list[dict[str, Any]]:
        """All segments and subsegments kept, oldest first."""
        with self._arrival:
            return list(self._segments)

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Return the kept segments that are wanted, waiting until there is one.

        Raises:
            TimeoutError: None came in time.
        """
        deadline = time.monotonic() + seconds
        with self._arrival:
            while not (found := [segment for segment in self._segments if wanted(segment)]):
                if not self._arrival.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    raise TimeoutError(f"no such segment among {len(self._segments)} after {seconds} s")
            return found

    def close(self) -> None:
        """Stop listening; what was kept can still be read."""
        if self._open:
            self._open = False
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
                waker.sendto(b"", self._socket.getsockname())
            self._thread.join()
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _listen(self) -> None:
        while True:
            datagram = self._socket.recv(65_535)
            if not self._open:
                return
            _header, _, document = datagram.partition(b"\n")
            try:
                segment = json.loads(document)
            except ValueError:
                segment = {"malformed": document.decode(errors="replace")}
            with self._arrival:
                self._segments.append(segment)
                self._arrival.notify_all()
