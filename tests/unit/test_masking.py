"""Card data is taken out, and nothing else is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.masking import mask

PREFIXES = {"4": 16, "51": 16, "2221": 16, "2720": 16, "34": 15, "37": 15, "36": 14, "3528": 16, "6011": 16, "62": 19}
VECTORS = (Path(__file__).parents[1] / "vectors/vectors.jsonl").read_text().splitlines()


def with_check_digit(digits: str) -> str:
    """Append the digit that makes a number valid (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 - place % 2)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """A valid number in some network's range."""
    prefix, length = draw(st.sampled_from(sorted(PREFIXES.items())))
    rest = draw(st.text("0123456789", min_size=length - len(prefix) - 1, max_size=length - len(prefix) - 1))
    return with_check_digit(prefix + rest)


def hidden(number: str) -> str:
    """The number with its middle digits replaced."""
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


@given(card_numbers(), st.sampled_from(["", " ", "-", "."]))
def test_a_number_is_masked_wherever_it_stands(number: str, separator: str) -> None:
    """As a text, a bare number, a name, in prose and in a URL, in groups or not, and the JSON stays JSON."""
    grouped = separator.join(number[place : place + 4] for place in range(0, len(number), 4))
    body = {
        "text": grouped,
        "bare": [int(number)],
        number: 1,
        "prose": f"card {grouped}, thanks",
        "u": f"?pan={number}&",
    }
    masked, count = mask(json.dumps(body))
    value: dict[str, Any] = json.loads(masked)
    assert count == 5
    assert value["bare"] == [hidden(number)]
    assert value[hidden(number)] == 1
    assert value["u"] == f"?pan={hidden(number)}&"
    assert value["text"].replace(separator or "\0", "") == hidden(number)
    assert number not in masked.replace(separator or "\0", "")


@given(card_numbers())
def test_a_number_written_in_escapes_is_masked(number: str) -> None:
    """JSON escapes of digits are digits."""
    masked, _ = mask('{"n":"' + "".join(f"\\u003{digit}" for digit in number) + '"}')
    assert json.loads(masked) == {"n": hidden(number)}


@given(card_numbers(), st.integers(1, 9))
def test_a_wrong_check_digit_is_no_card_number(number: str, change: int) -> None:
    """What fails the check digit stays as it is."""
    wrong = number[:-1] + str((int(number[-1]) + change) % 10)
    assert mask(json.dumps({"reference": wrong})) == (json.dumps({"reference": wrong}), 0)


@given(st.text())
def test_masking_is_idempotent_and_never_fails(text: str) -> None:
    """Any text can be masked, and masking it again changes nothing."""
    once, _ = mask(text)
    assert mask(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"cvc":"123","x":1}', '{"cvc":"***","x":1}'),
        ('{"card_cvv2": 1234}', '{"card_cvv2": "***"}'),
        ('{"cvc_check":"pass","cvcResult":"1 Matches"}', '{"cvc_check":"pass","cvcResult":"1 Matches"}'),
        ("cvc=123&a=1", "cvc=***&a=1"),
        ("%B4242424242424242^DOE/JOHN^25121010000000000?", "%B424242******4242=***?"),
        (";4242424242424242=25121010000000000?", ";424242******4242=***?"),
    ],
)
def test_codes_and_tracks_are_masked(text: str, expected: str) -> None:
    """Verification codes and magnetic-stripe content go; results of their checks stay."""
    assert mask(text)[0] == expected


@pytest.mark.parametrize("line", VECTORS, ids=lambda line: json.loads(line)["id"])
def test_no_real_webhook_is_touched(line: str) -> None:
    """Ids, times and amounts of genuine and documented webhooks are never taken for card numbers."""
    body = json.loads(line)["body"]
    assert mask(body) == (body, 0)
