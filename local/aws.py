"""AWS clients that can reach nothing but the emulator.

The user's own AWS configuration is never read: no profile, no files, no environment variables, no instance metadata,
no proxy. The credentials are the emulator's fixed operator ("root") credentials and mean nothing anywhere else.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ec2 import EC2Client
    from types_boto3_iam import IAMClient
    from types_boto3_kms import KMSClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_ssm import SSMClient
    from types_boto3_sts import STSClient
    from types_boto3_wafv2 import WAFV2Client

ACCOUNT_ID = "000000000000"
"""The emulator's account: no real account has this number."""

PARTITION = "aws"
REGION = "us-east-1"

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - the emulator's fixed operator credential, valid nowhere else

_SETTINGS_FROM_NOWHERE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}

_CONFIG = Config(
    proxies={},
    connect_timeout=5,
    read_timeout=60,
    retries={"total_max_attempts": 1},
)


class Clients:
    """The operator's clients of one emulator, made when first used.

    Attributes:
        endpoint_url: Where the emulator listens.
        region: The region that the clients ask for.
        account_id: The account that they act in.
    """

    account_id = ACCOUNT_ID

    def __init__(
        self,
        endpoint_url: str,
        *,
        region: str = REGION,
        access_key_id: str = ACCESS_KEY_ID,
        secret_access_key: str = SECRET_ACCESS_KEY,
        session_token: str | None = None,
    ) -> None:
        self.endpoint_url = endpoint_url
        self.region = region
        self._session = boto3.session.Session(
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=session_token,
            region_name=region,
            botocore_session=botocore.session.Session(session_vars=_SETTINGS_FROM_NOWHERE),
        )

    @cached_property
    def apigateway(self) -> APIGatewayClient:
        """REST APIs."""
        return self._session.client("apigateway", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def wafv2(self) -> WAFV2Client:
        """Web application firewalls."""
        return self._session.client("wafv2", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """Metrics."""
        return self._session.client("cloudwatch", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """Tables and their items."""
        return self._session.client("dynamodb", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def ec2(self) -> EC2Client:
        """Networks."""
        return self._session.client("ec2", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def iam(self) -> IAMClient:
        """Roles and policies."""
        return self._session.client("iam", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def kms(self) -> KMSClient:
        """Keys and aliases."""
        return self._session.client("kms", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda functions, their URLs and event source mappings."""
        return self._session.client("lambda", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """Log groups and their events."""
        return self._session.client("logs", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def sns(self) -> SNSClient:
        """Topics and subscriptions."""
        return self._session.client("sns", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        """Queues and their messages."""
        return self._session.client("sqs", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def ssm(self) -> SSMClient:
        """Parameters."""
        return self._session.client("ssm", endpoint_url=self.endpoint_url, config=_CONFIG)

    @cached_property
    def sts(self) -> STSClient:
        """Identities."""
        return self._session.client("sts", endpoint_url=self.endpoint_url, config=_CONFIG)
