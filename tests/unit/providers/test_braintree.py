"""Braintree's XML: what is read of it, and that no XML whatever raises anything untyped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.errors import Unprocessable
from lambda_src.providers import load, unwrapped
from local.samples import sample
from tests.unit.providers.helpers import delivery, parse

PROVIDER = load("braintree")


@given(
    at=st.integers(0, 600),
    new=st.sampled_from(["", "<", ">", "&", "&#0;", "</", "x", "<a/>", "\x00", "-", "<![CDATA["]),
)
def test_a_changed_payload_is_mapped_or_unprocessable(at: int, new: str) -> None:
    """Whatever is put into a true payload, it is mapped or unprocessable."""
    text = sample("braintree", "disputed").decode()
    try:
        events = parse("braintree", delivery("braintree", (text[:at] + new + text[at + 1 :]).encode()))
    except Unprocessable:
        return
    assert len(events) == 1
    assert json.loads(events[0].payload)


@pytest.mark.parametrize(
    "payload",
    [
        '<!DOCTYPE n [<!ENTITY a "x">]><notification><kind>&a;</kind></notification>',
        "<notification>" + "<a>" * 200 + "</a>" * 200 + "</notification>",
        "<notification><timestamp>2026-01-01T00:00:00Z</timestamp></notification>",
        "<notification><kind>check</kind><timestamp>yesterday</timestamp></notification>",
        '<?xml version="1.0" encoding="nonsense"?><notification/>',
    ],
    ids=["entity", "deep", "no kind", "no time", "encoding"],
)
def test_what_braintree_does_not_send_is_unprocessable(payload: str) -> None:
    """A document type, deep nesting and missing fields are unprocessable."""
    with pytest.raises(Unprocessable):
        parse("braintree", delivery("braintree", payload.encode()))


@given(st.binary(max_size=80))
def test_unwrapping_never_raises(body: bytes) -> None:
    """A body that is no form of Braintree's stays as it is or is decoded."""
    assert isinstance(unwrapped(PROVIDER, body), bytes)
