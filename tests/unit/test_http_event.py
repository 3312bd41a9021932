"""The two formats in which Lambda delivers an HTTP request read as the same request."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.http_event import HttpEvent, read

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)


def of_function_url(headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """Write a Function URL's event (2.0): names in lower case, values of one name joined by a comma."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name.lower()] = f"{joined[name.lower()]},{value}" if name.lower() in joined else value
    return {
        "version": "2.0",
        "rawPath": "/stripe",
        "headers": joined,
        "requestContext": {
            "requestId": "r-1",
            "domainName": "id.lambda-url.eu-central-1.on.aws",
            "http": {"method": "POST", "path": "/stripe"},
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def of_rest_api(headers: list[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """Write a REST API's event (1.0): names as the client wrote them, each value apart, the last one also alone."""
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    return {
        "resource": "/{source}",
        "path": "/stripe",
        "httpMethod": "POST",
        "headers": {name: values[-1] for name, values in several.items()},
        "multiValueHeaders": several,
        "requestContext": {
            "requestId": "r-1",
            "domainName": "id.execute-api.eu-central-1.amazonaws.com",
            "httpMethod": "POST",
            "path": "/dev/stripe",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


@given(headers=HEADERS, body=st.binary(max_size=50))
def test_both_formats_read_as_the_same_request(headers: list[tuple[str, str]], body: bytes) -> None:
    """Header case, repeated headers and base64 make no difference; only the URL that was called differs."""
    headers.sort(key=lambda header: header[0].lower())
    one, other = read(of_function_url(headers, body)), read(of_rest_api(headers, body))
    assert _without_url(one) == _without_url(other)
    assert one.url == "https://id.lambda-url.eu-central-1.on.aws/stripe"
    assert other.url == "https://id.execute-api.eu-central-1.amazonaws.com/dev/stripe"


def test_the_url_never_comes_from_a_header() -> None:
    """Providers that sign the URL are checked against what AWS says was called, not against what the sender says."""
    headers = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")]
    for event in (of_function_url(headers, b""), of_rest_api(headers, b"")):
        assert "evil" not in read(event).url


def test_a_request_without_headers_and_body_is_read() -> None:
    """AWS sends null for what is not there."""
    event = {**of_rest_api([], b""), "headers": None, "multiValueHeaders": None, "body": None, "isBase64Encoded": False}
    assert read(event) == HttpEvent(
        method="POST",
        path="/stripe",
        headers={},
        body="",
        is_base64=False,
        url="https://id.execute-api.eu-central-1.amazonaws.com/dev/stripe",
        request_id="r-1",
    )


def _without_url(http: HttpEvent) -> tuple[object, ...]:
    return (http.method, http.path, http.headers, http.body, http.is_base64, http.request_id)
