"""`rotate`: a source's signing secrets."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from cli.console import console
from cli.problems import Problem
from ops.rotation import Rotation
from ops.spans import ago, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack


@click.command()
@click.argument("source")
@click.option(
    "--add", is_flag=True, help="Put a new secret before the live ones; it is asked for, or read from a pipe."
)
@click.option("--remove-old", is_flag=True, help="Take the oldest secret away, when nothing needs it any more.")
@click.option("--force", is_flag=True, help="With --remove-old: even if the provider may still use it.")
@click.pass_obj
def rotate(find: Callable[[], Stack], *, source: str, add: bool, remove_old: bool, force: bool) -> None:
    """Rotate the signing secret of SOURCE without losing a webhook.

    \b
    1. rotate SOURCE --add          the new secret is accepted within 30 s, beside the old
    2. switch to it at the provider
    3. rotate SOURCE                shows which one the provider uses
    4. rotate SOURCE --remove-old   refused while the provider may still send what the old one signed

    A source whose secrets are in Pulumi's configuration must be changed there as well, or the next deployment puts the
    old ones back.
    """  # noqa: D301 - click's mark for lines that stay as they are
    if add and remove_old:
        raise Problem("give one of --add and --remove-old")
    rotation = Rotation(find(), source)
    if add:
        count = rotation.add(_asked_for(source))
        console.print(
            f"{source} has {count} live secrets now; switch to the new one at the provider, then: rotate {source}"
        )
    elif remove_old:
        count = rotation.remove_oldest(force=force)
        console.print(
            f"{source} has {count} live secret{'s' if count > 1 else ''} left; the removed one is refused in 5 min"
        )
    else:
        _print(rotation, source)


def _asked_for(source: str) -> str:
    secret: str = (
        click.prompt(f"New signing secret of {source}", hide_input=True) if sys.stdin.isatty() else sys.stdin.read()
    )
    if not secret.strip():
        raise Problem("no secret was given")
    return secret.strip()


def _print(rotation: Rotation, source: str) -> None:
    secrets = rotation.secrets()
    console.print(f"{source}: {secrets.count} live, changed {ago(secrets.changed_at)}")
    console.print(f"the newest secret was last used: {ago(secrets.use.newest_at)}")
    console.print(f"an older secret was last used:   {ago(secrets.use.older_at)}")
    if secrets.count > 1:
        window = span(secrets.use.retry_window)
        console.print(f"the provider may send what an older one signed for {window} after its last use")
