"""Warm invocations: processor time, instructions, and what AWS is called for and bills, by event."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from threading import Lock
from typing import TYPE_CHECKING

from bench.tasks import BUILD
from bench.work import TRACED_EVERY, traced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.work import Bench, Work


@dataclass(frozen=True, kw_only=True)
class Warm:
    """What an event costs and causes in a warm process; an invocation of several events is shared out.

    Fetching the secret is left out of the counts, as it is done once in minutes.

    Attributes:
        cpu_ms: Processor time, traced invocations at their rate.
        wall_ms: Time by the clock of a whole invocation that is not traced.
        calls: Calls to AWS by operation.
        request_bytes: Bytes of those calls' requests, headers included.
        units: Billed units by what is billed.
        log_bytes: What is logged, without what Lambda itself writes of each invocation.
        log_lines: In so many lines.
        trace_documents: Documents sent to X-Ray, at the rate of tracing.
    """

    cpu_ms: float
    wall_ms: float
    calls: Mapping[str, float]
    request_bytes: float
    units: Mapping[str, float]
    log_bytes: float
    log_lines: float
    trace_documents: float


def measure(bench: Bench, work: Work, *, warm_up: int, invocations: int) -> Warm:
    """Measure warm invocations, after a start and a warm-up.

    What is counted is what a process causes beyond another one that does the first invocation only.

    Args:
        bench: Where.
        work: What.
        warm_up: Invocations before those that are timed; a multiple of `TRACED_EVERY` where tracing is to be counted.
        invocations: Invocations that are timed; the same.

    Raises:
        RuntimeError: An invocation was not answered as it should.
    """
    events = bench.events(work, 2 + warm_up + invocations)
    bench.aws.reset()
    alone = bench.run(work, [events[:1]])
    before = bench.aws.counts()
    phases = [events[1:2], traced(events[2 : 2 + warm_up]), traced(events[2 + warm_up :])]
    bench.aws.reset()
    done = bench.run(work, phases)
    after = bench.aws.counts()
    each = 1 / ((warm_up + invocations) * work.events_per_invocation)

    def share(part: str) -> dict[str, float]:
        difference = Counter(after[part])
        difference.subtract(before[part])
        return {name: number * each for name, number in difference.items() if number}

    is_traced = [event["_sampled"] for event in phases[2]]
    cpus = list(zip(done.phases[2]["cpu_ns"], is_traced, strict=True))
    plain = [cpu for cpu, is_one in cpus if not is_one]
    with_trace = [cpu for cpu, is_one in cpus if is_one] or plain
    # Medians: of time that other processes took away, a mean would tell more than of the handler.
    cpu = median(plain) * (1 - 1 / TRACED_EVERY) + median(with_trace) / TRACED_EVERY
    walls = zip(done.phases[2]["wall_ns"], is_traced, strict=True)
    return Warm(
        cpu_ms=cpu / 1e6 / work.events_per_invocation,
        wall_ms=median(wall for wall, is_one in walls if not is_one) / 1e6,
        calls=share("calls"),
        request_bytes=sum(share("request_bytes").values()),
        units=share("units"),
        log_bytes=(done.log_bytes - alone.log_bytes) * each,
        log_lines=(done.log_lines - alone.log_lines) * each,
        trace_documents=share("traces").get("documents", 0.0),
    )


SETTLING, COUNTED = 2, 5
"""Invocations under callgrind: before those that are counted, and counted."""


@dataclass(frozen=True, kw_only=True)
class Instructions:
    """Instructions that the processor carried out for the process, in millions.

    Attributes:
        cold: Import, initialisation and first invocation.
        event: A warm event, not traced.
    """

    cold: float
    event: float


def instructions(bench: Bench, works: Sequence[Work]) -> dict[str, Instructions]:
    """Count instructions by callgrind, which is slow and hardly varies; as many side by side as there are processors.

    Raises:
        RuntimeError: A handler failed, or callgrind did not tell.
    """
    making = Lock()  # events are made just before they are needed: a signature is good for five minutes

    def one(work: Work) -> tuple[str, Instructions]:
        with making:
            events = bench.events(work, 1 + SETTLING + COUNTED)
        with tempfile.TemporaryDirectory(dir=BUILD) as directory:
            out = Path(directory) / "out"
            # The runtime's stand-in calls getpriority where a phase ends, and nobody else does.
            options = ["--tool=callgrind", "--dump-before=getpriority", f"--callgrind-out-file={out}"]
            phases = [events[:1], events[1 : 1 + SETTLING], events[1 + SETTLING :]]
            bench.run(work, phases, prefix=["valgrind", "-q", *options])
            # out.1 ends where the cold start begins; then come start, warm-up and what is measured.
            start, event = (_millions(out.with_name(f"out.{part}")) for part in (2, 4))
        return work.name, Instructions(cold=start, event=event / COUNTED / work.events_per_invocation)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(pool.map(one, works))


def _millions(dump: Path) -> float:
    """What callgrind counted until a dump, since the one before."""
    totals = re.findall(r"(?m)^(?:totals|summary): (\d+)", dump.read_text())
    if not totals:
        raise RuntimeError(f"callgrind wrote no totals to {dump.name}")
    return float(totals[-1]) / 1e6
