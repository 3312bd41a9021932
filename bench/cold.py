"""Cold starts: a fresh interpreter, the artifact as shipped, until the first webhook is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.work import Bench, Work


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


def start(bench: Bench, work: Work, *, traced: bool = False) -> ColdStart:
    """Start once.

    Raises:
        RuntimeError: The webhook was not accepted.
    """
    (event,) = bench.events(work, 1)
    done = bench.run(work, [[event | {"_sampled": traced}]])
    first = done.phases[0]
    return ColdStart(
        cpu_ms=(done.started["init_cpu_ns"] + first["cpu_ns"][0]) / 1e6,
        wall_ms=(done.started["init_wall_ns"] + first["wall_ns"][0]) / 1e6,
        init_cpu_ms=done.started["init_cpu_ns"] / 1e6,
        modules=len(done.modules),
        peak_mb=done.started["peak_kb"] / 1024,
    )
