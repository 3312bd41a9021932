"""A source's signing secrets: a new one beside the old, and the old one gone when nothing uses it any more."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.problems import Failure, Problem
from infra.source_settings import PARAMETER_BYTES
from lambda_src import providers
from lambda_src.errors import WebhookError
from lambda_src.signing_secrets import decode
from ops.metrics import Metrics
from ops.secret_use import SecretUse, secret_uses
from ops.spans import span

if TYPE_CHECKING:
    from ops.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """A source's live secrets, without their values.

    Attributes:
        count: How many there are.
        changed_at: When the parameter was last written: until then another secret may have been the newest.
        use: When they last matched a request since then.
    """

    count: int
    changed_at: datetime
    use: SecretUse


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
        self._configured = stack.sources[source]
        self._ssm = stack.ssm
        self._name = f"{stack.outputs['secrets_path']}/{source}/signing-secrets"
        self._key = stack.outputs["kms_key_arn"]
        self._metrics = Metrics(stack)

    def secrets(self) -> Secrets:
        """Tell which secret is in use."""
        values, changed_at, _ = self._read()
        uses = secret_uses(self._metrics, {self._source: self._configured}, since=changed_at)
        return Secrets(count=len(values), changed_at=changed_at, use=uses[self._source])

    def values(self) -> tuple[str, ...]:
        """Read the live secrets, newest first; they are never to be shown."""
        return tuple(self._read()[0])

    def add(self, secret: str) -> int:
        """Put a new secret before the live ones; return how many there are then.

        Raises:
            Problem: It has not the provider's form, is there already, or there is no room.
            Failure: Somebody else changed the parameter at the same time.
        """
        if (problem := providers.load(self._configured.provider).secret_problem(secret)) is not None:
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
        used_at, window = secrets.use.older_at, secrets.use.retry_window
        needed_until = (used_at or secrets.changed_at) + window
        if datetime.now(UTC) < needed_until:
            used = f"last used {used_at:%Y-%m-%d %H:%M} UTC" if used_at else "not used since"
            raise Problem(
                f"the older secret of {self._source} may still be needed: the parameter was changed "
                f"{secrets.changed_at:%Y-%m-%d %H:%M} UTC, an older secret was {used}, and {self._configured.provider} "
                f"may send again for {span(window)}; wait until {needed_until:%Y-%m-%d %H:%M} UTC, or --force"
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
        if len(text.encode()) > PARAMETER_BYTES:
            raise Problem(
                f"{self._source}: the secrets together are more than {PARAMETER_BYTES} bytes; remove one first"
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
