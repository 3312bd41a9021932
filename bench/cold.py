"""Cold starts: a fresh interpreter, the artifact as shipped, until the first webhook is accepted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bench.candidates import run
from bench.webhooks import http_event, sqs_event, stripe_body

if TYPE_CHECKING:
    from pathlib import Path

    from bench.candidates import Candidate, Run
    from bench.server import Control


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """One cold start.

    Attributes:
        cpu_ms: Processor time of import, initialisation and first invocation.
        wall_ms: The same by the clock.
        init_cpu_ms: The part that Lambda's init phase takes: the import of the handler's module.
        modules: Modules loaded, besides those that Lambda's runtime has loaded.
        peak_mb: Peak memory of the process.
    """

    cpu_ms: float
    wall_ms: float
    init_cpu_ms: float
    modules: int
    peak_mb: float

    @classmethod
    def of(cls, done: Run) -> ColdStart:
        """Read what a process measured."""
        first = done.phases[0]
        return cls(
            cpu_ms=(done.started["init_cpu_ns"] + first["cpu_ns"][0]) / 1e6,
            wall_ms=(done.started["init_wall_ns"] + first["wall_ns"][0]) / 1e6,
            init_cpu_ms=done.started["init_cpu_ns"] / 1e6,
            modules=len(done.modules),
            peak_mb=done.started["peak_kb"] / 1024,
        )


def http(candidate: Candidate, aws: Control, runtime: Path, *, sampled: bool = False) -> ColdStart:
    """Start for one HTTP request.

    Raises:
        RuntimeError: It was not accepted.
    """
    event = http_event(stripe_body()) | {"_sampled": sampled}
    done = run(candidate, aws, [[event]], runtime=runtime)
    if done.answers[0].get("statusCode") != 200:  # noqa: PLR2004 - HTTP's success
        raise RuntimeError(f"{candidate.name} answered {done.answers[0]}, AWS counted {aws.counts()}")
    return ColdStart.of(done)


def sqs(candidate: Candidate, aws: Control, runtime: Path, *, sampled: bool = False) -> ColdStart:
    """Start for a batch of one message.

    Raises:
        RuntimeError: It was not processed.
    """
    aws.messages(limit=1000)
    run(candidate, aws, [[http_event(stripe_body())]], runtime=runtime)
    event = sqs_event(aws.messages(limit=1)) | {"_sampled": sampled}
    done = run(candidate, aws, [[event]], runtime=runtime)
    if done.answers[0] != {"batchItemFailures": []}:
        raise RuntimeError(f"{candidate.name} answered {done.answers[0]}, AWS counted {aws.counts()}")
    return ColdStart.of(done)


def as_row(start: ColdStart) -> dict[str, float]:
    """What was measured, by name."""
    return asdict(start)
