"""What every provider's events become: one vocabulary of statuses, one event."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

import msgspec


class Status(StrEnum):
    """Canonical status of a payment, in rank order: of two events of one instant, the later line wins."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    FAILED = "failed"
    AUTHORIZED = "authorized"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    PAYOUT_PENDING = "payout_pending"
    PAYOUT_PAID = "payout_paid"
    PAYOUT_FAILED = "payout_failed"

    @property
    def rank(self) -> int:
        """Position in the declaration order: 0 for `unknown`, which never moves a transaction's state."""
        return _RANKS[self]


_RANKS = {status: rank for rank, status in enumerate(Status)}


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One capture or refund of a payment, from a provider that does not send the payment's totals.

    Whether it makes the payment partially or fully captured or refunded is decided in the ledger, from the sum
    of all shares known there. `id` is the provider's id of the capture or refund, so that later events of the same
    capture or refund replace its amount; a failed one has the amount 0.
    """

    of: Literal["capture", "refund"]
    id: str
    amount: int


class PaymentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one payment, in our words.

    Attributes:
        provider: The provider's name, as in the source's configuration.
        event_id: The provider's id of the event, unique within the provider; the same on every redelivery.
        event_type: The event's type as the provider calls it.
        payment_id: The provider's id of the payment that the event belongs to.
        status: What the event says about the payment.
        amount: What the event is about, in minor units of `currency` (the refunded amount for a refund, the
            disputed amount for a dispute); None where the provider sends none.
        currency: ISO 4217 code, upper case; None where the provider sends none.
        occurred_at: When it happened by the provider's clock, aware, UTC.
        occurred_at_signed: Whether the signature covers that time. If not, it orders events but is no part of the
            event's identity (a replay could change it), and lies never after the receipt.
        share: Set where partial or full is for the ledger to decide.
        payload: The provider's own bytes for this one event, card numbers masked.
    """

    provider: str
    event_id: str
    event_type: str
    payment_id: str
    status: Status
    amount: int | None
    currency: str | None
    occurred_at: datetime
    occurred_at_signed: bool = True
    share: Share | None = None
    payload: bytes

    @property
    def transaction_id(self) -> str:
        """The ledger's partition key: the same for all events of one payment."""
        return f"{self.provider}:{self.payment_id}"


def rfc3339(moment: datetime) -> str:
    """Format an aware time as RFC 3339 in UTC with milliseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
