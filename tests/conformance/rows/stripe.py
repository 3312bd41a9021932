"""Stripe's row."""

from __future__ import annotations

import stripe

from lambda_src.errors import Reason, Rejected
from lambda_src.request import SignedRequest
from tests.conformance.rows import NOW, URL, Row


def _accepts(request: SignedRequest, secret: str) -> bool:
    try:
        # without a tolerance: the SDK knows no clock but the machine's
        stripe.WebhookSignature.verify_header(request.body, request.headers["stripe-signature"], secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def _signs(body: bytes, secret: str) -> SignedRequest:
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, NOW)
    return SignedRequest(body=body, headers={"stripe-signature": header}, url=URL)


ROW = Row(
    sdk="stripe 16.1.0",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    signed_headers=("stripe-signature",),
    malformed_secrets=("", " ", "whsec_x ", "\ud800"),
    vector_prefix="stripe",
    refused={
        "stripe-10": Reason.MISSING_SIGNATURE,
        "stripe-12": Reason.WRONG_SECRET,
        "stripe-13": Reason.WRONG_SECRET,
        "stripe-14": Reason.WRONG_SECRET,
        "stripe-16": Reason.TIMESTAMP_TOO_OLD,
        "stripe-18": Reason.MALFORMED_SIGNATURE,
    },
    # the SDK looks at the past side of the window only
    stricter={"stripe-17": (Rejected, Reason.TIMESTAMP_IN_FUTURE)},
)
