"""What the page is told, as it happens: the system's log, its topic and its queues, looked at again and again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from contextlib import contextmanager, suppress
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from cli.console import stderr
from local.console.journeys import KEPT, Journeys
from local.log_tail import LogTail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.observer import Observer, Published
    from local.system import LocalSystem

WATCHED_SECONDS = 0.15
UNWATCHED_SECONDS = 2.0
"""Pauses between two looks: while a page is open, and while none is."""

_WAITING = 2000
"""Messages that wait for a page; one that takes none for so long is let go, and begins anew."""

Message = tuple[str, Any]
"""Name and content."""


class _Seen(NamedTuple):
    """What one look brought."""

    lines: list[dict[str, Any]]
    published: list[Published]
    depths: dict[str, int]
    segments: list[dict[str, Any]]


class Feed:
    """Follows a system and tells its pages.

    Args:
        system: The running system.
        observer: A subscriber of its topic.
    """

    def __init__(self, system: LocalSystem, observer: Observer) -> None:
        self._system = system
        self._observer = observer
        self._tail = LogTail(system.clients, system.outputs["log_group_name"], '"message"')
        self._pages: set[asyncio.Queue[Message | None]] = set()
        self._counts: dict[str, int] = {}
        self._published: OrderedDict[str, Published] = OrderedDict()
        self.journeys = Journeys(observer.most_receives())

    async def run(self) -> None:
        """Follow the system until cancelled."""
        said = ""
        while True:
            try:
                self._take_in(await asyncio.to_thread(self._look))
            except (BotoCoreError, ClientError):
                pass  # the emulator is busy or going: the next look sees more
            except Exception as error:  # noqa: BLE001 - one look's surprise must not end the feed; its text could hold data
                if (fault := _fault(error)) != said:
                    said = fault
                    stderr.print(f"console: a look at the system failed ({fault}); what it brought is not shown")
            await asyncio.sleep(WATCHED_SECONDS if self._pages else UNWATCHED_SECONDS)

    def tell(self, message: Message) -> None:
        """Tell all pages something."""
        for page in tuple(self._pages):
            try:
                page.put_nowait(message)
            except asyncio.QueueFull:
                self._pages.discard(page)
                page.get_nowait()
                page.put_nowait(None)

    def end(self) -> None:
        """Tell all pages that there is nothing more to come."""
        for page in tuple(self._pages):
            with suppress(asyncio.QueueFull):
                page.put_nowait(("ended", {}))
                page.put_nowait(None)

    @contextmanager
    def page(self) -> Iterator[asyncio.Queue[Message | None]]:
        """Let a page listen; None in its queue ends it."""
        queue: asyncio.Queue[Message | None] = asyncio.Queue(_WAITING)
        queue.put_nowait(("snapshot", {"deliveries": [each.told() for each in self.journeys], "counts": self._counts}))
        self._pages.add(queue)
        try:
            yield queue
        finally:
            self._pages.discard(queue)

    def published(self, event_id: str) -> Published | None:
        """Find what the subscriber received, by the published event's id."""
        return self._published.get(event_id)

    def _look(self) -> _Seen:
        """Look once; called in a thread."""
        return _Seen(
            lines=self._tail.fresh_lines(),
            published=self._observer.receive_some(),
            depths=self._observer.backlog(),
            segments=self._system.xray.segments,
        )

    def _take_in(self, seen: _Seen) -> None:
        touched = [self.journeys.tell(line, seen.segments) for line in seen.lines]
        touched += [self.journeys.received(each.event) for each in seen.published]
        for journey in {each.key: each for each in touched if each}.values():
            self.tell(("delivery", journey.told()))
        self._observer.published.clear()
        self._published.update({each.event["id"]: each for each in seen.published})
        while len(self._published) > KEPT:
            self._published.popitem(last=False)
        counts = self.journeys.totals | {"queue": seen.depths["queue_url"], "dead": seen.depths["dlq_url"]}
        if counts != self._counts:
            self._counts = counts
            self.tell(("counts", counts))


def _fault(error: Exception) -> str:
    """Name an error by its kind and place."""
    place = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
