r"""Card numbers and verification codes are taken out of a body before anything keeps it.

A card number is 13 to 19 digits in an issuer's range with a right check digit (ISO/IEC 7812-1), written together or in
groups. Its first six and last four digits stay, as PCI DSS 3.4.1 allows. Digits may be JSON escapes (`\u0034`) or of
another script. The body stays valid JSON: a bare number becomes a string.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

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
_SEPARATOR = r"(?:[ \-.+\u00a0]|%20|\\u00a0|\\u002[dD]|\\u0020)"
_CANDIDATE = re.compile(rf"{_DIGIT}(?:{_SEPARATOR}?{_DIGIT}){{{_SHORTEST - 1},}}")
_ONE_DIGIT = re.compile(_DIGIT)
_ESCAPED_DIGIT = re.compile(r"\\u003(\d)")
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

_CODE_NAME = r"[A-Za-z_\-]*(?:cvc|cvv|csc|cvn)2?(?:[_\-]?(?:code|number|value))?"
_CODE_IN_JSON = re.compile(rf'("{_CODE_NAME}"\s*:\s*)(?:"\d{{3,4}}"|\d{{3,4}}(?=\s*[,}}]))', re.IGNORECASE)
_CODE_IN_FORM = re.compile(rf"((?:^|&){_CODE_NAME}=)\d{{3,4}}(?=&|$)", re.IGNORECASE)
_TRACK_DATA = re.compile(r"(\d{13,19})(?:=\d{7,}|\^[^\^\"]{2,26}\^\d{7,})")


def mask(text: str) -> tuple[str, int]:
    """Mask every card number, verification code and magnetic-stripe content of a body.

    Args:
        text: The body.

    Returns:
        The masked body, and how many places were masked.
    """
    text, codes = _CODE_IN_JSON.subn(r'\1"***"', text)
    text, form_codes = _CODE_IN_FORM.subn(r"\1***", text)
    text, tracks = _TRACK_DATA.subn(r"\1=***", text)
    text, numbers = _mask_numbers(text)
    return text, codes + form_codes + tracks + numbers


def _mask_numbers(text: str) -> tuple[str, int]:
    found = [span for candidate in _CANDIDATE.finditer(text) for span in _card_numbers(candidate)]
    if not found:
        return text, 0
    is_json = text.lstrip()[:1] in {"{", "["}
    strings = _JSON_STRING.finditer(text)
    string = next(strings, None)
    pieces: list[str] = []
    done = 0
    for start, end in found:
        while string is not None and string.end() <= start:
            string = next(strings, None)
        bare = is_json and (string is None or start < string.start())
        masked = _masked(text[start:end])
        pieces += [text[done:start], f'"{masked}"' if bare else masked]
        done = end
    return "".join([*pieces, text[done:]]), len(found)


def _card_numbers(candidate: re.Match[str]) -> list[tuple[int, int]]:
    """Spans of the card numbers in a run of digit groups, left to right, longest first, not overlapping.

    A number begins where a group begins and ends where one ends. The check digit of every window is read off
    running sums, so that a body made of nothing but digits and separators costs no more than its length.
    """
    spans = [match.span() for match in _ONE_DIGIT.finditer(candidate.string, *candidate.span())]
    values = [unicodedata.digit(candidate.string[end - 1]) for _, end in spans]
    digits = "".join(map(str, values))
    doubled = [value * 2 - 9 * (value > 4) for value in values]  # noqa: PLR2004 - the Luhn formula
    plain_sums, doubled_sums = _sums_by_parity(values), _sums_by_parity(doubled)
    found: list[tuple[int, int]] = []
    first = 0
    while first <= len(values) - _SHORTEST:
        issuer = None
        if first == 0 or spans[first - 1][1] != spans[first][0]:
            issuer = _ISSUER.match(digits, first)
        next_first = first + 1
        for length in _LENGTHS[(issuer.lastindex or 1) - 1] if issuer else ():
            end = first + length
            if end > len(values) or (end < len(values) and spans[end - 1][1] == spans[end][0]):
                continue
            same, other = (end - 1) % 2, end % 2
            total = plain_sums[same][end] - plain_sums[same][first]
            total += doubled_sums[other][end] - doubled_sums[other][first]
            if total % 10 == 0:
                found.append((spans[first][0], spans[end - 1][1]))
                next_first = end
                break
        first = next_first
    return found


def _sums_by_parity(values: list[int]) -> tuple[list[int], list[int]]:
    """Running sums over the values at even and at odd places: entry k sums those before place k."""
    even = accumulate((value * (place % 2 == 0) for place, value in enumerate(values)), initial=0)
    odd = accumulate((value * (place % 2) for place, value in enumerate(values)), initial=0)
    return list(even), list(odd)


def _masked(written: str) -> str:
    """The number as it was written, its middle digits replaced."""
    plain = _ESCAPED_DIGIT.sub(r"\1", written)
    places = [place for place, character in enumerate(plain) if character.isdigit()]
    hidden = set(places[_KEPT_FIRST:-_KEPT_LAST])
    return "".join("*" if place in hidden else character for place, character in enumerate(plain))
