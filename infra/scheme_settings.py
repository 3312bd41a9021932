"""The part of the settings that describes a `generic` source: its `scheme`."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lambda_src.canonical import Status
from lambda_src.providers.generic import PLACEHOLDER
from lambda_src.sources import Scheme

HEADER = re.compile(r"[a-z0-9-]{1,64}")
"""A header's name as Lambda gives it."""

POINTER = re.compile(r"(?:/(?:[^/~]|~[01])+)+")
"""A JSON pointer (RFC 6901) to something inside a document."""

_CHOICES = {
    "algorithm": ("sha256", "sha512", "sha1"),
    "encoding": ("hex", "base64"),
    "key": ("text", "hex", "base64"),
    "timestampUnit": ("seconds", "milliseconds"),
    "amountUnit": ("minor", "major"),
}
_HEADERS = ("signatureHeader", "timestampHeader")
_POINTERS = ("id", "type", "time", "payment", "amount", "currency")
_REQUIRED = ("signatureHeader", "type", "payment")


def read_scheme(key: str, raw: object, problems: list[str]) -> Scheme | None:
    """Check a scheme and note its problems, each naming its field.

    Returns:
        The scheme; None when it has problems.
    """
    if not isinstance(raw, dict):
        problems.append(f"{key} must be an object that describes how the source signs; got {raw!r}")
        return None
    before = len(problems)
    known = {*_CHOICES, *_HEADERS, *_POINTERS, "prefix", "signed", "statuses"}
    problems.extend(
        f"{key}.{field} is not a field; the fields are {', '.join(sorted(known))}"
        for field in raw
        if field not in known
    )
    problems.extend(f"{key}.{field} must be given" for field in _REQUIRED if field not in raw)
    problems.extend(
        f"{key}.{field} must be {problem}; got {raw[field]!r}"
        for field in raw
        if field in known and (problem := _problem(field, raw[field]))
    )
    if len(problems) == before:
        problems.extend(f"{key}.{problem}" for problem in _contradictions(raw))
    return msgspec.convert(raw, Scheme) if len(problems) == before else None


def _problem(field: str, value: Any) -> str | None:  # noqa: ANN401, PLR0911 - whatever was configured; a rule each
    """Say what a field must be when it is not."""
    if field == "statuses":
        if isinstance(value, dict) and all(status in set(Status) for status in value.values()):
            return None
        return f"an object of event types, each with one of {', '.join(Status)}"
    if not isinstance(value, str):
        return "a text"
    if field in _CHOICES:
        return None if value in _CHOICES[field] else f"one of {', '.join(_CHOICES[field])}"
    if field in _HEADERS:
        return None if HEADER.fullmatch(value) else "the lower-case name of a header"
    if field in _POINTERS:
        return None if POINTER.fullmatch(value) else "a JSON pointer such as /data/id"
    if field == "signed":
        return _template_problem(value)
    return None if value.isascii() and value.isprintable() and "," not in value else "printable ASCII without commas"


def _template_problem(template: str) -> str | None:
    literal = "".join(PLACEHOLDER.split(template)[::2])
    if PLACEHOLDER.findall(template).count("body") == 1 and not set(literal) & {"{", "}"}:
        return None
    return "a template that holds {body} once, and may hold {timestamp}, {url} and {header:lower-case-name}"


def _contradictions(raw: dict[str, Any]) -> list[str]:
    """What no field alone shows."""
    signs_time = "{timestamp}" in raw.get("signed", "{body}")
    found = []
    if "timestampHeader" in raw and not signs_time:
        found.append(
            "timestampHeader must be left out, or {timestamp} stand in signed: a time not signed proves nothing"
        )
    if signs_time and "timestampHeader" not in raw:
        found.append("timestampHeader must be given, since signed holds {timestamp}")
    if ("amount" in raw) != ("currency" in raw):
        found.append("amount and currency must be given together or not at all")
    return found
