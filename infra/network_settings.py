"""The part of the settings that is about the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.addresses import PARTS, UnusableBlock, network_block
from infra.configuration import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.configuration import Reader

NETWORKS = ("isolated", "none")
"""Values of `network`."""

ZONE_ID = re.compile(r"[a-z]{2,4}[0-9]-az[0-9]{1,2}")
"""An availability zone's id, the same in every account, as its name is not."""


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What a stack may choose about its network."""

    block: str
    """The VPC's addresses, an IPv4 block."""

    zones: int
    """Availability zones, each with a subnet and an interface of each endpoint."""

    excluded_zone_ids: tuple[str, ...]
    """Ids of zones not to use."""

    def choose_zones(self, available: Sequence[str]) -> list[str]:
        """Return the first of the available zones, as many as are wanted.

        Raises:
            ConfigurationError: There are too few.
        """
        if len(available) < self.zones:
            raise ConfigurationError(
                [f"availabilityZones must be at most {len(available)} in this region; got {self.zones}"]
            )
        return sorted(available)[: self.zones]


def read_network(reader: Reader) -> NetworkSettings | None:
    """Check the network's settings and note their problems.

    Returns:
        The settings; None when the function is to run outside of any network.
    """
    block = reader.get("networkBlock", str, reader.default("networkBlock", str))
    try:
        block = network_block(block)
    except UnusableBlock as error:
        reader.problems.append(f"networkBlock {error}; got {block!r}")
    excluded: list[Any] = reader.get("excludedZoneIds", list, [])
    for zone in excluded:
        if not isinstance(zone, str) or not ZONE_ID.fullmatch(zone):
            reader.problems.append(f"excludedZoneIds must hold zone ids such as use1-az3 (not names); got {zone!r}")
    settings = NetworkSettings(
        block=block,
        zones=reader.number("availabilityZones", 1, PARTS),
        excluded_zone_ids=tuple(map(str, excluded)),
    )
    return settings if reader.one_of("network", NETWORKS) == "isolated" else None
