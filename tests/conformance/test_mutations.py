"""Column: no part of a signed request can be changed, one byte at a time."""

from __future__ import annotations

import pytest

from lambda_src.errors import Rejected
from lambda_src.providers import PROVIDERS
from lambda_src.request import SignedRequest
from tests.conformance.harness import check, signed
from tests.conformance.rows import row

LEAST = {"adyen": 130, "flutterwave_v3": 0}
"""Covered bytes of a body, at least; of the others all."""


def accepted(name: str, request: SignedRequest) -> bool:
    """Whether a request is accepted; any error that is not a refusal fails the test."""
    try:
        check(name, request)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_covered_byte_of_the_body(name: str) -> None:
    """Whatever byte of the body the signature covers, another one in its place is refused."""
    request = signed(name)
    covers = row(name).covers or (lambda _body, _at: True)
    positions = [at for at in range(len(request.body)) if covers(request.body, at)]
    assert len(positions) >= LEAST.get(name, len(request.body) if row(name).covers is None else 100)
    survivors = []
    for at in positions:
        body = bytearray(request.body)
        body[at] ^= 1
        if accepted(name, SignedRequest(body=bytes(body), headers=request.headers, url=request.url)):
            survivors.append(at)
    assert survivors == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_character_of_the_signed_headers(name: str) -> None:
    """Whatever character of a signed header is replaced or left out, the request is refused."""
    request = signed(name)
    survivors = []
    for header in row(name).signed_headers:
        value = request.headers[header]
        for at, character in enumerate(value):
            for other in ("", "0" if character != "0" else "1"):
                headers = request.headers | {header: value[:at] + other + value[at + 1 :]}
                if accepted(name, SignedRequest(body=request.body, headers=headers, url=request.url)):
                    survivors.append((header, at, other))
    assert survivors == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_bytes_added_or_left_out_at_the_ends(name: str) -> None:
    """A body that is longer or shorter by one byte at either end is refused."""
    if row(name).covers:
        pytest.skip("the bytes around the covered ones are not signed")
    request = signed(name)
    bodies = [request.body + b"\n", b" " + request.body, request.body[1:], request.body[:-1]]
    results = [accepted(name, SignedRequest(body=each, headers=request.headers, url=request.url)) for each in bodies]
    assert results == [False] * 4
