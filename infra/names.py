"""Every physical name and the ARNs that follow from names.

Policies refer to resources by ARNs built here, never by resource outputs: a key policy that waited for the topic that
waits for the key would be a cycle.
"""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_FUNCTION_NAME = 64
"""Characters; Lambda functions and IAM roles share this limit, the tightest of all our names.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_PREFIX = "webhook-processor-"

LONGEST_SUFFIX = LONGEST_FUNCTION_NAME - len(_PREFIX)
"""Characters that are left for the environment suffix."""


def ledger_name(suffix: str) -> str:
    """Return the name of an environment's table."""
    return f"payment-transactions-{suffix}"


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one environment in one account and region."""

    suffix: str
    """Environment suffix, such as `dev`."""

    partition: str
    """AWS partition: `aws`, `aws-us-gov`, ..."""

    region: str
    """AWS region, such as `us-east-1`."""

    account: str
    """Account id, 12 digits."""

    @property
    def processor(self) -> str:
        """Name of the function and of its role."""
        return f"{_PREFIX}{self.suffix}"

    @property
    def ledger(self) -> str:
        """Name of the table."""
        return ledger_name(self.suffix)

    @property
    def topic(self) -> str:
        """Name of the topic."""
        return f"payment-events-{self.suffix}"

    @property
    def alarm_topic(self) -> str:
        """Name of the topic that alarms are published to."""
        return f"webhook-alarms-{self.suffix}"

    @property
    def queue(self) -> str:
        """Name of the ingest queue."""
        return f"webhook-queue-{self.suffix}"

    @property
    def dead_letter_queue(self) -> str:
        """Name of the dead-letter queue."""
        return f"webhook-dlq-{self.suffix}"

    @property
    def key_alias(self) -> str:
        """Alias of the key, with the `alias/` that KMS wants."""
        return f"alias/{_PREFIX}{self.suffix}"

    @property
    def log_group(self) -> str:
        """Name of the function's log group: where Lambda would write without being told."""
        return f"/aws/lambda/{self.processor}"

    @property
    def flow_log_group(self) -> str:
        """Name of the log group of the network's flow logs."""
        return f"/aws/vpc/{self.processor}"

    @property
    def flow_log_role(self) -> str:
        """Name of the role that writes flow logs."""
        return f"webhook-flow-logs-{self.suffix}"

    @property
    def stage(self) -> str:
        """Name of the REST API's stage."""
        return self.suffix

    @property
    def api_access_log_group(self) -> str:
        """Name of the log group of the REST API's requests."""
        return f"/aws/apigateway/{self.processor}"

    @property
    def api_log_role(self) -> str:
        """Name of the role by which API Gateway writes logs."""
        return f"webhook-api-logs-{self.suffix}"

    @property
    def firewall_log_group(self) -> str:
        """Name of the firewall's log group; AWS asks for the prefix."""
        return f"aws-waf-logs-{self.processor}"

    @property
    def secrets_path(self) -> str:
        """Path below which each source has its parameter."""
        return f"/webhook-processor/{self.suffix}/sources"

    def secret(self, source: str) -> str:
        """Name of the parameter that holds a source's signing secrets."""
        return f"{self.secrets_path}/{source}/signing-secrets"

    @property
    def root_arn(self) -> str:
        """ARN that stands for the account as a whole."""
        return f"arn:{self.partition}:iam::{self.account}:root"

    @property
    def function_arn(self) -> str:
        """ARN of the function."""
        return self._arn("lambda", f"function:{self.processor}")

    @property
    def role_arn(self) -> str:
        """ARN of the function's role."""
        return f"arn:{self.partition}:iam::{self.account}:role/{self.processor}"

    @property
    def topic_arn(self) -> str:
        """ARN of the topic."""
        return self._arn("sns", self.topic)

    @property
    def queue_arn(self) -> str:
        """ARN of the ingest queue."""
        return self._arn("sqs", self.queue)

    @property
    def log_group_arn(self) -> str:
        """ARN of the log group as CloudWatch Logs puts it into the encryption context: without a trailing `:*`."""
        return self._arn("logs", f"log-group:{self.log_group}")

    @property
    def flow_log_group_arn(self) -> str:
        """ARN of the log group of the network's flow logs, without a trailing `:*`."""
        return self._arn("logs", f"log-group:{self.flow_log_group}")

    @property
    def log_group_arns(self) -> list[str]:
        """ARNs of all log groups that the key encrypts, whether the settings make them or not.

        The last is a pattern: the API's id, known too late for the key's policy, is a part of the name that AWS gives.
        """
        others = (self.api_access_log_group, self.firewall_log_group, f"API-Gateway-Execution-Logs_*/{self.stage}")
        return [
            self.log_group_arn,
            self.flow_log_group_arn,
            *(self._arn("logs", f"log-group:{each}") for each in others),
        ]

    @property
    def flow_logs_arn(self) -> str:
        """ARN pattern of the account's flow logs in this region: their ids are known too late."""
        return self._arn("ec2", "vpc-flow-log/*")

    @property
    def alarms_arn(self) -> str:
        """ARN pattern of this environment's alarms."""
        return self._arn("cloudwatch", f"alarm:{self.processor}-*")

    def service(self, name: str) -> str:
        """Regional host of a service, as `kms:ViaService` and regional service principals spell it."""
        return f"{name}.{self.region}.amazonaws.com"

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
