"""What Stripe's event types say about money; the field names are those of Stripe's API objects.

Partial or full is decided from the totals of a charge or payment intent. A refund object has no totals, so a refund
is a share, and the ledger decides. `charge.updated`, `payout.reconciliation_completed` and `review.*` are left out on
purpose: they change nothing about the money, and a late one must not undo a refund or a dispute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambda_src import decoding, totals
from lambda_src.canonical import Status
from lambda_src.totals import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_src.providers.stripe_object import StripeObject


def _amount(value: int | None, field: str) -> int:
    return decoding.required_amount(value, "stripe", field)


def _plain(status: Status) -> Callable[[StripeObject], Reading]:
    return lambda known: Reading(status, _amount(known.amount, "amount"))


def _intent_capturable(known: StripeObject) -> Reading:
    received = _amount(known.amount_received or 0, "amount_received")
    # sent again after each part of a capture in several parts
    return Reading(Status.PARTIALLY_CAPTURED, received) if received else _plain(Status.AUTHORIZED)(known)


def _intent_succeeded(known: StripeObject) -> Reading:
    return totals.captured(_amount(known.amount, "amount"), _amount(known.amount_received, "amount_received"))


def _charge_succeeded(known: StripeObject) -> Reading:
    return _charge_captured(known) if known.captured else _plain(Status.AUTHORIZED)(known)


def _charge_captured(known: StripeObject) -> Reading:
    total = _amount(known.amount, "amount")
    # API versions before 2020 have no amount_captured
    return totals.captured(
        total, total if known.amount_captured is None else _amount(known.amount_captured, "amount_captured")
    )


def _charge_refunded(known: StripeObject) -> Reading:
    refunded = _amount(known.amount_refunded, "amount_refunded")
    total = _amount(known.amount, "amount")
    # the flag says that all is refunded, also where less than `amount` had been captured
    return totals.refunded(min(total, refunded) if known.refunded else total, refunded)


def _refund(known: StripeObject) -> Reading:
    amount = _amount(known.amount, "amount")
    match known.status:
        case "succeeded":
            return totals.refund_made(known.id, amount)
        case "failed" | "canceled":
            return totals.refund_failed(known.id, amount)
        case "pending" | "requires_action":
            return Reading(Status.REFUND_PENDING, amount)
        case _:
            return Reading(Status.UNKNOWN, amount)


_DISPUTE = {
    **dict.fromkeys(("needs_response", "under_review"), Status.DISPUTED),
    **dict.fromkeys(("warning_needs_response", "warning_under_review"), Status.DISPUTED),
    "won": Status.DISPUTE_WON,
    "warning_closed": Status.DISPUTE_WON,  # an inquiry that ended without a chargeback: no money was taken
    "lost": Status.DISPUTE_LOST,
}


def _dispute(known: StripeObject) -> Reading:
    # the outcome is in the object only, never in the event's name
    return Reading(_DISPUTE.get(known.status or "", Status.UNKNOWN), _amount(known.amount, "amount"))


def _payout(status: Status | None) -> Callable[[StripeObject], Reading]:
    def rule(known: StripeObject) -> Reading:
        # below zero: Stripe takes the money from the bank account
        amount = decoding.required(known.amount, "stripe", "amount")
        return Reading(status or _PAYOUT.get(known.status or "", Status.UNKNOWN), amount)

    return rule


_PAYOUT = {
    **dict.fromkeys(("pending", "in_transit"), Status.PAYOUT_PENDING),
    "paid": Status.PAYOUT_PAID,
    **dict.fromkeys(("failed", "canceled"), Status.PAYOUT_FAILED),
}


def _session(status: Status) -> Callable[[StripeObject], Reading]:
    """Read a checkout session; only a session that names its payment intent says something about its money."""

    def rule(known: StripeObject) -> Reading:
        told = status
        if status is Status.CAPTURED and known.payment_status != "paid":
            told = Status.PENDING if known.payment_status == "unpaid" else Status.UNKNOWN
        if status is Status.CAPTURED and not known.payment_intent:
            told = Status.UNKNOWN
        return Reading(told, None if known.amount_total is None else _amount(known.amount_total, "amount_total"))

    return rule


def _invoice(status: Status, field: str) -> Callable[[StripeObject], Reading]:
    """Read an invoice; since API version 2025-03-31 it names no payment, whose own events then tell."""

    def rule(known: StripeObject) -> Reading:
        named = known.payment_intent or known.charge
        return Reading(status if named else Status.UNKNOWN, _amount(getattr(known, field), field))

    return rule


RULES: dict[str, Callable[[StripeObject], Reading]] = {
    "payment_intent.created": _plain(Status.PENDING),
    "payment_intent.processing": _plain(Status.PENDING),
    "payment_intent.requires_action": _plain(Status.PENDING),
    "payment_intent.partially_funded": _plain(Status.PENDING),
    "payment_intent.amount_capturable_updated": _intent_capturable,
    "payment_intent.succeeded": _intent_succeeded,
    "payment_intent.payment_failed": _plain(Status.FAILED),
    "payment_intent.canceled": _plain(Status.CANCELLED),
    "charge.pending": _plain(Status.PENDING),
    "charge.succeeded": _charge_succeeded,
    "charge.captured": _charge_captured,
    "charge.failed": _plain(Status.FAILED),
    "charge.expired": _plain(Status.EXPIRED),
    "charge.refunded": _charge_refunded,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "payout.created": _payout(Status.PAYOUT_PENDING),
    "payout.updated": _payout(None),
    "payout.paid": _payout(Status.PAYOUT_PAID),
    "payout.failed": _payout(Status.PAYOUT_FAILED),
    "payout.canceled": _payout(Status.PAYOUT_FAILED),
    "checkout.session.completed": _session(Status.CAPTURED),
    "checkout.session.async_payment_succeeded": _session(Status.CAPTURED),
    "checkout.session.async_payment_failed": _session(Status.FAILED),
    "checkout.session.expired": _session(Status.EXPIRED),
    "invoice.paid": _invoice(Status.CAPTURED, "amount_paid"),
    "invoice.payment_failed": _invoice(Status.FAILED, "amount_due"),
}
"""What to make of each event type that changes something about money."""
