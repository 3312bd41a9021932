"""What a local run is configured with: its sources, their secrets, and the stack's configuration made of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.problems import Problem
from lambda_src.providers import PROVIDERS, load
from lambda_src.sources import SOURCE_NAME
from local import senders
from local.aws import REGION
from local.deployment import StackConfig
from local.engine import PROJECT_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class LocalSource:
    """One source of a local run.

    Attributes:
        name: Its name, the last part of its URL.
        provider: Its provider.
        secret: The one live signing secret: what its sender signs with.
    """

    name: str
    provider: str
    secret: str


def parse_source(text: str) -> LocalSource:
    """Read `NAME=PROVIDER:SECRET`.

    Raises:
        Problem: Saying what is wrong with it.
    """
    name, equals, rest = text.partition("=")
    provider, colon, secret = rest.partition(":")
    if not (equals and colon and secret):
        raise Problem(f"--source must be NAME=PROVIDER:SECRET, such as shop=stripe:whsec_test; got {text!r}")
    if not re.fullmatch(SOURCE_NAME, name):
        raise Problem(f"--source {name!r}: a name is 1 to 64 lower-case letters, digits and hyphens within")
    if provider not in PROVIDERS:
        raise Problem(f"--source {name}: the provider must be one of {', '.join(PROVIDERS)}; got {provider!r}")
    if (problem := load(provider).secret_problem(senders.configured(provider, secret))) is not None:
        raise Problem(f"--source {name}: {problem}")
    return LocalSource(name=name, provider=provider, secret=secret)


def source_name(provider: str) -> str:
    """Name a provider's source after it: names have hyphens where providers have underscores."""
    return provider.replace("_", "-")


def parse_sources(texts: tuple[str, ...]) -> list[LocalSource]:
    """Read all `--source` options; none: one source for every provider, named after it, with a new secret.

    Raises:
        Problem: An option is malformed or a name comes twice.
    """
    if not texts:
        return [LocalSource(name=source_name(name), provider=name, secret=new_secret(name)) for name in PROVIDERS]
    sources = [parse_source(text) for text in texts]
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Problem(f"--source {', '.join(twice)}: given more than once")
    return sources


def new_secret(provider: str) -> str:
    """Make a secret to sign with, of the form that the provider gives out."""
    return senders.load(provider).new_secret()


def stack_config(
    environment: str, sources: list[LocalSource], settings: Mapping[str, object] | None = None
) -> StackConfig:
    """Write the configuration that `pulumi config` would hold for a stack with these sources and other settings."""
    return StackConfig(
        stack=environment,
        values={
            "aws:region": REGION,
            f"{PROJECT_NAME}:environmentSuffix": environment,
            f"{PROJECT_NAME}:owner": "local",
            **{
                f"{PROJECT_NAME}:{name}": value if isinstance(value, str) else json.dumps(value)
                for name, value in (settings or {}).items()
            },
            f"{PROJECT_NAME}:sources": json.dumps(
                {
                    source.name: {"provider": source.provider, **senders.settings_of(source.provider)}
                    for source in sources
                }
            ),
            f"{PROJECT_NAME}:signingSecrets": json.dumps(
                {source.name: [senders.configured(source.provider, source.secret)] for source in sources}
            ),
        },
        secret_keys=frozenset({f"{PROJECT_NAME}:signingSecrets"}),
    )
