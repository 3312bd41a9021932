"""Address arithmetic: what a network may have, and how it is cut."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.addresses import (
    NARROWEST_PREFIX,
    PARTS,
    WIDEST_PREFIX,
    UnusableBlock,
    network_block,
    subnet_blocks,
    zone_parts,
)

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """Blocks that a network may have."""
    private = ipaddress.IPv4Network(draw(st.sampled_from(PRIVATE)))
    prefix = draw(st.integers(max(WIDEST_PREFIX, private.prefixlen), NARROWEST_PREFIX))
    offset = draw(st.integers(0, 2 ** (prefix - private.prefixlen) - 1)) << (32 - prefix)
    return f"{ipaddress.IPv4Address(int(private.network_address) + offset)}/{prefix}"


@given(block=blocks())
def test_subnets_lie_within_the_block_and_apart(block: str) -> None:
    """Every subnet is a part of the network, none overlaps another, and each is as large as AWS asks."""
    network = ipaddress.IPv4Network(network_block(block))
    subnets = [ipaddress.IPv4Network(each) for each in subnet_blocks(block)]
    assert len(subnets) == PARTS
    assert all(each.subnet_of(network) for each in subnets)
    assert not any(one.overlaps(other) for n, one in enumerate(subnets) for other in subnets[n + 1 :])
    assert {each.prefixlen for each in subnets} == {network.prefixlen + 2}
    assert network.prefixlen + 2 <= 28


def test_the_default_block_is_cut_into_quarters() -> None:
    """A worked example."""
    assert subnet_blocks("10.64.0.0/24") == ["10.64.0.0/26", "10.64.0.64/26", "10.64.0.128/26", "10.64.0.192/26"]


@pytest.mark.parametrize(
    ("letters", "parts"),
    [("a", [0]), ("b", [1]), ("ab", [0, 1]), ("ac", [0, 2]), ("bcd", [1, 2, 3]), ("abe", [0, 1, 2]), ("ef", [0, 1])],
)
def test_a_zone_has_the_part_of_its_letter(letters: str, parts: list[int]) -> None:
    """Worked examples; the fifth zone of a region has the first's part, or the next free one."""
    zones = [f"us-east-1{letter}" for letter in letters]
    assert zone_parts(zones) == dict(zip(zones, parts, strict=True))


@given(letters=st.sets(st.sampled_from("abcdef"), min_size=1, max_size=PARTS))
def test_no_two_zones_have_one_part(letters: set[str]) -> None:
    """Whichever zones are chosen."""
    parts = zone_parts(sorted(letters))
    assert parts.keys() == letters
    assert len(set(parts.values())) == len(letters)
    assert set(parts.values()) <= set(range(PARTS))


@given(data=st.data(), letters=st.sets(st.sampled_from("abcd"), min_size=2))
def test_a_zone_that_is_left_out_moves_no_subnet(data: st.DataObject, letters: set[str]) -> None:
    """AWS refuses a second subnet with the addresses of the first while the function is in that."""
    left = letters - {data.draw(st.sampled_from(sorted(letters)))}
    every = zone_parts(sorted(letters))
    assert zone_parts(sorted(left)) == {zone: every[zone] for zone in left}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must be an IPv4 block"),
        ("10.64.0.0", "must be between /16 and /26"),
        ("10.64.0.1/24", "without host bits"),
        ("10.64.0.0/33", "must be an IPv4 block"),
        ("fd00::/56", "must be an IPv4 block"),
        ("10.0.0.0/15", "must be between /16 and /26"),
        ("10.0.0.0/27", "must be between /16 and /26"),
        ("8.8.8.0/24", "must lie within the private addresses"),
        ("172.32.0.0/16", "must lie within the private addresses"),
    ],
)
def test_a_block_that_no_isolated_network_may_have_is_refused(text: str, problem: str) -> None:
    """Public addresses would shadow someone's, and AWS refuses what is too wide or too narrow."""
    with pytest.raises(UnusableBlock, match=problem):
        network_block(text)
