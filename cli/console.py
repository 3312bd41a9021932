"""What a person sees: progress and tables on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PAGE = 110
"""Columns where no terminal says otherwise: in a file or a CI log."""


def _console(*, stderr: bool) -> Console:
    is_terminal = (sys.stderr if stderr else sys.stdout).isatty() or "COLUMNS" in os.environ
    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=None if is_terminal else _PAGE)


console = _console(stderr=False)
"""Standard output."""

stderr = _console(stderr=True)
"""Standard error: progress of commands whose output is for machines."""


@contextmanager
def deploying(out: Console) -> Iterator[Callable[[str, str], None]]:
    """Show a deployment's progress; the function given is to be told each resource's type and name."""
    count = 0
    with out.status("starting the emulator") as status:

        def show(type_: str, name: str) -> None:
            nonlocal count
            count += 1
            status.update(f"deploying: {count} resources, {type_.rpartition(':')[2]} [dim]{name}[/dim]")

        yield show
    out.print(f"[green]deployed[/green] {count} resources by the real program, IAM enforced")
