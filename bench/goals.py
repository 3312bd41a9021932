"""What the function is to reach, against peer A, and its cold start against the floor, C."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One goal.

    Attributes:
        name: What it is about.
        ratios: Names of the ratios that can show it; the first that was measured does.
        most: The most that the ratio may be.
    """

    name: str
    ratios: tuple[str, ...]
    most: float


GOALS = (
    Goal(name="cold start, CPU", ratios=("cold, receive by A",), most=0.40),
    Goal(name="cold start, CPU, against C", ratios=("cold, receive by C",), most=1.25),
    Goal(
        name="warm CPU an event",
        ratios=("warm instructions, batch of 10 by A", "warm CPU, batch of 10 by A"),
        most=0.50,
    ),
    Goal(name="calls to AWS an event", ratios=("calls, batch of 10 by A",), most=0.75),
    Goal(name="DynamoDB write units an event", ratios=("write units, batch of 10 by A",), most=0.67),
    Goal(name="artifact, unpacked", ratios=("size, unpacked by A",), most=0.15),
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How far a goal was reached.

    Attributes:
        goal: The goal.
        shown_by: Name of the ratio.
        ratio: Its value.
    """

    goal: Goal
    shown_by: str
    ratio: float

    @property
    def name(self) -> str:
        """The goal's name, and what shows it where that is not what it is about."""
        return f"{self.goal.name}, by instructions" if "instructions" in self.shown_by else self.goal.name

    @property
    def is_met(self) -> bool:
        """Whether it was reached."""
        return self.ratio <= self.goal.most


def results(ratios: Mapping[str, float]) -> list[Result]:
    """Hold what was measured against the goals."""
    found = []
    for goal in GOALS:
        shown_by = next(name for name in goal.ratios if name in ratios)
        found.append(Result(goal=goal, shown_by=shown_by, ratio=ratios[shown_by]))
    return found
