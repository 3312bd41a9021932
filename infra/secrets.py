"""Signing secrets: one encrypted parameter a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.policy import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.names import Names

NOT_CONFIGURED = "[]"
"""Value of the parameter of a source without configured secrets: requests get 503 until an operator fills it."""


LOGICAL_NAME = "signing-secrets"
"""Of the resources here, however the component is called: under another, Pulumi would make empty ones instead."""


@dataclass(frozen=True, kw_only=True)
class SigningSecretsArgs:
    """Arguments of `SigningSecrets`."""

    names: Names
    """Names and ARNs of this environment."""

    sources: Sequence[str]
    """Names of all sources."""

    configured: Mapping[str, pulumi.Output[str]]
    """Secret JSON arrays (newest secret first) by source, for the sources whose secrets are in the configuration."""

    key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the parameters."""


class SigningSecrets(pulumi.ComponentResource):
    """A SecureString parameter for every source."""

    path: pulumi.Output[str]
    """Path of the parameters: a source's is `{path}/{source}/signing-secrets`."""

    def __init__(self, name: str, args: SigningSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("webhook-processor:infra:SigningSecrets", name, None, opts)
        parameters = [self._parameter(source, args) for source in args.sources]
        self._arns = [parameter.arn for parameter in parameters]
        self.path = pulumi.Output.from_input(args.names.secrets_path)
        self.register_outputs({"path": self.path})

    def grants_to_read(self) -> Sequence[Statement]:
        """Return what reading one source's secrets takes: no listing, no reading by path."""
        return [Statement(sid="ReadSigningSecrets", actions=["ssm:GetParameter"], resources=self._arns)]

    def _parameter(self, source: str, args: SigningSecretsArgs) -> aws.ssm.Parameter:
        configured = args.configured.get(source)
        return aws.ssm.Parameter(
            f"{LOGICAL_NAME}-{source}",
            name=args.names.secret(source),
            description=f"Signing secrets of {source}: a JSON array, newest first",
            type=aws.ssm.ParameterType.SECURE_STRING,
            tier="Standard",
            key_id=args.key_arn,
            value=pulumi.Output.secret(NOT_CONFIGURED) if configured is None else configured,
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,
                # What an operator put there by hand stays.
                ignore_changes=["value"] if configured is None else None,
            ),
        )
