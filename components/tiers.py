"""The subnets of one tier in AWS, with what decides where their traffic goes: part of `Network`."""

from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Output

from .scope import Scope
from .subnets import Slot, Tier, ipv6_block


@dataclass(frozen=True, kw_only=True)
class Place:
    """One subnet and its route table."""

    slot: Slot
    subnet: aws.ec2.Subnet
    table: aws.ec2.RouteTable
    association: aws.ec2.RouteTableAssociation


def make_tier(scope: Scope, vpc: aws.ec2.Vpc, tier: Tier, slots: list[Slot], *, dual_stack: bool) -> list[Place]:
    """One subnet per slot.

    Private subnets have a route table each even where all lead to the same place, so that another egress changes
    targets of routes and nothing else. Each of the other tiers shares one.
    """
    shared = None if tier is Tier.PRIVATE else _route_table(scope, vpc, f"{scope.name}-{tier}")
    places = []
    for slot in slots:
        name = f"{scope.name}-{tier}-{slot.letter}"
        subnet = aws.ec2.Subnet(
            name,
            vpc_id=vpc.id,
            availability_zone=slot.zone,
            cidr_block=slot.cidr_block,
            map_public_ip_on_launch=False,
            ipv6_cidr_block=_ipv6_block(vpc, slot) if dual_stack else None,
            assign_ipv6_address_on_creation=dual_stack and tier is Tier.PRIVATE,  # elsewhere only who asks for one
            tags=scope.tagged(name),
            opts=scope.lasting(),
        )
        table = shared or _route_table(scope, vpc, name)
        association = aws.ec2.RouteTableAssociation(
            name, subnet_id=subnet.id, route_table_id=table.id, opts=scope.lasting()
        )
        places.append(Place(slot=slot, subnet=subnet, table=table, association=association))
    return places


def _ipv6_block(vpc: aws.ec2.Vpc, slot: Slot) -> Output[str]:
    return vpc.ipv6_cidr_block.apply(lambda block: ipv6_block(block, slot.ipv6_number))


def _route_table(scope: Scope, vpc: aws.ec2.Vpc, name: str) -> aws.ec2.RouteTable:
    return aws.ec2.RouteTable(name, vpc_id=vpc.id, tags=scope.tagged(name), opts=scope.lasting())
