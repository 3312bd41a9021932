"""Keeps a flood of refused requests from becoming a flood of log lines: a line may stand for several requests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

WINDOW_SECONDS = 60
FIRST = 20
"""Refusals of a kind that are written one by one in each window: all of them, unless it is a flood."""

EVERY = 100
"""Of the rest, one line for so many."""


class _Kind(msgspec.Struct):
    began: float
    seen: int = 0
    unwritten: int = 0


class Sampler:
    """Counts refusals by kind, in this process.

    No refusal goes uncounted: a line says for how many it stands, and what a window leaves unwritten goes into the next
    line. Only what a process has not written when it ends is lost, fewer than `EVERY` of each kind.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[Hashable, _Kind] = {}

    def weigh(self, kind: Hashable) -> int:
        """Count one refusal.

        Args:
            kind: What makes refusals alike: the caller gives few different ones, none of them a sender's choice.

        Returns:
            For how many refusals a line must be written now; 0: none is written.
        """
        now = self._clock()
        entry = self._kinds.get(kind)
        if entry is None or now - entry.began >= WINDOW_SECONDS:
            entry = _Kind(began=now, unwritten=entry.unwritten if entry else 0)
            self._kinds[kind] = entry
        entry.seen += 1
        entry.unwritten += 1
        if entry.seen > FIRST and entry.unwritten < EVERY:
            return 0
        weight, entry.unwritten = entry.unwritten, 0
        return weight
