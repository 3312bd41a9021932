"""What the console answers: the page, its stream of events, what it shows on demand, what its buttons do."""

from __future__ import annotations

import asyncio
import json
import string
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from click import ClickException
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cli.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from local.console.actions import Actions
    from local.console.details import Details
    from local.console.feed import Feed

PAGE = Path(__file__).parent / "page"

_SIGN_OF_LIFE_SECONDS = 10.0
"""A stream that says nothing for so long says that it is there."""


class Application:
    """The routes.

    Args:
        feed: What happens.
        details: What is kept.
        actions: What can be done.
        about: What the page is told of the system.
        token: What the page shows when it changes something.
    """

    def __init__(self, *, feed: Feed, details: Details, actions: Actions, about: dict[str, Any], token: str) -> None:
        self._feed = feed
        self._details = details
        self._actions = actions
        self._about = about
        self._token = token

    def routes(self) -> Starlette:
        """Make the application."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/events", self._events),
                Route("/deliveries/{key}", self._delivery),
                Route("/transactions", _reading(lambda _request: self._details.transactions())),
                Route("/transaction", _reading(self._transaction)),
                Route("/dead-letters", _reading(lambda _request: self._actions.dead_letters())),
                Route("/send", self._doing(self._actions.send, source=str, kind=str, variant=str), methods=["POST"]),
                Route("/redrive", self._doing(self._actions.redrive, names=list), methods=["POST"]),
                Route("/rotate", self._doing(self._rotate, source=str, step=str, force=bool), methods=["POST"]),
                Route("/outage", self._doing(self._actions.outage, service=str), methods=["POST"]),
                Mount("/page", StaticFiles(directory=PAGE)),
            ],
            exception_handlers={
                ClickException: _problem,
                ClientError: _aws_refusal,
                BotoCoreError: _aws_refusal,
            },
            lifespan=self._lifespan,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(self._feed.run())
        try:
            yield
        finally:
            following.cancel()

    def _page(self, _request: Request) -> Response:
        text = (PAGE / "index.html").read_text()
        return HTMLResponse(string.Template(text).substitute(token=self._token))

    def _events(self, _request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        yield _event("system", self._about)
        yield _event("state", self._actions.state())
        with self._feed.page() as messages:
            while True:
                try:
                    message = await asyncio.wait_for(messages.get(), _SIGN_OF_LIFE_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if message is None:
                    return
                yield _event(*message)

    async def _delivery(self, request: Request) -> Response:
        journey = self._feed.journeys.get(request.path_params["key"])
        if journey is None:
            return JSONResponse({"error": "the console remembers no such delivery"}, 404)
        return JSONResponse(await asyncio.to_thread(self._details.delivery, journey))

    def _transaction(self, request: Request) -> list[dict[str, Any]]:
        if not (transaction_id := request.query_params.get("id")):
            raise Problem("say which payment: /transaction?id=PROVIDER:PAYMENT")
        return self._details.transaction(transaction_id)

    def _rotate(self, source: str, step: str, *, force: bool) -> dict[str, Any]:
        return self._actions.rotate(source, step, force=force)

    def _doing(self, action: Callable[..., dict[str, Any]], **fields: type) -> Callable[[Request], Any]:
        """Make the endpoint of an action: a JSON object with exactly these fields."""

        async def endpoint(request: Request) -> Response:
            try:
                given = json.loads(await request.body())
            except (ValueError, RecursionError):
                given = None
            if not isinstance(given, dict) or {name: type(value) for name, value in given.items()} != fields:
                return JSONResponse({"error": f"the body is an object of {', '.join(fields)}"}, 400)
            try:
                done = await asyncio.to_thread(action, **given)
            finally:  # what is refused may have been learnt from, too
                self._feed.tell(("state", self._actions.state()))
            return JSONResponse(done)

        return endpoint


def _reading(read: Callable[[Request], Any]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(read, request))

    return endpoint


def _event(name: str, content: object) -> str:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n"


async def _problem(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": getattr(error, "message", "")}, 400)


async def _aws_refusal(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"the emulator does not answer as it should: {type(error).__name__}"}, 502)
