"""The console's server: a thread of its own, on loopback."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

from hypercorn.asyncio import serve
from hypercorn.config import Config

from cli.problems import Failure, Problem
from local.console.actions import Actions
from local.console.application import Application
from local.console.details import Details
from local.console.feed import Feed
from local.console.guard import Guard
from local.emulator import HOST
from local.observer import Observer
from local.variants import VARIANTS
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from local.system import LocalSystem

_START_SECONDS = 30.0
_END_SECONDS = 1.0
"""How long open streams are waited for."""


class Console:
    """The console of a running system; a context manager.

    Attributes:
        port: TCP port on loopback.
        token: What state-changing requests of this run carry.
    """

    def __init__(self, system: LocalSystem, *, port: int = 0, on_switch: Callable[[], None] = lambda: None) -> None:
        """Prepare a console.

        Args:
            system: A running system.
            port: TCP port on loopback; 0: any free one.
            on_switch: Told when a source's sender signs with another secret.

        Raises:
            Problem: The port is taken.
        """
        self.token = secrets.token_urlsafe(32)
        self._system = system
        self._observer = Observer(system, name="console")
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        stack = Stack(system.report, where="the local system")
        self._feed = Feed(system, self._observer)
        self._application = Application(
            feed=self._feed,
            details=Details(stack, self._observer, self._feed),
            actions=Actions(system, stack, on_switch),
            about={
                "environment": system.environment,
                "webhook_url": system.webhook_url,
                "variants": VARIANTS,
            },
            token=self.token,
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="console", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}/"

    def start(self) -> None:
        """Subscribe to the topic and serve.

        Raises:
            Failure: The server does not come up.
        """
        self._observer.__enter__()
        self._thread.start()
        if not self._is_up.wait(_START_SECONDS):
            raise Failure("the console does not start")

    def stop(self) -> None:
        """Serve no more; take the subscription away, if the emulator is still there."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end)
        self._thread.join()
        self._socket.close()
        if self._system.emulator.is_alive:
            self._observer.__exit__(None, None, None)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _end(self) -> None:
        self._feed.end()
        self._stopped.set()

    async def _serve(self) -> None:
        config = Config()
        # From here on it is the server's to close.
        config.bind = [f"fd://{self._socket.detach()}"]
        config.graceful_timeout = config.shutdown_timeout = _END_SECONDS
        config.include_server_header = False
        config.loglevel = "WARNING"
        self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        app: Any = Guard(self._application.routes(), port=self.port, token=self.token)

        async def stopped() -> None:
            self._is_up.set()
            await self._stopped.wait()

        await serve(app, config, shutdown_trigger=stopped)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise Problem(f"cannot listen on {HOST}:{port} ({error}): choose another --console-port, or none") from error
    return listener
