"""Certificate authorities: read once a process, where botocore reads them for every connection.

There are 140 of them, and reading them takes more processor time than any call: two connections of a cold start read
them twice, and so does every connection that is made anew after AWS has closed it. Here all clients share one context,
which is verified against as ever; what could not be read is not trusted, so that a fault refuses and never accepts.
"""

from __future__ import annotations

import ssl
from typing import Any


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
        except AttributeError:
            return
        own = pools.get("ssl_context")
        if type(own) is not ssl.SSLContext or not verify:
            return
        if self._context is None:
            self._context, self._verify = _reading_once(own), verify
        if verify == self._verify:  # what one client trusts is no other's to trust
            pools["ssl_context"] = self._context


def _reading_once(context: ssl.SSLContext) -> ssl.SSLContext:
    """Let a context pass over authorities that it has read already."""
    read = set()
    load = context.load_verify_locations

    def load_once(cafile: str | None = None, capath: str | None = None, cadata: str | bytes | None = None) -> None:
        if (cafile, capath, cadata) not in read:
            load(cafile, capath, cadata)
            read.add((cafile, capath, cadata))

    context.load_verify_locations = load_once  # type: ignore[assignment]  # bytes that are no buffer are not taken here
    return context
