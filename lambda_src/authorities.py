"""Certificate authorities: read once a process, and of more than a hundred first those of AWS's certificates.

botocore reads all for every connection, which takes more processor time than any call. Here all clients share one
context, which is verified against as ever and never trusts what botocore would not:

- It reads a file's authorities once: not for the second connection, nor for one that is made anew after AWS closed it.
- It begins with Amazon's own. Where they do not do, the connection is refused, the rest is read, and botocore's next
  try verifies against all: should AWS change its authority, a process's first call takes a try more.

What could not be read is not trusted, so that a fault refuses and never accepts.
"""

from __future__ import annotations

import re
import ssl
from base64 import b64decode
from pathlib import Path
from typing import Any

_OWN_AUTHORITY_IN = frozenset({"aws", "aws-us-gov"})
"""Partitions whose endpoints have certificates of Amazon's authorities; of China's that is not known."""

_OF_AMAZON = (b"Amazon", b"Starfield Services")
"""Names in the certificates of https://www.amazontrust.com/repository/."""

_PEM = re.compile(
    rb"^-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+)^-----END CERTIFICATE-----\r?$", re.MULTILINE
)
"""A certificate as OpenSSL reads it, and in no other of the forms that it reads."""


class Authorities:
    """The TLS context that all clients of a process share."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        self._verify: object = None

    def share_with(self, client: Any) -> None:  # noqa: ANN401 - botocore's clients have no type of their own
        """Let a client's connections use the shared context; with a botocore that is built otherwise, its own.

        Args:
            client: A new client that has made no connection yet.
        """
        try:
            http = client._endpoint.http_session  # noqa: SLF001 - there is no other way in
            pools, verify = http._manager.connection_pool_kw, http._verify  # noqa: SLF001 - as above
            begin_with_amazons = client.meta.partition in _OWN_AUTHORITY_IN
        except AttributeError:
            return
        own = pools.get("ssl_context")
        if type(own) is not ssl.SSLContext or not verify:
            return
        if self._context is None:
            _read_once(own, begin_with_amazons=begin_with_amazons)
            self._context, self._verify = own, verify
        if verify == self._verify:  # what one client trusts is no other's to trust
            pools["ssl_context"] = self._context


def _read_once(context: ssl.SSLContext, *, begin_with_amazons: bool) -> None:
    """Let a context pass over authorities that it has read already, and over most of a file until it needs them."""
    read: set[object] = set()
    left: list[str] = []
    load, wrap_socket = context.load_verify_locations, context.wrap_socket

    def load_once(cafile: str | None = None, capath: str | None = None, cadata: str | bytes | None = None) -> None:
        if (cafile, capath, cadata) in read:
            return
        amazons = _amazons(cafile) if begin_with_amazons and cafile and not capath and not cadata else b""
        if cafile and amazons:
            try:
                load(cadata=amazons)
                left.append(cafile)
            except ssl.SSLError:
                load(cafile)  # takes them, or refuses them again before anything is verified
        else:
            load(cafile, capath, cadata)
        read.add((cafile, capath, cadata))

    def wrap_socket_or_read_the_rest(*arguments: Any, **options: Any) -> ssl.SSLSocket:  # noqa: ANN401 - handed on
        try:
            return wrap_socket(*arguments, **options)
        except ssl.SSLCertVerificationError:
            for cafile in left:
                load(cafile)
            left.clear()
            raise

    context.load_verify_locations = load_once  # type: ignore[assignment]  # bytes that are no buffer are not taken here
    context.wrap_socket = wrap_socket_or_read_the_rest  # type: ignore[method-assign]  # the same, one exception noticed


def _amazons(cafile: str) -> bytes:
    """Pick Amazon's authorities out of a file; nothing where it has none, or else than plain certificates."""
    try:
        content = Path(cafile).read_bytes()
        found = _PEM.findall(content)
        if not len(found) == content.count(b"-----BEGIN") == content.count(b"-----END"):
            return b""  # commented out, cut off, of another kind: OpenSSL knows what to make of it
        certificates = [b64decode(b"".join(each.split()), validate=True) for each in found]
    except (OSError, ValueError):
        return b""  # whoever reads the file as a whole tells what is wrong with it
    return b"".join(each for each in certificates if any(name in each for name in _OF_AMAZON))
