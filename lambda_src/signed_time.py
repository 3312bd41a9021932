"""The scheme of Stripe and Paddle: one header that lists a time, and signatures of that time and the body."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lambda_src import schemes
from lambda_src.errors import Reason, Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_src.request import SignedRequest
    from lambda_src.sources import Source


class Layout(NamedTuple):
    """How a provider writes such a header, `t=1700000000,v1=0123...`.

    Attributes:
        header: Lower-case name of the header.
        separator: What stands between its items.
        time: Name of the item that holds the time, seconds since the epoch; there must be one.
        signature: Name of those that hold a signature, HMAC-SHA256 in hexadecimal; items of other names are ignored.
        joint: What stands between time and body where they are signed.
    """

    header: str
    separator: str
    time: str
    signature: str
    joint: bytes


def verify(request: SignedRequest, secrets: Sequence[str], source: Source, now: int, layout: Layout) -> int:
    """Check signature and age, the age when the signature holds; see `lambda_src.providers.Provider.verify`."""
    live = schemes.keys(secrets, schemes.text_key, schemes.TEXT_KEY_FORM)
    name = layout.header
    items = [item.partition("=") for item in schemes.header(request.headers, name).split(layout.separator)]
    times = [value for key, _, value in items if key == layout.time]
    if len(times) != 1:
        raise Rejected(Reason.MALFORMED_HEADER, f"{name} has {len(times)} times, not one")
    signed_at = schemes.timestamp(times[0], f"{layout.time} of {name}")
    signatures = [value for key, _, value in items if key == layout.signature]
    candidates = schemes.well_formed(signatures, schemes.HEX_SHA256, f"{layout.signature} of {name}")
    message = times[0].encode() + layout.joint + request.body
    position = schemes.match(live, message, candidates, schemes.hexadecimal)
    schemes.check_window(signed_at, now, source.tolerance_seconds)
    return position
