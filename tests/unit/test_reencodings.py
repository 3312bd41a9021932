"""A body that was written anew on its way is recognised, with the form that was signed, and nothing else is."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
import stripe

from lambda_src.errors import Reason
from lambda_src.request import SignedRequest
from lambda_src.sources import Source
from local import senders
from local.diagnosis import Diagnosis, diagnose
from local.mistakes import KnownSource
from local.signing import sign
from tests.conformance.harness import source_of
from tests.conformance.rows import NOW, URL

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "whsec_live"
KNOWN = {"shop": KnownSource(source=Source(provider="stripe"), url=URL, secrets=(SECRET,))}
BODY = (
    '{\n  "id": "evt_1",\n  "object": "event",\n  "note": "Zoë & Söhne / 10",\n  "livemode": false,\n  "rate": 1.5\n}'
)


def _diagnosis(received: bytes, *, signed_body: str = BODY) -> Diagnosis:
    """What is found out about a body that was received in place of the one that Stripe's SDK signed."""
    header = stripe.WebhookSignature.generate_signature_header(signed_body, SECRET, NOW)
    return diagnose("shop", SignedRequest(body=received, headers={"stripe-signature": header}, url=URL), KNOWN, NOW)


@pytest.mark.parametrize(
    ("reencoded", "form"),
    [
        (lambda body: body + b"\n", "without the newline at its end"),
        (lambda body: body.replace(b"\n", b"\r\n"), "with LF as its line ends"),
        (lambda body: b"\xef\xbb\xbf" + body, "without the byte order mark"),
        (lambda body: body.decode("latin-1").encode(), "before UTF-8 was read as latin-1 and written as UTF-8 again"),
        (lambda body: body.decode().encode("latin-1"), "in UTF-8, not in latin-1"),
        (base64.b64encode, "before it was written in base64"),
        (lambda body: json.dumps(body.decode()).encode(), "before it was put into a JSON text"),
        (lambda body: json.dumps(json.loads(body)).encode(), "as JSON indented by 2 spaces"),
        (lambda body: json.dumps(json.loads(body), separators=(",", ":")).encode(), "as JSON indented by 2 spaces"),
        (lambda body: body.replace(b"/", b"\\/"), "as JSON indented by 2 spaces"),
    ],
)
def test_a_body_that_was_re_encoded_is_told_with_the_form_that_was_signed(
    reencoded: Callable[[bytes], bytes], form: str
) -> None:
    """The body as another program would have written it is refused, and the form that Stripe signed is named."""
    found = _diagnosis(reencoded(BODY.encode()))
    assert found == Diagnosis(
        reason=Reason.WRONG_SECRET,
        proven=True,
        causes=(f"the body was re-encoded on its way: the signature holds for the body {form}",),
    )


def test_numbers_stay_as_they_are_written() -> None:
    """A body that only lost its white space is recognised although 1.50 would be 1.5 once it is decoded."""
    body = BODY.replace("1.5", "1.50")
    compact = body.replace("\n", "").replace("  ", "").replace('": ', '":')
    assert _diagnosis(compact.encode(), signed_body=body).proven


@pytest.mark.parametrize(
    ("name", "received", "form"),
    [
        ("paystack", {"event": "é/", "data": 1}, "as JSON without white space"),
        ("shopify", {"event": "é/", "data": 1}, "as JSON without white space"),
        ("mollie", {"data": 1, "event": "é/"}, "as JSON without white space, its keys in order"),
    ],
)
def test_other_providers_bodies_are_recognised_as_well(name: str, received: dict[str, object], form: str) -> None:
    """Whatever the scheme, the form that was signed is found behind what a JSON library made of it."""
    signed_as = dict(sorted(received.items())) if "keys" in form else received
    body = json.dumps(signed_as, separators=(",", ":"), ensure_ascii=False).encode()
    secret = senders.load(name).new_secret()
    headers = sign(name, body, secret, url=URL, now=NOW).headers
    known = {"shop": KnownSource(source=source_of(name), url=URL, secrets=(secret,))}
    shuffled = dict(sorted(received.items(), reverse=True)) if "keys" in form else received
    request = SignedRequest(body=json.dumps(shuffled).encode(), headers=headers, url=URL)
    assert diagnose("shop", request, known, NOW).causes == (
        f"the body was re-encoded on its way: the signature holds for the body {form}",
    )


def test_a_changed_amount_is_not_explained_away() -> None:
    """A body that says something else than what was signed is never told to be only re-encoded."""
    found = _diagnosis(BODY.replace("1.5", "9.5").encode())
    assert (found.reason, found.proven) == (Reason.WRONG_SECRET, False)
