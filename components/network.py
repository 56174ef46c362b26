"""Network: a VPC over two to six zones in three tiers, with one way out that can be changed at any time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi_aws as aws
from pulumi import ComponentResource, Output, Resource, ResourceOptions, RunError

from .amazon_linux import Architecture, check_release, image_id
from .checks import plain_name
from .egress import Egress, WayOut, no_way_out, through_nat_gateways, through_regional_nat_gateway
from .flow_logs import FlowLogs, record_flows
from .log_retention import check_retention
from .nat_instance import through_nat_instance
from .scope import Scope
from .subnets import Tier, check_cidr_block, check_peers, check_zones, layout, region_of, tier_block
from .tiers import Place, make_tier

_ANYWHERE = "0.0.0.0/0"
_ANYWHERE_IPV6 = "::/0"
_SERVICE = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What the caller decides. A value that cannot work is a ValueError that names its field."""

    cidr_block: str
    """IPv4 block of the VPC, /16 to /21, aligned. A fixed part of it belongs to each tier and zone letter."""
    zones: Sequence[str]
    """Two to six ordinary availability zones by name, e.g. `sa-east-1a`: a list looked up in the account would change
    with it. The first one houses what exists only once. Adding or removing a zone moves no other subnet."""
    egress: Egress = Egress.PER_ZONE
    """The private subnets' way to the internet. By default one NAT gateway per zone, so that a failing zone takes no
    other with it. The addresses that traffic comes from change with it, except that `single` keeps the first one of
    `per_zone`."""
    dual_stack: bool = False
    """IPv6 beside IPv4: a /64 for each subnet and, unless `egress` is `none`, a way out (not in) for the private ones.
    For good: AWS takes the VPC's block back only after every subnet has given up its own."""
    interface_endpoints: Sequence[str] = ()
    """Short names of AWS services to reach without the internet, e.g. `ssm` or `ecr.api`. None by default, because each
    is paid per zone and hour. S3 always has its endpoint, which is free."""
    flow_logs: FlowLogs = FlowLogs.REJECTED
    """Which connections are recorded. By default the refused ones, which cost little (AWS Security Hub, EC2.6)."""
    flow_log_retention_days: int = 90
    """Days that CloudWatch keeps the records, one of the values it knows. By default a quarter: break-ins are found
    late."""
    peer_cidr_blocks: Sequence[str] = ()
    """IPv4 blocks of networks that this one is or will be connected with. None may overlap `cidr_block`."""
    image_release: str | None = None
    """Amazon Linux 2023 release of the NAT instance, e.g. `2023.12.20260930.0`. Required for egress `instance`, without
    effect otherwise. Raising it replaces that instance."""
    protect: bool = True
    """Whether the engine refuses to delete the flow logs' key, without which nobody can read them any more."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """For every resource that takes tags. A change of them replaces the NAT instance (its template names the tags of
    its volume) and nothing else."""

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


class Network(ComponentResource):
    """A VPC with public, private and isolated subnets in each zone, their routes, endpoints and flow logs."""

    vpc_id: Output[str]
    """Id of the VPC."""
    cidr_block: Output[str]
    """IPv4 block of the VPC."""
    public_subnet_ids: list[Output[str]]
    """One per zone in the order of `zones`, for load balancers. Whoever uses one waits for its way to the internet."""
    private_subnet_ids: list[Output[str]]
    """One per zone in the order of `zones`, for instances. Whoever uses one waits for its way out and the endpoints."""
    isolated_subnet_ids: list[Output[str]]
    """One per zone in the order of `zones`, for databases. They neither reach the internet nor are reached from it."""
    egress_addresses: Output[list[str]]
    """Public IPv4 addresses that traffic of private subnets comes from. For egress `regional` those known at the last
    deployment or refresh, since AWS adds one for each zone that it extends the gateway to."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        plain_name("name", name)
        super().__init__("hotelaria:index:Network", name, {}, opts)
        scope = Scope(parent=self, name=name, tags=args.tags)
        _refuse_unknown_zones(scope, args.zones)

        vpc = _vpc(scope, args)
        slots = layout(args.cidr_block, args.zones)
        private, public, isolated = (
            make_tier(scope, vpc, tier, slots[tier], dual_stack=args.dual_stack)
            for tier in (Tier.PRIVATE, Tier.PUBLIC, Tier.ISOLATED)
        )
        internet = _internet_access(scope, args, vpc, public)
        s3 = _s3_endpoint(scope, args, vpc, [*private, *public, *isolated])
        way_out = _way_out(scope, args, vpc, public, internet=internet, s3=s3)
        private_routes = _private_routes(scope, args, vpc, private, way_out)
        endpoints = _interface_endpoints(scope, args, vpc, private)
        if args.flow_logs != FlowLogs.OFF:
            record_flows(
                scope,
                args.flow_logs,
                vpc_id=vpc.id,
                region=region_of(args.zones[0]),
                retention_days=args.flow_log_retention_days,
                protect=args.protect,
            )

        self.vpc_id = vpc.id
        self.cidr_block = vpc.cidr_block
        self.public_subnet_ids = [_after(place.subnet.id, internet) for place in public]
        self.private_subnet_ids = [
            _after(place.subnet.id, [place.association, s3, *private_routes[place.slot.zone], *endpoints])
            for place in private
        ]
        self.isolated_subnet_ids = [_after(place.subnet.id, [place.association]) for place in isolated]
        self.egress_addresses = way_out.addresses
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "cidr_block": self.cidr_block,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "isolated_subnet_ids": self.isolated_subnet_ids,
                "egress_addresses": self.egress_addresses,
            }
        )


def _vpc(scope: Scope, args: NetworkArgs) -> aws.ec2.Vpc:
    name = f"{scope.name}-vpc"
    vpc = aws.ec2.Vpc(
        name,
        cidr_block=args.cidr_block,
        assign_generated_ipv6_cidr_block=args.dual_stack,
        enable_dns_support=True,
        enable_dns_hostnames=True,  # private DNS of interface endpoints needs both
        tags=scope.tagged(name),
        opts=scope.lasting(),
    )
    group_name = f"{scope.name}-default"
    aws.ec2.DefaultSecurityGroup(  # emptied: what is launched without a group of its own reaches nothing
        group_name, vpc_id=vpc.id, ingress=[], egress=[], tags=scope.tagged(group_name), opts=scope.lasting()
    )
    return vpc


def _internet_access(scope: Scope, args: NetworkArgs, vpc: aws.ec2.Vpc, public: list[Place]) -> list[Resource]:
    """All that must exist before a host of a public subnet reaches the internet."""
    name = f"{scope.name}-internet"
    gateway = aws.ec2.InternetGateway(name, vpc_id=vpc.id, tags=scope.tagged(name), opts=scope.lasting())
    table = public[0].table
    routes = [
        aws.ec2.Route(
            f"{scope.name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            gateway_id=gateway.id,
            opts=scope.replaceable(),
        )
    ]
    if args.dual_stack:
        routes.append(
            aws.ec2.Route(
                f"{scope.name}-public-internet-ipv6",
                route_table_id=table.id,
                destination_ipv6_cidr_block=_ANYWHERE_IPV6,
                gateway_id=gateway.id,
                opts=scope.replaceable(),
            )
        )
    return [*routes, *(place.association for place in public)]


def _s3_endpoint(scope: Scope, args: NetworkArgs, vpc: aws.ec2.Vpc, places: list[Place]) -> aws.ec2.VpcEndpoint:
    """S3 from everywhere without the internet: free, and the home of Amazon Linux's packages."""
    name = f"{scope.name}-endpoint-s3"
    tables = {id(place.table): place.table for place in places}.values()
    return aws.ec2.VpcEndpoint(
        name,
        vpc_id=vpc.id,
        service_name=_service_name(args, "s3"),
        vpc_endpoint_type="Gateway",
        route_table_ids=[table.id for table in tables],
        tags=scope.tagged(name),
        opts=scope.lasting(),
    )


def _way_out(
    scope: Scope, args: NetworkArgs, vpc: aws.ec2.Vpc, public: list[Place], *, internet: list[Resource], s3: Resource
) -> WayOut:
    match args.egress:
        case Egress.NONE:
            return no_way_out()
        case Egress.SINGLE:
            return through_nat_gateways(scope, args.zones, public[:1], needs=internet)
        case Egress.PER_ZONE:
            return through_nat_gateways(scope, args.zones, public, needs=internet)
        case Egress.REGIONAL:
            return through_regional_nat_gateway(scope, args.zones, vpc, needs=internet)
        case Egress.INSTANCE:
            assert args.image_release is not None  # NetworkArgs refuses this egress without it
            return through_nat_instance(
                scope,
                args.zones,
                vpc,
                public[0],
                vpc_cidr_block=args.cidr_block,
                clients_cidr_block=tier_block(args.cidr_block, Tier.PRIVATE),
                image_id=image_id(args.image_release, Architecture.ARM64, scope.lookup()),
                needs=[*internet, s3],
            )


def _private_routes(
    scope: Scope, args: NetworkArgs, vpc: aws.ec2.Vpc, private: list[Place], way_out: WayOut
) -> dict[str, list[Resource]]:
    """The default routes of each private subnet, by zone.

    A route's name is the same in every egress mode, so that it changes its target in place. Were there one name per
    mode, the new route would meet the old one in its table (RouteAlreadyExists).
    """
    if not way_out.targets:
        return {zone: [] for zone in args.zones}
    egress_only = _egress_only_gateway(scope, vpc) if args.dual_stack else None
    routes: dict[str, list[Resource]] = {}
    for place in private:
        target = way_out.targets[place.slot.zone]
        name = f"{scope.name}-private-{place.slot.letter}-egress"
        routes[place.slot.zone] = [
            aws.ec2.Route(
                name,
                route_table_id=place.table.id,
                destination_cidr_block=_ANYWHERE,
                nat_gateway_id=target.nat_gateway_id,
                network_interface_id=target.network_interface_id,
                opts=scope.replaceable(*target.needs),
            )
        ]
        if egress_only:
            routes[place.slot.zone].append(
                aws.ec2.Route(
                    f"{name}-ipv6",
                    route_table_id=place.table.id,
                    destination_ipv6_cidr_block=_ANYWHERE_IPV6,
                    egress_only_gateway_id=egress_only.id,
                    opts=scope.replaceable(),
                )
            )
    return routes


def _egress_only_gateway(scope: Scope, vpc: aws.ec2.Vpc) -> aws.ec2.EgressOnlyInternetGateway:
    name = f"{scope.name}-egress-only"
    return aws.ec2.EgressOnlyInternetGateway(name, vpc_id=vpc.id, tags=scope.tagged(name), opts=scope.replaceable())


def _interface_endpoints(
    scope: Scope, args: NetworkArgs, vpc: aws.ec2.Vpc, private: list[Place]
) -> list[aws.ec2.VpcEndpoint]:
    if not args.interface_endpoints:
        return []
    group_name = f"{scope.name}-endpoints"
    group = aws.ec2.SecurityGroup(
        group_name,
        vpc_id=vpc.id,
        description="Interface endpoints: HTTPS from the VPC",
        tags=scope.tagged(group_name),
        opts=scope.replaceable(),
    )
    rule = aws.vpc.SecurityGroupIngressRule(
        group_name,
        security_group_id=group.id,
        description="HTTPS from the VPC",
        cidr_ipv4=args.cidr_block,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=scope.tagged(group_name),
        opts=scope.replaceable(),
    )
    return [
        aws.ec2.VpcEndpoint(
            f"{scope.name}-endpoint-{service}",
            vpc_id=vpc.id,
            service_name=_service_name(args, service),
            vpc_endpoint_type="Interface",
            subnet_ids=[place.subnet.id for place in private],
            security_group_ids=[group.id],
            private_dns_enabled=True,  # the service's usual name leads here
            tags=scope.tagged(f"{scope.name}-endpoint-{service}"),
            opts=scope.replaceable(rule),
        )
        for service in args.interface_endpoints
    ]


def _service_name(args: NetworkArgs, service: str) -> str:
    return f"com.amazonaws.{region_of(args.zones[0])}.{service}"


def _after(subnet_id: Output[str], resources: Sequence[Resource]) -> Output[str]:
    """`subnet_id`, for which one has to wait until `resources` exist. It stays known in a preview, as URNs are."""
    return Output.all(subnet_id, *(resource.urn for resource in resources)).apply(lambda values: str(values[0]))


def _refuse_unknown_zones(scope: Scope, zones: Sequence[str]) -> None:
    """Stop with one sentence, before any child registers, where the provider's region lacks one of `zones`."""
    found = aws.get_availability_zones(
        state="available",
        filters=[
            # Zones that wait for the account's opt-in are not listed anyway.
            aws.GetAvailabilityZonesFilterArgs(name="zone-type", values=["availability-zone"])
        ],
        opts=scope.lookup(),
    ).names
    if unknown := [zone for zone in zones if zone not in found]:
        raise RunError(
            f"zones: {', '.join(unknown)} not among the zones of the region that the provider works in, "
            f"which has {', '.join(found)}; name some of these, or set aws:region to the region you mean"
        )


def _check_choice(field_name: str, value: str, choices: type[StrEnum]) -> None:
    known = [choice.value for choice in choices]
    if value not in known:
        raise ValueError(f"{field_name}: want one of {', '.join(known)}, got {value!r}")


def _check_interface_endpoints(services: Sequence[str]) -> None:
    for service in services:
        if service == "s3":
            raise ValueError("interface_endpoints: s3 always has its gateway endpoint, which is free; leave it out")
        if service.startswith("com.amazonaws.") or not _SERVICE.fullmatch(service):
            raise ValueError(
                f"interface_endpoints: want short service names such as ssm or ecr.api, got {service!r}; "
                "the short name is what follows com.amazonaws.<region>."
            )
    if doubled := sorted({service for service in services if list(services).count(service) > 1}):
        raise ValueError(f"interface_endpoints: each service once, got {', '.join(doubled)} more than once")
