"""Every (tier, zone letter) owns a fixed slot: exact tables, and properties that hold for every VPC and choice of zones."""

from ipaddress import IPv4Network, IPv6Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.subnets import (
    Tier,
    check_cidr_block,
    check_peers,
    check_zones,
    ipv6_block,
    layout,
    region_of,
    tier_block,
)

ALL_ZONES = [f"sa-east-1{letter}" for letter in "abcdefgh"]
IPV6 = "2600:1f14:aa:bb00::/56"


def test_the_slots_of_a_large_vpc() -> None:
    slots = layout("10.0.0.0/16", ALL_ZONES)
    assert {tier.value: [slot.cidr_block for slot in slots[tier]] for tier in Tier} == {
        "private": [
            "10.0.0.0/20",
            "10.0.16.0/20",
            "10.0.32.0/20",
            "10.0.48.0/20",
            "10.0.64.0/20",
            "10.0.80.0/20",
            "10.0.96.0/20",
            "10.0.112.0/20",
        ],
        "public": [
            "10.0.128.0/22",
            "10.0.132.0/22",
            "10.0.136.0/22",
            "10.0.140.0/22",
            "10.0.144.0/22",
            "10.0.148.0/22",
            "10.0.152.0/22",
            "10.0.156.0/22",
        ],
        "isolated": [
            "10.0.160.0/22",
            "10.0.164.0/22",
            "10.0.168.0/22",
            "10.0.172.0/22",
            "10.0.176.0/22",
            "10.0.180.0/22",
            "10.0.184.0/22",
            "10.0.188.0/22",
        ],
    }


def test_the_slots_of_the_smallest_vpc() -> None:
    slots = layout("192.168.8.0/21", ["sa-east-1a", "sa-east-1c"])
    assert {tier.value: [slot.cidr_block for slot in slots[tier]] for tier in Tier} == {
        "private": ["192.168.8.0/25", "192.168.9.0/25"],
        "public": ["192.168.12.0/27", "192.168.12.64/27"],
        "isolated": ["192.168.13.0/27", "192.168.13.64/27"],
    }


def test_the_ipv6_slots() -> None:
    slots = layout("10.0.0.0/16", ALL_ZONES)
    blocks = {tier.value: [ipv6_block(IPV6, slot.ipv6_number) for slot in slots[tier]] for tier in Tier}
    assert blocks["private"] == [f"2600:1f14:aa:bb0{n}::/64" for n in range(8)]
    assert blocks["public"] == [f"2600:1f14:aa:bb{n:02x}::/64" for n in range(0x08, 0x10)]
    assert blocks["isolated"] == [f"2600:1f14:aa:bb{n:02x}::/64" for n in range(0x10, 0x18)]


def test_slots_come_in_the_order_of_the_zones_and_name_them() -> None:
    slots = layout("10.0.0.0/16", ["sa-east-1c", "sa-east-1a"])
    assert [(slot.zone, slot.letter) for slot in slots[Tier.PUBLIC]] == [("sa-east-1c", "c"), ("sa-east-1a", "a")]


def test_the_private_tier_is_the_first_half_of_the_vpc_whichever_zones_there_are() -> None:
    assert tier_block("10.0.0.0/16", Tier.PRIVATE) == "10.0.0.0/17"
    assert tier_block("10.0.0.0/16", Tier.PUBLIC) == "10.0.128.0/19"
    assert tier_block("10.0.0.0/16", Tier.ISOLATED) == "10.0.160.0/19"


@pytest.mark.parametrize(
    ("zone", "region"),
    [("sa-east-1a", "sa-east-1"), ("us-gov-west-1b", "us-gov-west-1"), ("ap-southeast-2c", "ap-southeast-2")],
)
def test_the_region_of_a_zone(zone: str, region: str) -> None:
    assert region_of(zone) == region


@st.composite
def vpcs(draw: st.DrawFn) -> str:
    prefix = draw(st.integers(16, 21))
    return str(IPv4Network((draw(st.integers(0, 2**prefix - 1)) << (32 - prefix), prefix)))


ZONE_SETS = st.lists(st.sampled_from(ALL_ZONES), min_size=2, max_size=6, unique=True)


@given(vpc=vpcs(), before=ZONE_SETS, after=ZONE_SETS)
def test_adding_or_removing_zones_never_moves_a_subnet_of_another(
    vpc: str, before: list[str], after: list[str]
) -> None:
    old, new = layout(vpc, before), layout(vpc, after)
    for tier in Tier:
        kept_before = {slot.zone: slot for slot in old[tier] if slot.zone in after}
        kept_after = {slot.zone: slot for slot in new[tier] if slot.zone in before}
        assert kept_before == kept_after


@given(vpc=vpcs())
def test_no_two_subnets_overlap_and_all_lie_in_their_tier_and_the_vpc(vpc: str) -> None:
    slots = layout(vpc, ALL_ZONES)
    blocks = {tier: [IPv4Network(slot.cidr_block) for slot in slots[tier]] for tier in Tier}
    everything = [block for tier in Tier for block in blocks[tier]]
    assert not any(one.overlaps(other) for one, other in combinations(everything, 2))
    for tier in Tier:
        assert all(block.subnet_of(IPv4Network(tier_block(vpc, tier))) for block in blocks[tier])
        assert IPv4Network(tier_block(vpc, tier)).subnet_of(IPv4Network(vpc))


@given(vpc=vpcs())
def test_the_last_quarter_stays_free_for_tiers_to_come(vpc: str) -> None:
    free = list(IPv4Network(vpc).subnets(prefixlen_diff=2))[3]
    slots = layout(vpc, ALL_ZONES)
    assert not any(IPv4Network(slot.cidr_block).overlaps(free) for tier in Tier for slot in slots[tier])


@given(vpc=vpcs())
def test_every_public_subnet_is_large_enough_for_a_load_balancer(vpc: str) -> None:
    assert all(IPv4Network(slot.cidr_block).prefixlen <= 27 for slot in layout(vpc, ALL_ZONES)[Tier.PUBLIC])


@given(zones=ZONE_SETS)
def test_ipv6_slots_differ_and_lie_in_the_vpcs_block(zones: list[str]) -> None:
    slots = layout("10.0.0.0/16", zones)
    blocks = [ipv6_block(IPV6, slot.ipv6_number) for tier in Tier for slot in slots[tier]]
    assert len(set(blocks)) == len(blocks) == 3 * len(zones)
    assert all(IPv6Network(block).subnet_of(IPv6Network(IPV6)) for block in blocks)


@given(vpc=vpcs(), zones=ZONE_SETS)
def test_whatever_the_layout_can_divide_is_accepted(vpc: str, zones: list[str]) -> None:
    check_cidr_block(vpc)
    check_zones(zones)


@pytest.mark.parametrize(
    ("cidr_block", "message"),
    [
        (
            "10.0.0.0/22",
            "cidr_block: want /16 (the largest VPC) to /21 (the smallest with room for a load balancer's subnets), "
            "got 10.0.0.0/22; for example 10.0.0.0/16",
        ),
        (
            "10.0.0.0/15",
            "cidr_block: want /16 (the largest VPC) to /21 (the smallest with room for a load balancer's subnets), "
            "got 10.0.0.0/15; for example 10.0.0.0/16",
        ),
        ("10.0.1.0/16", "cidr_block: want an aligned block, got 10.0.1.0/16; the block it lies in is 10.0.0.0/16"),
        ("10.0.0.0", "cidr_block: want an IPv4 block such as 10.0.0.0/16, got '10.0.0.0'"),
        ("10.0.0.0/99", "cidr_block: want an IPv4 block such as 10.0.0.0/16, got '10.0.0.0/99'"),
        ("fd00::/56", "cidr_block: want an IPv4 block such as 10.0.0.0/16, got 'fd00::/56'"),
    ],
)
def test_a_block_that_cannot_be_divided_is_refused(cidr_block: str, message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole text is asserted
        check_cidr_block(cidr_block)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("zones", "message"),
    [
        ([], "zones: want 2 to 6, got 0: none"),
        (["sa-east-1a"], "zones: want 2 to 6, got 1: sa-east-1a"),
        (
            ALL_ZONES[:7],
            "zones: want 2 to 6, got 7: "
            "sa-east-1a, sa-east-1b, sa-east-1c, sa-east-1d, sa-east-1e, sa-east-1f, sa-east-1g",
        ),
        (
            ["sa-east-1a", "sa-east-1b", "sa-east-1a"],
            "zones: each zone once, got sa-east-1a more than once; remove the repetition",
        ),
        (["sa-east-1a", "us-east-1b"], "zones: all of one region, got zones of sa-east-1, us-east-1"),
        (["sa-east-1a", "b"], "zones: want names of availability zones such as sa-east-1a, got 'b'"),
        (["sa-east-1", "sa-east-1b"], "zones: want names of availability zones such as sa-east-1a, got 'sa-east-1'"),
        (["sae1-az1", "sae1-az2"], "zones: want names of availability zones such as sa-east-1a, got 'sae1-az1'"),
        (
            ["us-west-2a", "us-west-2-lax-1a"],
            "zones: 'us-west-2-lax-1a' is a Local Zone, and those lack services that the tiers need (load balancers, NAT "
            "gateways, databases); name ordinary availability zones such as sa-east-1a",
        ),
        (
            ["us-east-1a", "us-east-1-wl1-bos-wlz-1"],
            "zones: 'us-east-1-wl1-bos-wlz-1' is a Wavelength Zone, and those lack services that the tiers need (load "
            "balancers, NAT gateways, databases); name ordinary availability zones such as sa-east-1a",
        ),
    ],
)
def test_zones_that_cannot_carry_the_network_are_refused(zones: list[str], message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole text is asserted
        check_zones(zones)
    assert str(refusal.value) == message


@pytest.mark.parametrize("peer", ["10.0.0.0/16", "10.0.200.0/24", "10.0.0.0/8"])
def test_a_block_that_a_peer_uses_is_refused_with_both_named(peer: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole text is asserted
        check_peers("10.0.0.0/16", ["10.1.0.0/16", peer])
    assert str(refusal.value) == (
        f"cidr_block: 10.0.0.0/16 overlaps {peer} of peer_cidr_blocks, and overlapping networks cannot be connected; "
        "give the VPC a range that no peer uses"
    )


def test_peers_beside_the_block_are_no_hindrance() -> None:
    check_peers("10.0.0.0/16", ["10.1.0.0/16", "192.168.0.0/24"])


def test_a_peer_that_is_no_block_is_refused() -> None:
    with pytest.raises(ValueError, match=r"peer_cidr_blocks: want an aligned block, got 10\.1\.1\.0/16"):
        check_peers("10.0.0.0/16", ["10.1.1.0/16"])
