"""The signed request: exactly what a provider's signature is checked against."""

from __future__ import annotations

import msgspec


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request before it is trusted.

    Attributes:
        body: The raw bytes, as the provider sent them.
        headers: Header values by lower-case name; several of one name are joined by a comma.
        url: The URL as the provider knows it: the source's `notification_url`, else built from the request context.
    """

    body: bytes
    headers: dict[str, str]
    url: str
