"""Where each subnet of a VPC lies. Pure: text in, text out.

Every (tier, zone letter) owns a fixed slot, so that adding or removing a zone never moves another subnet:

| part of the VPC | tier     | each of its 8 slots (zone letters a to h) |
|-----------------|----------|-------------------------------------------|
| first half      | private  | 1/16 of the VPC                           |
| fifth eighth    | public   | 1/64 of the VPC                           |
| sixth eighth    | isolated | 1/64 of the VPC                           |
| last quarter    | free     | kept for tiers to come                    |
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

LARGEST_PREFIX = 16
"""A VPC is at most a /16 (Amazon VPC User Guide, "VPC CIDR blocks")."""

SMALLEST_PREFIX = 21
"""Makes public subnets of /27, the least that a load balancer takes (User Guide for Application Load Balancers,
"Subnets for your load balancer")."""

MIN_ZONES = 2
"""Load balancers and database subnet groups need two zones."""

MAX_ZONES = 6
"""The most ordinary zones that a region has."""

_SLOT_BITS = 3
_ZONE = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+)(?P<letter>[a-h])")
_LOCAL_OR_WAVELENGTH_ZONE = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d+-(?P<group>[a-z0-9-]+)")


class Tier(StrEnum):
    """Who may be reached from where."""

    PRIVATE = "private"
    """Way out, no way in: instances."""
    PUBLIC = "public"
    """Way in and out: load balancers and gateways."""
    ISOLATED = "isolated"
    """Neither: databases."""


# Per tier: the VPC split into 2**bits parts, and which of them is the tier's. The order of the tiers is the order of
# their IPv6 slots. Both are for ever: a change would replace every subnet there is.
_PARTS = {Tier.PRIVATE: (1, 0), Tier.PUBLIC: (3, 4), Tier.ISOLATED: (3, 5)}


@dataclass(frozen=True)
class Slot:
    """One subnet's place."""

    zone: str
    letter: str
    cidr_block: str
    ipv6_number: int
    """Which /64 of the VPC's /56 is the subnet's."""


def layout(cidr_block: str, zones: Sequence[str]) -> dict[Tier, list[Slot]]:
    """The slots of `zones`, in their order, in every tier of a VPC with `cidr_block`."""
    return {tier: [_slot(cidr_block, tier, zone) for zone in zones] for tier in Tier}


def tier_block(cidr_block: str, tier: Tier) -> str:
    """The block that all subnets of `tier` lie in, whichever zones there are."""
    bits, index = _PARTS[tier]
    return str(list(IPv4Network(cidr_block).subnets(prefixlen_diff=bits))[index])


def ipv6_block(vpc_ipv6_cidr_block: str, number: int) -> str:
    """The /64 with that number in the VPC's IPv6 block."""
    first = IPv6Network(vpc_ipv6_cidr_block).network_address
    return str(IPv6Network((int(first) + (number << 64), 64)))


def region_of(zone: str) -> str:
    """The region that an ordinary zone belongs to: `sa-east-1` of `sa-east-1a`."""
    return _parts_of(zone)["region"]


def check_cidr_block(cidr_block: str) -> None:
    """Raise ValueError unless `cidr_block` is one that `layout` can divide."""
    network = _network("cidr_block", cidr_block)
    if not LARGEST_PREFIX <= network.prefixlen <= SMALLEST_PREFIX:
        raise ValueError(
            f"cidr_block: want /{LARGEST_PREFIX} (the largest VPC) to /{SMALLEST_PREFIX} (the smallest with room for a "
            f"load balancer's subnets), got {cidr_block}; for example 10.0.0.0/{LARGEST_PREFIX}"
        )


def check_zones(zones: Sequence[str]) -> None:
    """Raise ValueError unless `zones` are two to six different ordinary availability zones of one region."""
    for zone in zones:
        _parts_of(zone)
    if not MIN_ZONES <= len(zones) <= MAX_ZONES:
        raise ValueError(f"zones: want {MIN_ZONES} to {MAX_ZONES}, got {len(zones)}: {_listed(zones)}")
    if doubled := sorted({zone for zone in zones if list(zones).count(zone) > 1}):
        raise ValueError(f"zones: each zone once, got {_listed(doubled)} more than once; remove the repetition")
    if len(regions := sorted({region_of(zone) for zone in zones})) > 1:
        raise ValueError(f"zones: all of one region, got zones of {_listed(regions)}")


def check_peers(cidr_block: str, peer_cidr_blocks: Sequence[str]) -> None:
    """Raise ValueError where the VPC would overlap a network that it is to be connected with."""
    for peer in peer_cidr_blocks:
        if _network("peer_cidr_blocks", peer).overlaps(IPv4Network(cidr_block)):
            raise ValueError(
                f"cidr_block: {cidr_block} overlaps {peer} of peer_cidr_blocks, and overlapping networks cannot be "
                "connected; give the VPC a range that no peer uses"
            )


def _slot(cidr_block: str, tier: Tier, zone: str) -> Slot:
    letter = _parts_of(zone)["letter"]
    number = "abcdefgh".index(letter)
    subnets = list(IPv4Network(tier_block(cidr_block, tier)).subnets(prefixlen_diff=_SLOT_BITS))
    return Slot(zone, letter, str(subnets[number]), (list(_PARTS).index(tier) << _SLOT_BITS) + number)


def _parts_of(zone: str) -> re.Match[str]:
    if match := _ZONE.fullmatch(zone):
        return match
    if match := _LOCAL_OR_WAVELENGTH_ZONE.fullmatch(zone):
        kind = "a Wavelength" if match["group"].startswith("wl") else "a Local"
        raise ValueError(
            f"zones: {zone!r} is {kind} Zone, and those lack services that the tiers need (load balancers, NAT gateways, "
            "databases); name ordinary availability zones such as sa-east-1a"
        )
    raise ValueError(f"zones: want names of availability zones such as sa-east-1a, got {zone!r}")


def _network(field: str, cidr_block: str) -> IPv4Network:
    try:
        address, prefix = cidr_block.split("/")
        network = IPv4Network((address, int(prefix)), strict=False)
    except ValueError:
        raise ValueError(f"{field}: want an IPv4 block such as 10.0.0.0/16, got {cidr_block!r}") from None
    if str(network) != cidr_block:
        raise ValueError(f"{field}: want an aligned block, got {cidr_block}; the block it lies in is {network}")
    return network


def _listed(values: Sequence[str]) -> str:
    return ", ".join(values) or "none"
