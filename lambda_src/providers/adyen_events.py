"""What Adyen's event codes say about money, by code and `success`.

Adyen sends no totals: a capture or refund is a share of the payment, and the ledger decides what is full.
`success=false` on a request to change a payment (to cancel it, say) leaves the payment as it was: `unknown`.

`unknown` on purpose, because the signed fields do not tell what happened: CANCEL_OR_REFUND (which of the two is in
`additionalData.modification.action` only), INFORMATION_SUPPLIED, ISSUER_COMMENTS, DISPUTE_DEFENSE_PERIOD_ENDED and
NOTIFICATION_OF_FRAUD (nothing is decided), AUTORESCUE and CANCEL_AUTORESCUE (each try has its own AUTHORISATION),
MANUAL_REVIEW_ACCEPT and _REJECT (a capture or cancellation follows), ORDER_OPENED and ORDER_CLOSED (an order, not a
payment), RECURRING_CONTRACT, REPORT_AVAILABLE.

An account that captures by itself sends no CAPTURE: its payments stay `authorized`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from lambda_src.canonical import Status


class Rule(NamedTuple):
    """Status of an event, what it is a share of, and whether it takes that share back."""

    status: Status
    share: Literal["capture", "refund"] | None = None
    share_failed: bool = False


UNKNOWN_RULE = Rule(Status.UNKNOWN)

_CAPTURED = Rule(Status.PARTIALLY_CAPTURED, "capture")
_CAPTURE_FAILED = Rule(Status.FAILED, "capture", share_failed=True)
_REFUNDED = Rule(Status.PARTIALLY_REFUNDED, "refund")
_REFUND_FAILED = Rule(Status.REFUND_FAILED, "refund", share_failed=True)
_DISPUTED = Rule(Status.DISPUTED)
_WON = Rule(Status.DISPUTE_WON)
_LOST = Rule(Status.DISPUTE_LOST)
_PAYOUT_FAILED = Rule(Status.PAYOUT_FAILED)

_ON_SUCCESS = {
    "AUTHORISATION": Rule(Status.AUTHORIZED),
    "AUTHORISATION_ADJUSTMENT": Rule(Status.AUTHORIZED),  # its amount is the new total
    "CAPTURE": _CAPTURED,
    "CAPTURE_FAILED": _CAPTURE_FAILED,
    "CANCELLATION": Rule(Status.CANCELLED),
    "TECHNICAL_CANCEL": Rule(Status.CANCELLED),
    "EXPIRE": Rule(Status.EXPIRED),
    "OFFER_CLOSED": Rule(Status.EXPIRED),
    "REFUND": _REFUNDED,
    "REFUND_WITH_DATA": _REFUNDED,
    "REFUND_FAILED": _REFUND_FAILED,
    "REFUNDED_REVERSED": _REFUND_FAILED,  # the shopper's bank sent the money back
    "POSTPONED_REFUND": Rule(Status.REFUND_PENDING),
    "VOID_PENDING_REFUND": Rule(Status.REFUND_FAILED),  # its pspReference is the void's: the REFUND had no success yet
    "REQUEST_FOR_INFORMATION": _DISPUTED,
    "NOTIFICATION_OF_CHARGEBACK": _DISPUTED,
    "CHARGEBACK": _DISPUTED,
    "PREARBITRATION_OPEN": _DISPUTED,
    "PREARBITRATION_DECLINED": _DISPUTED,
    "SCHEME_ARBITRATION": _DISPUTED,
    "CHARGEBACK_REVERSED": _WON,  # a SECOND_CHARGEBACK may follow
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": _WON,
    "PREARBITRATION_WON": _WON,
    "PREARBITRATION_ISSUER_WITHDRAWN": _WON,
    "SCHEME_ARBITRATION_WON": _WON,
    "SECOND_CHARGEBACK": _LOST,
    "PREARBITRATION_LOST": _LOST,
    "PREARBITRATION_ACCEPTED": _LOST,
    "SCHEME_ARBITRATION_LOST": _LOST,
    "PAYOUT_THIRDPARTY": Rule(Status.PAYOUT_PAID),
    "PAYOUT_DECLINE": _PAYOUT_FAILED,
    "PAYOUT_EXPIRE": _PAYOUT_FAILED,
    "PAIDOUT_REVERSED": _PAYOUT_FAILED,
}

_ON_FAILURE = {
    "AUTHORISATION": Rule(Status.FAILED),
    "CAPTURE": _CAPTURE_FAILED,
    "REFUND": _REFUND_FAILED,
    "REFUND_WITH_DATA": _REFUND_FAILED,
    "POSTPONED_REFUND": _REFUND_FAILED,
    "PAYOUT_THIRDPARTY": _PAYOUT_FAILED,
}

RULES = {
    **{(code, "true"): rule for code, rule in _ON_SUCCESS.items()},
    **{(code, "false"): rule for code, rule in _ON_FAILURE.items()},
}
"""The rule of each event code and `success`, both as Adyen writes them; any other pair is `UNKNOWN_RULE`."""
