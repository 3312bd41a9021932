"""Card numbers never pass, whatever they are written like; nothing else is touched; the JSON stays JSON."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.masking import mask

VECTORS = Path(__file__).parents[1] / "vectors" / "vectors.jsonl"

# First digits and lengths as the networks publish them; written apart from the code under test.
NETWORKS = {
    "Visa": (["4"], [13, 16, 19]),
    "Mastercard": (["51", "55", "2221", "2720", "2500"], [16]),
    "American Express": (["34", "37"], [15]),
    "Discover": (["6011", "644", "65"], [16, 19]),
    "Diners Club": (["300", "305", "36", "38", "39"], [14, 16, 19]),
    "JCB": (["3528", "3589"], [16, 19]),
    "UnionPay": (["62"], [16, 19]),
    "Maestro": (["50", "56", "58", "63", "67"], [13, 16, 19]),
    "Mir": (["2200", "2204"], [16]),
}


def check_digit(digits: str) -> str:
    """The Luhn digit that completes a number."""
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(digits))
    )
    return str(-total % 10)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """A number that a network could have given out."""
    prefixes, lengths = NETWORKS[draw(st.sampled_from(sorted(NETWORKS)))]
    prefix, length = draw(st.sampled_from(prefixes)), draw(st.sampled_from(lengths))
    body = prefix + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=19, max_size=19)))
    return (body := body[: length - 1]) + check_digit(body)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, str]:
    """A card number, and the same in groups with some separator."""
    number = draw(card_numbers())
    separator = draw(st.sampled_from([" ", "-", ".", "  ", " - ", "\u00a0", "\u2013", "\u202f", "+", "%20"]))
    places = draw(st.lists(st.integers(1, len(number) - 1), max_size=4, unique=True))
    return number, "".join(separator * (place in places) + digit for place, digit in enumerate(number))


def digits_of(text: str) -> str:
    """The ASCII digits of a text, without those of a URL's space."""
    return re.sub(r"[^0-9]", "", text.replace("%20", ""))


def assert_masked(number: str, masked: str) -> None:
    """First six and last four digits, and nothing between."""
    assert digits_of(masked) == number[:6] + number[-4:]
    assert masked.count("*") == len(number) - 10


@given(written())
def test_card_number_in_a_string_is_masked(card: tuple[str, str]) -> None:
    """In a JSON string six and four digits stay, and the separators."""
    number, text = card
    masked, count = mask(json.dumps({"card": text}, ensure_ascii=False))
    assert count == 1
    assert_masked(number, json.loads(masked)["card"])


@given(written())
def test_separators_that_are_json_escapes_are_separators(card: tuple[str, str]) -> None:
    r"""The same with `\u00a0` and its kind, as most languages' JSON writers put them."""
    number, text = card
    masked, count = mask(json.dumps({"card": text}))
    assert count == 1
    assert_masked(number, json.loads(masked)["card"])


@given(card_numbers())
def test_card_number_of_json_escapes_is_masked(number: str) -> None:
    r"""Digits written as `\u0034` are digits."""
    text = "".join(f"\\u00{ord(digit):x}" for digit in number)
    masked, count = mask('{"card":"' + text + '"}')
    assert count == 1
    assert_masked(number, json.loads(masked)["card"])


@given(card_numbers())
def test_bare_number_becomes_a_string(number: str) -> None:
    """A bare JSON number is masked and quoted, so that the JSON stays valid."""
    masked, count = mask(json.dumps({"a": int(number), "b": [int(number), -1], "c": "x"}))
    value = json.loads(masked)
    assert count == 2
    assert (value["b"][1], value["c"]) == (-1, "x")
    assert_masked(number, value["a"])
    assert_masked(number, value["b"][0])


@given(card_numbers())
def test_number_with_sign_or_fraction_becomes_a_string(number: str) -> None:
    """A card number that a careless writer made a negative or a float is masked as well."""
    masked, count = mask(f'{{"a":-{number},"b":{number}.0}}')
    value = json.loads(masked)
    assert count == 2
    assert_masked(number, value["a"])
    assert value["b"].startswith(number[:6] + "*" * (len(number) - 10))
    assert number not in value["b"]


@given(card_numbers())
def test_card_number_as_a_key_is_masked(number: str) -> None:
    """A key is a string like any other."""
    masked, count = mask(json.dumps({number: 1}))
    assert count == 1
    ((key, value),) = json.loads(masked).items()
    assert value == 1
    assert_masked(number, key)


@pytest.mark.parametrize(
    "template",
    [
        "https://shop.example/pay/{}?x=1",
        "https://shop.example/?card={}&x=1",
        "q=my%20card%20{}",
        "%22{}%22",
        "card={}",
        "My card is {}, please charge it.",
        "card:{}",
        "<card>{}</card>",
        "a\\n{}\\nb",
        "\\u00a0{}\\u00a0",
        "\\u0020{}",
        "\\u2028{}",
        "\u00a0{}",
        "order 12 {}",
        "*{}*",
        "pan_{}_x",
    ],
)
@given(number=card_numbers())
def test_card_number_in_free_text_is_masked(template: str, number: str) -> None:
    """In URLs, forms, XML and sentences, next to whatever escape, the middle digits are gone."""
    for text in (template.format(number), '{"text":"' + template.format(number).replace('"', '\\"') + '"}'):
        masked, _ = mask(text)
        assert number not in masked
        assert number[:6] + "*" * (len(number) - 10) + number[-4:] in masked


@pytest.mark.parametrize("script", [0x0660, 0xFF10, 0x0966])
def test_digits_of_other_scripts_are_digits(script: int) -> None:
    """A card number in Arabic, full-width or Devanagari digits is masked."""
    text = "".join(chr(script + int(digit)) for digit in "4242424242424242")
    masked, count = mask(json.dumps({"card": text}, ensure_ascii=False))
    assert count == 1
    assert json.loads(masked)["card"] == text[:6] + "******" + text[-4:]


structures = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | card_numbers()
    | card_numbers().map(int),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def same_shape(before: Any, after: Any) -> bool:  # noqa: ANN401 - any JSON value
    """The same JSON, but for strings, and integers that became strings."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(map(same_shape, before.values(), after.values()))
    if isinstance(before, list):
        return isinstance(after, list) and len(before) == len(after) and all(map(same_shape, before, after))
    if isinstance(before, bool | float) or before is None:
        return type(before) is type(after) and before == after
    if isinstance(before, int) and isinstance(after, str):
        return "*" in after
    return type(before) is type(after) and (isinstance(before, str) or before == after)


@given(structures, st.booleans(), st.sampled_from([None, 1]))
def test_json_stays_json_of_the_same_structure(value: Any, ascii_only: bool, indent: int | None) -> None:  # noqa: ANN401, FBT001 - drawn by hypothesis
    """Whatever the JSON, masked it parses to the same structure; no float, bool or null changes at all."""
    masked, count = mask(json.dumps([value], ensure_ascii=ascii_only, indent=indent))
    after = json.loads(masked)
    assert same_shape([value], after)
    assert count or after == [value]


@given(structures)
def test_masking_twice_is_masking_once(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """What is masked has nothing left to mask."""
    masked, _ = mask(json.dumps([value]))
    assert mask(masked) == (masked, 0)


def test_a_number_that_shares_digits_with_another_is_masked() -> None:
    """Digits before a card number may make a number of their own with its first group: both go (found by fuzzing)."""
    assert mask("4000 0000 0002 4242 4242 4242 4242") == ("4000 00** **** 4242 42** **** 4242", 2)


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    """No text makes masking fail, and masking it again changes nothing."""
    masked, _ = mask(text)
    assert mask(masked) == (masked, 0)


@given(card_numbers(), st.integers(1, 9))
def test_wrong_check_digit_is_no_card_number(number: str, change: int) -> None:
    """What fails the check digit stays as it is."""
    text = json.dumps({"reference": number[:-1] + str((int(number[-1]) + change) % 10)})
    assert mask(text) == (text, 0)


@given(st.floats(0, 10**6).map(repr), st.sampled_from(["[{}]", '{{"rate":{}}}', '{{"a":1,"rate":-{}}}']))
def test_fractions_are_left_alone(number: str, template: str) -> None:
    """The many digits of a float are no card number."""
    text = template.format(number)
    assert mask(text) == (text, 0)


@pytest.mark.parametrize(
    "fraction",
    ["0.4242424242424242", "1.4242424242424242", "4.242424242424242", "0.30000000000000004", "5555555555.554444"],
)
def test_fraction_that_looks_like_a_card_number_is_left_alone(fraction: str) -> None:
    """Quoting the digits after a point would break the JSON."""
    text = f'{{"rate":{fraction}}}'
    assert mask(text) == (text, 0)


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # wrong check digit
        "1111111111111117",  # no issuer
        "424242424242",  # too short
        "42424242424242424242",  # too long
        "1760000000",  # a time in seconds
        "1760000000000",  # and in milliseconds
        "2026-03-01T12:00:00.000Z",
        "4242-4242:4242-4242",
        "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        "550e8400-e29b-41d4-a716-446655440000",
        "424242******4242",
    ],
)
def test_what_is_no_card_number_is_left_alone(text: str) -> None:
    """Numbers of other lengths, ranges or check digits, times and ids stay as they are."""
    assert mask(json.dumps({"a": text})) == (json.dumps({"a": text}), 0)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('{"cvc":"123","cvc_check":"pass"}', '{"cvc":"***","cvc_check":"pass"}'),
        ('{"cvc": 1234 }', '{"cvc": "***" }'),
        ('{"card_cvv2":"123"}', '{"card_cvv2":"***"}'),
        ('{"CVV":"999"}', '{"CVV":"***"}'),
        ('{"securityCode":"123","security_code":1234}', '{"securityCode":"***","security_code":"***"}'),
        ('{"verification_value":"123"}', '{"verification_value":"***"}'),
        (r'{"raw":"{\"cvc\":\"123\"}"}', r'{"raw":"{\"cvc\":\"***\"}"}'),
        ("number=1&cvc=123&x=1", "number=1&cvc=***&x=1"),
        ("card[cvc]=1234", "card[cvc]=***"),
        ("card%5Bcvc%5D=123&a=1", "card%5Bcvc%5D=***&a=1"),
        ('{"u":"https://x.example/?cvv=123"}', '{"u":"https://x.example/?cvv=***"}'),
    ],
)
def test_verification_codes_are_masked(text: str, masked: str) -> None:
    """The three or four digits go, all of them, under every usual name, in JSON and forms."""
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    "text",
    ['{"cvc":null}', '{"cvc_check":"123"}', '{"cvcResult":"1 Matches"}', '{"cvc":12345}', '{"acvc":{}}', "cvc=12345"],
)
def test_results_of_checks_are_left_alone(text: str) -> None:
    """What only sounds like a code is none."""
    assert mask(text) == (text, 0)


@pytest.mark.parametrize(
    ("track", "masked"),
    [
        (";4242424242424242=25121010000012345678?", ";424242******4242=***?"),
        ("%B4242424242424242^DOE/JOHN^25121010000012345678?", "%B424242******4242=***?"),
        ("4242424242424242%3D25121010000012345678", "424242******4242=***"),
    ],
)
def test_stripe_of_a_card_is_masked(track: str, masked: str) -> None:
    """Of magnetic-stripe data the number is masked and the rest goes."""
    assert mask(track)[0] == masked


def test_vectors_are_left_alone() -> None:
    """In the bodies that 21 providers publish, no id, time or amount is taken for a card number."""
    for line in VECTORS.read_text().splitlines():
        body = json.loads(line)["body"]
        assert mask(body) == (body, 0)


@given(written())
def test_number_next_to_other_digits_is_masked(card: tuple[str, str]) -> None:
    """Digits before and after, apart by a separator, do not hide a card number: at least its middle goes."""
    number, text = card
    masked, count = mask(f"order 12 {text} 25")
    assert count == 1
    assert number not in digits_of(masked)
    assert masked.count("*") >= len(number) - 10


MEGABYTE = 1_000_000
ADVERSARIAL = {
    "digits": "4" * MEGABYTE,
    "groups of one": "4 " * (MEGABYTE // 2),
    "points": "1." * (MEGABYTE // 2),
    "separators": "1   " * (MEGABYTE // 4),
    "escapes": "\\u0034" * (MEGABYTE // 6),
    "URL spaces": "%20" * (MEGABYTE // 3),
    "open string of escaped quotes": '{"a":"' + '\\"' * (MEGABYTE // 2) + "4242424242424242",
    "backslashes": "\\" * MEGABYTE + "4242424242424242",
    "names of codes": '"cvc' * (MEGABYTE // 4),
    "form": "&cvc" * (MEGABYTE // 4),
    "stripes": "%B4242424242424242^" * (MEGABYTE // 18),
    "bare card numbers": "[" + "4242424242424242," * (MEGABYTE // 17) + "1]",
    "bare words": "{" + "1-4242424242424242-" * (MEGABYTE // 19),
}


class Steps:
    """Counts the calls and lines that Python runs in the masking module."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: Any, event: str, _: object) -> Any:  # noqa: ANN401 - the interpreter's protocol
        """Count one step in our module; others are not followed."""
        if not frame.f_code.co_filename.endswith("masking.py"):
            return None
        self.count += event == "line"
        return self


def steps_of(text: str) -> int:
    """How many lines masking a text runs."""
    steps = Steps()
    before = sys.gettrace()
    sys.settrace(steps)
    try:
        mask(text)
    finally:
        sys.settrace(before)
    return steps.count


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_hostile_body_costs_no_more_than_its_length(name: str) -> None:
    """Work grows with the length of a body and not with its square: twice the text, at most about twice the steps."""
    text = ADVERSARIAL[name]
    short, long = text[:20_000], text[:40_000]
    assert steps_of(long) <= 2.2 * steps_of(short) + 100


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_hostile_megabyte_is_finished(name: str) -> None:
    """The largest body, built to be slow, comes to an end with no card number left; a quadratic one would not."""
    masked, _ = mask(ADVERSARIAL[name])
    assert not re.search(r"(?<!\d)4242424242424242(?!\d)", masked)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ('"WH-2MW4820926242972J-6SG"', '"WH-2MW4820926242972J-6SG"'),
        ('"card4242424242424242"', '"card424242******4242"'),
        ('"4242424242424242x"', '"424242******4242x"'),
        (r'"a\n4242424242424242x"', r'"a\n424242******4242x"'),
        (r'"a\u000a4242424242424242x"', r'"a\u000a424242******4242x"'),
        ("n=%3A4242424242424242x", "n=%3A424242******4242x"),
    ],
)
def test_digits_inside_a_word_are_an_id(text: str, masked: str) -> None:
    """Digits with letters on both sides are part of an id, which must stay itself; one letter does not make a word."""
    assert mask(text)[0] == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<cvv>737</cvv>", "<cvv>***</cvv>"),
        ('<card-cvc-code type="x"> 1234 </card-cvc-code>', '<card-cvc-code type="x"> *** </card-cvc-code>'),
        ("<amount>737</amount>", "<amount>737</amount>"),
    ],
)
def test_verification_codes_in_xml_are_masked(text: str, masked: str) -> None:
    """An element that is named as a verification code loses its digits, another does not."""
    assert mask(text)[0] == masked
