"""The emulator's own process: ministack on a socket that the runner opened. Started by `local.emulator`.

It ends when it is told to (SIGTERM) and also when its runner dies in any way: the runner holds the other end of this
process's standard input, so the end of that input means that nobody is left to serve. Either way the whole process
group ends, and with it the workers that run Lambda code.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from typing import TYPE_CHECKING, cast

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.fault_front import FaultFront

if TYPE_CHECKING:
    from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope


def as_if_over_tls(app: ASGIFramework) -> ASGIFramework:
    """Wrap the emulator so that a plain request on loopback counts as one over TLS.

    On AWS every endpoint is HTTPS and the TLS-only statements of the queue and topic policies never bite. Here the
    transport is plain HTTP; naming the scheme as a TLS-terminating front would keeps those policies in force as they
    are written. A request that says `x-forwarded-proto: http` itself is still denied by them.
    """

    async def front(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "http" and not any(name == b"x-forwarded-proto" for name, _ in scope["headers"]):
            headers = [*scope["headers"], (b"x-forwarded-proto", b"https")]
            scope = cast("Scope", {**scope, "headers": headers})
        await app(scope, receive, send)

    return front


def _end_with_the_runner() -> None:
    sys.stdin.buffer.read()
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serve on the inherited socket (its number is the only argument) until told to stop."""
    threading.Thread(target=_end_with_the_runner, daemon=True).start()
    # Imported late: it takes a moment, and the watch on the runner stands before it.
    from ministack.app import app  # type: ignore[import-untyped]  # noqa: PLC0415

    config = Config()
    config.bind = [f"fd://{int(sys.argv[1])}"]
    config.loglevel = "WARNING"
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    try:
        asyncio.run(serve(FaultFront(as_if_over_tls(app)), config))
    finally:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
