"""The blocks of `make` commands in the documents: each line is run, here or by continuous integration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_architecture import ROOT

LINES = {
    (document, line)
    for document in ("README.md", "CONTRIBUTING.md")
    for block in re.findall(r"<!-- run: make -->\n```bash\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    for line in block.splitlines()
}
TARGETS = {line.split()[1] for _, line in LINES}
BY_CONTINUOUS_INTEGRATION = {"lint", "test"}
"""What holds these tests would run itself: `.ci/run` has them as they are written."""


def _make(target: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a target in the environment that runs the tests, as from a shell: not as a part of `make test`."""
    make = shutil.which("make")
    assert make
    shell = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(  # noqa: S603 - a target of ours
        [make, "-o", ".venv/.ready", target, f"BIN={Path(sys.prefix) / 'bin'}"],
        cwd=folder,
        env=shell,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_line_is_a_target_with_what_it_is_for() -> None:
    """`make TARGET   # what it does`, and each target is run."""
    assert {line for _, line in LINES if not re.fullmatch(r"make [a-z]+ +# \S.*", line)} == set()
    assert {"demo", "hooks"} | BY_CONTINUOUS_INTEGRATION == TARGETS


@pytest.mark.parametrize("target", sorted(BY_CONTINUOUS_INTEGRATION))
def test_continuous_integration_runs_what_these_tests_cannot(target: str) -> None:
    """The same command, on a clean checkout."""
    assert re.search(rf"(?m)^make {target}\b", (ROOT / ".ci" / "run").read_text())


def test_the_demo_ends_well() -> None:
    """It says so; what it shows of each provider is held by tests/integration/test_smoke.py."""
    done = _make("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("Everything is as it must be.\n")


def test_the_hooks_are_there_for_the_next_commit(tmp_path: Path) -> None:
    """In a clone, `git commit` asks them from then on."""
    for name in ("Makefile", ".pre-commit-config.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    git = shutil.which("git")
    assert git
    subprocess.run([git, "init", "--quiet", str(tmp_path)], check=True)  # noqa: S603 - a fixed command
    done = _make("hooks", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pre-commit" in (tmp_path / ".git" / "hooks" / "pre-commit").read_text()
