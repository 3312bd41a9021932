"""What a running local system knows of its sources, their secrets and the old ones among them included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from lambda_src.errors import WebhookError
from lambda_src.signing_secrets import decode
from lambda_src.sources import Source
from local.mistakes import KnownSource

if TYPE_CHECKING:
    from types_boto3_ssm import SSMClient

    from local.state import State


def known_sources(system: State) -> dict[str, KnownSource]:
    """Read configuration and secrets of all sources of a running system.

    Args:
        system: The system's card.
    """
    ssm = system.clients.ssm
    sources = msgspec.convert(system.outputs["sources"], dict[str, Source])
    found = {}
    for name, source in sources.items():
        live, retired = _secrets(ssm, f"{system.outputs['secrets_path']}/{name}/signing-secrets")
        url = source.notification_url or system.source_urls[name]
        found[name] = KnownSource(source=source, url=url, secrets=live, retired=retired)
    return found


def _secrets(ssm: SSMClient, parameter: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the secrets of a parameter: those of its last version, and those that only earlier ones have."""
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=parameter, WithDecryption=True)
    try:
        versions = sorted((each["Version"], each["Value"]) for page in pages for each in page["Parameters"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        versions = []  # a source that nobody has given a secret
    lists = []
    for _, value in versions:
        try:
            lists.append(decode(value))
        except WebhookError:  # an operator's slip: a version that the function could not use either
            lists.append(())
    live = lists[-1] if lists else ()
    older = {secret: None for each in reversed(lists[:-1]) for secret in each if secret not in live}
    return live, tuple(older)
