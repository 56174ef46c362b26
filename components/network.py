"""Network: a VPC over two to six zones in three tiers, with one way out that can be changed at any time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi_aws as aws
from pulumi import ComponentResource, InvokeOptions, Output, Resource, ResourceOptions, RunError

from .amazon_linux import Architecture, check_release, image_id
from .flow_logs import FlowLogs, record_flows
from .log_retention import check_retention
from .nat_instance import nat_instance
from .naming import tagged
from .subnets import (
    Slot,
    Tier,
    check_cidr_block,
    check_peers,
    check_zones,
    ipv6_block,
    layout,
    region_of,
    tier_block,
)

ANYWHERE = "0.0.0.0/0"
ANYWHERE_IPV6 = "::/0"

_SERVICE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


class Egress(StrEnum):
    """How private subnets reach the internet. A switch between any two changes targets of routes, never a subnet."""

    NONE = "none"
    """Not at all: only S3 and the interface endpoints. Free."""
    INSTANCE = "instance"
    """One NAT instance in the first zone, replaced by itself when it fails, which takes minutes. Cheapest."""
    SINGLE = "single"
    """One NAT gateway in the first zone. The other zones lose their way out with that zone."""
    PER_ZONE = "per_zone"
    """A NAT gateway in each zone: no zone needs another, and nothing is paid for traffic between zones."""
    REGIONAL = "regional"
    """One regional NAT gateway, which AWS extends to each zone that has instances, within an hour of the first one
    (Amazon VPC User Guide, "Regional NAT gateways for automatic multi-AZ expansion")."""


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the caller decides. Errors are ValueErrors that name the field."""

    cidr_block: str
    """IPv4 block of the VPC, /16 to /21, aligned. A fixed part of it belongs to each tier and zone letter."""
    zones: Sequence[str]
    """Two to six ordinary availability zones by name, e.g. `sa-east-1a`. Named, not counted, because a list looked up
    in the account changes with it. The first one houses what exists once. Adding one moves no other subnet."""
    egress: Egress = Egress.PER_ZONE
    """The private subnets' way to the internet. By default one NAT gateway per zone, so that a zone that fails takes no
    other with it. The addresses traffic comes from change with it, except that `single` keeps the first of `per_zone`."""
    dual_stack: bool = False
    """IPv6 beside IPv4: a /64 in each subnet, and a way out (but not in) for the private ones unless `egress` is
    `none`. For good: AWS takes the block back only after every subnet has given up its own, so turning it off again
    replaces the private subnets."""
    interface_endpoints: Sequence[str] = ()
    """Short names of AWS services to reach without the internet, e.g. `ssm`, `ecr.api`. None by default because each
    is paid per zone and hour. S3 has its endpoint always, which is free."""
    flow_logs: FlowLogs = FlowLogs.REJECTED
    """Which connections are recorded. By default those refused, which cost little (AWS Security Hub, control EC2.6)."""
    flow_log_retention_days: int = 90
    """Days that CloudWatch keeps them; one of the values it knows. A quarter covers what is found out late."""
    peer_cidr_blocks: Sequence[str] = ()
    """IPv4 blocks of networks this one is or will be connected with; none may overlap `cidr_block`."""
    image_release: str | None = None
    """Amazon Linux 2023 release of the NAT instance, e.g. `2023.12.20260930.0`. Required for egress `instance`, without
    effect otherwise. Raising it replaces that instance."""
    protect: bool = True
    """Whether the engine refuses to delete the key of the flow logs, without which nobody reads them again."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """For every resource that takes tags. A change of them replaces the NAT instance (its volume is tagged at launch)
    and nothing else."""

    def __post_init__(self) -> None:
        check_cidr_block(self.cidr_block)
        check_zones(self.zones)
        check_peers(self.cidr_block, self.peer_cidr_blocks)
        _check_choice("egress", self.egress, Egress)
        _check_choice("flow_logs", self.flow_logs, FlowLogs)
        check_retention("flow_log_retention_days", self.flow_log_retention_days)
        _check_interface_endpoints(self.interface_endpoints)
        if self.image_release is not None:
            check_release("image_release", self.image_release)
        elif self.egress == Egress.INSTANCE:
            raise ValueError(
                "image_release: egress instance starts an instance and wants its Amazon Linux 2023 release, got none; "
                "`make image` shows the newest one, or choose another egress"
            )


@dataclass(frozen=True, kw_only=True)
class _Target:
    """Where a private subnet's IPv4 default route leads."""

    nat_gateway_id: Output[str] | None = None
    network_interface_id: Output[str] | None = None
    ready: Sequence[Resource] = ()
    """What must exist before traffic is sent there, beside the target itself."""


class Network(ComponentResource):
    """A VPC with public, private and isolated subnets in each zone, their routes, endpoints and flow logs."""

    vpc_id: Output[str]
    """Id of the VPC."""
    cidr_block: Output[str]
    """IPv4 block of the VPC."""
    public_subnet_ids: list[Output[str]]
    """One per zone, in the order of `zones`, for load balancers. Who uses one waits for its route to the internet."""
    private_subnet_ids: list[Output[str]]
    """One per zone, in the order of `zones`, for instances. Who uses one waits for its routes and endpoints."""
    isolated_subnet_ids: list[Output[str]]
    """One per zone, in the order of `zones`, for databases. No way to the internet in either direction."""
    egress_addresses: Output[list[str]]
    """Public IPv4 addresses that traffic of private subnets comes from. For egress `regional` those of the last
    deployment or refresh: AWS adds one for each zone it extends the gateway to."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("hotelaria:index:Network", name, {}, opts)
        _refuse_unknown_zones(args.zones, InvokeOptions(parent=self))
        slots = layout(args.cidr_block, args.zones)
        region = region_of(args.zones[0])
        # Protection given to the whole component covers what the network stands on. What follows an argument that may
        # change (routes, ways out, endpoints, logs) stays replaceable.
        lasting = ResourceOptions(parent=self)
        replaceable = ResourceOptions(parent=self, protect=False)

        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr_block,
            assign_generated_ipv6_cidr_block=args.dual_stack,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private DNS of interface endpoints needs both
            tags=tagged(f"{name}-vpc", args.tags),
            opts=lasting,
        )
        aws.ec2.DefaultSecurityGroup(  # emptied: whoever forgets to name a group gets one that admits nothing
            f"{name}-default",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=tagged(f"{name}-default", args.tags),
            opts=lasting,
        )
        internet_gateway = aws.ec2.InternetGateway(
            f"{name}-internet", vpc_id=vpc.id, tags=tagged(f"{name}-internet", args.tags), opts=lasting
        )

        def subnet(tier: Tier, slot: Slot) -> aws.ec2.Subnet:
            subnet_name = f"{name}-{tier}-{slot.letter}"
            return aws.ec2.Subnet(
                subnet_name,
                vpc_id=vpc.id,
                availability_zone=slot.zone,
                cidr_block=slot.cidr_block,
                map_public_ip_on_launch=False,
                ipv6_cidr_block=vpc.ipv6_cidr_block.apply(lambda block: ipv6_block(block, slot.ipv6_number))
                if args.dual_stack
                else None,
                assign_ipv6_address_on_creation=args.dual_stack and tier is Tier.PRIVATE,
                tags=tagged(subnet_name, args.tags),
                opts=lasting,
            )

        def route_table(suffix: str) -> aws.ec2.RouteTable:
            return aws.ec2.RouteTable(
                f"{name}-{suffix}", vpc_id=vpc.id, tags=tagged(f"{name}-{suffix}", args.tags), opts=lasting
            )

        def association(tier: Tier, slot: Slot, table: aws.ec2.RouteTable) -> aws.ec2.RouteTableAssociation:
            return aws.ec2.RouteTableAssociation(
                f"{name}-{tier}-{slot.letter}",
                subnet_id=subnets[tier, slot.zone].id,
                route_table_id=table.id,
                opts=lasting,
            )

        subnets = {(tier, slot.zone): subnet(tier, slot) for tier in Tier for slot in slots[tier]}
        public_table = route_table("public")
        isolated_table = route_table("isolated")
        # One each even where all lead to the same place, so that a change of egress changes targets only.
        private_tables = {slot.zone: route_table(f"private-{slot.letter}") for slot in slots[Tier.PRIVATE]}
        public_associations = [association(Tier.PUBLIC, slot, public_table) for slot in slots[Tier.PUBLIC]]
        isolated_associations = [association(Tier.ISOLATED, slot, isolated_table) for slot in slots[Tier.ISOLATED]]
        private_associations = [
            association(Tier.PRIVATE, slot, private_tables[slot.zone]) for slot in slots[Tier.PRIVATE]
        ]
