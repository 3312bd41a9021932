"""Writes what was measured into the documents, and draws it: `python -m bench.markdown [RUN.json ...]`.

The figures are the first run's (by default that of the last `make bench`), the ratios the medians of all runs; of
several it is written, too, how far they differ.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import plots
from bench.figures import PROCESS, PROCESS_ONE, RECEIVE
from bench.goals import results
from bench.tasks import BUILD
from infra.artifact import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DOCUMENTS = (ROOT / "docs" / "benchmark.md", ROOT / "README.md")


def sections(figures: Mapping[str, Any]) -> dict[str, str]:
    """Texts of all marked places."""
    made = figures["made"]
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    return {
        "circumstances": (
            f"{made['date'][:10]}: {made['processors']} processors ({made['processor']}), "
            f"Linux {made['system']}, Python {made['python']}, {versions}; load {made['load']:.1f}."
        ),
        "goals": _goals(figures["ratios"]),
        "cold": _cold(figures),
        "warm": _warm(figures),
        "counts": _counts(figures["warm"]),
        "sizes": _table(
            ("", "Unpacked, KB", "Zipped, KB"),
            [
                (name, f"{size['unpacked_bytes'] / 1000:,.0f}", f"{size['zipped_bytes'] / 1000:,.0f}")
                for name, size in figures["sizes"].items()
            ],
        ),
        "growth": _growth(figures["growth"]),
    }


def agreement(runs: Sequence[Mapping[str, float]]) -> str:
    """How far ratios differ between runs: a table of those that do, the farthest first, and how many do not."""
    rows = []
    for name in runs[0]:
        values = sorted(ratios[name] for ratios in runs)
        apart = values[-1] / values[0] - 1
        rows.append((apart, name, f"{values[0]:.3f}x", f"{values[-1]:.3f}x"))
    differing = [
        (name, least, most, f"{apart:.1%}") for apart, name, least, most in sorted(rows, reverse=True) if apart
    ]
    return (
        _table(("Ratio", "Least", "Most", "Apart"), differing)
        + f"\n\nOf the rest, {len(rows) - len(differing)} ratios, every run told the same."
    )


def written(text: str, texts: Mapping[str, str]) -> str:
    """A document with new texts in its marked places; a place without one is left as it is."""

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- measured: {name} -->\n{texts[name]}\n<!-- end -->" if name in texts else found[0]

    return re.sub(r"<!-- measured: (\w+) -->\n.*?<!-- end -->", replaced, text, flags=re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _goals(ratios: Mapping[str, float]) -> str:
    rows = [
        (each.name, f"at most {each.goal.most:.2f}x", f"{each.ratio:.2f}x", "yes" if each.is_met else "**no**")
        for each in results(ratios)
    ]
    return _table(("Against A, unless C is named", "Goal", "Measured", "Met"), rows)


def _cold(figures: Mapping[str, Any]) -> str:
    instructions = figures.get("instructions", {})
    rows = [
        (
            name,
            *(f"{row[column]:.0f}" for column in ("cpu_ms", "init_cpu_ms", "wall_ms", "modules", "peak_mb")),
            f"{instructions[name]['cold']:,.0f}" if name in instructions else "",
        )
        for name, row in figures["cold"].items()
    ]
    return _table(("", "CPU, ms", "of it init", "Clock, ms", "Modules", "Peak, MB", "M instructions"), rows)


def _warm(figures: Mapping[str, Any]) -> str:
    instructions = figures.get("instructions", {})
    rows = [
        (
            name,
            f"{row['cpu_ms']:.2f}",
            f"{1000 / row['cpu_ms']:.0f}",
            f"{instructions[name]['event']:.1f}" if name in instructions else "",
            f"{figures['latency'][name]:.0f}",
        )
        for name, row in figures["warm"].items()
    ]
    ratios = figures["ratios"]
    rows += [
        (f"ratio to {peer}, batch of {batch}", _ratio(ratios, "CPU", batch, peer), "",
         _ratio(ratios, "instructions", batch, peer), "")
        for batch in (10, 1)
        for peer in "ABC"
    ]  # fmt: skip
    return _table(("", "CPU, ms", "Events/s a core", "M instructions", "A run at 5 ms a call, ms"), rows)


def _ratio(ratios: Mapping[str, float], what: str, batch: int, peer: str) -> str:
    ratio = ratios.get(f"warm {what}, batch of {batch} by {peer}")
    return "" if ratio is None else f"{ratio:.2f}x"


def _counts(warm: Mapping[str, Any]) -> str:
    rows = [
        (
            name,
            f"{sum(row['calls'].values()):.2f}",
            f"{row['request_bytes'] / 1000:.1f}",
            *(f"{row['units'].get(unit, 0):.2f}" for unit in ("dynamodb.write", "sqs.requests", "sns.requests")),
            f"{row['log_bytes']:.0f} in {row['log_lines']:.0f}",
            f"{row['trace_documents']:.2f}",
        )
        for name, row in warm.items()
    ]
    head = ("", "Calls", "Requests, KB", "Write units", "SQS", "SNS", "Log bytes, lines", "Trace documents")
    return _table(head, rows)


def _growth(growth: Mapping[str, Any]) -> str:
    def cell(point: Mapping[str, Any] | None) -> str:
        if point is None:
            return "refused"
        return f"{point['cpu_ms']:.1f} ms, {point['units'].get('dynamodb.write', 0):.1f}"

    tables = []
    for part, head, names in (
        ("body_bytes", "Bytes of a body", ("A", "B", "C", RECEIVE, PROCESS_ONE)),
        ("batch", "Messages in a batch", (PROCESS,)),
        ("adyen_events", "Adyen's events in a request", (RECEIVE, PROCESS_ONE)),
    ):
        rows = [(size, *(cell(row[name]) for name in names)) for size, row in growth[part].items()]
        tables.append(_table((head, *(name.replace(", batch of 10", "") for name in names)), rows))
    return "By event, processor time and write units:\n\n" + "\n\n".join(tables)


def main() -> None:
    """Write the documents."""
    paths = [Path(name) for name in sys.argv[1:]] or [BUILD / "bench.json"]
    runs = [json.loads(path.read_text()) for path in paths]
    medians = {name: median(run["ratios"][name] for run in runs) for name in runs[0]["ratios"]}
    told = {**runs[0], "ratios": medians}
    texts = sections(told)
    if len(runs) > 1:
        texts["agreement"] = agreement([run["ratios"] for run in runs])
    for document in DOCUMENTS:
        document.write_text(written(document.read_text(), texts))
    plots.draw(told, ROOT / "docs" / "images")


if __name__ == "__main__":
    main()
