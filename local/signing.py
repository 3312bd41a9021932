"""Signing as the providers do it, to send samples to a receiver.

Written from the providers' documents and not from the code that verifies: the two are held against each other, and
against the providers' SDKs, in the tests.
"""

from __future__ import annotations

from local import senders
from local.senders import Sending, SignedSample


def sign(
    provider: str, body: bytes, secret: str, *, url: str = "", now: int = 0, event_id: str | None = None
) -> SignedSample:
    """Sign a body with a sender's secret.

    Args:
        provider: The provider's name.
        body: The body; Adyen's as it is before its items are signed.
        secret: The sender's secret.
        url: The URL as registered at the provider.
        now: Time of sending, seconds since the epoch.
        event_id: The event's id where the provider sends it in a header; None: a fresh one.

    Raises:
        ValueError: There is no such provider, or the secret has not its form.
    """
    sender = senders.load(provider)
    return sender.sign(body, secret, Sending(url=url, now=now, event_id=event_id or sender.EVENT_ID.fresh()))
