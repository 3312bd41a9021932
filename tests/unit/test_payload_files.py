"""A request of one's own from files: the bytes as they are, and each mistake in the files told as one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.problems import Problem
from local import payload_files
from local.senders import SignedSample

if TYPE_CHECKING:
    from pathlib import Path


def _files(directory: Path, headers: str | bytes) -> tuple[Path, Path]:
    body, path = directory / "body.json", directory / "headers.json"
    body.write_bytes(b"\xef\xbb\xbf{ } \xff\r\n")
    path.write_bytes(headers.encode() if isinstance(headers, str) else headers)
    return body, path


def test_the_bytes_are_those_of_the_file(tmp_path: Path) -> None:
    """Nothing is decoded, stripped or written anew: mark, bad UTF-8 and line ends stay; names become lower case."""
    body, headers = _files(tmp_path, '{"Stripe-Signature": "t=1,v1=ab", "X-Name": "Zo\u00eb"}')
    assert payload_files.read(body, headers) == SignedSample(
        b"\xef\xbb\xbf{ } \xff\r\n", {"stripe-signature": "t=1,v1=ab", "x-name": "Zo\u00eb"}
    )
    assert payload_files.read(body, None).headers == {"content-type": "application/json"}


def test_the_connections_headers_are_not_sent_again() -> None:
    """What belonged to the captured connection is left to this one; the rest is sent as it is."""
    captured = {"host": "a", "content-length": "9", "transfer-encoding": "chunked", "x-signature": "b"}
    assert payload_files.sendable(SignedSample(b"", captured)).headers == {"x-signature": "b"}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("{", "is not JSON, line 1: "),
        (b"\xff", "is not UTF-8"),
        ("[" * 100_000, "is not JSON"),
        ('["a"]', 'must be an object, {"Header-Name": "value"}; got a list'),
        ("null", "got null"),
        ('{"x-id": 12}', "the value of x-id must be a text; got a number"),
        ('{"x-id": ["hidden"]}', "the value of x-id must be a text; got a list"),
        ('{"x id": "hidden"}', "'x id' is not a header's name"),
        ('{"x-id": "hidden\\nx-other: 1"}', "the value of x-id holds a character that no header can"),
        ('{"x-id": "hidden\\u20ac"}', "the value of x-id holds a character that no header can"),
        ('{"x-id": "1", "X-Id": "hidden"}', "X-Id is there twice"),
    ],
)
def test_headers_of_another_form_are_told_without_their_values(
    headers: str | bytes, message: str, tmp_path: Path
) -> None:
    """Each mistake names file, header and what is wrong, never a value."""
    body, path = _files(tmp_path, headers)
    with pytest.raises(Problem) as caught:
        payload_files.read(body, path)
    assert message in caught.value.message
    assert caught.value.message.startswith(f"--headers {path}")
    assert "hidden" not in caught.value.message


@pytest.mark.parametrize("missing", ["body.json", "headers.json"])
def test_a_file_that_cannot_be_read_is_named(missing: str, tmp_path: Path) -> None:
    """A file that is not there, or is a directory, is named with its option and the system's reason."""
    body, headers = _files(tmp_path, json.dumps({}))
    (tmp_path / missing).unlink()
    option = "--file" if missing == "body.json" else "--headers"
    with pytest.raises(Problem, match=rf"{option} .*{missing} cannot be read: No such file or directory"):
        payload_files.read(body, headers)
    (tmp_path / missing).mkdir()
    with pytest.raises(Problem, match=rf"{option} .*{missing} cannot be read: Is a directory"):
        payload_files.read(body, headers)
