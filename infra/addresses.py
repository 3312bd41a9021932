"""Address arithmetic: the network's block and the subnets cut out of it."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = 4
"""Parts that a network's block is always cut into, used or not: other zones then move no subnet."""

WIDEST_PREFIX = 16
NARROWEST_PREFIX = 26
"""Prefix lengths of a network's block: AWS takes /16 to /28, and a quarter of it must be a subnet, /28 or wider.
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""

_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))


class UnusableBlock(ValueError):
    """A text is not a block of addresses that an isolated network may have."""


def network_block(text: str) -> str:
    """Check a network's block and return it as AWS writes it.

    Args:
        text: An IPv4 block such as `10.64.0.0/24`.

    Raises:
        UnusableBlock: It is no block, has host bits set, is too wide or too narrow, or holds public addresses.
    """
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        raise UnusableBlock("must be an IPv4 block such as 10.64.0.0/24, without host bits") from None
    if not WIDEST_PREFIX <= block.prefixlen <= NARROWEST_PREFIX:
        raise UnusableBlock(f"must be between /{WIDEST_PREFIX} and /{NARROWEST_PREFIX}")
    if not any(block.subnet_of(private) for private in _PRIVATE):
        allowed = ", ".join(map(str, _PRIVATE))
        raise UnusableBlock(f"must lie within the private addresses {allowed}")
    return str(block)


def subnet_blocks(block: str) -> list[str]:
    """Cut a network's block into `PARTS` subnets of equal size.

    Args:
        block: A block that `network_block` returned.
    """
    bits = (PARTS - 1).bit_length()
    return [str(part) for part in ipaddress.IPv4Network(block).subnets(prefixlen_diff=bits)]


def zone_parts(zones: Sequence[str]) -> dict[str, int]:
    """Choose which part of the block each zone has: by its own letter, whatever other zones there are.

    A subnet can be neither moved nor made a second time beside itself. So a zone that is left out or added must leave
    the others' parts as they are, and take one that nobody had.

    Args:
        zones: Up to `PARTS` names of zones, such as `us-east-1a`.

    Returns:
        Numbers of parts, from 0, by zone. Where two letters want the same one (a and e), the later takes the next free.
    """
    parts: dict[str, int] = {}
    for zone in sorted(zones):
        wanted = ord(zone[-1]) - ord("a")
        parts[zone] = next(part % PARTS for part in range(wanted, wanted + PARTS) if part % PARTS not in parts.values())
    return parts
