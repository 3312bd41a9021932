"""The README tells the truth: its tables, its example, and its commands, run as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from local import readme

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
DEADLINE_SECONDS = 60


def _block(marker: str) -> str:
    found = re.search(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, marker
    return found[1]


@pytest.mark.parametrize("page", readme.PAGES)
def test_generated_tables_are_up_to_date(page: str) -> None:
    """Settings, providers, costs and adaptations are as the code has them; mend with `python -m local.readme`."""
    assert readme.updated(page) == (ROOT / page).read_text()


def test_the_example_event_follows_the_schema() -> None:
    """The published event that the README shows is valid by the shipped schema."""
    schema = json.loads((ROOT / "schemas/payment-event.1.json").read_text())
    jsonschema.validate(json.loads(_block("example: event")), schema, format_checker=jsonschema.FormatChecker())


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder to run commands in as in a clone in use, where `python` is the one that runs the tests."""
    (tmp_path / "bin").mkdir()
    (tmp_path / ".build").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def _environment(shell: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{shell / 'bin'}:{os.environ['PATH']}"}


@contextmanager
def _up(command: str) -> Iterator[None]:
    """Run the command that starts a system in the background, until it says where it listens."""
    words = [sys.executable, *shlex.split(command)[1:], "--env", "readme"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as system:  # noqa: S603 - from the README
        try:
            assert system.stdout is not None
            assert json.loads(system.stdout.readline())["source_urls"].keys() == {"shop"}
            yield
        finally:
            system.terminate()


def _run(shell: Path, block: str) -> None:
    """Run a block; what a comment promises before its colon is printed, at once or soon."""
    silent: list[str] = []
    for line in block.strip().splitlines():
        command, _, promise = line.partition(" # ")
        silent.append(command)
        if promise:
            script, silent = "\n".join(silent), []
            deadline = time.monotonic() + DEADLINE_SECONDS
            while promise.partition(":")[0] not in (printed := _printed(shell, script)):
                assert time.monotonic() < deadline, f"{line}\n{printed}"
    assert silent == []


def _printed(shell: Path, script: str) -> str:
    done = subprocess.run(  # noqa: S603 - from the README
        ["/bin/bash", "-euc", script],
        cwd=shell,
        env=_environment(shell),
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, script + done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_the_commands_of_the_first_minutes_do_what_they_say(shell: Path) -> None:
    """A system is started, sent to, asked about a webhook of one's own and rid of a dead letter, as the README says."""
    up, commands = _block("run: local").split("\n", 1)
    command, _, comment = up.partition("&")
    assert "JSON" in comment
    with _up(command):
        _run(shell, commands)
        _run(shell, _block("run: own"))
        _run(shell, _block("run: poison"))
