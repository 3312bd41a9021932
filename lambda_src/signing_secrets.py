"""The sources' signing secrets: SSM SecureStrings, cached, refreshed after a rotation without a restart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from lambda_src.aws import AwsError
from lambda_src.errors import Reason, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.aws import AwsCall

CACHE_SECONDS = 300
"""How long a fetched secret is used unasked."""

STALE_SECONDS = 3600
"""How long a fetched secret is still used while the store cannot be reached: verification goes on through an outage."""

REFRESH_INTERVAL_SECONDS = 30
"""The least time between two fetches of one source: forgeries must not turn into calls to SSM."""

FAILED_REFRESH_INTERVAL_SECONDS = 3
"""The same after a fetch that failed or found nothing: an outage that ends should be noticed soon."""


class _Cached(msgspec.Struct):
    secrets: tuple[str, ...]
    fetched_at: float
    next_fetch_at: float
    problem: Unavailable | None = None


class SigningSecrets:
    """Live secrets of each source, newest first.

    Args:
        path: Parameter path above the sources.
        call: The door to AWS.
        clock: Monotonic seconds.
    """

    def __init__(self, path: str, call: AwsCall, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._call = call
        self._clock = clock
        self._cache: dict[str, _Cached] = {}

    def of(self, source: str) -> tuple[str, ...]:
        """The secrets to verify with.

        Raises:
            Unavailable: None is configured, or the store cannot be reached and nothing recent enough is cached.
        """
        cached = self._cache.get(source)
        if cached is None or not cached.secrets or self._clock() - cached.fetched_at >= CACHE_SECONDS:
            cached = self._refreshed(source, cached)
        if cached.secrets and self._clock() - cached.fetched_at < STALE_SECONDS:
            return cached.secrets
        raise cached.problem or Unavailable(
            Reason.SECRET_NOT_CONFIGURED, f"put the signing secret of {source} into its parameter"
        )

    def after_mismatch(self, source: str) -> tuple[str, ...] | None:
        """The secrets as they are now, when none of the cached ones matched: they may have been rotated.

        Returns:
            None when there is nothing new to try: the last fetch was a moment ago, failed, or brought the same.
        """
        cached = self._cache.get(source)
        fresh = self._refreshed(source, cached)
        if not fresh.secrets or cached is None or fresh.secrets == cached.secrets:
            return None
        return fresh.secrets

    def _refreshed(self, source: str, cached: _Cached | None) -> _Cached:
        now = self._clock()
        if cached is not None and now < cached.next_fetch_at:
            return cached
        try:
            secrets = self._fetch(source)
        except Unavailable as problem:
            fresh = _Cached(
                secrets=cached.secrets if cached else (),
                fetched_at=cached.fetched_at if cached else now,
                next_fetch_at=now + FAILED_REFRESH_INTERVAL_SECONDS,
                problem=problem,
            )
        else:
            interval = REFRESH_INTERVAL_SECONDS if secrets else FAILED_REFRESH_INTERVAL_SECONDS
            fresh = _Cached(secrets=secrets, fetched_at=now, next_fetch_at=now + interval)
        self._cache[source] = fresh
        return fresh

    def _fetch(self, source: str) -> tuple[str, ...]:
        name = f"{self._path}/{source}/signing-secrets"
        try:
            answer = self._call("ssm", "get_parameter", Name=name, WithDecryption=True)
        except AwsError as error:
            if error.code == "ParameterNotFound":
                return ()
            raise Unavailable(Reason.SECRET_STORE_UNAVAILABLE, f"{source}: {error}") from None
        return decode(answer["Parameter"]["Value"])


def decode(value: str) -> tuple[str, ...]:
    """Read a parameter's value: a JSON array of secrets, newest first, or one secret as it stands.

    Raises:
        Unavailable: The value begins as a JSON array and is none of strings.
    """
    text = value.strip()
    if not text.startswith("["):
        return (text,) if text else ()
    try:
        secrets = msgspec.json.decode(text, type=tuple[str, ...])
    except msgspec.MsgspecError:
        raise Unavailable(
            Reason.SECRET_MALFORMED, 'the parameter must be a JSON array of strings: ["newest", "older"]'
        ) from None
    return tuple(secret for secret in secrets if secret)
