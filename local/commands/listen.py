"""`listen`: deliveries of the running system, a line each as they come."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import nullcontext, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

import click
from botocore.exceptions import BotoCoreError, ClientError
from rich.markup import escape

from cli.console import console, stderr
from local import state
from local.listening import Listening, passed
from local.observer import LISTENER, Observer
from local.relay import Relay
from ops.commands.show import amount_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from local.listening import Heard
    from local.relay import Refusal

_LOOK_SECONDS = 0.15

_WIDE = 140
"""Columns of a terminal that has room for the events' types."""

_LOG_SECONDS = 0.7
"""How long the line of a refusal takes to appear in the log, at most, mostly: what explains it comes after it."""

_COLOURS = {"published": "green", "duplicate": "cyan", "retrying": "yellow", "refused": "yellow"}
"""Of outcomes; the others are red."""


class _Stopped(BaseException):
    """SIGTERM or SIGINT came."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, with the events as they were published.")
@click.option(
    "--relay",
    "port",
    type=click.IntRange(0, 65535),
    help="Take webhooks on this port of 127.0.0.1, hand them on, and tell why one is refused; 0: any free one.",
)
def listen(*, as_json: bool, port: int | None) -> None:
    """Print the deliveries of the running local system as they come, until interrupted.

    Why a signature fails can be told of what comes through --relay: point the provider's command-line tool or your
    tunnel at http://127.0.0.1:PORT/SOURCE.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    system = state.read()
    observer = Observer(system, name=f"{LISTENER}-{os.getpid()}")
    try:
        observer.__enter__()
        try:
            with nullcontext() if port is None else Relay(system, port) as relay:
                width = max(len(name) for name in system.sources)
                _listen(Listening(system, observer), relay, as_json=as_json, source_width=width)
        finally:
            with suppress(BotoCoreError, ClientError):  # when the system is gone, so is what was made in it
                observer.__exit__(None, None, None)
    except _Stopped:
        pass
    except (BotoCoreError, ClientError):
        stderr.print("the system has ended")


def _listen(listening: Listening, relay: Relay | None, *, as_json: bool, source_width: int) -> NoReturn:
    stderr.print(f"listening{f' at {relay.url}' if relay else ''}; Ctrl-C ends it")
    found: list[tuple[float, Refusal]] = []
    while True:
        for heard in listening.look():
            if as_json:
                _say(heard.told())
            else:
                for line in lines(heard, source_width=source_width, width=console.width):
                    console.print(line, soft_wrap=True)
        if relay:
            found += [(time.monotonic() + _LOG_SECONDS, refusal) for refusal in relay.refusals()]
        while found and time.monotonic() > found[0][0]:
            _explain(found.pop(0)[1], as_json=as_json, source_width=source_width)
        sys.stdout.flush()
        time.sleep(_LOOK_SECONDS)


def _explain(refusal: Refusal, *, as_json: bool, source_width: int) -> None:
    if as_json:
        _say({"source": refusal.source, "outcome": "diagnosed", **refusal.diagnosis.told()})
        return
    for cause in refusal.diagnosis.causes:
        console.print(f"{'':8}  {escape(refusal.source):<{source_width}}  because {escape(cause)}", soft_wrap=True)


def _say(told: dict[str, Any]) -> None:
    click.echo(json.dumps(told, ensure_ascii=False))


def lines(heard: Heard, *, source_width: int = 0, width: int = 0) -> Iterator[str]:
    """Write a delivery for a terminal: a line for each event, or one that says why there is none.

    Args:
        heard: The delivery.
        source_width: Columns for the source's name.
        width: The terminal's columns; the event's type is for wide ones.
    """
    journey = heard.journey
    at = datetime.fromisoformat(journey.at).astimezone().strftime("%H:%M:%S")
    begin = f"[dim]{at}[/dim]  {escape(journey.source or '(none)'):<{source_width}}  {journey.answer}"
    if not journey.events:
        more = f" ({journey.times} times)" if journey.times > 1 else ""
        reason = ": ".join(filter(None, (journey.reason, journey.detail)))
        pause = f"in {journey.retry_in} s" if journey.retry_in else "at once"
        again = f", again {pause}" if journey.outcome == "retrying" else ""
        yield f"{begin} {_outcome(journey.outcome)} {escape(reason)}{again}{more}"
    stages = ", ".join(f"{stage} {milliseconds}" for stage, milliseconds in passed(journey).items())
    for event in journey.events.values():
        published = heard.event_of(event.event_id)
        amount = amount_of(published.event["data"]) if published else ""
        kind = f"  {escape(event.event_type)}" if width >= _WIDE else ""
        late = " [yellow]late[/yellow]" if event.late else ""
        yield (
            f"{begin} {_outcome(event.outcome)} {event.status:<18} {amount:>10}  "
            f"{escape(event.transaction_id)}{late}{kind}  [dim]{stages} ms[/dim]"
        )


def _outcome(outcome: str) -> str:
    colour = _COLOURS.get(outcome, "red")
    return f"[{colour}]{outcome:<9}[/{colour}]"


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    # What was made for listening is taken away without a second, impatient signal in between.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _Stopped
