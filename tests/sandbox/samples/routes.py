"""Samples for route tables and routes."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.addresses import a_nat_gateway
from tests.sandbox.samples.network_interfaces import an_interface
from tests.sandbox.samples.vpc import a_subnet, a_vpc_with_ipv6

ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"


def _targets(bench: Bench) -> tuple[str, list[Values]]:
    """A VPC's id, and every kind of target there is, with where it may lead."""
    vpc = a_vpc_with_ipv6(bench)
    subnet = a_subnet(bench, vpc)
    ec2 = bench.account.ec2
    neighbour = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc.id, PeerVpcId=neighbour)["VpcPeeringConnection"]
    prefixes = ec2.create_managed_prefix_list(PrefixListName="offices", MaxEntries=1, AddressFamily="IPv4")[
        "PrefixList"
    ]
    internet = bench.make("aws:ec2/internetGateway:InternetGateway", vpcId=vpc.id)
    egress_only = bench.make("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", vpcId=vpc.id)
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    carrier = ec2.create_carrier_gateway(VpcId=vpc.id)["CarrierGateway"]["CarrierGatewayId"]
    return vpc.id, [
        {"cidrBlock": "0.0.0.0/0", "gatewayId": internet.id},
        {"cidrBlock": "192.168.1.0/24", "natGatewayId": a_nat_gateway(bench, subnet).id},
        {"cidrBlock": "192.168.2.0/24", "networkInterfaceId": an_interface(bench, subnet).id},
        {"cidrBlock": "192.168.3.0/24", "vpcPeeringConnectionId": peering["VpcPeeringConnectionId"]},
        {"cidrBlock": "192.168.4.0/24", "carrierGatewayId": carrier},
        {"ipv6CidrBlock": "::/0", "egressOnlyGatewayId": egress_only.id},
        {"destinationPrefixListId": prefixes["PrefixListId"], "transitGatewayId": transit},
    ]


def route_table(bench: Bench) -> list[Values]:
    vpc_id, routes = _targets(bench)
    return [{"vpcId": vpc_id, "routes": routes, "tags": {"Name": "ways"}}]


def default_route_table(bench: Bench) -> list[Values]:
    vpc_id, routes = _targets(bench)
    [main] = bench.account.ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]
    return [{"defaultRouteTableId": main["RouteTableId"], "routes": routes, "tags": {"Name": "main"}}]


def route(bench: Bench) -> list[Values]:
    vpc_id, routes = _targets(bench)
    table = bench.make(ROUTE_TABLE, vpcId=vpc_id)
    names = {"cidrBlock": "destinationCidrBlock", "ipv6CidrBlock": "destinationIpv6CidrBlock"}
    return [{"routeTableId": table.id, **{names.get(k, k): v for k, v in route.items()}} for route in routes]


def association(bench: Bench) -> list[Values]:
    vpc = a_vpc_with_ipv6(bench)
    gateway = bench.make("aws:ec2/internetGateway:InternetGateway", vpcId=vpc.id)
    table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
    return [
        {"routeTableId": table.id, "subnetId": a_subnet(bench, vpc).id},
        {"routeTableId": table.id, "gatewayId": gateway.id},
    ]


def main_association(bench: Bench) -> list[Values]:
    vpc = a_vpc_with_ipv6(bench)
    return [{"vpcId": vpc.id, "routeTableId": bench.make(ROUTE_TABLE, vpcId=vpc.id).id}]


SAMPLES = {
    ROUTE_TABLE: route_table,
    "aws:ec2/defaultRouteTable:DefaultRouteTable": default_route_table,
    "aws:ec2/route:Route": route,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": association,
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": main_association,
}
