"""How traffic of private subnets leaves a VPC: part of `Network`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi_aws as aws
from pulumi import Output, Resource

from .scope import Scope
from .tiers import Place


class Egress(StrEnum):
    """How private subnets reach the internet. A switch between any two changes targets of routes, never a subnet."""

    NONE = "none"
    """Not at all, only S3 and the interface endpoints."""
    INSTANCE = "instance"
    """One NAT instance in the first zone, which replaces itself when it fails; that takes minutes. Cheapest."""
    SINGLE = "single"
    """One NAT gateway in the first zone. The other zones lose their way out together with that one."""
    PER_ZONE = "per_zone"
    """A NAT gateway in each zone: no zone needs another, and nothing is paid for traffic between zones."""
    REGIONAL = "regional"
    """One regional NAT gateway, which AWS extends to each zone that has instances. That may take an hour, in which
    another zone serves it (Amazon VPC User Guide, "Regional NAT gateways for automatic multi-AZ expansion")."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where an IPv4 default route leads: one of the two."""

    nat_gateway_id: Output[str] | None = None
    network_interface_id: Output[str] | None = None
    needs: Sequence[Resource] = ()
    """What must exist, beside the target itself, before traffic is sent there."""


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """The way out of all private subnets."""

    targets: dict[str, Target]
    """By zone; empty where there is no way out."""
    addresses: Output[list[str]]
    """Public IPv4 addresses that traffic comes from."""


def no_way_out() -> WayOut:
    """For `Egress.NONE`."""
    return WayOut(targets={}, addresses=Output.from_input([]))


def through_nat_gateways(
    scope: Scope, zones: Sequence[str], homes: Sequence[Place], needs: Sequence[Resource]
) -> WayOut:
    """A NAT gateway in each of the public places `homes`; zones that have none use the first.

    `needs` is what makes the homes public.
    """
    gateways = {}
    addresses = []
    for home in homes:
        name = f"{scope.name}-nat-{home.slot.letter}"
        address = aws.ec2.Eip(name, domain="vpc", tags=scope.tagged(name), opts=scope.replaceable(*needs))
        gateway = aws.ec2.NatGateway(
            name,
            subnet_id=home.subnet.id,
            allocation_id=address.allocation_id,
            tags=scope.tagged(name),
            opts=scope.replaceable(),  # waits for the needs through its address
        )
        gateways[home.slot.zone] = Target(nat_gateway_id=gateway.id)
        addresses.append(address.public_ip)
    first = gateways[homes[0].slot.zone]
    return WayOut(targets=dict.fromkeys(zones, first) | gateways, addresses=Output.all(*addresses))


def through_regional_nat_gateway(
    scope: Scope, zones: Sequence[str], vpc: aws.ec2.Vpc, needs: Sequence[Resource]
) -> WayOut:
    """One gateway of the whole VPC whose zones and addresses AWS looks after. `needs` is the way to the internet."""
    name = f"{scope.name}-nat-regional"
    gateway = aws.ec2.NatGateway(
        name,
        vpc_id=vpc.id,
        availability_mode="regional",
        connectivity_type="public",
        tags=scope.tagged(name),
        opts=scope.replaceable(*needs),
    )
    addresses = gateway.regional_nat_gateway_addresses.apply(
        lambda found: sorted(address.public_ip for address in found if address.public_ip)
    )
    return WayOut(targets=dict.fromkeys(zones, Target(nat_gateway_id=gateway.id)), addresses=addresses)
