"""What the signature schemes share: keys, the one constant-time comparison, the replay window.

Every function is pure. Every live secret is tried against every signature of the request, without stopping at the
first match, so that the time taken says nothing about which one it was.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from lambda_src.errors import Reason, Rejected, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_SIGNATURES = 16
"""Signatures of one request that are tried; providers send one, and two while a secret is rotated."""

HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 in hexadecimal, lower case only, as every provider here writes it."""

HEX_SHA512 = re.compile(r"[0-9a-f]{128}")
"""A SHA-512 in hexadecimal, lower case."""

BASE64_SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=")
"""A SHA-256 in base64, padded."""

TEXT_KEY_FORM = "a text without white space around it"
"""What `text_key` takes, for messages."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")


T = TypeVar("T")


class Key(NamedTuple, Generic[T]):
    """The key of one live secret and its position in the list, 0 being the newest."""

    position: int
    value: T


class Keys(NamedTuple, Generic[T]):
    """The keys of a source: those of the right form, and what is wrong where some are not."""

    usable: tuple[Key[T], ...]
    problem: str | None


def text_key(secret: str) -> bytes | None:
    """Use the secret's own characters as the key; None: it is empty, padded with white space or not UTF-8."""
    if not secret or secret != secret.strip():
        return None
    try:
        return secret.encode()
    except UnicodeEncodeError:
        return None


def hex_key(secret: str) -> bytes | None:
    """Decode a hexadecimal secret to the key; None: it is not hexadecimal."""
    if not re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", secret):
        return None
    return bytes.fromhex(secret)


def base64_key(secret: str) -> bytes | None:
    """Decode a base64 secret, padded or not, to the key; None: it is not base64 or empty."""
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", secret):
        return None
    bare = secret.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None


def keys(secrets: Sequence[str], key_of: Callable[[str], T | None], form: str) -> Keys[T]:
    """Turn the live secrets of a source, newest first, into keys.

    Args:
        secrets: The secrets as configured.
        key_of: Decodes one; None for the wrong form.
        form: What a secret of this provider is, for the message.

    Raises:
        Unavailable: There is no secret, or none has the right form.
    """
    if not secrets:
        raise Unavailable(Reason.SECRET_NOT_CONFIGURED, "the source has no signing secret")
    decoded = [(position, key_of(secret)) for position, secret in enumerate(secrets)]
    usable = tuple(Key(position, value) for position, value in decoded if value is not None)
    wrong = [str(position + 1) for position, value in decoded if value is None]
    problem = f"signing secret {', '.join(wrong)} of {len(secrets)} is not {form}" if wrong else None
    if problem and not usable:
        raise Unavailable(Reason.SECRET_MALFORMED, problem)
    return Keys(usable, problem)


def match(
    live: Keys[bytes],
    message: bytes,
    signatures: Sequence[bytes],
    encode: Callable[[bytes], bytes] = base64.b64encode,
    digest: str = "sha256",
) -> int:
    """Find the newest key whose HMAC of `message`, encoded, is among `signatures`; see `newest`.

    The encoded forms are compared, not the decoded ones: base64 has several texts for the same bytes.
    """
    return newest(live, lambda key: is_among(encode(hmac.digest(key, message, digest)), signatures))


def is_among(expected: bytes, signatures: Sequence[bytes]) -> bool:
    """Say whether a signature is the expected one: the only place where an HMAC is compared, in constant time."""
    found = False
    for signature in signatures:
        found |= hmac.compare_digest(expected, signature)
    return found


def newest(live: Keys[T], made_it: Callable[[T], bool]) -> int:
    """Find the newest key that made the signature; every key is tried.

    Returns:
        The position of its secret.

    Raises:
        Rejected: No live secret made the signature.
        Unavailable: The same, and a live secret could not be tried: the request may be good.
    """
    positions = [key.position for key in live.usable if made_it(key.value)]
    if positions:
        return positions[0]
    if live.problem:
        raise Unavailable(Reason.SECRET_MALFORMED, live.problem)
    raise Rejected(Reason.WRONG_SECRET, f"none of {len(live.usable)} live secrets made the signature")


def hexadecimal(digest: bytes) -> bytes:
    """Encode a digest as lower-case hexadecimal ASCII."""
    return digest.hex().encode()


def base64_text(digest: bytes) -> bytes:
    """Encode a digest as padded base64."""
    return base64.b64encode(digest)


def text_secret_problem(secret: str, what: str, where: str) -> str | None:
    """Say what is wrong with the form of a secret that is used as it is written; None: nothing is.

    Args:
        secret: The secret.
        what: What the provider calls it, with its article.
        where: Where the provider shows it.
    """
    return None if text_key(secret) else f"{what} is {TEXT_KEY_FORM}; it is in {where}"


def header(headers: Mapping[str, str], name: str) -> str:
    """Read a header that must be there.

    Raises:
        Rejected: It is missing or empty.
    """
    value = headers.get(name, "")
    if not value:
        raise Rejected(Reason.MISSING_HEADER, name)
    return value


def well_formed(candidates: Sequence[str], form: re.Pattern[str], where: str) -> list[bytes]:
    """Keep the signatures that have the form of one.

    Raises:
        Rejected: There are none, too many, or none of the form.
    """
    if not candidates:
        raise Rejected(Reason.MISSING_SIGNATURE, where)
    if len(candidates) > MAX_SIGNATURES:
        raise Rejected(Reason.MALFORMED_SIGNATURE, f"{where}: at most {MAX_SIGNATURES}, got {len(candidates)}")
    kept = [candidate.encode() for candidate in candidates if form.fullmatch(candidate)]
    if not kept:
        raise Rejected(Reason.MALFORMED_SIGNATURE, where)
    return kept


def timestamp(text: str, where: str) -> int:
    """Read a signed time: seconds since the epoch in at most 12 decimal digits.

    Raises:
        Rejected: It is anything else.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise Rejected(Reason.MALFORMED_HEADER, f"{where} is not a time in seconds")
    return int(text)


def check_window(signed_at: int, now: int, tolerance: int) -> None:
    """Hold a signed time against the clock, both ways; to be called when the signature is proven.

    Args:
        signed_at: The signed time, seconds since the epoch.
        now: Time of receipt, seconds since the epoch.
        tolerance: Seconds that the two may lie apart; exactly that far passes.

    Raises:
        Rejected: The request is too old, or from the future.
    """
    if now - signed_at > tolerance:
        raise Rejected(Reason.TIMESTAMP_TOO_OLD, f"{now - signed_at} s old, {tolerance} s are allowed")
    if signed_at - now > tolerance:
        raise Rejected(Reason.TIMESTAMP_IN_FUTURE, f"{signed_at - now} s ahead, {tolerance} s are allowed")
