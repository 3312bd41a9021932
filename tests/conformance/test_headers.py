"""Column: header names in any case and order, doubled and absent headers, through the HTTP trigger itself."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from lambda_src import providers
from lambda_src.providers import PROVIDERS
from lambda_src.queue import Queue
from lambda_src.receive import Receiver
from lambda_src.request import SignedRequest
from lambda_src.signing_secrets import SigningSecrets
from local import senders
from local.samples import sample
from local.signing import sign
from tests.conformance.harness import RECEIVED_AT, secrets_of, signed, source_of
from tests.conformance.rows import URL, row
from tests.unit.harness import FUNCTION, QUEUE_URL, SECRETS_PATH, FakeAws


def receive(name: str, request: SignedRequest, *, in_base64: bool = False) -> tuple[dict[str, Any], FakeAws]:
    """Post a request to a receiver with one source of the provider; return its answer and what it asked of AWS."""
    aws = FakeAws(shop=json.dumps([senders.configured(name, secret) for secret in secrets_of(name)]))
    source = source_of(name)
    fields = {field: getattr(source, field) for field in source.__struct_fields__} | {"notification_url": URL}
    receiver = Receiver(
        {"shop": type(source)(**fields)},
        SigningSecrets(SECRETS_PATH, aws),
        Queue(QUEUE_URL, aws),
        FUNCTION,
        lambda: RECEIVED_AT,
    )
    event = {
        "rawPath": "/shop",
        "headers": dict(request.headers),
        "requestContext": {"requestId": "r", "http": {"method": "POST"}, "domainName": "x.lambda-url.example"},
        "body": base64.b64encode(request.body).decode() if in_base64 else request.body.decode("utf-8", "replace"),
        "isBase64Encoded": in_base64,
    }
    return receiver.receive(event), aws


def with_headers(request: SignedRequest, headers: dict[str, str]) -> SignedRequest:
    """The same request with other headers."""
    return type(request)(body=request.body, headers=headers, url=request.url)


def sent(aws: FakeAws) -> int:
    """How many messages went into the queue."""
    return sum(call.operation == "send_message" for call in aws.calls)


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("in_base64", [False, True], ids=["text", "base64"])
def test_a_good_request_is_acknowledged_as_the_provider_wants_it(name: str, *, in_base64: bool) -> None:
    """A signed request, as text or in base64, is stored and answered by the provider's own acknowledgement."""
    answer, aws = receive(name, signed(name), in_base64=in_base64)
    content_type, body = row(name).acknowledgement
    assert (answer["statusCode"], answer["headers"]["content-type"], answer["body"]) == (200, content_type, body)
    assert sent(aws) == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_header_names_come_in_any_case_and_order(name: str) -> None:
    """Upper case, title case and reversed order are the same request."""
    request = signed(name)
    for change in (str.upper, str.title):
        headers = {change(header): value for header, value in reversed(request.headers.items())}
        assert receive(name, with_headers(request, headers))[0]["statusCode"] == 200


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_signed_header_is_needed(name: str) -> None:
    """Without a signed header, or with an empty one, the request is refused and stored nowhere."""
    request = signed(name)
    for header in row(name).signed_headers:
        others = {each: value for each, value in request.headers.items() if each != header}
        for headers in (others, others | {header: ""}):
            answer, aws = receive(name, with_headers(request, headers))
            assert (answer["statusCode"], answer["body"]) == (401, '{"error":"not_authentic"}')
            assert sent(aws) == 0


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_doubled_header_never_accepts_what_one_would_not(name: str) -> None:
    """A header sent twice arrives joined by a comma: two wrong ones are refused, and it never raises."""
    request = signed(name)
    for header in row(name).signed_headers:
        wrong = request.headers | {header: "x,x"}
        doubled = request.headers | {header: f"{request.headers[header]},{request.headers[header]}"}
        assert receive(name, with_headers(request, wrong))[0]["statusCode"] == 401
        assert receive(name, with_headers(request, doubled))[0]["statusCode"] in {200, 401}


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"{}", b"null"], ids=["empty", "not UTF-8", "{}", "null"])
def test_another_body_is_refused(name: str, body: bytes) -> None:
    """An empty body, one that is not UTF-8 and one without content are refused under a signature of another."""
    if name == "flutterwave_v3":
        pytest.skip("no body is signed: docs/providers.md says what that means")
    request = signed(name)
    answer, aws = receive(name, type(request)(body=body, headers=request.headers, url=URL), in_base64=True)
    assert (answer["statusCode"], sent(aws)) == (401, 0)


@pytest.mark.parametrize(
    ("name", "prefix", "other"), [("standard", "webhook-", "svix-"), ("shopify", "x-shopify-", "shopify-")]
)
def test_the_other_family_of_header_names_is_the_same_scheme(name: str, prefix: str, other: str) -> None:
    """A request whose headers have the provider's other names is accepted too."""
    request = signed(name)
    renamed = {header.replace(prefix, other): value for header, value in request.headers.items()}
    assert receive(name, with_headers(request, renamed))[0]["statusCode"] == 200


def test_square_signs_the_url() -> None:
    """A request that was signed for another URL is refused."""
    made = sign("square", sample("square", "succeeded"), secrets_of("square")[0], url=URL + "/")
    answer, aws = receive("square", SignedRequest(body=made.body, headers=made.headers, url=URL))
    assert (answer["statusCode"], sent(aws)) == (401, 0)


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_module_declares_what_it_forwards(name: str) -> None:
    """Header names are lower case, so that they are found."""
    forwarded = providers.load(name).FORWARDED_HEADERS
    assert [header.lower() for header in forwarded] == list(forwarded)
