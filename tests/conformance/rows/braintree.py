"""The row of braintree."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlencode

import braintree  # type: ignore[import-untyped]  # ships no types
from braintree.exceptions.invalid_signature_error import InvalidSignatureError  # type: ignore[import-untyped]  # ships no types
from braintree.util.crypto import Crypto  # type: ignore[import-untyped]  # ships no types

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from tests.conformance.rows import URL, Row


def _accepts(request: SignedRequest, secret: str) -> bool:
    public, _, private = secret.partition(":")
    configuration = braintree.Configuration(braintree.Environment.Sandbox, "merchant", public, private)
    form = parse_qs(request.body.decode())
    try:
        gateway = braintree.BraintreeGateway(configuration).webhook_notification
        gateway.parse(form["bt_signature"][0], form["bt_payload"][0])
    except (InvalidSignatureError, UnicodeError, KeyError):
        return False
    return True


def _signs(body: bytes, secret: str) -> SignedRequest:
    public, _, private = secret.partition(":")
    payload = base64.encodebytes(body).decode()
    form = {"bt_signature": f"{public}|{Crypto.sha1_hmac_hash(private, payload)}", "bt_payload": payload}
    return SignedRequest(body=urlencode(form).encode(), headers={}, url=URL)


ROW = Row(
    sdk="braintree 4.48.0",
    signed_headers=(),
    malformed_secrets=("", "key", "public:", ":private", "a|b:private", "public: private"),
    vector_prefix="braintree",
    sdk_accepts=_accepts,
    sdk_signs=_signs,
    secrets_of=lambda vector: [f"{vector['public_key']}:{vector['secret']}"],
    refused={
        "braintree-13": Reason.WRONG_SECRET,
        "braintree-14": Reason.WRONG_SECRET,
        "braintree-15": Reason.MALFORMED_BODY,
    },
)
