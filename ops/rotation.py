"""A source's signing secrets: a new one beside the old, and the old one gone when nothing uses it any more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cli.problems import Failure, Problem
from infra.provider_retries import PROVIDER_RETRIES
from lambda_src import providers
from lambda_src.errors import WebhookError
from lambda_src.signing_secrets import decode
from ops.metrics import COARSE_REACH, COARSE_SECONDS, FINE_REACH, FINE_SECONDS, Metrics, Series

if TYPE_CHECKING:
    from ops.stack import Stack

LARGEST_PARAMETER = 4096
"""Bytes of a parameter of the standard tier."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """A source's live secrets, without their values.

    Attributes:
        count: How many there are.
        changed_at: When the parameter was last written: until then another secret may have been the newest.
        older_used_at: When one that is not the newest last matched a request since then; None: never.
        newest_used_at: When the newest last matched one since then; None: never.
    """

    count: int
    changed_at: datetime
    older_used_at: datetime | None
    newest_used_at: datetime | None


class Rotation:
    """Rotates one source's secrets.

    Args:
        stack: The stack.
        source: The source's name.

    Raises:
        Problem: There is no such source.
    """

    def __init__(self, stack: Stack, source: str) -> None:
        if source not in stack.sources:
            raise Problem(f"there is no source {source!r}: there are {', '.join(sorted(stack.sources))}")
        self._source = source
        self._provider = stack.sources[source].provider
        self._ssm = stack.ssm
        self._name = f"{stack.outputs['secrets_path']}/{source}/signing-secrets"
        self._key = stack.outputs["kms_key_arn"]
        self._metrics = Metrics(stack)

    @property
    def retry_window(self) -> timedelta:
        """How long the provider may still send what it signed before the rotation."""
        return timedelta(seconds=PROVIDER_RETRIES[self._provider].may_last)

    def secrets(self) -> Secrets:
        """Tell which secret is in use."""
        values, changed_at, _ = self._read()
        dimensions = {"source": self._source, "provider": self._provider}
        matched = [
            (start + timedelta(seconds=period), highest, lowest)
            for reach, period in ((COARSE_REACH, COARSE_SECONDS), (FINE_REACH, FINE_SECONDS))
            for (start, highest), (_, lowest) in zip(
                *self._metrics.read(
                    [
                        Series("secret_position", dimensions, "Maximum"),
                        Series("secret_position", dimensions, "Minimum"),
                    ],
                    reach=reach,
                ),
                strict=True,
            )
        ]
        now = datetime.now(UTC)
        older = [end for end, highest, _ in matched if highest > 0 and end > changed_at]
        newest = [end for end, _, lowest in matched if lowest == 0 and end > changed_at]
        return Secrets(
            count=len(values),
            changed_at=changed_at,
            older_used_at=min(max(older), now) if older else None,
            newest_used_at=min(max(newest), now) if newest else None,
        )

    def add(self, secret: str) -> int:
        """Put a new secret before the live ones; return how many there are then.

        Raises:
            Problem: It has not the provider's form, is there already, or there is no room.
            Failure: Somebody else changed the parameter at the same time.
        """
        if (problem := providers.load(self._provider).secret_problem(secret)) is not None:
            raise Problem(f"{self._source}: {problem}")
        values, _, version = self._read()
        if secret in values:
            raise Problem(f"{self._source} has this secret already")
        return self._write([secret, *values], version)

    def remove_oldest(self, *, force: bool) -> int:
        """Take the oldest secret away; return how many are left.

        Raises:
            Problem: It is the only one, or may still be needed and `force` is not set.
            Failure: Somebody else changed the parameter at the same time.
        """
        values, _, version = self._read()
        if len(values) < 2:  # noqa: PLR2004 - the one that would be left
            raise Problem(f"{self._source} has no older secret: there are {len(values)}")
        if not force:
            self._check_unused()
        return self._write(values[:-1], version)

    def _check_unused(self) -> None:
        secrets = self.secrets()
        needed_until = (secrets.older_used_at or secrets.changed_at) + self.retry_window
        if datetime.now(UTC) < needed_until:
            used = (
                f"last used {secrets.older_used_at:%Y-%m-%d %H:%M} UTC" if secrets.older_used_at else "not used since"
            )
            raise Problem(
                f"the older secret of {self._source} may still be needed: the parameter was changed "
                f"{secrets.changed_at:%Y-%m-%d %H:%M} UTC, an older secret was {used}, and {self._provider} may send "
                f"again for {_days(self.retry_window)}; wait until {needed_until:%Y-%m-%d %H:%M} UTC, or --force"
            )

    def _read(self) -> tuple[list[str], datetime, int]:
        parameter = self._ssm.get_parameter(Name=self._name, WithDecryption=True)["Parameter"]
        try:
            values = list(decode(parameter["Value"]))
        except WebhookError as error:
            raise Problem(f"{self._name}: {error.detail}") from None
        return values, parameter["LastModifiedDate"].astimezone(UTC), parameter["Version"]

    def _write(self, values: list[str], version: int) -> int:
        text = json.dumps(values)
        if len(text.encode()) > LARGEST_PARAMETER:
            raise Problem(
                f"{self._source}: the secrets together are more than {LARGEST_PARAMETER} bytes; remove one first"
            )
        # Without its key SSM would encrypt it with the account's default one.
        written = self._ssm.put_parameter(
            Name=self._name, Value=text, Type="SecureString", KeyId=self._key, Overwrite=True
        )["Version"]
        if written != version + 1:
            raise Failure(
                f"{self._name} was changed by somebody else at the same time; look at its history, then mend it"
            )
        return len(values)


def _days(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.1f} h"  # noqa: PLR2004 - two days
