"""The ingest queue: where an accepted request is durable, and where a failed one waits for its next try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_src import delivery as deliveries
from lambda_src.aws import AwsError
from lambda_src.errors import Reason, Rejected, Unavailable

if TYPE_CHECKING:
    from lambda_src.aws import AwsCall
    from lambda_src.delivery import Delivery

MESSAGE_LIMIT_BYTES = 1_048_576
"""The largest SQS message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


class Queue:
    """The ingest queue.

    Args:
        url: Its URL.
        call: The door to AWS.
    """

    def __init__(self, url: str, call: AwsCall) -> None:
        self._url = url
        self._call = call

    def send(self, delivery: Delivery) -> None:
        """Store a delivery; when this returns, it is durable.

        Raises:
            Rejected: It is larger than a message can be.
            Unavailable: The queue did not confirm it.
        """
        body = deliveries.encode(delivery)
        if len(body.encode()) > MESSAGE_LIMIT_BYTES:
            raise Rejected(Reason.TOO_LARGE, f"more than {MESSAGE_LIMIT_BYTES} bytes as a queue message")
        try:
            self._call("sqs", "send_message", QueueUrl=self._url, MessageBody=body)
        except AwsError as error:
            raise Unavailable(Reason.QUEUE_UNAVAILABLE, str(error)) from None

    def retry_in(self, receipt_handle: str, seconds: int) -> bool:
        """Make a failed message visible again after a delay.

        Returns:
            False when the queue did not confirm it: then the message comes back after the visibility timeout.
        """
        try:
            self._call(
                "sqs",
                "change_message_visibility",
                QueueUrl=self._url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=seconds,
            )
        except AwsError:
            return False
        return True
