"""Time running faster: what is shortened so that hours of failing and trying again fit into a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.system import LocalSystem

RETRY_DELAYS = (1, 2, 4, 8)
PROCESSING = 4

SETTINGS = {
    "retryDelaysSeconds": list(RETRY_DELAYS),
    "processingConcurrency": PROCESSING,
    "reservedConcurrency": 0,
}
"""The retry schedule scaled down; and no more workers at a time than a laptop holds."""

FUNCTION_TIMEOUT_SECONDS = 20
"""Scaled down as well, so that a frozen worker is given up while the run lasts."""

VISIBILITY_TIMEOUT_SECONDS = 25


def scale_down(
    system: LocalSystem,
    *,
    function_timeout_seconds: int = FUNCTION_TIMEOUT_SECONDS,
    visibility_timeout_seconds: int = VISIBILITY_TIMEOUT_SECONDS,
) -> None:
    """Shorten the function's time-out and the queue's visibility, which AWS and the program keep longer."""
    system.clients.functions.update_function_configuration(
        FunctionName=system.outputs["function_name"], Timeout=function_timeout_seconds
    )
    system.clients.sqs.set_queue_attributes(
        QueueUrl=system.outputs["queue_url"], Attributes={"VisibilityTimeout": str(visibility_timeout_seconds)}
    )
