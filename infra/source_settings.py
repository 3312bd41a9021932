"""The part of the settings that is about sources and their signing secrets."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from infra.scheme_settings import read_scheme
from lambda_src.providers import PROVIDERS, load
from lambda_src.sources import DEFAULT_TOLERANCE_SECONDS, SOURCE_NAME, Source, encode_sources

ENVIRONMENT_BYTES = 4096
"""All environment variables of a function together, names and values.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

ENVIRONMENT_RESERVE_BYTES = 1024
"""What the variables other than `SOURCES` may take of it."""

PARAMETER_BYTES = 4096
"""Largest value of a standard parameter.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"""

PARAMETER_ARNS_CHARACTERS = 6000
"""What the parameters' ARNs may take of the role's policy (10,240 characters; the other statements take under 4,000).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

PARAMETER_ARN_OVERHEAD = 110
"""Characters of a parameter's ARN beside suffix and source, at most, with quotes and comma."""

TOLERANCE_SECONDS = (30, 3600)
"""Narrowest and widest replay window: narrower loses events to clocks and slow networks, wider is no window."""

LONGEST_URL = 2048
"""Characters of a registered URL."""

FIELDS = ("provider", "toleranceSeconds", "notificationUrl", "merchantAccounts", "scheme")
"""Fields of a source."""

Sources = dict[str, Source]
"""Sources by name."""


def read_sources(raw: dict[str, Any], suffix: str, problems: list[str]) -> Sources:
    """Check the `sources` object and note its problems.

    Returns:
        The sources that are usable.
    """
    if not raw:
        problems.append("sources must name at least one source, {name: {provider: ...}}; got none")
    sources: Sources = {}
    for name, fields in raw.items():
        if not re.fullmatch(SOURCE_NAME, name):
            problems.append(
                "sources must have names of lower-case letters, digits and hyphens inside, 1 to 64 characters; "
                f"got {name!r}"
            )
        elif not isinstance(fields, dict):
            problems.append(f"sources.{name} must be an object with a provider; got {fields!r}")
        else:
            source = _read_source(name, fields, problems)
            if source is not None:
                sources[name] = source
    taken = len(b"SOURCES") + len(encode_sources(sources).encode())
    if taken > ENVIRONMENT_BYTES - ENVIRONMENT_RESERVE_BYTES:
        problems.append(
            f"sources must fit the function's environment, {ENVIRONMENT_BYTES - ENVIRONMENT_RESERVE_BYTES} bytes as "
            f"JSON; got {taken} (deploy a second stack for some of them)"
        )
    arns = sum(PARAMETER_ARN_OVERHEAD + len(suffix) + len(name) for name in raw)
    if arns > PARAMETER_ARNS_CHARACTERS:
        problems.append(
            f"sources must be few enough for the role's policy, {PARAMETER_ARNS_CHARACTERS} characters of parameter "
            f"ARNs; got {arns} in {len(raw)} sources (deploy a second stack for some of them)"
        )
    return sources


def read_secrets(raw: dict[str, Any], sources: Sources, problems: list[str]) -> dict[str, list[str]]:
    """Check the `signingSecrets` object and note its problems, none of which shows a secret.

    Returns:
        The secrets, newest first, by source.
    """
    secrets: dict[str, list[str]] = {}
    for name, values in raw.items():
        key = f"signingSecrets.{name}"
        if name not in sources:
            problems.append(f"{key} must belong to one of the sources {', '.join(sorted(sources)) or '(none)'}")
        elif not isinstance(values, list) or not values or not all(isinstance(value, str) for value in values):
            problems.append(
                f"{key} must be a list of secrets, newest first: `pulumi config set --secret --path '{key}[0]'`; got "
                f"{'an empty list' if values == [] else 'something else'}"
            )
        else:
            _check_secrets(key, values, sources[name].provider, problems)
            secrets[name] = values
    return secrets


def _read_source(name: str, fields: dict[str, Any], problems: list[str]) -> Source | None:
    before = len(problems)
    key = f"sources.{name}"
    provider = fields.get("provider")
    if provider not in PROVIDERS:
        problems.append(f"{key}.provider must be one of {', '.join(PROVIDERS)}; got {provider!r}")
    for field in fields:
        if field not in FIELDS:
            problems.append(f"{key}.{field} is not a field; the fields are {', '.join(FIELDS)}")
        elif provider in PROVIDERS and field not in ("provider", *load(provider).SETTINGS):
            heeded = ", ".join(load(provider).SETTINGS) or "none"
            problems.append(
                f"{key}.{field} must be left out, since it has no effect for {provider}; what has: {heeded}"
            )
    tolerance = fields.get("toleranceSeconds", DEFAULT_TOLERANCE_SECONDS)
    least, most = TOLERANCE_SECONDS
    if type(tolerance) is not int or not least <= tolerance <= most:
        problems.append(f"{key}.toleranceSeconds must be a whole number from {least} to {most}; got {tolerance!r}")
    url = fields.get("notificationUrl")
    if url is not None and not _is_webhook_url(url):
        problems.append(
            f"{key}.notificationUrl must be the https URL registered at the provider, at most {LONGEST_URL} "
            f"characters; got {url!r}"
        )
    accounts = fields.get("merchantAccounts", [])
    if not isinstance(accounts, list) or not all(isinstance(account, str) and account for account in accounts):
        problems.append(f"{key}.merchantAccounts must be a list of account codes; got {accounts!r}")
    scheme = read_scheme(f"{key}.scheme", fields["scheme"], problems) if "scheme" in fields else None
    if provider == "generic" and "scheme" not in fields:
        problems.append(f"{key}.scheme must be given: it says how a generic source signs and what its JSON means")
    if len(problems) > before:
        return None
    return Source(
        provider=str(provider),
        tolerance_seconds=tolerance,
        notification_url=url,
        merchant_accounts=tuple(accounts),
        scheme=scheme,
    )


def _is_webhook_url(url: object) -> bool:
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_URL:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.fragment and "@" not in parts.netloc


def _check_secrets(key: str, values: list[str], provider: str, problems: list[str]) -> None:
    for position, value in enumerate(values):
        problem = load(provider).secret_problem(value)
        if problem is not None:
            problems.append(f"{key}[{position}] is no signing secret of {provider}: {problem}")
    if len(set(values)) != len(values):
        problems.append(f"{key} must hold each secret once; got {len(values)}, {len(set(values))} different")
    taken = len(json.dumps(values).encode())
    if taken > PARAMETER_BYTES:
        problems.append(
            f"{key} must fit a parameter, {PARAMETER_BYTES} bytes as JSON; got {taken} (remove the oldest secrets)"
        )
