"""Faults between the function and AWS: what can become of one call, and the seeded draw of it.

The emulator's front (`local.fault_front`) applies them to the function's own requests over HTTP, the property tests to
botocore's requests in process; the operator's requests are never touched.
"""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What becomes of a call."""

    UNSENT = "unsent"
    """The connection breaks before the request has any effect."""

    UNANSWERED = "unanswered"
    """It has its effect, then the connection breaks: the caller cannot know."""

    SLOW = "slow"
    """It has its effect, and the answer comes after the caller has given up."""

    LATE = "late"
    """It has its effect only after the caller has given up (and has, perhaps, tried again)."""

    THROTTLED = "throttled"
    """AWS asks to come back later."""

    SERVER_ERROR = "server_error"
    """AWS fails inside; there is no effect."""

    EXPIRED = "expired"
    """The credentials have expired."""


SERVICES = ("ssm", "sqs", "dynamodb", "sns")
"""What the function calls, by the names that requests are signed for."""


@dataclass
class FaultPlan:
    """How calls fail.

    Attributes:
        rates: Share of the calls that meet each fault, 0 to 1.
        away: Services that answer nothing at all.
        seed: Decides which calls they are, by the order of calls to each service.
        met: How often each fault was met.
    """

    rates: dict[Fault, float] = field(default_factory=dict)
    away: tuple[str, ...] = ()
    seed: int = 0
    met: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._draws = {service: random.Random(f"{self.seed} {service}") for service in SERVICES}  # noqa: S311 - no secret

    def draw(self, service: str) -> Fault | None:
        """Decide what becomes of the next call to a service; None: nothing happens to it."""
        fault = Fault.UNSENT if service in self.away else self._drawn(service)
        if fault is not None:
            self.met[fault] = self.met.get(fault, 0) + 1
        return fault

    def _drawn(self, service: str) -> Fault | None:
        draw = self._draws.get(service)
        if draw is None:
            return None
        place = draw.random()
        for fault, rate in self.rates.items():
            place -= rate
            if place < 0:
                return fault
        return None

    def to_json(self) -> str:
        """Write the plan (without what was met)."""
        return json.dumps(asdict(self) | {"met": {}})

    @classmethod
    def from_json(cls, text: str | bytes) -> FaultPlan:
        """Read a plan."""
        plan = json.loads(text)
        return cls(
            rates={Fault(name): rate for name, rate in plan["rates"].items()},
            away=tuple(plan["away"]),
            seed=plan["seed"],
        )


def evenly(share: float, *, seed: int) -> FaultPlan:
    """Let a share of all calls meet a fault, each kind as often as the others."""
    return FaultPlan(rates=dict.fromkeys(Fault, share / len(Fault)), seed=seed)


REFUSALS = {
    Fault.THROTTLED: (400, "ThrottlingException"),
    Fault.SERVER_ERROR: (500, "InternalServerError"),
    Fault.EXPIRED: (400, "ExpiredTokenException"),
}
"""The faults that are answers: HTTP status and AWS's error code."""


def refusal(service: str, fault: Fault) -> tuple[int, str, str]:
    """Word a refusal in the service's protocol: HTTP status, content type and body."""
    status, code = REFUSALS[fault]
    if service == "sns":  # the one that still speaks XML
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>injected</Message></Error>"
        return status, "text/xml", f"<ErrorResponse>{error}<RequestId>injected</RequestId></ErrorResponse>"
    return status, "application/json", json.dumps({"__type": f"com.amazonaws#{code}", "message": "injected"})
