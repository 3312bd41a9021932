"""Where the time goes: `python -m bench.profiled`, the function's start and its warm invocations by package.

A profiler slows calls of Python functions down and leaves what is compiled as it is: shares, not times.
"""

from __future__ import annotations

import pstats
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from bench import server, tasks
from bench.candidates import PARAMETERS, TABLES, ours
from bench.figures import PROCESS, RECEIVE
from bench.work import Bench, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM_UP, INVOCATIONS = 5, 50
LEAST_SHARE = 0.02
"""What takes less is summed up."""


def shares(statistics: Path) -> list[tuple[str, float]]:
    """Shares of the time by what it went into: a package, or one of the interpreter's own functions."""
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]]
    stats = pstats.Stats(str(statistics)).stats  # type: ignore[attr-defined]  # its only public form is a printed table
    spent: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in stats.items():
        spent[_part(file, function)] += own  # type: ignore[assignment]  # a Counter of seconds
    together = sum(spent.values())
    told = [(name, own / together) for name, own in spent.most_common() if own / together >= LEAST_SHARE]
    return [*told, ("all else", 1 - sum(share for _, share in told))]


def _part(file: str, function: str) -> str:
    if file == "~":
        return function.strip("<>").partition(" of type object at ")[0]
    parts = Path(file).parts
    for root in ("lambda_src", "aws_xray_sdk", "msgspec", "botocore", "urllib3", "boto3"):
        if root in parts:
            place = parts[parts.index(root) :]
            return "/".join(place) if root == "botocore" else root
    if "<frozen" in file:
        return "import system"
    library = [number for number, part in enumerate(parts) if part.startswith("python3")]
    return Path(parts[library[-1] + 1]).stem if library and library[-1] + 1 < len(parts) else Path(file).stem


def lines() -> Iterator[str]:
    """Measure, and give the document's table."""
    candidate = ours()
    works = (Work(name=RECEIVE, candidate=candidate), Work(name=PROCESS, candidate=candidate, batch=10))
    with server.running(PARAMETERS, TABLES, tls=True) as aws, tempfile.TemporaryDirectory() as directory:
        bench = Bench(aws, tasks.runtime(), candidate)
        for number, work in enumerate(works):
            events = bench.events(work, 1 + WARM_UP + INVOCATIONS)
            prefix = Path(directory) / str(number)
            bench.run(work, [events[:1], events[1 : 1 + WARM_UP], events[1 + WARM_UP :]], profile=prefix)
            for part, title in (("cold", "its start"), ("warm", "warm")):
                found = ", ".join(f"`{name}` {share:.0%}" for name, share in shares(prefix.with_suffix(f".{part}")))
                yield f"- **{work.name}, {title}**: {found}."


def main() -> None:
    """Print the document's list."""
    for line in lines():
        print(line)


if __name__ == "__main__":
    main()
