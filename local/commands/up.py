"""`up`: deploy and serve until interrupted."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn

import click
from rich import box
from rich.table import Table

from cli.console import console, deploying, stderr
from cli.problems import Failure
from local import state
from local.settings import parse_sources
from local.system import LocalSystem

if TYPE_CHECKING:
    from types import FrameType

    from local.console.server import Console

_LOOK_SECONDS = 0.5
"""How often the emulator is looked after."""


class _Stopped(BaseException):
    """SIGTERM or SIGINT came: like KeyboardInterrupt, no `except Exception` may swallow it."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; default: any free one.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON on standard output: all stack outputs.")
@click.option(
    "--env",
    "environment",
    envvar="ENVIRONMENT_SUFFIX",
    default="dev",
    show_default=True,
    help="Environment suffix (ENVIRONMENT_SUFFIX).",
)
@click.option(
    "--source",
    "texts",
    multiple=True,
    metavar="NAME=PROVIDER:SECRET",
    help="A source; may be repeated. Default: one for each provider, with new secrets.",
)
@click.option("--console", "with_console", is_flag=True, help="Serve a web page that shows the system at work.")
@click.option("--console-port", type=click.IntRange(0, 65535), default=0, help="Its port; default: any free one.")
def up(
    *, port: int, as_json: bool, environment: str, texts: tuple[str, ...], with_console: bool, console_port: int
) -> None:
    """Deploy the system into an emulator of AWS and serve until interrupted."""
    out = stderr if as_json else console
    system = LocalSystem(parse_sources(texts), environment=environment, port=port)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        with deploying(out) as show:
            system.start(show)
        try:
            state.write(system)
            with _console(system, console_port) if with_console else nullcontext() as page:
                _announce(system, page, as_json=as_json)
                _serve(system)
        finally:
            state.remove()
            system.stop()
    except _Stopped:
        out.print("torn down: nothing is left")


def _console(system: LocalSystem, port: int) -> Console:
    from local.console.server import Console  # noqa: PLC0415 - who wants no page need not wait for its server

    return Console(system, port=port, on_switch=lambda: state.write(system))


def _announce(system: LocalSystem, page: Console | None, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(system.report | ({"console_url": page.url} if page else {})))
        sys.stdout.flush()
        return
    table = Table("source", "provider", "POST to", box=box.SIMPLE, title="Receiving payment webhooks")
    for source in system.sources.values():
        table.add_row(source.name, source.provider, f"{system.webhook_url}{source.name}")
    console.print(table)
    some = next(iter(system.sources))
    console.print(f"Try    [bold]python -m local send {some}[/bold]   in another terminal")
    if page:
        console.print(f"See    [bold]{page.url}[/bold]   in a browser")
    console.print(f"AWS    {system.emulator.endpoint_url}   (access key and secret: test)")
    console.print("Stop   Ctrl-C")


def _serve(system: LocalSystem) -> NoReturn:
    while system.emulator.is_alive:
        time.sleep(_LOOK_SECONDS)
    raise Failure(f"the emulator ended by itself; its log: {system.emulator.log_path}")


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # The teardown is not to be interrupted by a second, impatient signal.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _Stopped
