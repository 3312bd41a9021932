"""A source: one account at one provider whose webhooks arrive at `/{source}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from lambda_src.canonical import Status  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
"""Pattern of a source's name: it is a URL path, a parameter path and a metric dimension."""

DEFAULT_TOLERANCE_SECONDS = 300
"""Replay window, each way; wider than some SDKs' so that a slow network loses nothing (the ledger stops replays)."""


class Scheme(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How a `generic` source signs and what its JSON means: all there is to a provider that has no module of its own.

    Attributes:
        signature_header: Lower-case name of the header with the signature.
        algorithm: Hash function of the HMAC.
        encoding: How the signature is written.
        key: How the secret becomes the key.
        prefix: What stands before the signature, such as `sha256=`.
        signed: Template of the signed bytes: `{body}` once, and `{timestamp}`, `{url}` or `{header:NAME}`.
        timestamp_header: Lower-case name of the header with the time of sending; None: no time is signed.
        timestamp_unit: What it counts.
        id: JSON pointer (RFC 6901) to the event's id; None: a digest of the body stands in.
        type: JSON pointer to the event's type.
        time: JSON pointer to when it happened: RFC 3339, or a number of seconds or milliseconds; None: none is sent.
        payment: JSON pointer to the payment's id.
        amount: JSON pointer to the amount; None: none is sent.
        amount_unit: Whether the amount counts minor units or is a decimal in major units.
        currency: JSON pointer to the ISO 4217 code.
        statuses: Canonical status by event type; any other type is `unknown`.
    """

    signature_header: str
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    key: Literal["text", "hex", "base64"] = "text"
    prefix: str = ""
    signed: str = "{body}"
    timestamp_header: str | None = None
    timestamp_unit: Literal["seconds", "milliseconds"] = "seconds"
    id: str | None = None
    type: str
    time: str | None = None
    payment: str
    amount: str | None = None
    amount_unit: Literal["minor", "major"] = "minor"
    currency: str | None = None
    statuses: dict[str, Status] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Configuration of one source, as the function receives it in its environment.

    Attributes:
        provider: Name of the provider's module below `lambda_src/providers/`.
        tolerance_seconds: How far a signed timestamp may lie from the receipt, either way.
        notification_url: The URL registered at the provider, for schemes that sign it; None: derived from the request.
        merchant_accounts: The provider's account codes that may appear in events; empty: any.
        scheme: Of a `generic` source, how it signs and what its JSON means.
    """

    provider: str
    tolerance_seconds: int = DEFAULT_TOLERANCE_SECONDS
    notification_url: str | None = None
    merchant_accounts: tuple[str, ...] = ()
    scheme: Scheme | None = None


def decode_sources(raw: str | bytes) -> dict[str, Source]:
    """Read the sources from the JSON of the function's `SOURCES` variable: `{name: {provider, ...}}`."""
    return msgspec.json.decode(raw, type=dict[str, Source])


def encode_sources(sources: dict[str, Source]) -> str:
    """Write the sources as the JSON that `decode_sources` reads."""
    return msgspec.json.encode(sources).decode()


def source_of(name: str, provider: str, sources: Mapping[str, Source]) -> Source:
    """Choose the configuration to read a stored message or event by.

    A source may be gone since, or be another provider's: what is stored is still the provider's that it came from.
    """
    source = sources.get(name)
    return source if source is not None and source.provider == provider else Source(provider=provider)
