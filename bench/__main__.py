"""`python -m bench`: measure, tell, write JSON and draw."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from bench import figures, plots, report, server, tasks
from bench.candidates import PARAMETERS, TABLES, ours, peers
from bench.work import Bench
from cli.console import console
from infra.artifact import ROOT

VERSIONS = ("boto3", "msgspec", "aws-xray-sdk")
"""Of ours; the peers' are pinned in `bench/requirements.txt`."""


@click.command()
@click.option("--quick", is_flag=True, help="About a minute: fewer runs, no instruction counts, no growth, no plots.")
@click.option(
    "--images",
    default=ROOT / "docs" / "images",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the plots are written.",
)
def main(*, quick: bool, images: Path) -> None:
    """Measure the function against what a user would pick instead, on a stand-in for AWS; about ten minutes."""
    effort = figures.QUICK if quick else figures.FULL
    candidate, others = ours(), peers()
    path = tasks.BUILD / ("quick.json" if quick else "bench.json")
    with server.running(PARAMETERS, TABLES, tls=True) as aws, console.status("measuring") as status:
        bench = Bench(aws, tasks.runtime(), candidate)
        measured = {"made": _circumstances()} | figures.measure(bench, candidate, others, effort, say=status.update)
        path.write_text(json.dumps(measured, indent=1) + "\n")
        if effort.callgrind:
            measured = figures.with_instructions(measured, bench, candidate, others, say=status.update)
            path.write_text(json.dumps(measured, indent=1) + "\n")
    for table in report.tables(measured):
        console.print(table)
    console.print(f"written: {path.relative_to(ROOT)}")
    if not quick:
        for drawn in plots.draw(measured, images):
            console.print(f"drawn: {drawn}")


def _circumstances() -> dict[str, object]:
    """What figures depend on: machine, versions, date, revision."""
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    revision = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "revision": revision.stdout.strip(),
        "processor": model[0].partition(": ")[2] if model else platform.machine(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[1],
        "system": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS},
    }


if __name__ == "__main__":
    main()
