"""Work to measure: who does it, what triggers it, and the invocations, each for webhooks never seen before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench import tasks
from bench.candidates import run
from bench.webhooks import adyen_body, http_event, sqs_event, stripe_body

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bench.candidates import Candidate, Run
    from bench.server import Control

TRACED_EVERY = 20
"""Of the invocations of a phase every 20th is traced: X-Ray's default rate, 5 %."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """Invocations of one kind.

    Attributes:
        name: What it is called in figures.
        candidate: Who does it.
        batch: Messages in an invocation by the queue; 0: invoked by HTTP requests.
        body_bytes: Size of each webhook's body; None: a usual payment's.
        adyen_events: Events in a request, then of Adyen; 0: Stripe's webhooks, of one event each.
    """

    name: str
    candidate: Candidate
    batch: int = 0
    body_bytes: int | None = None
    adyen_events: int = 0

    @property
    def events_per_invocation(self) -> int:
        """How many payment events an invocation does its work for."""
        return max(1, self.batch) * max(1, self.adyen_events)


class Bench:
    """Where work is done: what stands in for AWS, and what Lambda's runtime brings.

    Attributes:
        aws: The stand-in.
    """

    def __init__(self, aws: Control, runtime: Path, ours: Candidate) -> None:
        self.aws = aws
        self._runtime = runtime
        self._authorities = tasks.authorities(runtime, aws.authority) if aws.authority else None
        self._ours = ours

    def events(self, work: Work, number: int) -> list[dict[str, Any]]:
        """Make events for so many invocations; a queue's messages are what the function itself puts there."""
        if not work.batch:
            return [self._request(work) for _ in range(number)]
        self.aws.messages(limit=1_000_000)
        requests = [self._request(work) for _ in range(number * work.batch)]
        self._run(self._ours, [requests])
        messages = self.aws.messages(limit=len(requests))
        return [sqs_event(messages[first : first + work.batch]) for first in range(0, len(messages), work.batch)]

    def run(
        self,
        work: Work,
        phases: Sequence[list[dict[str, Any]]],
        *,
        prefix: Sequence[str] = (),
        profile: Path | None = None,
    ) -> Run:
        """Run the work in a fresh interpreter.

        Raises:
            RuntimeError: An invocation was not answered as it should.
        """
        done = self._run(work.candidate, phases, prefix, profile)
        for answer in done.answers:
            if answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures"):  # noqa: PLR2004 - HTTP's success
                raise RuntimeError(f"{work.name} answered {answer}, AWS counted {self.aws.counts()}")
        return done

    def _run(
        self,
        candidate: Candidate,
        phases: Sequence[list[dict[str, Any]]],
        prefix: Sequence[str] = (),
        profile: Path | None = None,
    ) -> Run:
        return run(
            candidate,
            self.aws,
            phases,
            runtime=self._runtime,
            authorities=self._authorities,
            prefix=prefix,
            profile=profile,
        )

    @staticmethod
    def _request(work: Work) -> dict[str, Any]:
        if work.adyen_events:
            return http_event(adyen_body(work.adyen_events), "adyen")
        return http_event(stripe_body(work.body_bytes))


def traced(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a phase, one in `TRACED_EVERY` of them traced."""
    return [event | {"_sampled": number % TRACED_EVERY == TRACED_EVERY // 2} for number, event in enumerate(events)]
