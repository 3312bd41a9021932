"""What the deployment is called, and where it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """One deployment, and the ARNs that follow from its name: a key policy cannot wait for what waits for the key."""

    name: str
    """`refund-desk-{stack}`: the name of queue, function, role and table."""

    partition: str
    """AWS partition, such as `aws`."""

    region: str
    """AWS region, such as `us-east-1`."""

    account: str
    """Id of the account, 12 digits."""

    @property
    def root_arn(self) -> str:
        """ARN of the account as a whole."""
        return f"arn:{self.partition}:iam::{self.account}:root"

    @property
    def function_arn(self) -> str:
        """ARN of the function."""
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def log_group_name(self) -> str:
        """Name of the function's log group."""
        return f"/aws/lambda/{self.name}"

    @property
    def log_group_arn(self) -> str:
        """ARN of the function's log group."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{self.log_group_name}"

    def service(self, name: str) -> str:
        """Regional host of a service, as `kms:ViaService` and regional principals spell it."""
        return f"{name}.{self.region}.amazonaws.com"
