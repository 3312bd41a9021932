"""Every failure the function knows, split by what the caller does about it.

    WebhookError
    +-- Rejected       the sender is told no (4xx); nothing was changed
    +-- Unavailable    the sender is told to come back (503 with Retry-After); nothing was changed
    +-- Unprocessable  the message goes to the dead-letter queue now: trying again cannot help
    +-- Transient      the message stays in the queue and is tried again later

A message names what, which source and which field. It never holds a body, a header's value, a secret or a signature.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a request was refused or a message failed: the `reason` of logs, metrics and error answers."""

    # 404, 405, 413, 400: the request is not one of ours or not readable
    UNKNOWN_SOURCE = "unknown_source"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    TOO_LARGE = "too_large"
    UNDECODABLE_BASE64 = "undecodable_base64"
    # 401: not provably from the provider
    MISSING_HEADER = "missing_header"
    MALFORMED_HEADER = "malformed_header"
    MISSING_SIGNATURE = "missing_signature"
    MALFORMED_SIGNATURE = "malformed_signature"
    MALFORMED_BODY = "malformed_body"
    AMBIGUOUS_FIELD = "ambiguous_field"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a reason, not a password
    TIMESTAMP_TOO_OLD = "timestamp_too_old"
    TIMESTAMP_IN_FUTURE = "timestamp_in_future"
    MERCHANT_NOT_ALLOWED = "merchant_not_allowed"
    # 503: ours to mend
    SECRET_NOT_CONFIGURED = "secret_not_configured"  # noqa: S105 - a reason, not a password
    SECRET_MALFORMED = "secret_malformed"  # noqa: S105 - a reason, not a password
    SECRET_STORE_UNAVAILABLE = "secret_store_unavailable"  # noqa: S105 - a reason, not a password
    QUEUE_UNAVAILABLE = "queue_unavailable"
    # processing
    UNPARSABLE = "unparsable"
    UNKNOWN_PROVIDER = "unknown_provider"
    LEDGER_UNAVAILABLE = "ledger_unavailable"
    TOPIC_UNAVAILABLE = "topic_unavailable"
    UNEXPECTED = "unexpected"


STATUS_OF_REASON = {
    Reason.UNKNOWN_SOURCE: 404,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.TOO_LARGE: 413,
    Reason.UNDECODABLE_BASE64: 400,
}
"""HTTP status of a rejection; every reason that is not here is a failed authentication, 401."""


class WebhookError(Exception):
    """Base of all typed failures: `reason` is for machines, `detail` for the log's reader."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Rejected(WebhookError):
    """The request is refused and changes nothing."""

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return STATUS_OF_REASON.get(self.reason, 401)


class Unavailable(WebhookError):
    """The request may be good, but cannot be checked or stored now: 503, the provider sends it again."""


class Unprocessable(WebhookError):
    """The message cannot be processed however often it is tried: it goes whole to the dead-letter queue."""


class Transient(WebhookError):
    """A step failed in a way that time may mend: the message is tried again by the retry schedule."""
