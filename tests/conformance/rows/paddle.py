"""The row of paddle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from paddle_billing.Notifications import Secret, Verifier  # type: ignore[import-untyped]  # it ships no types

from lambda_src.errors import Reason
from tests.conformance.rows import Row

if TYPE_CHECKING:
    from lambda_src.request import SignedRequest


class _Request(NamedTuple):
    body: bytes
    headers: dict[str, str]
    content: bytes
    data: bytes


def _accepts(request: SignedRequest, secret: str) -> bool:
    headers = {"Paddle-Signature": request.headers["paddle-signature"]}
    about = _Request(request.body, headers, request.body, request.body)
    # without its clock: the SDK knows no other than the machine's
    return bool(Verifier().verify(about, Secret(secret), verify_time_drift=False))


ROW = Row(
    sdk="paddle-python-sdk 1.16.1 (verifies only)",
    signed_headers=("paddle-signature",),
    malformed_secrets=("", "\n", " key", "\ud800"),
    vector_prefix="paddle",
    sdk_accepts=_accepts,
    refused={
        "paddle-05": Reason.TIMESTAMP_TOO_OLD,
        "paddle-07": Reason.TIMESTAMP_IN_FUTURE,
        "paddle-10": Reason.WRONG_SECRET,
    },
)
