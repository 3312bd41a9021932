"""The row of Standard Webhooks."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError

from lambda_src.errors import Reason, Unavailable
from lambda_src.request import SignedRequest
from tests.conformance.rows import NOW, URL, Row


class _AtNow(Webhook):
    """The SDK, with its clock stopped at NOW."""

    def _Webhook__verify_timestamp(self, timestamp_header: str) -> datetime:  # noqa: N802 - the SDK's private name
        return datetime.fromtimestamp(float(timestamp_header), UTC)


def _accepts(request: SignedRequest, secret: str) -> bool:
    try:
        _AtNow(secret).verify(request.body, request.headers)
    except WebhookVerificationError:
        return False
    return True


def _signs(body: bytes, secret: str) -> SignedRequest:
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(NOW, UTC), body.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(NOW), "webhook-signature": signature}
    return SignedRequest(body=body, headers=headers, url=URL)


ROW = Row(
    sdk="standardwebhooks 1.1.0",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    signed_headers=("webhook-id", "webhook-timestamp", "webhook-signature"),
    malformed_secrets=("", "whsec_", "whsec_!!!!", "whsec_A", "whpk_abc"),
    vector_prefix="standard_webhooks",
    refused={
        "standard_webhooks-05": Reason.MISSING_SIGNATURE,
        "standard_webhooks-07": Reason.TIMESTAMP_TOO_OLD,
        "standard_webhooks-08": Reason.TIMESTAMP_IN_FUTURE,
        "standard_webhooks-09": Reason.WRONG_SECRET,
        "standard_webhooks-11": Reason.WRONG_SECRET,
        "standard_webhooks-12": Reason.MISSING_HEADER,
        "standard_webhooks-15": Reason.WRONG_SECRET,
    },
    # ed25519 is in the specification and in no library; a public key is not an HMAC secret
    stricter={"standard_webhooks-17": (Unavailable, Reason.SECRET_MALFORMED)},
)
