"""`new-provider`: the files of a provider that is not supported yet."""

from __future__ import annotations

import click

from cli.console import console
from local.scaffold import scaffold


@click.command(name="new-provider")
@click.argument("name")
def new_provider(name: str) -> None:
    """Write the module, sender, samples, vectors and tests of a new provider NAME, to be filled in.

    What only the vendor's documents can tell stands as a question mark; the conformance suite names each.
    """
    made = scaffold(name)
    made.write()
    for path in made.created:
        console.print(f"[green]new[/green]      {path}")
    for path in made.changed:
        console.print(f"[yellow]changed[/yellow]  {path}")
    console.print(f"\nWhat is missing   [bold]python -m pytest -q tests/conformance -k {name}[/bold]")
    console.print("Step by step      docs/adding-a-provider.md")
