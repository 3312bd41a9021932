"""The ingest queue: its limit and its confirmation."""

from __future__ import annotations

import pytest

from lambda_src import delivery as deliveries
from lambda_src.errors import Reason, Rejected, Unavailable
from lambda_src.queue import MESSAGE_LIMIT_BYTES, Queue
from tests.unit.harness import QUEUE_URL, FakeAws, new_delivery


def test_message_is_sent_as_it_is_encoded() -> None:
    """One call, to the queue's URL, with the delivery's JSON."""
    aws, delivery = FakeAws(), new_delivery()
    Queue(QUEUE_URL, aws).send(delivery)
    assert aws.of("send_message") == [{"QueueUrl": QUEUE_URL, "MessageBody": deliveries.encode(delivery)}]


def test_limit_is_exact() -> None:
    """A message of exactly 1 MiB is sent; one byte more is refused, and not sent."""
    room = MESSAGE_LIMIT_BYTES - len(deliveries.encode(new_delivery("")))
    aws = FakeAws()
    Queue(QUEUE_URL, aws).send(new_delivery("x" * room))
    (call,) = aws.of("send_message")
    assert len(call["MessageBody"].encode()) == MESSAGE_LIMIT_BYTES
    with pytest.raises(Rejected) as caught:
        Queue(QUEUE_URL, aws).send(new_delivery("x" * (room + 1)))
    assert (caught.value.reason, caught.value.status) == (Reason.TOO_LARGE, 413)
    assert len(aws.calls) == 1


def test_limit_counts_bytes_not_characters() -> None:
    """Characters of several bytes count with all of them."""
    aws = FakeAws()
    with pytest.raises(Rejected):
        Queue(QUEUE_URL, aws).send(new_delivery("\u20ac" * (MESSAGE_LIMIT_BYTES // 3)))
    assert aws.calls == []


def test_unconfirmed_message_is_unavailable() -> None:
    """A failed call is an error with AWS's code, never a silent success."""
    aws = FakeAws()
    aws.fail("send_message", "KmsAccessDenied")
    with pytest.raises(Unavailable) as caught:
        Queue(QUEUE_URL, aws).send(new_delivery())
    assert (caught.value.reason, caught.value.detail) == (Reason.QUEUE_UNAVAILABLE, "send_message: KmsAccessDenied")


def test_retry_changes_the_visibility() -> None:
    """The message's own handle, the delay in seconds; False when the queue does not confirm."""
    aws = FakeAws()
    assert Queue(QUEUE_URL, aws).retry_in("handle", 31)
    assert aws.of("change_message_visibility") == [
        {"QueueUrl": QUEUE_URL, "ReceiptHandle": "handle", "VisibilityTimeout": 31}
    ]
    aws.fail("change_message_visibility", "Unreachable")
    assert not Queue(QUEUE_URL, aws).retry_in("handle", 31)
