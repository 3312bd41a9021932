"""Plots of what was measured, as PNG, light enough for a README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.figures import PROCESS, PROCESS_ONE, RECEIVE
from bench.goals import results

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

OURS, THEIRS, GOAL = "#1f6feb", "#9aa4b2", "#d1242f"
LABEL_WIDTH = 0.12
"""Of a ratio's text, on its axis."""

NAMES = {"A": "A: Powertools", "B": "B: FastAPI", "C": "C: minimal"}


def draw(figures: Mapping[str, Any], directory: Path) -> Sequence[Path]:
    """Draw all plots of a run that measured everything.

    Returns:
        The files.
    """
    import matplotlib as mpl  # noqa: PLC0415 - only a whole run pays for its import

    mpl.use("Agg")
    mpl.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    directory.mkdir(parents=True, exist_ok=True)
    return [
        _goals(figures, directory / "bench-goals.png"),
        _times(figures, directory / "bench-times.png"),
        _growth(figures["growth"], directory / "bench-growth.png"),
    ]


def _goals(figures: Mapping[str, Any], path: Path) -> Path:
    """Each ratio as a bar, its goal as a mark."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    found = results(figures["ratios"])[::-1]
    figure, axes = plt.subplots(figsize=(9, 3.2))
    places = range(len(found))
    axes.barh(places, [each.ratio for each in found], color=OURS, height=0.55)
    for place, each in zip(places, found, strict=True):
        axes.plot([each.goal.most] * 2, [place - 0.4, place + 0.4], color=GOAL, linewidth=2)
        at_goal = 0 < each.goal.most - each.ratio < LABEL_WIDTH  # the text would lie on the mark
        axes.text((each.goal.most if at_goal else each.ratio) + 0.01, place, f"{each.ratio:.2f}x", va="center")
    axes.axvline(1, color=THEIRS, linestyle="--", linewidth=1)
    axes.set_yticks(places, [each.goal.name for each in found])
    axes.set_xlabel("ours as a part of A's, Powertools (of C's where that is named); red: the goal")
    return _save(figure, path)


def _times(figures: Mapping[str, Any], path: Path) -> Path:
    """Cold starts and warm processor time, side by side."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
    rows = {"ours: receive": RECEIVE, "ours: process": PROCESS_ONE, **{NAMES[name]: name for name in "CAB"}}
    colours = [OURS, OURS, THEIRS, THEIRS, THEIRS]
    left.barh(list(rows), [figures["cold"][name]["cpu_ms"] for name in rows.values()], color=colours)
    left.set_xlabel("cold start to the first answer, CPU ms")
    warm = figures["warm"]
    labels = ["ours, batch of 10", "ours, batch of 1", *(NAMES[name] for name in "CAB")]
    received = [warm[RECEIVE]["cpu_ms"]] * 2 + [warm[name]["cpu_ms"] for name in "CAB"]
    processed = [warm[PROCESS]["cpu_ms"], warm[PROCESS_ONE]["cpu_ms"], 0, 0, 0]
    right.barh(labels, received, color=colours)
    right.barh(labels, processed, left=received, color="#79b0ff", label="process")
    right.set_xlabel("an event, warm, CPU ms (light: its share of process)")
    for axes in (left, right):
        axes.invert_yaxis()
    return _save(figure, path)


def _growth(growth: Mapping[str, Any], path: Path) -> Path:
    """How processor time and write units grow with the body, the batch and the events in a request."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    figure, (cpu, units, counts) = plt.subplots(1, 3, figsize=(12, 3.4))
    sizes = {("1.3" if name == "usual" else f"{int(name) // 1024}"): row for name, row in growth["body_bytes"].items()}
    values: Sequence[tuple[Any, Callable[[Any], float]]] = (
        (cpu, lambda point: point["cpu_ms"]),
        (units, lambda point: point["units"].get("dynamodb.write", 0)),
    )
    for axes, value in values:
        for name in "ABC":
            there = {size: value(row[name]) for size, row in sizes.items() if row[name]}
            axes.plot(list(there), list(there.values()), marker="o", markersize=3, label=NAMES[name], alpha=0.8)
        ours = [value(row[RECEIVE]) + value(row[PROCESS_ONE]) for row in sizes.values()]
        axes.plot(list(sizes), ours, marker="o", color=OURS, linewidth=2.5, label="ours, both triggers")
        axes.set_xlabel("body, KB (peers fail above SNS's 256 KB)")
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
    cpu.set_title("CPU ms an event", loc="left")
    units.set_title("write units an event", loc="left")
    cpu.legend(fontsize=8)
    batches = growth["batch"]
    counts.plot(
        [int(size) for size in batches],
        [row[PROCESS]["cpu_ms"] for row in batches.values()],
        marker="o",
        label="process, by messages in a batch",
    )
    several = growth["adyen_events"]
    counts.plot(
        [int(size) for size in several],
        [row[RECEIVE]["cpu_ms"] + row[PROCESS_ONE]["cpu_ms"] for row in several.values()],
        marker="o",
        label="both, by Adyen's events in a request",
    )
    counts.set_title("ours: CPU ms an event", loc="left")
    counts.set_ylim(bottom=0)
    counts.legend(fontsize=8)
    return _save(figure, path)


def _save(figure: Any, path: Path) -> Path:  # noqa: ANN401 - matplotlib is imported late
    from matplotlib import pyplot as plt  # noqa: PLC0415 - as above

    figure.tight_layout()
    figure.savefig(path, dpi=90, metadata={"Software": None})
    plt.close(figure)
    return path
