"""The providers as senders: one module each, written from the provider's document with no code of the receiver.

A sender's module has
    SIGNS_TIME           whether a stale signature is refused
    SENDS_TIME           whether its events say when they happened
    EVENT_ID, PAYMENT_ID the form of its ids
    new_secret()         a signing secret as the provider gives it out
    sign(body, secret, sending) -> SignedSample

Where the provider signs with a private key, that key is the sender's secret, and `configured(secret)` is the public
one that the receiver is configured with. `SETTINGS` are fields of the source's configuration that it needs.
"""

from __future__ import annotations

import importlib
import string
from random import Random, SystemRandom
from typing import Any, NamedTuple, Protocol, cast

from lambda_src.providers import PROVIDERS

_unpredictable = SystemRandom()


class IdForm(NamedTuple):
    """The form of a provider's ids: letters only unless the provider's are numbers, so that none looks like a card."""

    prefix: str = ""
    length: int = 24
    alphabet: str = string.ascii_letters

    def fresh(self, draw: Random = _unpredictable) -> str:
        """Make up an id; a number never begins with zero."""
        first = draw.choice(self.alphabet.replace("0", ""))
        return self.prefix + first + "".join(draw.choices(self.alphabet, k=self.length - 1))


NUMBER = IdForm(length=9, alphabet=string.digits)
"""Ids that are whole numbers."""


class Sending(NamedTuple):
    """What a signature may cover beside the body.

    Attributes:
        url: The URL as registered at the provider.
        now: Time of sending, seconds since the epoch.
        event_id: The event's id, for providers that send it in a header.
    """

    url: str
    now: int
    event_id: str


class SignedSample(NamedTuple):
    """What goes over the wire: the body (Adyen's signatures lie in it) and the headers, lower-case names."""

    body: bytes
    headers: dict[str, str]


JSON = {"content-type": "application/json"}


class Sender(Protocol):
    """What the module of a sender offers."""

    SIGNS_TIME: bool
    SENDS_TIME: bool
    EVENT_ID: IdForm
    PAYMENT_ID: IdForm

    def new_secret(self) -> str:
        """Make a signing secret of the form that the provider gives out."""

    def sign(self, body: bytes, secret: str, sending: Sending) -> SignedSample:
        """Sign a body as the provider does."""


def load(provider: str) -> Sender:
    """Import a provider's sender.

    Raises:
        ValueError: There is no such provider.
    """
    if provider not in PROVIDERS:
        raise ValueError(f"the provider is one of {', '.join(PROVIDERS)}; got {provider!r}")
    return cast("Sender", importlib.import_module(f"local.senders.{provider}"))


def configured(provider: str, secret: str) -> str:
    """Turn a sender's secret into what the receiver is configured with: the same, or the public key of it."""
    public = getattr(load(provider), "configured", None)
    return secret if public is None else cast("str", public(secret))


def has_key_pair(provider: str) -> bool:
    """Say whether the receiver is configured with the public key of the sender's secret."""
    return hasattr(load(provider), "configured")


def settings_of(provider: str) -> dict[str, Any]:
    """Give the fields that a local source of the provider is configured with beside its provider."""
    return cast("dict[str, Any]", getattr(load(provider), "SETTINGS", {}))
