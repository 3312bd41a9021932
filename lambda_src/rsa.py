"""RSA signatures (PKCS #1 v1.5, SHA-256) by public keys that are pinned in the configuration, never fetched.

Verification alone, where nothing is secret: the one right encoded message is built and compared whole, so there is no
padding to be parsed leniently (RFC 8017, section 8.2.2). The reader of DER knows the two structures that hold such a
key (RFC 5280, sections 4.1 and 4.1.2.7) and refuses everything else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

from lambda_src import schemes
from lambda_src.errors import Reason, Rejected

KEY_BITS = range(2048, 8193)
"""Length of a modulus; shorter ones are no longer safe, longer ones nobody uses."""

BASE64_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{342,1366}={0,2}")
"""A signature by a key of `KEY_BITS` in base64."""

_PEM = re.compile(r"\s*-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*")
_RSA_OID = bytes.fromhex("2a864886f70d010101")
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
_INTEGER, _BIT_STRING, _OID, _SEQUENCE, _VERSION = 0x02, 0x03, 0x06, 0x30, 0xA0
_LONG_FORM = 0x80


class PublicKey(NamedTuple):
    """A public key; of a certificate, with the times between which it is valid."""

    modulus: int
    exponent: int
    not_before: datetime | None = None
    not_after: datetime | None = None

    def is_valid_at(self, now: int) -> bool:
        """Say whether a certificate was valid at a time in seconds since the epoch; a bare key always is."""
        at = datetime.fromtimestamp(now, UTC)
        return (self.not_before is None or self.not_before <= at) and (self.not_after is None or at <= self.not_after)


def public_key(pem: str) -> PublicKey | None:
    """Read a PEM public key (SubjectPublicKeyInfo) or certificate (X.509); None: it is neither, or not of RSA."""
    found = _PEM.fullmatch(pem)
    if not found:
        return None
    try:
        (outer,) = _elements(base64.b64decode(re.sub(r"\s", "", found[2]), validate=True), _SEQUENCE)
        return _key(outer) if found[1] == "PUBLIC KEY" else _certified_key(outer)
    except (ValueError, IndexError, OverflowError):
        return None


def is_signed(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Say whether the key made the signature (raw bytes) of the message."""
    length = (key.modulus.bit_length() + 7) // 8
    value = int.from_bytes(signature)
    if len(signature) != length or value >= key.modulus:
        return False
    digest = _SHA256_PREFIX + hashlib.sha256(message).digest()
    expected = b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
    return hmac.compare_digest(pow(value, key.exponent, key.modulus).to_bytes(length), expected)


def signature_of(text: str, where: str) -> bytes:
    """Decode a signature.

    Raises:
        Rejected: It is not the base64 of one, or not the one text that stands for these bytes.
    """
    (encoded,) = schemes.well_formed([text], BASE64_SIGNATURE, where)
    try:
        signature = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Rejected(Reason.MALFORMED_SIGNATURE, where) from None
    if base64.b64encode(signature) != encoded:
        raise Rejected(Reason.MALFORMED_SIGNATURE, where)
    return signature


def _elements(data: bytes, *tags: int) -> list[bytes]:
    """Split DER into the contents of its elements, which must begin with the given tags.

    Raises:
        ValueError: They do not, or the data is not DER.
    """
    contents: list[bytes] = []
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length >= _LONG_FORM:
            octets = length - _LONG_FORM
            length, at = int.from_bytes(data[at : at + octets]), at + octets
        if at + length > len(data) or (len(contents) < len(tags) and tag != tags[len(contents)]):
            raise ValueError("not the DER that was expected")
        contents.append(data[at : at + length])
        at += length
    if len(contents) < len(tags):
        raise ValueError("not the DER that was expected")
    return contents


def _key(info: bytes) -> PublicKey:
    algorithm, bits = _elements(info, _SEQUENCE, _BIT_STRING)
    if _elements(algorithm, _OID)[0] != _RSA_OID or bits[0] != 0:
        raise ValueError("not an RSA key")
    (numbers,) = _elements(bits[1:], _SEQUENCE)
    modulus, exponent = (int.from_bytes(number) for number in _elements(numbers, _INTEGER, _INTEGER))
    if modulus.bit_length() not in KEY_BITS or exponent < 3 or exponent % 2 == 0:  # noqa: PLR2004 - the least odd exponent
        raise ValueError("not a safe RSA key")
    return PublicKey(modulus, exponent)


def _certified_key(certificate: bytes) -> PublicKey:
    body = _elements(certificate, _SEQUENCE, _SEQUENCE, _BIT_STRING)[0]
    # version, serial number, algorithm, issuer, validity, subject, key
    fields = _elements(body, _VERSION, _INTEGER, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE, _SEQUENCE)
    not_before, not_after = (_time(text) for text in _elements(fields[4]))
    return _key(fields[6])._replace(not_before=not_before, not_after=not_after)


def _time(text: bytes) -> datetime:
    """Read `YYMMDDHHMMSSZ` (years 1950 to 2049) or `YYYYMMDDHHMMSSZ`."""
    digits = text.decode("ascii").removesuffix("Z")
    if len(digits) == len("YYMMDDHHMMSS"):
        digits = ("20" if digits < "50" else "19") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
