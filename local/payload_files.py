"""A request of one's own, from files: the body's bytes as they are, and the headers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from cli.problems import Problem
from local.senders import SignedSample

if TYPE_CHECKING:
    from pathlib import Path

CONNECTION_HEADERS = frozenset(
    {"connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding"}
)
"""Headers that belong to the connection they were captured from; this one has its own."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110."""

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
"""What HTTP/1.1 can carry: Latin-1 without control characters."""


def read(body: Path, headers: Path | None) -> SignedSample:
    """Read a request from its files.

    Args:
        body: Holds the raw body.
        headers: Holds a JSON object of the headers, a text each; None: there are none but the content type.

    Returns:
        The body's bytes as they are in the file, and the headers, lower-case names.

    Raises:
        Problem: A file cannot be read or is not of that form. No message shows a header's value or the body.
    """
    return SignedSample(_bytes(body, "--file"), _headers(headers) if headers else {"content-type": "application/json"})


def sendable(request: SignedSample) -> SignedSample:
    """Leave out the headers that the connection makes itself."""
    headers = {name: value for name, value in request.headers.items() if name not in CONNECTION_HEADERS}
    return request._replace(headers=headers)


def _bytes(path: Path, option: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(f"{option} {path} cannot be read: {error.strerror}") from None


def _headers(path: Path) -> dict[str, str]:
    raw = _bytes(path, "--headers")
    try:
        document = json.loads(raw)
    except UnicodeDecodeError:
        raise Problem(f"--headers {path} is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        where = f", line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise Problem(f"--headers {path} is not JSON{where}") from None
    if not isinstance(document, dict):
        raise Problem(f'--headers {path} must be an object, {{"Header-Name": "value"}}; got {_kind(document)}')
    headers: dict[str, str] = {}
    for name, value in document.items():
        if not _NAME.fullmatch(name):
            raise Problem(f"--headers {path}: {name!r} is not a header's name")
        if not isinstance(value, str):
            raise Problem(f"--headers {path}: the value of {name} must be a text; got {_kind(value)}")
        if not _VALUE.fullmatch(value):
            raise Problem(f"--headers {path}: the value of {name} holds a character that no header can")
        if name.lower() in headers:
            raise Problem(f"--headers {path}: {name} is there twice; write its values into one, with commas")
        headers[name.lower()] = value
    return headers


def _kind(value: object) -> str:
    """Name a JSON value's type as JSON does."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
