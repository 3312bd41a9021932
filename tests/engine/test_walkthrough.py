"""docs/deploy.md shows what the engine prints."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

import pytest

from local.emulator import PROJECT
from tests.engine.test_interruption import Pausing, end_in_the_middle

if TYPE_CHECKING:
    from tests.engine.conftest import Backend, Stack

NAME = "walkthrough"
"""The stack; the document calls it `dev`."""

BLOCK = re.compile(r"<!-- engine: ([a-z]+) -->\n```text\n(.*?)```", re.DOTALL)

SHOWN: dict[str, str] = dict(BLOCK.findall((PROJECT / "docs/deploy.md").read_text()))
"""What the document shows, by marker."""


def _printed(stack: Stack, marker: str) -> str:
    """Run the commands of a block; return what they print, in the document's terms."""
    lines = []
    for line in SHOWN[marker].splitlines():
        if line.startswith("$ pulumi config set "):
            stack.run(*line.split()[2:])
        elif line.startswith("$ pulumi "):
            command, *arguments = line.split()[2:]
            agreed = ["--yes"] if command in ("up", "cancel", "refresh", "destroy") else []
            done = stack.run(command, *agreed, *arguments, check=False)
            lines += [*done.stdout.splitlines(), *done.stderr.splitlines()]
    return "\n".join(lines).replace(NAME, "dev")


@pytest.fixture(scope="module")
def printed(backend: Backend) -> dict[str, str]:
    """What the commands of each block print, one after another in the life of a stack."""
    found: dict[str, str] = {}
    with backend.stack(NAME, provider=Pausing) as stack:
        provider = stack.provider
        assert isinstance(provider, Pausing)
        found["preview"] = _printed(stack, "preview")
        with stack.settings():
            found["problems"] = _printed(stack, "problems")
        end_in_the_middle(stack, signal.SIGKILL)
        found["locked"] = _printed(stack, "locked")
        found["unlocked"] = _printed(stack, "unlocked")
        stack.run("destroy", "--yes", "--skip-preview")
        for marker in ("up", "output", "again"):
            found[marker] = _printed(stack, marker)
        for marker in ("change", "renamed"):
            with stack.settings():
                found[marker] = _printed(stack, marker)
        stack.backend.clients.sqs.set_queue_attributes(
            QueueUrl=stack.outputs()["queue_url"], Attributes={"MessageRetentionPeriod": "60"}
        )
        for marker in ("drift", "mended", "destroy"):
            found[marker] = _printed(stack, marker)
    return found


@pytest.mark.parametrize("marker", SHOWN)
def test_each_line_that_the_document_shows_is_printed(printed: dict[str, str], marker: str) -> None:
    """`...` stands for anything, durations included."""
    output = [" ".join(line.split()) for line in printed[marker].splitlines()]
    for line in SHOWN[marker].splitlines():
        shown = " ".join(line.split())
        if shown != "..." and not shown.startswith("$ "):
            pattern = re.escape(shown).replace(re.escape("(...)"), r"\([0-9.]+s\)")
            assert any(re.fullmatch(pattern, each) for each in output), f"not printed: {shown}\n" + "\n".join(output)


def test_every_block_of_output_is_held(printed: dict[str, str]) -> None:
    """A block that no command above stands behind would be a claim."""
    assert printed.keys() == SHOWN.keys()
