"""The one door to AWS: every call of the function goes through `Aws.__call__`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from lambda_src import aws_client, trace

if TYPE_CHECKING:
    from collections.abc import Callable

CALL_BUDGET_SECONDS = aws_client.ATTEMPTS * (aws_client.CONNECT_TIMEOUT_SECONDS + aws_client.READ_TIMEOUT_SECONDS) + 1
"""The longest that one call can take, back-off included: none is begun with less time left."""


class AwsError(Exception):
    """A call failed.

    Attributes:
        code: AWS's error code, "Unreachable" when no answer came, "OutOfTime" when none could be waited for.
        response: AWS's answer, for the item that a failed condition returns; never part of the message.
    """

    def __init__(self, operation: str, code: str, response: dict[str, Any] | None = None) -> None:
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code
        self.response = response or {}


class AwsCall(Protocol):
    """Shape of the door: what tests replace by an AWS of their own."""

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Make one call and return AWS's answer, or raise `AwsError`."""


class Aws:
    """Calls AWS with clients that are made when first needed and kept for the life of the process."""

    def __init__(self) -> None:
        self._clients: dict[str, Any] = {}
        self._unreachable: set[str] = set()
        self._remaining_seconds: Callable[[], float] = lambda: math.inf

    def begin_invocation(self, remaining_seconds: Callable[[], float]) -> None:
        """Start counting the time of an invocation: no call is begun that it could not finish.

        Args:
            remaining_seconds: Time left to the invocation, whenever asked.
        """
        self._remaining_seconds = remaining_seconds
        self._unreachable.clear()

    def __call__(self, service: str, operation: str, **parameters: object) -> dict[str, Any]:
        """Make one call, as a traced subsegment.

        Args:
            service: botocore's name of the service (`dynamodb`).
            operation: botocore's name of the operation (`put_item`).
            parameters: The operation's parameters.

        Raises:
            AwsError: AWS refused the call, could not be reached, or there is no time left to wait for it.
        """
        if self._remaining_seconds() < CALL_BUDGET_SECONDS:
            raise AwsError(operation, "OutOfTime")
        if service in self._unreachable:
            # Its silence has cost this invocation one long wait already; the next try is the next receive's.
            raise AwsError(operation, "Unreachable")
        client = self._clients.get(service)
        if client is None:
            client = self._clients[service] = aws_client.make(service)
        with trace.subsegment(f"{service}.{operation}", namespace="aws"):
            try:
                answer: dict[str, Any] = getattr(client, operation)(**parameters)
            except ClientError as error:
                code = error.response.get("Error", {}).get("Code", "Unknown")
                raise AwsError(operation, code, dict(error.response)) from None
            except (BotoCoreError, OSError) as error:
                self._unreachable.add(service)
                raise AwsError(operation, f"Unreachable ({type(error).__name__})") from None
        return answer
