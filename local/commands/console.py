"""What a person sees: progress and tables on a terminal, plain lines elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

console = Console(highlight=False)
"""Standard output."""

stderr = Console(highlight=False, stderr=True)
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
