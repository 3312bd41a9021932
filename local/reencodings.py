"""What a body may have been before something between the provider and here wrote it anew.

Each form is what a program makes of the same content: a JSON library's other white space, another order of keys, other
escapes, another character set, a newline more or less. White space and escapes are changed in the text itself, never by
decoding, so that numbers stay as the provider wrote them.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import itertools
import json
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST_BYTES = 1 << 20
"""No receiver takes a body beyond a megabyte, so none is worth rewriting."""

_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_MARKUP = re.compile("[<>&\u2028\u2029]")

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_in_order = msgspec.json.Encoder(decimal_format="number", order="sorted")


class Form(NamedTuple):
    """What a body may have been.

    Attributes:
        what: The form, to be read after "the signature holds for the body".
        body: The bytes.
    """

    what: str
    body: bytes


def forms(body: bytes) -> list[Form]:
    """List what a body may have been, each form once and none equal to the body itself; the likely ones come first."""
    if len(body) > LARGEST_BYTES:
        return []
    seen = {body}
    found = []
    for form in itertools.chain(_ends(body), _character_sets(body), _wrappings(body), _json_forms(body)):
        if form.body not in seen:
            seen.add(form.body)
            found.append(form)
    return found


def _ends(body: bytes) -> Iterator[Form]:
    yield Form("without the newline at its end", body.rstrip(b"\r\n"))
    yield Form("with a newline at its end", body.rstrip(b"\r\n") + b"\n")
    yield Form("with CR LF at its end", body.rstrip(b"\r\n") + b"\r\n")
    yield Form("without white space around it", body.strip())
    yield Form("with LF as its line ends", body.replace(b"\r\n", b"\n"))
    yield Form("with CR LF as its line ends", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    yield Form("without line ends", body.replace(b"\r\n", b"").replace(b"\n", b""))
    yield Form("without the byte order mark", body.removeprefix(b"\xef\xbb\xbf"))


def _character_sets(body: bytes) -> Iterator[Form]:
    for name in ("latin-1", "cp1252"):
        with contextlib.suppress(UnicodeError):
            yield Form(f"before UTF-8 was read as {name} and written as UTF-8 again", body.decode().encode(name))
        with contextlib.suppress(UnicodeError):
            yield Form(f"in UTF-8, not in {name}", body.decode(name).encode())
    try:
        text = body.decode()
    except UnicodeError:
        return
    for kind in ("NFC", "NFD"):
        yield Form(f"with Unicode in the form {kind}", unicodedata.normalize(kind, text).encode("utf-8"))


def _wrappings(body: bytes) -> Iterator[Form]:
    with contextlib.suppress(binascii.Error, ValueError):
        yield Form("before it was written in base64", base64.b64decode(body.strip(), validate=True))
    try:
        inner = json.loads(body)
    except (ValueError, RecursionError):
        inner = None
    if isinstance(inner, str):
        yield Form("before it was put into a JSON text", inner.encode("utf-8", "surrogatepass"))
    if b"%" in body:
        yield Form("before it was percent-encoded", unquote_to_bytes(body))
        yield Form("before it was percent-encoded as a form", unquote_to_bytes(body.replace(b"+", b" ")))
        yield Form("with spaces as plus signs", body.replace(b"%20", b"+"))


def _json_forms(body: bytes) -> Iterator[Form]:
    try:
        as_it_is = msgspec.json.format(body, indent=-1).decode()
        in_order = _in_order.encode(_decoder.decode(body)).decode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return
    for (keys, text), (escapes, escape), (layout, indent) in itertools.product(
        (("", as_it_is), (", its keys in order", in_order)), _ESCAPES, _LAYOUTS
    ):
        try:
            written = msgspec.json.format(escape(_unescaped(text)).encode(), indent=indent)
        except (msgspec.MsgspecError, UnicodeError):  # half a surrogate pair
            continue
        yield Form(f"as JSON {layout}{escapes}{keys}", written)
        yield Form(f"as JSON {layout}{escapes}{keys}, with a newline at its end", written + b"\n")


_LAYOUTS = (
    ("without white space", -1),
    ("with a space after each comma and colon", 0),
    ("indented by 2 spaces", 2),
    ("indented by 4 spaces", 4),
)


def _unescaped(text: str) -> str:
    """Write JSON with no more escapes than it needs."""

    def character(escape: re.Match[str]) -> str:
        if escape[1] is None:
            return "/" if escape[0] == "\\/" else escape[0]
        code = int(escape[1], 16)
        return escape[0] if code < ord(" ") or chr(code) in '"\\' else chr(code)

    pairs = _ESCAPE.sub(character, text).encode("utf-16-le", "surrogatepass")
    return pairs.decode("utf-16-le", "surrogatepass")


def _ascii(text: str) -> str:
    return _NON_ASCII.sub(lambda character: json.dumps(character[0])[1:-1], text)


def _without_slashes(text: str) -> str:
    return text.replace("/", "\\/")


def _without_markup(text: str) -> str:
    return _MARKUP.sub(lambda character: f"\\u{ord(character[0]):04x}", text)


_ESCAPES: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("", str),
    (", what is not ASCII escaped", _ascii),
    (", slashes escaped", _without_slashes),
    (", slashes and what is not ASCII escaped", lambda text: _ascii(_without_slashes(text))),
    (", <, > and & escaped", _without_markup),
)
"""What the encoders of Python, PHP and Go escape."""
