"""What spares masking its patterns: a quick look says that there is nothing only where the patterns find nothing."""

from __future__ import annotations

import json
import re
import string
import sys
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src import masking
from lambda_src.masking import mask
from tests.unit.test_masking import VECTORS

if TYPE_CHECKING:
    from collections.abc import Callable

SEPARATORS = (
    " ",
    ".",
    "+",
    "-",
    "%20",
    "\u00a0",
    "\u2013",
    r"\u00a0",
    r"\u00A0",
    r"\u2010",
    r"\u2212",
    r"\u0020",
    "\u00e9",
    "%2",
)
NAMES = (
    "cvc",
    "CVV2",
    "cvn-value",
    "security_code",
    "securIty-number",
    "\u017fecurity_code",
    "secur\u0131ty_code",
    "cvcheck",
)
TAILS = ('":737,', '" : "737"', r"\":\"1234\"", "=737", "]=737&", "%5D=737", ">737</", ' x="y"> 1234 </', '":"pass"')
TAILS_OF_STRIPES = ("", "=9912101", "%3D9912101", "^A B^9912101")
LEADS = ("", '"', "&", "<", '<a>&"', "\u00e9&")
DIGITS: tuple[Callable[[str], str], ...] = (str, lambda digit: rf"\u003{digit}", lambda digit: chr(0x660 + int(digit)))
NUMBERS = [
    lead + separator.join(map(digit, "4242424242424242")) + tail
    for lead, separator, digit, tail in product(LEADS, ("", *SEPARATORS), DIGITS, TAILS_OF_STRIPES)
]
CODES = [lead + name + tail for lead, name, tail in product(LEADS, NAMES, TAILS)]
TOKENS = st.sampled_from([*NUMBERS, *CODES]) | st.sampled_from([*SEPARATORS, *'a\\\n,{}[]<>&?#"4', "42", "\ud800"])


def tried(text: str) -> tuple[str, int]:
    """Mask a body without the quick looks that spare the patterns' work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "_may_hold_code", lambda _: True)
        patch.setattr(masking, "_may_hold_number", lambda _: True)
        return mask(text)


@pytest.mark.parametrize("texts", [NUMBERS, CODES], ids=["numbers", "codes"])
def test_every_way_of_writing_is_tried(texts: list[str]) -> None:
    """Whatever separates the digits, whatever they are and whatever a code stands in, no quick look passes it over."""
    assert [mask(text) for text in texts] == [tried(text) for text in texts]
    assert sum(mask(text)[1] > 0 for text in texts) > len(texts) // 4


@given(st.lists(TOKENS | st.text(max_size=3), max_size=8).map("".join))
def test_what_is_not_tried_has_nothing_to_mask(text: str) -> None:
    """With the quick looks any body comes out as it does without them."""
    assert mask(text) == tried(text)


def test_quick_looks_know_every_letter_that_ignoring_case_knows() -> None:
    """No letter but those named is an `s` or an `i` to a pattern alone, or changes its length in lower case."""
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    alike = set(re.findall("[a-z]", every, re.IGNORECASE)) - set(string.ascii_letters)
    unlike = {letter for letter in alike if letter.lower() not in string.ascii_lowercase}
    assert unlike <= set(masking._FOLDED_TO_ASCII)
    assert {letter for letter in every if len(letter.lower()) != 1} <= set(masking._FOLDED_TO_ASCII)


@pytest.mark.parametrize("spared", ["_CODE_IN_JSON", "_CODE_IN_FORM", "_CODE_IN_XML", "_TRACK_DATA", "_CANDIDATE"])
def test_patterns_are_spared_where_there_is_nothing(spared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what the providers publish nearly all is seen to hold nothing without a pattern that tries every character."""
    pattern = getattr(masking, spared)
    bodies_tried = []

    class Noting:
        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of a pattern
            bodies_tried.append(body)
            return getattr(pattern, name)

    monkeypatch.setattr(masking, spared, Noting())
    bodies = [json.loads(line)["body"] for line in VECTORS.read_text().splitlines()]
    for body in bodies:
        mask(body)
    assert len(bodies_tried) <= len(bodies) // 5
