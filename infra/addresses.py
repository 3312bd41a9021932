"""Address arithmetic: the network's block and the subnets cut out of it."""

from __future__ import annotations

import ipaddress

PARTS = 4
"""Parts that a network's block is always cut into, used or not: a further zone then moves no subnet."""

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


def subnet_blocks(block: str, count: int) -> list[str]:
    """Cut a network's block into subnets of equal size.

    Args:
        block: A block that `network_block` returned.
        count: Subnets, 1 to `PARTS`; the first ones are the same whatever the count.
    """
    bits = (PARTS - 1).bit_length()
    return [str(part) for part in list(ipaddress.IPv4Network(block).subnets(prefixlen_diff=bits))[:count]]
