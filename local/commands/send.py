"""`send`: one signed sample, as the provider would send it or deliberately wrong; or a webhook of one's own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from rich.markup import escape

from cli.console import console
from cli.problems import Problem
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from local import payload_files, senders, state
from local.diagnosis import UNVERIFIED, diagnose
from local.known_sources import known_sources
from local.mistakes import KnownSource
from local.sending import Endpoint, post
from local.settings import parse_source
from local.variants import VARIANTS, sendings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.sending import Answer

_HELP = {name: f"{what.capitalize()}." for name, what in VARIANTS.items()}

_REFUSED = 400
"""From here on an HTTP status is a refusal."""

_KIND = "succeeded"


@click.command()
@click.argument("source")
@click.option("--event", "kind", default=_KIND, show_default=True, metavar="KIND", help="Kind of sample.")
@click.option("--duplicate", "variant", flag_value="duplicate", help=_HELP["duplicate"])
@click.option("--forge", "variant", flag_value="forge", help=_HELP["forge"])
@click.option("--late", "variant", flag_value="late", help=_HELP["late"])
@click.option("--stale", "variant", flag_value="stale", help=_HELP["stale"])
@click.option("--tamper", "variant", flag_value="tamper", help=_HELP["tamper"])
@click.option("--poison", "variant", flag_value="poison", help=_HELP["poison"])
@click.option("--file", "body", type=click.Path(path_type=Path), help="Send the bytes of this file, as they are.")
@click.option("--headers", type=click.Path(path_type=Path), help="With --file: a JSON object of the headers.")
@click.option("--url", help="Full URL of a source elsewhere; needs --provider and --secret.")
@click.option("--provider", type=click.Choice(PROVIDERS), help="The provider, with --url.")
@click.option("--secret", help="The signing secret, with --url.")
def send(
    *,
    source: str,
    kind: str,
    variant: str | None,
    body: Path | None,
    headers: Path | None,
    url: str | None,
    provider: str | None,
    secret: str | None,
) -> None:
    """Sign a realistic sample as the provider of SOURCE would, and POST it to the running local system.

    With --file nothing is made up or signed: the file's bytes and the headers go as they are, and if they are refused
    you are told why.
    """
    if headers and not body:
        raise Problem("--headers needs --file: samples have headers of their own")
    if body and (variant or kind != _KIND):
        raise Problem(f"--file sends what is in it, so it takes no {f'--{variant}' if variant else '--event'}")
    endpoint = _local(source) if url is None else _elsewhere(source, url, provider, secret)
    if body:
        _send_own(endpoint, body, headers, known_sources(state.read()) if url is None else _known(endpoint))
        return
    for sending in sendings(endpoint, kind, variant or "good"):
        answer = post(endpoint, sending.webhook)
        event = sending.event
        what = f"{event.provider} {event.kind} [dim]{event.event_id}[/dim] {sending.note}".rstrip()
        _report(what, answer)


def _send_own(endpoint: Endpoint, body: Path, headers: Path | None, known: Mapping[str, KnownSource]) -> None:
    webhook = payload_files.read(body, headers)
    now = int(time.time())
    answer = post(endpoint, payload_files.sendable(webhook))
    _report(f"{escape(body.name)} ({len(webhook.body)} bytes)", answer)
    if answer.status not in UNVERIFIED:
        return
    name = endpoint.source.name
    request = SignedRequest(body=webhook.body, headers=webhook.headers, url=known[name].url)
    diagnosis = diagnose(name, request, known, now)
    if diagnosis.reason is None:
        console.print("It verifies by the secrets as they are now; the function may have had older ones: again.")
        return
    console.print(
        f"[yellow]{diagnosis.reason}[/yellow]", "" if diagnosis.proven else "(nothing that was tried mends it)"
    )
    for cause in diagnosis.causes:
        console.print(f"  - {escape(cause)}")


def _report(what: str, answer: Answer) -> None:
    colour = "green" if answer.status < _REFUSED else "yellow"
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


def _known(endpoint: Endpoint) -> dict[str, KnownSource]:
    """What is known of a source elsewhere: what the options tell."""
    source = endpoint.source
    settings = {"provider": source.provider, **senders.settings_of(source.provider)}
    secrets = (senders.configured(source.provider, source.secret),)
    known = KnownSource(source=msgspec.convert(settings, Source), url=endpoint.registered_url, secrets=secrets)
    return {source.name: known}
