"""Leaving secrets behind: the quick look for signs of them never passes one over."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src import decoding
from lambda_src.decoding import without_secrets
from lambda_src.errors import Unprocessable

NAMES = ("client_secret", r"client\u005fsecret", r"\u0063lient_secret", "hmacSignature", "name")
VALUES = (
    '"pi_1_secret_abc"',
    r'"pi_1\u005Fsecret_abc"',
    '"https://x.example/?client_secret=abc"',
    "null",
    '{"a":[1.50]}',
)
DOCUMENTS = [f'{{"a":[{{"{name}":{value}}}],"n":1e3}}' for name, value in product(NAMES, VALUES)]


def walked(raw: bytes) -> bytes:
    """The same, with no quick look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_SIGNS_OF_SECRETS", (b"",))
        return without_secrets(raw, "test")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_secrets_are_found_however_they_are_written(document: str) -> None:
    """As a member's name or inside a text, plain or with escapes, a secret does not travel on."""
    kept = without_secrets(document.encode(), "test")
    assert kept == walked(document.encode())
    assert b"abc" not in kept
    assert "client_secret" not in json.loads(kept)["a"][0]


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["client_secret", "hmacSignature", "a"]), inner)
        ),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_any_document_comes_out_as_if_it_were_walked_through(value: object, ascii_only: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Whatever the JSON, the quick look changes nothing but the time."""
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert without_secrets(raw, "test") == walked(raw)


def test_a_document_without_signs_is_not_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds none is returned as it is, and is still refused where it is no JSON."""
    monkeypatch.setattr(decoding, "_pruned", None)
    raw = b'{"a": [1.50, "\\u00e9"]}'
    assert without_secrets(msgspec.Raw(raw), "test") == raw
    with pytest.raises(Unprocessable):
        without_secrets(b'{"a": [1.50, ]}', "test")


def test_a_number_that_no_decimal_holds_is_unprocessable() -> None:
    """An exponent beyond all bounds ends as any body that cannot be read, for whoever decodes it."""
    raw = b'{"n":1e99999999999999999999}'
    with pytest.raises(Unprocessable, match="not the JSON that was expected"):
        without_secrets(raw, "test")
    with pytest.raises(Unprocessable, match="not the JSON that was expected"):
        decoding.decode(raw, dict[str, Decimal], "test")
