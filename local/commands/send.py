"""`send`: one signed sample, as the provider would send it, or deliberately wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.markup import escape

from cli.console import console
from cli.problems import Problem
from lambda_src.providers import PROVIDERS
from local import state
from local.sending import (
    PROVIDERS_THAT_SIGN_THE_TIME,
    STALE_SECONDS,
    Endpoint,
    Event,
    new_event,
    post,
    signed,
    tampered,
)
from local.settings import new_secret, parse_source

if TYPE_CHECKING:
    from local.senders import SignedSample

_VARIANTS = {
    "duplicate": "send it twice: the second is acknowledged and changes nothing",
    "forge": "sign with another secret: refused",
    "late": "then send an event of the same payment that happened before it: recorded and published as late",
    "stale": "sign as of four days ago: refused, where the provider signs the time",
    "tamper": "change the amount after signing: refused",
}

_REFUSED = 400
"""From here on an HTTP status is a refusal."""


class _Sending(NamedTuple):
    what: str
    webhook: SignedSample


@click.command()
@click.argument("source")
@click.option("--event", "kind", default="succeeded", show_default=True, metavar="KIND", help="Kind of sample.")
@click.option("--duplicate", "variant", flag_value="duplicate", help=_VARIANTS["duplicate"].capitalize() + ".")
@click.option("--forge", "variant", flag_value="forge", help=_VARIANTS["forge"].capitalize() + ".")
@click.option("--late", "variant", flag_value="late", help=_VARIANTS["late"].capitalize() + ".")
@click.option("--stale", "variant", flag_value="stale", help=_VARIANTS["stale"].capitalize() + ".")
@click.option("--tamper", "variant", flag_value="tamper", help=_VARIANTS["tamper"].capitalize() + ".")
@click.option("--url", help="Full URL of a source elsewhere; needs --provider and --secret.")
@click.option("--provider", type=click.Choice(PROVIDERS), help="The provider, with --url.")
@click.option("--secret", help="The signing secret, with --url.")
def send(
    *,
    source: str,
    kind: str,
    variant: str | None,
    url: str | None,
    provider: str | None,
    secret: str | None,
) -> None:
    """Sign a realistic sample as the provider of SOURCE would, and POST it to the running local system."""
    endpoint = _local(source) if url is None else _elsewhere(source, url, provider, secret)
    for sending in _sendings(endpoint, kind, variant):
        answer = post(endpoint, sending.webhook)
        colour = "green" if answer.status < _REFUSED else "yellow"
        console.print(f"{sending.what}: [{colour}]{answer.status}[/{colour}]", escape(answer.body) or "(no body)")


def _sendings(endpoint: Endpoint, kind: str, variant: str | None) -> list[_Sending]:
    provider, now = endpoint.source.provider, datetime.now(UTC)
    event = new_event(provider, kind, occurred_at=now)
    seconds = int(time.time())
    webhook = signed(event, endpoint, now=seconds)
    name = f"{provider} {kind} {_id_of(event)}"
    match variant:
        case "duplicate":
            return [_Sending(name, webhook), _Sending(f"{name} again", signed(event, endpoint, now=seconds))]
        case "forge":
            forged = signed(event, endpoint, now=seconds, secret=new_secret(provider))
            return [_Sending(f"{name} signed with another secret", forged)]
        case "late":
            earlier = new_event(
                provider, "authorized", occurred_at=now - timedelta(minutes=1), payment_id=event.payment_id
            )
            late = signed(earlier, endpoint, now=seconds)
            return [_Sending(name, webhook), _Sending(f"{provider} authorized {_id_of(earlier)} from before it", late)]
        case "stale":
            if provider not in PROVIDERS_THAT_SIGN_THE_TIME:
                raise Problem(f"{provider} signs no time: its signatures never grow stale")
            return [_Sending(f"{name} signed days ago", signed(event, endpoint, now=seconds - STALE_SECONDS))]
        case "tamper":
            return [_Sending(f"{name} with another amount", tampered(webhook, event))]
        case _:
            return [_Sending(name, webhook)]


def _local(name: str) -> Endpoint:
    system = state.read()
    if name not in system.sources:
        raise Problem(f"the running system has no source {name!r}: it has {', '.join(system.sources)}")
    return Endpoint(
        source=system.sources[name], url=f"{system.webhook_url}{name}", registered_url=system.source_urls[name]
    )


def _elsewhere(name: str, url: str, provider: str | None, secret: str | None) -> Endpoint:
    if not provider or not secret:
        raise Problem("--url needs --provider and --secret, since nothing is known about the system there")
    if not url.startswith(("http://", "https://")):
        raise Problem(f"--url must be http or https; got {url!r}")
    return Endpoint(source=parse_source(f"{name}={provider}:{secret}"), url=url, registered_url=url)


def _id_of(event: Event) -> str:
    return f"[dim]{event.event_id}[/dim]"
