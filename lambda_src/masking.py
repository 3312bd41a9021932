r"""Card numbers and verification codes are taken out of a body before anything keeps it.

A card number is 13 to 19 digits in an issuer's range with a right check digit (ISO/IEC 7812-1), written together or in
groups, and not inside a word. Its first six and last four digits stay, as PCI DSS 3.4.1 allows. Digits may be JSON
escapes (`\u0034`) or of another script. The body stays valid JSON: a bare number becomes a string, and a fraction's
digits are no card number.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import NamedTuple

_ISSUERS: dict[str, tuple[int, ...]] = {
    # pattern of the first digits -> lengths, longest first
    "220[0-4]": (19, 18, 17, 16),  # Mir
    "222[1-9]|22[3-9]|2[3-6]|27[01]|2720": (16,),  # Mastercard
    "30[0-5]|3095|3[89]": (19, 18, 17, 16, 14),  # Diners Club
    "3[47]": (15,),  # American Express
    "352[89]|35[3-8]": (19, 18, 17, 16),  # JCB
    "36": (19, 18, 17, 16, 15, 14),  # Diners Club
    "4": (19, 18, 16, 13),  # Visa
    "5[1-5]": (16,),  # Mastercard
    "60|62|6[45]": (19, 18, 17, 16),  # Discover, RuPay, Elo, Hipercard, UnionPay
    "50|5[678]|63|67": (19, 18, 17, 16, 15, 14, 13),  # Maestro, RuPay, Elo, Verve
}
_ISSUER = re.compile("|".join(f"({prefix})" for prefix in _ISSUERS))
_LENGTHS = tuple(_ISSUERS.values())

_SHORTEST = 13
_KEPT_FIRST, _KEPT_LAST = 6, 4

_DIGIT = r"(?:\d|\\u003\d)"
# Spaces and hyphens of all widths, dots and a form's plus; plain, as JSON escapes, and a URL's space.
_SEPARATOR = (
    r"(?:[ .+\-\u00a0\u2007\u2009\u2010-\u2015\u202f\u2212]|%20|"
    r"\\u00(?:20|2[dD]|[aA]0)|\\u20(?:0[79]|1[0-5]|2[fF])|\\u2212)"
)
_CANDIDATE = re.compile(rf"{_DIGIT}(?:{_SEPARATOR}{{0,3}}{_DIGIT}){{{_SHORTEST - 1},}}")
_DIGIT_OR_SEPARATOR = re.compile(rf"{_SEPARATOR}|({_DIGIT})")
_AFTER_ESCAPE = re.compile(r"(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4})")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^\s",:\[\]{}]+', re.DOTALL)
_JSON_NUMBER = re.compile(r"-?([0-9]+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_CODE_NAME = (
    r"(?:(?:cvc|cvv|csc|cvn)2?(?:[_\-]?(?:code|number|value))?|(?:security|verification)[_\-]?(?:code|number|value))"
)
# The quotes of JSON inside a JSON string are escaped.
_CODE_IN_JSON = re.compile(
    rf'((\\{{0,3}})"[A-Za-z_\-]*{_CODE_NAME}\2"\s*:\s*)(?:\2"\d{{3,4}}\2"|\d{{3,4}}(?=\s*[,}}]))', re.IGNORECASE
)
_CODE_IN_FORM = re.compile(
    rf"((?:^|[&?])[^=&\"\s]{{0,64}}?{_CODE_NAME}(?:\]|%5D)?=)\d{{3,4}}(?=[&\"\s#]|$)", re.IGNORECASE
)
_CODE_IN_XML = re.compile(
    rf"(<[A-Za-z_\-]{{0,64}}?{_CODE_NAME}(?:\s[^<>]{{0,200}})?>\s*)\d{{3,4}}(?=\s*</)", re.IGNORECASE
)
# A code's name and the beginning of its value: what the three need, the last only where there are tags.
_CODE = re.compile(rf"{_CODE_NAME}(?:\\{{0,3}}\"\s*:\s*\\{{0,3}}\"?|(?:\]|%5D)?=)\d{{3}}", re.IGNORECASE)
_CODE_IN_TAG = re.compile(rf"{_CODE_NAME}(?:\s[^<>]{{0,200}})?>\s*\d{{3}}", re.IGNORECASE)
_CODE_WORDS = ("cvc", "cvv", "csc", "cvn", "security", "verification")
_MAX_LOOKS = 100
"""Words that are looked behind one by one; where there are more the patterns are tried."""

_FOLDED_TO_ASCII = ("\u017f", "\u0130", "\u0131")
"""Letters that a pattern takes for an `s` or an `i` where case is ignored, and that do not become one in lower case."""

_TRACK_DATA = re.compile(r"(\d{13,19})(?:(?:=|%3[dD])\d{7,}|\^[^\^\"]{2,26}\^\d{7,})")

_ESCAPED_SEPARATOR = re.compile(rb"\\u(?:00(?:20|2[dD]|[aA]0)|20(?:0[79]|1[0-5]|2[fF])|2212)")
_ASCII = bytes(range(128))
_NOT_ASCII = bytes(range(128, 256))
_DIGITS_ALIKE = bytes(0x30 if 0x30 <= byte <= 0x39 else byte for byte in range(256))  # noqa: PLR2004 - "0" to "9"
_SHORTEST_RUN = b"0" * _SHORTEST

_Spans = list[tuple[int, int]]


class _Numbers(NamedTuple):
    """Card numbers that overlap, or one alone: the places of all digits, of those that must go, and how many it is."""

    digits: _Spans
    hidden: _Spans
    windows: int


def mask(text: str) -> tuple[str, int]:
    """Mask every card number, verification code and magnetic-stripe content of a body.

    Args:
        text: The body.

    Returns:
        The masked body, and how many places were masked.
    """
    masked = 0
    if _may_hold_code(text):
        text, codes = _CODE_IN_JSON.subn(r'\1\2"***\2"', text)
        text, form_codes = _CODE_IN_FORM.subn(r"\1***", text)
        text, xml_codes = _CODE_IN_XML.subn(r"\1***", text)
        masked += codes + form_codes + xml_codes
    if _may_hold_number(text):  # which a magnetic stripe begins with
        text, tracks = _TRACK_DATA.subn(r"\1=***", text)
        text, numbers = _mask_numbers(text)
        masked += tracks + numbers
    return text, masked


# Most bodies hold nothing to mask. To see that costs a few searches in C, where a pattern would try every character.
# Either says no only where the patterns find nothing, which tests/unit/test_masking.py holds against the patterns.


def _may_hold_code(text: str) -> bool:
    """Say whether the patterns of verification codes are worth trying."""
    if not text.isascii() and any(letter in text for letter in _FOLDED_TO_ASCII):
        return True
    lower = text.lower()
    has_tags = "<" in text
    looks = _MAX_LOOKS
    for word in _CODE_WORDS:
        place = lower.find(word)
        while place >= 0:
            looks -= 1
            if not looks or _CODE.match(text, place) or (has_tags and _CODE_IN_TAG.match(text, place)):
                return True
            place = lower.find(word, place + 1)
    return False


def _may_hold_number(text: str) -> bool:
    """Say whether there are enough digits with nothing but separators between them."""
    raw = text.encode(errors="surrogatepass")
    if b"\\u003" in raw:
        return True  # a digit as an escape
    if not text.isascii() and any(map(str.isdecimal, set(raw.translate(None, _ASCII).decode(errors="surrogatepass")))):
        return True  # a digit of another script
    raw = raw.replace(b"%20", b"")
    if b"\\u" in raw:
        raw = _ESCAPED_SEPARATOR.sub(b"", raw)
    return _SHORTEST_RUN in raw.translate(_DIGITS_ALIKE, b" .+-" + _NOT_ASCII)


def _mask_numbers(text: str) -> tuple[str, int]:
    found = [numbers for candidate in _CANDIDATE.finditer(text) for numbers in _card_numbers(candidate)]
    if not found:
        return text, 0
    is_json = text.lstrip()[:1] in {"{", "["}
    tokens = _JSON_TOKEN.finditer(text)
    token = next(tokens, None)
    pieces: list[str] = []
    done = masked = 0
    for numbers in found:
        start, end = numbers.digits[0][0], numbers.digits[-1][1]
        if start < done:
            continue
        before = after = ""
        if is_json:
            while token is not None and token.end() <= start:
                token = next(tokens, None)
            number = _JSON_NUMBER.fullmatch(text, *token.span()) if token and end <= token.end() else None
            if token and number:
                if len(number[1]) < _SHORTEST:
                    continue
                before, after = text[token.start() : start], text[end : token.end()]
                start, end = token.span()
                before, after = f'"{before}', f'{after}"'
        pieces += [text[done:start], before, _masked(text, numbers), after]
        done = end
        masked += numbers.windows
    return "".join([*pieces, text[done:]]), masked


def _card_numbers(candidate: re.Match[str]) -> list[_Numbers]:
    """The card numbers in a run of digit groups, left to right, of those that begin alike the longest.

    A number begins where a group begins and ends where one ends. Where two share digits by chance, either may be the
    real one: both are masked, unless one lies within the other, which then shows no more than the other. The check
    digit of every window is read off running sums, so that a body made of nothing but digits and separators costs no
    more than its length.
    """
    text = candidate.string
    spans = [match.span() for match in _DIGIT_OR_SEPARATOR.finditer(text, *candidate.span()) if match[1]]
    values = [unicodedata.digit(text[end - 1]) for _, end in spans]
    digits = "".join(map(str, values))
    doubled = [value * 2 - 9 * (value > 4) for value in values]  # noqa: PLR2004 - the Luhn formula
    plain_sums, doubled_sums = _sums_by_parity(values), _sums_by_parity(doubled)
    windows: list[tuple[int, int]] = []
    last = 0
    for first in range(len(values) - _SHORTEST + 1):
        issuer = None
        # The digits of an escape (`%20`, `\u00a0`) touch those of a number that follows it.
        if first == 0 or spans[first - 1][1] != spans[first][0] or _AFTER_ESCAPE.match(text, spans[first][0]):
            issuer = _ISSUER.match(digits, first)
        for length in _LENGTHS[(issuer.lastindex or 1) - 1] if issuer else ():
            end = first + length
            if end <= last:
                break
            if end > len(values) or (end < len(values) and spans[end - 1][1] == spans[end][0]):
                continue
            same, other = (end - 1) % 2, end % 2
            total = plain_sums[same][end] - plain_sums[same][first]
            total += doubled_sums[other][end] - doubled_sums[other][first]
            if total % 10 == 0 and not _is_inside_word(text, spans[first][0], spans[end - 1][1]):
                windows.append((first, end))
                last = end
                break
    return _overlapping(windows, spans)


def _overlapping(windows: list[tuple[int, int]], spans: _Spans) -> list[_Numbers]:
    """Put windows that share digits together; each ends after the one before it."""
    together: list[_Numbers] = []
    last = 0
    for first, end in windows:
        hidden = spans[first + _KEPT_FIRST : end - _KEPT_LAST]
        if together and first < last:
            before = together.pop()
            more = [span for span in hidden if span > before.hidden[-1]]
            together.append(_Numbers(before.digits + spans[last:end], before.hidden + more, before.windows + 1))
        else:
            together.append(_Numbers(spans[first:end], hidden, 1))
        last = end
    return together


def _is_inside_word(text: str, start: int, end: int) -> bool:
    r"""Say whether letters touch the digits on both sides: an id then, such as PayPal's, and an id must stay itself.

    The letters of an escape such as `\n`, `\u000a` or `%3A` are none.
    """
    is_escape = text[start - 2 : start - 1] == "\\" or _AFTER_ESCAPE.match(text, start)
    return text[start - 1 : start].isalpha() and text[end : end + 1].isalpha() and not is_escape


def _sums_by_parity(values: list[int]) -> tuple[list[int], list[int]]:
    """Running sums over the values at even and at odd places: entry k sums those before place k."""
    even = accumulate((value * (place % 2 == 0) for place, value in enumerate(values)), initial=0)
    odd = accumulate((value * (place % 2) for place, value in enumerate(values)), initial=0)
    return list(even), list(odd)


def _masked(text: str, numbers: _Numbers) -> str:
    """The numbers as they were written, their middle digits replaced."""
    pieces: list[str] = []
    done = numbers.digits[0][0]
    for start, end in numbers.hidden:
        pieces += [text[done:start], "*"]
        done = end
    return "".join([*pieces, text[done : numbers.digits[-1][1]]])
