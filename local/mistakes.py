"""What people, programs and proxies do to a request on its way, so that its signature does not hold.

Each says what the request was before it; whether it was made, verification tells (see `local.diagnosis`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from lambda_src import providers
from local.reencodings import forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source

_BEGINNINGS = ("whsec_", "wsk_", "pdl_ntfset_")
"""What belongs to a secret and is cut off by senders of one's own."""


TEST_KEY_HEADER = "client-secret-key"
"""In it the test events of Airwallex's web app bring the key that they are signed with."""


@dataclass(frozen=True, kw_only=True)
class KnownSource:
    """A source with all secrets that are known of it, as the receiver is configured with them.

    Attributes:
        source: Its configuration.
        url: The URL that its provider would have registered.
        secrets: The live secrets, newest first.
        retired: Secrets that were live once.
    """

    source: Source
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    retired: tuple[str, ...] = field(default=(), repr=False)


class Key(NamedTuple):
    """Under which configuration and by which secrets a request is tried."""

    source: Source
    secrets: tuple[str, ...]


class Mistake(NamedTuple):
    """One thing that may be otherwise than it must be: the key, or fields of the request as they should have been."""

    cause: str
    key: Key | None = None
    fields: Mapping[str, Any] = MappingProxyType({})


def mistakes(name: str, request: SignedRequest, known: Mapping[str, KnownSource]) -> tuple[list[Mistake], ...]:
    """List the mistakes that may have been made with a request to a source, by kind; of each kind at most one was.

    Args:
        name: The source's name.
        request: The request as it came.
        known: All sources by name, that one among them.
    """
    return (
        list(_keys(name, request.headers, known)),
        list(_headers(request.headers)),
        list(_urls(name, request, known)),
        list(_bodies(request.body)),
    )


def _keys(name: str, headers: Mapping[str, str], known: Mapping[str, KnownSource]) -> Iterator[Mistake]:
    own = known[name]
    if shown := headers.get(TEST_KEY_HEADER):
        cause = f"it is a test event, signed with a test key that its own header `{TEST_KEY_HEADER}` shows"
        yield Mistake(f"{cause}: anybody could make it, so no test event is accepted", Key(own.source, (shown,)))
    for secret in own.retired:
        cause = "it is signed with an old secret of this source, which was rotated out"
        yield Mistake(cause, Key(own.source, (secret,)))
    for secret in own.secrets:
        for beginning in _BEGINNINGS:
            if secret.startswith(beginning):
                cause = f"it is signed with this source's secret without its beginning, `{beginning}`"
                yield Mistake(cause, Key(own.source, (secret.removeprefix(beginning),)))
    for other, its in known.items():
        if other == name:
            continue
        for what, secrets in (("the secret", its.secrets), ("an old secret, rotated out,", its.retired)):
            for secret in secrets:
                cause = f"it is signed with {what} of another source, {other} ({its.source.provider})"
                yield Mistake(cause, Key(its.source, (secret,)))


def _bodies(body: bytes) -> Iterator[Mistake]:
    for form in forms(body):
        cause = f"the body was re-encoded on its way: the signature holds for the body {form.what}"
        yield Mistake(cause, fields={"body": form.body})


def _headers(headers: Mapping[str, str]) -> Iterator[Mistake]:
    named = {name.removeprefix("http_").replace("_", "-"): value for name, value in headers.items()}
    bare = {name: value.strip(" \t\r\n\"'") for name, value in named.items()}
    for cause, other in (
        ("the headers have other names, as a framework's dump has them (HTTP_... or _ for -)", named),
        ("headers have white space or quotation marks around their values", bare),
        ("the signature was brought into capitals", {name: value.lower() for name, value in headers.items()}),
        ("headers were percent-encoded", {name: unquote(value) for name, value in headers.items()}),
    ):
        if other != headers:
            yield Mistake(cause, fields={"headers": other})


def _urls(name: str, request: SignedRequest, known: Mapping[str, KnownSource]) -> Iterator[Mistake]:
    if "notificationUrl" not in providers.load(known[name].source.provider).SETTINGS:
        return
    parts = urlsplit(request.url)
    hosts = {request.headers[header] for header in ("host", "x-forwarded-host") if header in request.headers}
    others = {
        "with http for https, or https for http": parts._replace(scheme="http" if parts.scheme == "https" else "https"),
        "without its last slash": parts._replace(path=parts.path.rstrip("/")),
        "with a slash at its end": parts._replace(path=parts.path.rstrip("/") + "/"),
        "without its query": parts._replace(query=""),
    }
    urls = [(f"the registered URL {what}", urlunsplit(other)) for what, other in others.items()]
    urls += [(f"the URL of another source, {other}", its.url) for other, its in known.items() if other != name]
    urls += [
        (f"the host that the headers name, by {scheme}", urlunsplit(parts._replace(scheme=scheme, netloc=host)))
        for host in sorted(hosts)
        for scheme in ("https", "http")
    ]
    for what, url in urls:
        yield Mistake(
            f"it is signed for {what}: the source's notificationUrl must be what the provider has", fields={"url": url}
        )
