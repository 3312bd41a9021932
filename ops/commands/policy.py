"""`policy`: what operators may do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ops import policy as policies

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack


@click.command()
@click.option("--read-only", is_flag=True, help="Only what looking takes.")
@click.pass_obj
def policy(find: Callable[[], Stack], *, read_only: bool) -> None:
    """Print the IAM policy that these commands need, for this stack's resources alone."""
    click.echo(json.dumps(policies.policy(find(), read_only=read_only), indent=2))
