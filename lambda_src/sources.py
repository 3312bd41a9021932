"""A source: one account at one provider whose webhooks arrive at `/{source}`."""

from __future__ import annotations

import msgspec

SOURCE_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
"""Pattern of a source's name: it is a URL path, a parameter path and a metric dimension."""

DEFAULT_TOLERANCE_SECONDS = 300
"""Replay window, each way; wider than some SDKs' so that a slow network loses nothing (the ledger stops replays)."""


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Configuration of one source, as the function receives it in its environment.

    Attributes:
        provider: Name of the provider's module below `lambda_src/providers/`.
        tolerance_seconds: How far a signed timestamp may lie from the receipt, either way.
        notification_url: The URL registered at the provider, for schemes that sign it; None: derived from the request.
        merchant_accounts: The provider's account codes that may appear in events; empty: any.
    """

    provider: str
    tolerance_seconds: int = DEFAULT_TOLERANCE_SECONDS
    notification_url: str | None = None
    merchant_accounts: tuple[str, ...] = ()


def decode_sources(raw: str | bytes) -> dict[str, Source]:
    """Read the sources from the JSON of the function's `SOURCES` variable: `{name: {provider, ...}}`."""
    return msgspec.json.decode(raw, type=dict[str, Source])


def encode_sources(sources: dict[str, Source]) -> str:
    """Write the sources as the JSON that `decode_sources` reads."""
    return msgspec.json.encode(sources).decode()
