"""What an event says about a payment's money; partial or full is decided from totals, never from an event's name."""

from __future__ import annotations

from typing import NamedTuple

from lambda_src.canonical import Share, Status


class Reading(NamedTuple):
    """The status, the amount in minor units, and the share where the provider sends no totals."""

    status: Status
    amount: int | None
    share: Share | None = None


def captured(total: int, so_far: int) -> Reading:
    """Read a capture from the payment's total and what is captured of it so far."""
    return Reading(Status.CAPTURED if so_far >= total else Status.PARTIALLY_CAPTURED, so_far)


def refunded(total: int, so_far: int) -> Reading:
    """Read a refund from the payment's total and what is refunded of it so far."""
    return Reading(Status.REFUNDED if so_far >= total else Status.PARTIALLY_REFUNDED, so_far)


def refund_made(refund_id: str, amount: int) -> Reading:
    """Read a refund that succeeded and comes without totals: the ledger raises it to full by the sum of shares."""
    return Reading(Status.PARTIALLY_REFUNDED, amount, Share(of="refund", id=refund_id, amount=amount))


def refund_failed(refund_id: str, amount: int | None) -> Reading:
    """Read a refund that failed, be it after it had succeeded: its share is taken back."""
    return Reading(Status.REFUND_FAILED, amount, Share(of="refund", id=refund_id, amount=0))
