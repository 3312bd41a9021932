"""When a message whose processing failed transiently is tried again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

JITTER = 0.2
"""Delays vary by this share either way, so that what failed together does not come back together."""


def retry_delay(receive_count: int, delays: Sequence[int]) -> int:
    """Seconds until a transiently failed message is received again.

    Args:
        receive_count: How often it has been received, this time included.
        delays: The retry schedule: seconds before the second receive, the third, and so on.

    Returns:
        0 after the last planned try: the next receive moves it to the dead-letter queue.
    """
    if not 1 <= receive_count <= len(delays):
        return 0
    return round(delays[receive_count - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - not a secret
