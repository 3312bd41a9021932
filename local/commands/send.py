"""`send`: one signed sample, as the provider would send it, or deliberately wrong."""

from __future__ import annotations

import click
from rich.markup import escape

from cli.console import console
from cli.problems import Problem
from lambda_src.providers import PROVIDERS
from local import state
from local.sending import Endpoint, post
from local.settings import parse_source
from local.variants import VARIANTS, sendings

_HELP = {name: f"{what.capitalize()}." for name, what in VARIANTS.items()}

_REFUSED = 400
"""From here on an HTTP status is a refusal."""


@click.command()
@click.argument("source")
@click.option("--event", "kind", default="succeeded", show_default=True, metavar="KIND", help="Kind of sample.")
@click.option("--duplicate", "variant", flag_value="duplicate", help=_HELP["duplicate"])
@click.option("--forge", "variant", flag_value="forge", help=_HELP["forge"])
@click.option("--late", "variant", flag_value="late", help=_HELP["late"])
@click.option("--stale", "variant", flag_value="stale", help=_HELP["stale"])
@click.option("--tamper", "variant", flag_value="tamper", help=_HELP["tamper"])
@click.option("--poison", "variant", flag_value="poison", help=_HELP["poison"])
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
    for sending in sendings(endpoint, kind, variant or "good"):
        answer = post(endpoint, sending.webhook)
        colour = "green" if answer.status < _REFUSED else "yellow"
        event = sending.event
        what = f"{event.provider} {event.kind} [dim]{event.event_id}[/dim] {sending.note}".rstrip()
        console.print(f"{what}: [{colour}]{answer.status}[/{colour}]", escape(answer.body) or "(no body)")


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
