"""All figures of one run: what was measured, by work, and the ratios that the goals are about."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import cold, tasks, warm
from bench.work import TRACED_EVERY, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.candidates import Candidate
    from bench.work import Bench

    Say = Callable[[str], None]

RECEIVE, PROCESS, PROCESS_ONE = "ours: receive", "ours: process, batch of 10", "ours: process, batch of 1"
BODY_BYTES = (None, 4096, 16_384, 65_536, 262_144)
"""Sizes of webhooks; None: a usual payment's, 1.3 KB."""

BATCHES = (1, 2, 5, 10)
ADYEN_EVENTS = (1, 5, 10, 25, 50)
DELAY_MS = 5


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured.

    Attributes:
        starts: Cold starts of each candidate.
        rounds: Processes of each work.
        invocations: Timed invocations in each, a multiple of `TRACED_EVERY`.
        growth: Whether sizes and numbers are varied.
        callgrind: Whether instructions are counted.
    """

    starts: int
    rounds: int
    invocations: int
    growth: bool
    callgrind: bool


FULL = Effort(starts=25, rounds=25, invocations=20, growth=True, callgrind=shutil.which("valgrind") is not None)
QUICK = Effort(starts=3, rounds=1, invocations=TRACED_EVERY, growth=False, callgrind=False)


def works(ours: Candidate, peers: Sequence[Candidate]) -> list[Work]:
    """What is measured, ours between the peers: the machine's mood changes in the course of a run."""
    a, b, c = (Work(name=each.name, candidate=each) for each in peers)
    receive = Work(name=RECEIVE, candidate=ours)
    process = Work(name=PROCESS, candidate=ours, batch=10)
    return [a, receive, process, b, c, replace(process, name=PROCESS_ONE, batch=1)]


def measure(bench: Bench, ours: Candidate, peers: Sequence[Candidate], effort: Effort, say: Say) -> dict[str, Any]:
    """Measure everything.

    Args:
        bench: Where.
        ours: The function.
        peers: A, B and C.
        effort: How much.
        say: Told what is being measured.

    Returns:
        What was measured, as JSON holds it: `cold`, `warm`, `latency`, `growth` by work, `sizes` by
        candidate, `ratios` by name.
    """
    todo = works(ours, peers)
    starts = _starts(bench, todo, effort, say)
    rounds = _rounds(bench, todo, effort, say)
    figures: dict[str, Any] = {
        "cold": {name: _middle([asdict(each) for each in series]) for name, series in starts.items()},
        "warm": {
            name: asdict(series[-1]) | {"cpu_ms": median(each.cpu_ms for each in series)}
            for name, series in rounds.items()
        },
        "sizes": {each.name: asdict(tasks.size(each.task, with_bytecode=each is ours)) for each in (ours, *peers)},
        "latency": _latencies(bench, todo, say),
    }
    if effort.growth:
        figures["growth"] = _growth(bench, todo, ours, say)
    figures["ratios"] = _ratios(figures, starts, rounds)
    return figures


def with_instructions(
    figures: Mapping[str, Any], bench: Bench, ours: Candidate, peers: Sequence[Candidate], say: Say
) -> dict[str, Any]:
    """Add counts of instructions and their ratios to what was measured.

    Raises:
        RuntimeError: A handler failed under callgrind, as on a machine so busy that signatures grow old meanwhile.
    """
    say("counting instructions by callgrind (some minutes)")
    counted = {name: asdict(each) for name, each in warm.instructions(bench, works(ours, peers)).items()}
    ratios = dict(figures["ratios"])
    for peer in "ABC":
        ratios[f"cold instructions, receive by {peer}"] = counted[RECEIVE]["cold"] / counted[peer]["cold"]
        for batch, process in ((10, PROCESS), (1, PROCESS_ONE)):
            event = counted[RECEIVE]["event"] + counted[process]["event"]
            ratios[f"warm instructions, batch of {batch} by {peer}"] = event / counted[peer]["event"]
    return {**figures, "instructions": counted, "ratios": ratios}


def _starts(bench: Bench, todo: Sequence[Work], effort: Effort, say: Say) -> dict[str, list[cold.ColdStart]]:
    plain = [each for each in todo if each.name != PROCESS]
    series: dict[str, list[cold.ColdStart]] = {}
    for number in range(effort.starts):
        say(f"cold starts, {number + 1} of {effort.starts}")
        for work in plain:
            series.setdefault(work.name, []).append(cold.start(bench, work))
    sources = [
        replace(work, name=f"{work.name}, without bytecode", candidate=replace(work.candidate, task=task))
        for work in plain
        if work.name in {"A", "B"}
        for task in (tasks.without_bytecode(work.candidate.task),)
    ]
    for _ in range(min(9, effort.starts)):
        say("cold starts, traced and without bytecode")
        for work in [each for each in plain if each.name in {"A", RECEIVE, PROCESS_ONE}]:
            series.setdefault(f"{work.name}, traced", []).append(cold.start(bench, work, traced=True))
        for work in sources:
            series.setdefault(work.name, []).append(cold.start(bench, work))
    return series


def _rounds(bench: Bench, todo: Sequence[Work], effort: Effort, say: Say) -> dict[str, list[warm.Warm]]:
    series: dict[str, list[warm.Warm]] = {}
    for number in range(effort.rounds):
        for work in todo:
            say(f"warm invocations, {number + 1} of {effort.rounds}: {work.name}")
            number_of = max(TRACED_EVERY, effort.invocations // max(1, work.batch) // TRACED_EVERY * TRACED_EVERY)
            series.setdefault(work.name, []).append(
                warm.measure(bench, work, warm_up=TRACED_EVERY, invocations=number_of)
            )
    return series


def _latencies(bench: Bench, todo: Sequence[Work], say: Say) -> dict[str, float]:
    """How long an invocation takes when every call to AWS takes `DELAY_MS`, ms."""
    say(f"latencies at {DELAY_MS} ms a call")
    bench.aws.delay(DELAY_MS)
    try:
        return {work.name: warm.measure(bench, work, warm_up=3, invocations=9).wall_ms for work in todo}
    finally:
        bench.aws.delay(0)


def _growth(bench: Bench, todo: Sequence[Work], ours: Candidate, say: Say) -> dict[str, Any]:
    """How processor time, calls and units by event grow; None where the work cannot be done."""

    def point(work: Work) -> dict[str, Any] | None:
        try:
            return asdict(warm.measure(bench, work, warm_up=3, invocations=9))
        except RuntimeError:
            # A message that is too large for the topic ends a peer's invocation; ours is published without its payload.
            if work.candidate is ours:
                raise
            return None

    by_name = {work.name: work for work in todo}
    growth: dict[str, Any] = {"body_bytes": {}, "batch": {}, "adyen_events": {}}
    for size in BODY_BYTES:
        say(f"growth: bodies of {size or 'usual'} bytes")
        growth["body_bytes"][str(size or "usual")] = {
            name: point(replace(by_name[name], body_bytes=size)) for name in ("A", RECEIVE, PROCESS_ONE, "B", "C")
        }
    for batch in BATCHES:
        say(f"growth: batches of {batch}")
        growth["batch"][str(batch)] = {PROCESS: point(replace(by_name[PROCESS], batch=batch))}
    for number in ADYEN_EVENTS:
        say(f"growth: {number} events in a request")
        growth["adyen_events"][str(number)] = {
            name: point(replace(by_name[name], adyen_events=number)) for name in (RECEIVE, PROCESS_ONE)
        }
    return growth


def _ratios(
    figures: Mapping[str, Any],
    starts: Mapping[str, Sequence[cold.ColdStart]],
    rounds: Mapping[str, Sequence[warm.Warm]],
) -> dict[str, float]:
    """Ours by theirs; of times the median of what was measured side by side."""

    def started(one: str, other: str) -> float:
        return median(x.cpu_ms / y.cpu_ms for x, y in zip(starts[one], starts[other], strict=True))

    ratios = {
        f"cold, {step} by {peer}": started(name, peer)
        for step, name in (("receive", RECEIVE), ("process", PROCESS_ONE))
        for peer in "ABC"
    }
    ratios["cold traced, receive by A"] = started(f"{RECEIVE}, traced", "A, traced")
    for batch, process in ((10, PROCESS), (1, PROCESS_ONE)):
        for peer in "ABC":
            ratios[f"warm CPU, batch of {batch} by {peer}"] = median(
                (x.cpu_ms + y.cpu_ms) / z.cpu_ms
                for x, y, z in zip(rounds[RECEIVE], rounds[process], rounds[peer], strict=True)
            )
        of = figures["warm"]
        calls = sum(of[RECEIVE]["calls"].values()) + sum(of[process]["calls"].values())
        ratios[f"calls, batch of {batch} by A"] = calls / sum(of["A"]["calls"].values())
        writes = of[process]["units"]["dynamodb.write"] / of["A"]["units"]["dynamodb.write"]
        ratios[f"write units, batch of {batch} by A"] = writes
    for part in ("unpacked_bytes", "zipped_bytes"):
        ratios[f"size, {part.removesuffix('_bytes')} by A"] = (
            figures["sizes"]["ours"][part] / figures["sizes"]["A"][part]
        )
    return ratios


def _middle(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: median(row[name] for row in rows) for name in rows[0]}
