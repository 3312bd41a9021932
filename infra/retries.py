"""The retry schedule: one setting, and everything that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from lambda_src.retries import JITTER

LONGEST_DELAY_SECONDS = 36_000
"""With its jitter this is the 12 hours that SQS can hide a message.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""

MOST_DELAYS = 9
"""Delays in a schedule: ten tries."""

VISIBILITY_TIMEOUTS = 6
"""Visibility timeout in function timeouts, as Lambda asks for; the batch window comes on top.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html"""

QUIET_WINDOW_SECONDS = 20
"""How long Lambda may wait on a quiet queue where there is a batch window, however short.
https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html"""

SHORTEST_RETENTION_SECONDS = 4 * 24 * 3600
"""The ingest queue keeps a message for 4 days at least, so that an outage over a long weekend loses nothing."""

DEAD_LETTER_RETENTION_SECONDS = 14 * 24 * 3600
"""How long the dead-letter queue keeps a message: 14 days, the most that SQS allows. Counted from when the message
first entered the ingest queue, so it must be the longer of the two."""


@dataclass(frozen=True, kw_only=True)
class RetrySchedule:
    """When a message is tried again whose processing failed transiently. All times in seconds."""

    delays: tuple[int, ...]
    """Pauses before the second try, the third, and so on; the function varies each by `JITTER`."""

    function_timeout: int
    """Longest run of the function."""

    batch_window: int
    """How long a received message may wait for its run by the setting."""

    @property
    def maximum_receives(self) -> int:
        """Times that a message is tried before it moves to the dead-letter queue."""
        return len(self.delays) + 1

    @property
    def longest_wait(self) -> int:
        """How long a received message really may wait for its run."""
        return max(self.batch_window, QUIET_WINDOW_SECONDS) if self.batch_window else 0

    @property
    def visibility_timeout(self) -> int:
        """When a message comes back whose run ended without a word (killed, timed out)."""
        return VISIBILITY_TIMEOUTS * self.function_timeout + self.longest_wait

    @property
    def longest(self) -> int:
        """Age at which a message has had its last try, however long the pauses, and even if each run died."""
        pauses = [
            max(round(delay * (1 + JITTER)) + self.longest_wait, self.visibility_timeout) for delay in self.delays
        ]
        return sum(pauses) + self.visibility_timeout

    @property
    def retention(self) -> int:
        """How long the ingest queue keeps a message: twice the schedule at least, so that none expires waiting."""
        return max(SHORTEST_RETENTION_SECONDS, 2 * self.longest)

    @property
    def overdue(self) -> int:
        """Age of a message, as SQS's metric counts it, that no failing explains: nothing takes messages, or too slowly.

        The metric leaves out what was received three times, so two pauses explain whatever it tells.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
        """
        return max(self.visibility_timeout, round(sum(self.delays[:2]) * (1 + JITTER)) + 2 * self.longest_wait)
