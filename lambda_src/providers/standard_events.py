"""What event types in the manner of Standard Webhooks say about money: `{payment, refund, ...}.{what happened}`.

The specification names no types; these are the words that payment vendors use. `payment.refunded` without totals means
that `amount` is what was refunded in all; `payment.partially_refunded` without them says nothing that could be summed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from lambda_src import decoding, totals
from lambda_src.canonical import Share, Status
from lambda_src.decoding import Currency, Minor  # noqa: TC001 - msgspec reads the annotations when it decodes
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "standard"


class StandardData(msgspec.Struct):
    """The fields read of `data`, whose meaning the module of the provider states."""

    id: str | None = None
    payment_id: str | None = None
    amount: Minor | None = None
    amount_captured: Minor | None = None
    amount_refunded: Minor | None = None
    currency: Currency | None = None
    status: str | None = None


def _plain(status: Status) -> Callable[[StandardData], Reading]:
    def rule(data: StandardData) -> Reading:
        if data.amount is not None and status not in _PAYOUTS:
            decoding.required_amount(data.amount, NAME, "data.amount")
        return Reading(status, data.amount)

    return rule


def _captured(data: StandardData) -> Reading:
    if data.amount is None or data.amount_captured is None:
        return _plain(Status.CAPTURED)(data)
    return totals.captured(data.amount, data.amount_captured)


def _partially_captured(data: StandardData) -> Reading:
    if data.amount is None or data.amount_captured is None:
        return Reading(Status.PARTIALLY_CAPTURED, data.amount_captured)
    return totals.captured(data.amount, data.amount_captured)


def _refunded(data: StandardData) -> Reading:
    if data.amount is not None and data.amount_refunded is not None:
        return totals.refunded(data.amount_captured or data.amount, data.amount_refunded)
    refunded = data.amount if data.amount_refunded is None else data.amount_refunded
    amount = decoding.required_amount(refunded, NAME, "data.amount")
    # one share for all refunds of the payment, so that nothing is ever counted twice
    share = Share(of="refund", id=decoding.required(data.id, NAME, "data.id"), amount=amount)
    return Reading(Status.PARTIALLY_REFUNDED, amount, share)


def _partially_refunded(data: StandardData) -> Reading:
    if data.amount is not None and data.amount_refunded is not None:
        return totals.refunded(data.amount_captured or data.amount, data.amount_refunded)
    return Reading(Status.PARTIALLY_REFUNDED, data.amount_refunded)


def _refund_made(data: StandardData) -> Reading:
    amount = decoding.required_amount(data.amount, NAME, "data.amount")
    return totals.refund_made(decoding.required(data.id, NAME, "data.id"), amount)


def _refund_failed(data: StandardData) -> Reading:
    return totals.refund_failed(decoding.required(data.id, NAME, "data.id"), data.amount)


def _closed(data: StandardData) -> Reading:
    status = {"won": Status.DISPUTE_WON, "lost": Status.DISPUTE_LOST}.get(data.status or "", Status.UNKNOWN)
    return _plain(status)(data)


_PAYOUTS = (Status.PAYOUT_PENDING, Status.PAYOUT_PAID, Status.PAYOUT_FAILED)
"""Their amounts may be below zero: money taken from the bank account."""

_PAYMENT: dict[str, Callable[[StandardData], Reading]] = {
    **dict.fromkeys(("created", "pending", "processing", "requires_action"), _plain(Status.PENDING)),
    **dict.fromkeys(("authorized", "authorised"), _plain(Status.AUTHORIZED)),
    **dict.fromkeys(("captured", "succeeded", "completed", "paid"), _captured),
    "partially_captured": _partially_captured,
    **dict.fromkeys(("failed", "declined"), _plain(Status.FAILED)),
    **dict.fromkeys(("cancelled", "canceled", "voided"), _plain(Status.CANCELLED)),
    "expired": _plain(Status.EXPIRED),
    "refunded": _refunded,
    "partially_refunded": _partially_refunded,
}

_REFUND: dict[str, Callable[[StandardData], Reading]] = {
    **dict.fromkeys(("created", "pending", "processing"), _plain(Status.REFUND_PENDING)),
    **dict.fromkeys(("succeeded", "completed"), _refund_made),
    **dict.fromkeys(("failed", "cancelled", "canceled", "rejected"), _refund_failed),
}

_DISPUTE: dict[str, Callable[[StandardData], Reading]] = {
    **dict.fromkeys(("created", "opened", "updated"), _plain(Status.DISPUTED)),
    **dict.fromkeys(("won", "reversed"), _plain(Status.DISPUTE_WON)),
    **dict.fromkeys(("lost", "accepted"), _plain(Status.DISPUTE_LOST)),
    "closed": _closed,
}

_PAYOUT: dict[str, Callable[[StandardData], Reading]] = {
    **dict.fromkeys(("created", "pending", "processing", "sent"), _plain(Status.PAYOUT_PENDING)),
    **dict.fromkeys(("paid", "completed", "succeeded"), _plain(Status.PAYOUT_PAID)),
    **dict.fromkeys(("failed", "cancelled", "canceled", "returned"), _plain(Status.PAYOUT_FAILED)),
}

RULES = {
    f"{noun}.{verb}": rule
    for nouns, verbs in (
        (("payment", "charge"), _PAYMENT),
        (("refund",), _REFUND),
        (("dispute", "chargeback"), _DISPUTE),
        (("payout",), _PAYOUT),
    )
    for noun in nouns
    for verb, rule in verbs.items()
}
"""What to make of each event type; any other is kept as `unknown`."""
