"""The scheme of a generic source is checked when it is configured; each problem names its field."""

from __future__ import annotations

from typing import Any

import pytest

from infra.scheme_settings import read_scheme
from lambda_src.sources import Source, decode_sources, encode_sources
from local.senders.generic import SETTINGS
from tests.infra.program import load, problems_of

GOOD: dict[str, Any] = SETTINGS["scheme"]


def test_a_good_scheme_survives_the_way_to_the_function() -> None:
    """The scheme is the same after the environment variable."""
    problems: list[str] = []
    scheme = read_scheme("sources.x.scheme", GOOD, problems)
    assert problems == []
    sources = {"x": Source(provider="generic", scheme=scheme)}
    assert decode_sources(encode_sources(sources)) == sources


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"signatureHeader": "X-Sig"}, "k.signatureHeader must be the lower-case name of a header; got 'X-Sig'"),
        ({"algorithm": "md5"}, "k.algorithm must be one of sha256, sha512, sha1; got 'md5'"),
        ({"encoding": "hexa"}, "k.encoding must be one of hex, base64; got 'hexa'"),
        ({"type": "kind"}, "k.type must be a JSON pointer such as /data/id; got 'kind'"),
        ({"id": "/a~2"}, "k.id must be a JSON pointer such as /data/id; got '/a~2'"),
        ({"prefix": 3}, "k.prefix must be a text; got 3"),
        ({"prefix": "a,"}, "k.prefix must be printable ASCII without commas; got 'a,'"),
        ({"signed": "{timestamp}"}, "k.signed must be a template that holds {body} once"),
        ({"signed": "{timestamp}{body}{body}"}, "k.signed must be a template that holds {body} once"),
        ({"signed": "{timestamp}{body}{nonce}"}, "k.signed must be a template that holds {body} once"),
        ({"signed": "{body}"}, "k.timestampHeader must be left out, or {timestamp} stand in signed"),
        ({"timestampHeader": None}, "k.timestampHeader must be a text; got None"),
        ({"statuses": {"a": "paid"}}, "k.statuses must be an object of event types, each with one of unknown, pending"),
        ({"colour": "red"}, "k.colour is not a field; the fields are algorithm, amount"),
    ],
)
def test_each_field_is_checked(changes: dict[str, Any], problem: str) -> None:
    """A wrong field is named with what it must be and what it is."""
    problems: list[str] = []
    assert read_scheme("k", GOOD | changes, problems) is None
    assert [each[: len(problem)] for each in problems] == [problem]


@pytest.mark.parametrize(
    ("without", "problem"),
    [
        ("signatureHeader", "k.signatureHeader must be given"),
        ("payment", "k.payment must be given"),
        ("timestampHeader", "k.timestampHeader must be given, since signed holds {timestamp}"),
        ("currency", "k.amount and currency must be given together or not at all"),
    ],
)
def test_what_is_missing_is_named(without: str, problem: str) -> None:
    """A field that must be given is named."""
    problems: list[str] = []
    assert read_scheme("k", {name: value for name, value in GOOD.items() if name != without}, problems) is None
    assert problems == [problem]


def test_a_generic_source_needs_a_scheme_and_no_other_takes_one() -> None:
    """The program stops before a resource is touched."""
    configured: dict[str, Any] = {
        "shop": {"provider": "generic"},
        "eu": {"provider": "stripe", "scheme": GOOD},
        "us": {"provider": "generic", "scheme": "hmac"},
    }
    assert problems_of(lambda: load({"sources": configured})) == (
        "sources.shop.scheme must be given: it says how a generic source signs and what its JSON means",
        "sources.eu.scheme must be left out, since it has no effect for stripe; what has: toleranceSeconds",
        "sources.us.scheme must be an object that describes how the source signs; got 'hmac'",
    )
