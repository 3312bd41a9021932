"""The hooks of a commit: the pinned tools of .venv, which find what continuous integration would find."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / ".pre-commit-config.yaml"
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for repo in yaml.safe_load(CONFIGURATION.read_text())["repos"] for hook in repo["hooks"]
}


def test_nothing_is_fetched() -> None:
    """Every hook is ours and runs a tool that `make` has installed, at the version that is locked."""
    assert {repo["repo"] for repo in yaml.safe_load(CONFIGURATION.read_text())["repos"]} == {"local"}
    for name, hook in HOOKS.items():
        assert hook["language"] == "unsupported", name
        assert re.search(r"(^|\.\./)\.venv/bin/(ruff|mypy|python)\b", hook["entry"]), name


def test_what_make_lint_runs_is_a_hook() -> None:
    """A commit that passes them passes `make lint`."""
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    tools = {_core(line.removeprefix("\t@").replace("$(BIN)", ".venv/bin")) for line in recipe[1].splitlines()}
    assert tools <= {_core(hook["entry"]) for hook in HOOKS.values()}


def _core(command: str) -> str:
    """Return a command without what differs between one file and all of them, mending and telling."""
    inner = re.fullmatch(r"sh -c '(.*)'", command)
    return re.sub(r" --check| --force-exclude| \.$", "", inner[1] if inner else command)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the hooks and nothing else."""
    for name in (".pre-commit-config.yaml", "pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    _run(tmp_path, "git", "init", "--quiet")
    return tmp_path


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - fixed commands
        command,
        cwd=folder,
        env=os.environ | {"PRE_COMMIT_HOME": str(folder / ".git" / "pre-commit")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("hook", "text", "after"),
    [
        ("style", "import os\n", "import os\n"),
        ("format", "x = {'a':1}\n", 'x = {"a": 1}\n'),
    ],
)
def test_a_commit_with_a_fault_is_stopped(clone: Path, hook: str, text: str, after: str) -> None:
    """The style is told, the format is mended for the next try; a file without a fault passes."""
    file = clone / "tests" / "sample.py"
    file.parent.mkdir()
    file.write_text(text)
    _run(clone, "git", "add", "tests")
    stopped = _run(clone, ".venv/bin/pre-commit", "run", hook)
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert file.read_text() == after
    file.write_text('"""A module."""\n')
    _run(clone, "git", "add", "tests")
    passed = _run(clone, ".venv/bin/pre-commit", "run", hook)
    assert passed.returncode == 0, passed.stdout + passed.stderr
