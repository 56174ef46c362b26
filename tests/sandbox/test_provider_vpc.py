"""VPC, subnets, routes, gateways, addresses, endpoints, flow logs, ACLs: what changes in place and what AWS refuses."""

import asyncio
import re
from typing import Any

import pulumi.provider.experimental.provider as verbs
import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws import ec2_resource
from sandbox.provider.aws.__main__ import provider
from sandbox.provider.schema import UNKNOWN, Values
from sandbox.provider.server import RefusedError
from tests.sandbox.harness import TYPES, Bench, Made
from tests.sandbox.samples.addresses import EIP, NAT_GATEWAY, a_nat_gateway
from tests.sandbox.samples.endpoints import VPC_ENDPOINT
from tests.sandbox.samples.flow_logs import LOG_GROUP, ROLE
from tests.sandbox.samples.network_acls import NETWORK_ACL, RULES
from tests.sandbox.samples.network_interfaces import NETWORK_INTERFACE, an_interface
from tests.sandbox.samples.routes import ROUTE_TABLE
from tests.sandbox.samples.security_groups import a_group
from tests.sandbox.samples.vpc import OTHER_ZONE, SUBNET, VPC, ZONE, a_subnet, a_vpc, a_vpc_with_ipv6, ipv6_block

ROUTE = "aws:ec2/route:Route"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
NETWORK_ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"


def replaced(bench: Bench, made: Made, **values: Any) -> set[str]:
    """Properties for which the resource would be replaced if the program changed these values."""
    return {d.name for d in bench.differences(made, **values) if d.replaces}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for what is in use to be free."""
    monkeypatch.setattr(ec2_resource, "PATIENCE", 0)


class TestVpc:
    def test_another_block_replaces_it(self, bench: Bench) -> None:
        assert replaced(bench, a_vpc(bench), cidrBlock="10.2.0.0/16") == {"cidrBlock"}

    def test_it_becomes_dedicated_by_replacement_and_shared_in_place(self, bench: Bench) -> None:
        shared = a_vpc(bench)
        assert replaced(bench, shared, instanceTenancy="dedicated") == {"instanceTenancy"}
        dedicated = bench.make(VPC, cidrBlock="10.1.0.0/16", instanceTenancy="dedicated")
        assert bench.change(dedicated, instanceTenancy=None)["instanceTenancy"] == "default"

    def test_dns_and_ipv6_change_in_place(self, bench: Bench) -> None:
        made = bench.change(a_vpc(bench), enableDnsHostnames=True, assignGeneratedIpv6CidrBlock=True)
        assert made["ipv6CidrBlock"].endswith("::/56")
        assert bench.account.ec2.describe_vpc_attribute(VpcId=made.id, Attribute="enableDnsHostnames")[
            "EnableDnsHostnames"
        ] == {"Value": True}
        assert bench.change(made, assignGeneratedIpv6CidrBlock=False)["ipv6CidrBlock"] == ""

    def test_a_preview_of_ipv6_does_not_know_the_block(self) -> None:
        changed = {"assignGeneratedIpv6CidrBlock"}
        assert "ipv6CidrBlock" in set(TYPES[VPC].recomputed(changed, {}))

    def test_what_somebody_changed_by_hand_is_found(self, bench: Bench) -> None:
        made = a_vpc(bench)
        bench.account.ec2.modify_vpc_attribute(VpcId=made.id, EnableDnsSupport={"Value": False})
        state = bench.read(VPC, made.id, made.state)
        assert state is not None
        assert state["enableDnsSupport"] is False

    def test_it_is_gone_once_somebody_deleted_it(self, bench: Bench) -> None:
        made = a_vpc(bench)
        bench.account.ec2.delete_vpc(VpcId=made.id)
        assert bench.read(VPC, made.id, made.state) is None

    @pytest.mark.parametrize(
        ("block", "reason"),
        [
            ("10.1.0.0/8", "'10.1.0.0/8' is not a valid CIDR block; did you mean '10.0.0.0/8'?"),
            ("10.0.0.0/8", "'10.0.0.0/8' must have a mask of /16 to /28"),
            ("10.0.0.0", "'10.0.0.0' is not a valid IPv4 CIDR block"),
            ("2001:db8::/32", "'2001:db8::/32' is not a valid IPv4 CIDR block"),
        ],
    )
    def test_a_block_that_aws_would_refuse_is_refused(self, bench: Bench, block: str, reason: str) -> None:
        assert bench.refused(VPC, cidrBlock=block) == [reason]

    @pytest.mark.usefixtures("impatient")
    def test_it_is_not_deleted_while_a_gateway_hangs_on_it(self, bench: Bench) -> None:
        made = a_vpc(bench)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=made.id)
        with pytest.raises(ClientError, match="DependencyViolation"):
            bench.end(made)
        bench.end(gateway)
        bench.end(made)


def test_deleting_waits_for_what_is_still_in_use() -> None:
    answers = ["DependencyViolation", "DependencyViolation", ""]

    def end() -> None:
        if code := answers.pop(0):
            raise ClientError({"Error": {"Code": code, "Message": "in use"}}, "DeleteVpc")

    ec2_resource.once_unused(end)
    assert answers == []


def test_deleting_does_not_wait_after_another_error() -> None:
    calls: list[str] = []

    def end() -> None:
        calls.append("")
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "no"}}, "DeleteVpc")

    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        ec2_resource.once_unused(end)
    assert len(calls) == 1


class TestSubnet:
    def test_place_and_block_replace_it(self, bench: Bench) -> None:
        made = a_subnet(bench, a_vpc(bench))
        assert replaced(bench, made, cidrBlock="10.1.9.0/24") == {"cidrBlock"}
        assert replaced(bench, made, availabilityZone=OTHER_ZONE) == {"availabilityZone"}
        assert replaced(bench, made, vpcId="vpc-1") == {"vpcId"}

    def test_public_addresses_are_switched_in_place(self, bench: Bench) -> None:
        made = bench.change(a_subnet(bench, a_vpc(bench)), mapPublicIpOnLaunch=True)
        [subnet] = bench.account.ec2.describe_subnets(SubnetIds=[made.id])["Subnets"]
        assert subnet["MapPublicIpOnLaunch"] is True

    def test_its_ipv6_block_changes_in_place_unless_instances_get_addresses_of_it(self, bench: Bench) -> None:
        vpc = a_vpc_with_ipv6(bench)
        made = bench.make(SUBNET, vpcId=vpc.id, cidrBlock="10.1.1.0/24", ipv6CidrBlock=ipv6_block(vpc, 1))
        moved = bench.change(made, ipv6CidrBlock=ipv6_block(vpc, 2))
        assert moved["ipv6CidrBlock"] == ipv6_block(vpc, 2)
        giving = bench.change(moved, assignIpv6AddressOnCreation=True)
        assert replaced(bench, giving, ipv6CidrBlock=ipv6_block(vpc, 3)) == {"ipv6CidrBlock"}

    def test_its_ipv6_block_goes_when_the_program_names_none(self, bench: Bench) -> None:
        vpc = a_vpc_with_ipv6(bench)
        made = bench.make(SUBNET, vpcId=vpc.id, cidrBlock="10.1.1.0/24", ipv6CidrBlock=ipv6_block(vpc, 1))
        assert bench.change(made, ipv6CidrBlock=None)["ipv6CidrBlock"] == ""

    def test_addresses_cannot_be_given_without_a_block(self, bench: Bench) -> None:
        [reason] = bench.refused(SUBNET, vpcId="vpc-1", cidrBlock="10.1.1.0/24", assignIpv6AddressOnCreation=True)
        assert reason == "a subnet without ipv6CidrBlock has no IPv6 addresses to assign"

    def test_a_preview_may_not_know_the_block_yet(self, bench: Bench) -> None:
        values = {"vpcId": UNKNOWN, "cidrBlock": "10.1.1.0/24", "ipv6CidrBlock": UNKNOWN}
        assert bench.refused(SUBNET, **values, assignIpv6AddressOnCreation=True) == []

    def test_an_overlapping_block_is_refused_by_the_account(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        a_subnet(bench, vpc, 1)
        with pytest.raises(ClientError, match=r"InvalidSubnet\.Conflict"):
            a_subnet(bench, vpc, 1)


class TestRouteTable:
    @pytest.fixture
    def vpc(self, bench: Bench) -> Made:
        return a_vpc(bench)

    @pytest.fixture
    def gateway(self, bench: Bench, vpc: Made) -> Made:
        return bench.make(INTERNET_GATEWAY, vpcId=vpc.id)

    def routes(self, bench: Bench, made: Made) -> dict[str, str]:
        """Target of each route but the local one, by destination."""
        [table] = bench.account.ec2.describe_route_tables(RouteTableIds=[made.id])["RouteTables"]
        return {
            route["DestinationCidrBlock"]: route.get("GatewayId") or route["NetworkInterfaceId"]
            for route in table["Routes"]
            if route["Origin"] == "CreateRoute"
        }

    def test_routes_in_it_change_one_by_one(self, bench: Bench, vpc: Made, gateway: Made) -> None:
        interface = an_interface(bench, a_subnet(bench, vpc))
        anywhere = {"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
        made = bench.make(ROUTE_TABLE, vpcId=vpc.id, routes=[anywhere])
        made = bench.change(made, routes=[anywhere, {"cidrBlock": "192.168.0.0/24", "gatewayId": gateway.id}])
        made = bench.change(made, routes=[{"cidrBlock": "192.168.0.0/24", "networkInterfaceId": interface.id}])
        assert self.routes(bench, made) == {"192.168.0.0/24": interface.id}

    def test_routes_of_their_own_are_left_alone(self, bench: Bench, vpc: Made, gateway: Made) -> None:
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        bench.make(ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
        seen = bench.read(ROUTE_TABLE, table.id, table.state)
        assert seen is not None
        current = Made(ROUTE_TABLE, table.id, table.inputs, seen)
        assert [d.path for d in bench.differences(current, tags={"Name": "ways"})] == ["tags.Name", "tagsAll.Name"]
        bench.change(current, tags={"Name": "ways"})
        assert self.routes(bench, table) == {"0.0.0.0/0": gateway.id}

    def test_an_empty_list_takes_every_route_away(self, bench: Bench, vpc: Made, gateway: Made) -> None:
        made = bench.make(ROUTE_TABLE, vpcId=vpc.id, routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}])
        assert self.routes(bench, bench.change(made, routes=[])) == {}

    def test_the_route_of_a_gateway_endpoint_is_not_its_own(self, bench: Bench, vpc: Made) -> None:
        made = bench.make(ROUTE_TABLE, vpcId=vpc.id, routes=[])
        service = "com.amazonaws.sa-east-1.s3"
        bench.make(VPC_ENDPOINT, vpcId=vpc.id, serviceName=service, routeTableIds=[made.id])
        state = bench.read(ROUTE_TABLE, made.id, made.state)
        assert state is not None
        assert state["routes"] == []

    def test_it_goes_with_its_associations(self, bench: Bench, vpc: Made) -> None:
        made = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        bench.account.ec2.associate_route_table(RouteTableId=made.id, SubnetId=a_subnet(bench, vpc).id)
        bench.end(made)

    @pytest.mark.parametrize(
        ("route", "reason"),
        [
            ({"cidrBlock": "0.0.0.0/0"}, r"one of gatewayId, .* must be given, got \[\]"),
            ({"gatewayId": "igw-1"}, r"one of cidrBlock, ipv6CidrBlock and destinationPrefixListId must be given"),
            ({"cidrBlock": "0.0.0.0/0", "gatewayId": "a", "natGatewayId": "b"}, r"got \['gatewayId', 'natGatewayId'\]"),
        ],
    )
    def test_a_route_has_one_destination_and_one_target(self, bench: Bench, route: Values, reason: str) -> None:
        [told] = bench.refused(ROUTE_TABLE, vpcId="vpc-1", routes=[route])
        assert re.search(reason, told)


class TestRoute:
    def test_its_target_changes_in_place_between_all_kinds(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        subnet = a_subnet(bench, vpc)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=vpc.id)
        to_nat, to_interface = (
            {"natGatewayId": a_nat_gateway(bench, subnet).id},
            {"networkInterfaceId": an_interface(bench, subnet).id},
        )
        none = {"natGatewayId": None, "networkInterfaceId": None, "gatewayId": None}
        made = bench.make(ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", **to_nat)
        for target in (to_interface, {"gatewayId": gateway.id}, to_nat):
            made = bench.change(made, **{**none, **target})
            [name] = target
            assert made[name] == target[name]
            others = {"natGatewayId", "networkInterfaceId", "gatewayId"} - {name}
            assert [made[other] for other in others] == ["", ""]

    def test_another_destination_or_table_replaces_it(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=vpc.id)
        made = bench.make(ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
        assert replaced(bench, made, destinationCidrBlock="192.168.0.0/24") == {"destinationCidrBlock"}
        assert replaced(bench, made, routeTableId="rtb-1") == {"routeTableId"}

    def test_a_second_route_to_one_destination_is_refused(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=vpc.id)
        values = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
        bench.make(ROUTE, **values)
        with pytest.raises(ClientError, match="RouteAlreadyExists"):
            bench.make(ROUTE, **values)

    def test_its_id_is_table_and_destination(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=vpc.id)
        made = bench.make(ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
        assert made.id == f"r-{table.id}1080289494"

    def test_an_egress_only_gateway_carries_no_ipv4(self, bench: Bench) -> None:
        values = {"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0", "egressOnlyGatewayId": "eigw-1"}
        [reason] = bench.refused(ROUTE, **values)
        assert reason == "an egress-only internet gateway carries IPv6 only: give destinationIpv6CidrBlock"

    def test_an_ipv6_destination_may_be_spelt_in_any_way(self, bench: Bench) -> None:
        vpc = a_vpc_with_ipv6(bench)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        gateway = bench.make(INTERNET_GATEWAY, vpcId=vpc.id)
        values = {"routeTableId": table.id, "gatewayId": gateway.id}
        made = bench.make(ROUTE, **values, destinationIpv6CidrBlock="0:0:0:0:0:0:0:0/0")
        assert made["destinationIpv6CidrBlock"] == "0:0:0:0:0:0:0:0/0"


class TestRouteTableAssociation:
    def test_a_subnet_takes_another_table_in_place(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        subnet = a_subnet(bench, vpc)
        old, new = bench.make(ROUTE_TABLE, vpcId=vpc.id), bench.make(ROUTE_TABLE, vpcId=vpc.id)
        made = bench.make(ASSOCIATION, routeTableId=old.id, subnetId=subnet.id)
        made = bench.change(made, routeTableId=new.id)  # AWS gives the association another id
        tables = bench.account.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet.id]}]
        )["RouteTables"]
        assert [table["RouteTableId"] for table in tables] == [new.id]
        bench.end(made)

    def test_another_subnet_replaces_it(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        table = bench.make(ROUTE_TABLE, vpcId=vpc.id)
        made = bench.make(ASSOCIATION, routeTableId=table.id, subnetId=a_subnet(bench, vpc).id)
        assert replaced(bench, made, subnetId="subnet-1") == {"subnetId"}

    def test_it_needs_a_subnet_or_a_gateway(self, bench: Bench) -> None:
        reason = "one of subnetId and gatewayId must be given"
        assert bench.refused(ASSOCIATION, routeTableId="rtb-1") == [reason]
        assert bench.refused(ASSOCIATION, routeTableId="rtb-1", subnetId="a", gatewayId="b") == [reason]


def test_the_original_main_table_returns_when_another_one_is_no_longer_wanted(bench: Bench) -> None:
    vpc = a_vpc(bench)
    first, second = bench.make(ROUTE_TABLE, vpcId=vpc.id), bench.make(ROUTE_TABLE, vpcId=vpc.id)
    token = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
    made = bench.change(bench.make(token, vpcId=vpc.id, routeTableId=first.id), routeTableId=second.id)
    assert made["originalRouteTableId"] == vpc["mainRouteTableId"]
    bench.end(made)
    state = bench.read(VPC, vpc.id, vpc.state)
    assert state is not None
    assert state["mainRouteTableId"] == vpc["mainRouteTableId"]


class TestEip:
    def test_it_moves_between_interfaces_in_place(self, bench: Bench) -> None:
        subnet = a_subnet(bench, a_vpc(bench))
        first, second = an_interface(bench, subnet), an_interface(bench, subnet)
        made = bench.make(EIP, domain="vpc", networkInterface=first.id)
        moved = bench.change(made, networkInterface=second.id)
        assert (moved["publicIp"], moved["privateIp"]) == (made["publicIp"], second["privateIp"])
        bench.end(moved)

    def test_programs_that_do_not_say_where_it_belongs_see_no_difference(self, bench: Bench) -> None:
        made = bench.make(EIP, domain="vpc")
        interface = an_interface(bench, a_subnet(bench, a_vpc(bench)))
        bench.account.ec2.associate_address(AllocationId=made.id, NetworkInterfaceId=interface.id)
        state = bench.read(EIP, made.id, made.state)
        assert state is not None
        assert state["networkInterface"] == interface.id
        assert bench.differences(Made(EIP, made.id, made.inputs, state)) == []

    def test_it_has_names_as_ec2_gives_them(self, bench: Bench) -> None:
        interface = an_interface(bench, a_subnet(bench, a_vpc(bench)))
        made = bench.make(EIP, domain="vpc", networkInterface=interface.id)
        public, private = made["publicIp"].replace(".", "-"), made["privateIp"].replace(".", "-")
        assert made["publicDns"] == f"ec2-{public}.sa-east-1.compute.amazonaws.com"
        assert made["privateDns"] == f"ip-{private}.sa-east-1.compute.internal"


class TestNatGateway:
    def test_every_property_of_a_zonal_one_replaces_it(self, bench: Bench) -> None:
        made = a_nat_gateway(bench, a_subnet(bench, a_vpc(bench)))
        assert replaced(bench, made, subnetId="subnet-1") == {"subnetId"}
        assert replaced(bench, made, allocationId="eipalloc-1") == {"allocationId"}
        assert replaced(bench, made, connectivityType="private", allocationId=None) == {
            "allocationId",
            "connectivityType",
        }

    def test_its_address_is_free_afterwards(self, bench: Bench) -> None:
        address = bench.make(EIP, domain="vpc")
        subnet = a_subnet(bench, a_vpc(bench))
        bench.end(bench.make(NAT_GATEWAY, subnetId=subnet.id, allocationId=address.id))
        bench.end(address)
        bench.end(subnet)

    def test_a_regional_one_tells_the_addresses_traffic_leaves_from(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        a_subnet(bench, vpc, 1, ZONE)
        a_subnet(bench, vpc, 2, OTHER_ZONE)
        made = bench.make(NAT_GATEWAY, vpcId=vpc.id, availabilityMode="regional")
        addresses = made["regionalNatGatewayAddresses"]
        assert [address["availabilityZone"] for address in addresses] == [ZONE, OTHER_ZONE]
        assert all(address["publicIp"] for address in addresses)
        assert replaced(bench, made, availabilityMode="zonal", vpcId=None, subnetId="s", allocationId="e") == {
            "allocationId",
            "availabilityMode",
            "subnetId",
        }

    def test_addresses_of_a_regional_one_change_in_place_but_not_who_manages_them(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        one, two, three = (bench.make(EIP, domain="vpc").id for _ in range(3))
        first = {"availabilityZone": ZONE, "allocationIds": [one]}
        values = {"vpcId": vpc.id, "availabilityMode": "regional"}
        made = bench.make(NAT_GATEWAY, **values, availabilityZoneAddresses=[first])
        now = [
            {"availabilityZone": ZONE, "allocationIds": [two]},
            {"availabilityZone": OTHER_ZONE, "allocationIds": [three]},
        ]
        made = bench.change(made, availabilityZoneAddresses=now)
        assert {a["allocationId"] for a in made["regionalNatGatewayAddresses"]} == {two, three}
        assert replaced(bench, made, availabilityZoneAddresses=None) == {"availabilityZoneAddresses"}

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({}, "a zonal NAT gateway needs subnetId; availabilityMode=regional needs vpcId instead"),
            ({"availabilityMode": "regional"}, "a regional NAT gateway needs vpcId"),
            (
                {"availabilityMode": "regional", "vpcId": "v", "subnetId": "s"},
                "a regional NAT gateway stands in no subnet: give vpcId alone",
            ),
            (
                {"subnetId": "s", "allocationId": "e", "connectivityType": "private"},
                'allocation_id is not supported with connectivity_type = "private"',
            ),
            ({"subnetId": "s"}, "a public NAT gateway needs the allocationId of an Elastic IP address"),
        ],
    )
    def test_what_does_not_fit_together_is_refused(self, bench: Bench, values: Values, reason: str) -> None:
        assert reason in bench.refused(NAT_GATEWAY, **values)


class TestVpcEndpoint:
    S3 = "com.amazonaws.sa-east-1.s3"
    SSM = "com.amazonaws.sa-east-1.ssm"

    def tables_with_a_route(self, bench: Bench, endpoint: Made) -> set[str]:
        tables = bench.account.ec2.describe_route_tables()["RouteTables"]
        return {t["RouteTableId"] for t in tables for r in t["Routes"] if r.get("GatewayId") == endpoint.id}

    def test_its_route_tables_change_in_place_with_their_routes(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        one, two = bench.make(ROUTE_TABLE, vpcId=vpc.id), bench.make(ROUTE_TABLE, vpcId=vpc.id)
        made = bench.make(VPC_ENDPOINT, vpcId=vpc.id, serviceName=self.S3, routeTableIds=[one.id])
        assert made["prefixListId"].startswith("pl-")
        made = bench.change(made, routeTableIds=[two.id])
        assert self.tables_with_a_route(bench, made) == {two.id}
        bench.end(made)
        assert self.tables_with_a_route(bench, made) == set()

    def test_subnets_groups_and_private_dns_of_an_interface_change_in_place(self, bench: Bench) -> None:
        vpc = bench.make(VPC, cidrBlock="10.1.0.0/16", enableDnsHostnames=True)
        here, there = a_subnet(bench, vpc, 1), a_subnet(bench, vpc, 2, OTHER_ZONE)
        old, new = a_group(bench, vpc), a_group(bench, vpc)
        values = {"vpcId": vpc.id, "serviceName": self.SSM, "vpcEndpointType": "Interface"}
        made = bench.make(VPC_ENDPOINT, **values, subnetIds=[here.id], securityGroupIds=[old.id])
        made = bench.change(made, subnetIds=[there.id], securityGroupIds=[new.id], privateDnsEnabled=True)
        assert [place["subnetId"] for place in made["subnetConfigurations"]] == [there.id]
        [interface] = bench.account.ec2.describe_network_interfaces(NetworkInterfaceIds=made["networkInterfaceIds"])[
            "NetworkInterfaces"
        ]
        assert [group["GroupId"] for group in interface["Groups"]] == [new.id]
        bench.end(made)
        bench.end(there)

    def test_private_dns_needs_dns_host_names_in_the_vpc(self, bench: Bench) -> None:
        values = {"serviceName": self.SSM, "vpcEndpointType": "Interface", "privateDnsEnabled": True}
        with pytest.raises(ClientError, match="requires both enableDnsSupport and enableDnsHostnames"):
            bench.make(VPC_ENDPOINT, vpcId=a_vpc(bench).id, **values)

    def test_another_service_or_type_replaces_it(self, bench: Bench) -> None:
        made = bench.make(VPC_ENDPOINT, vpcId=a_vpc(bench).id, serviceName=self.S3)
        assert replaced(bench, made, serviceName="com.amazonaws.sa-east-1.dynamodb") == {"serviceName"}
        assert replaced(bench, made, vpcEndpointType="Interface") == {"vpcEndpointType"}

    def test_a_policy_that_says_the_same_is_no_difference(self, bench: Bench) -> None:
        policy = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:*"],"Resource":"*"}]}'
        )
        made = bench.make(VPC_ENDPOINT, vpcId=a_vpc(bench).id, serviceName=self.S3, policy=policy)
        assert bench.differences(made, policy=policy.replace('["s3:*"]', '"s3:*"')) == []
        assert [d.path for d in bench.differences(made, policy=policy.replace("s3:*", "s3:Get*"))] == ["policy"]

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"serviceName": SSM}, f"{SSM} has no Gateway endpoint: give vpcEndpointType=Interface"),
            (
                {"serviceName": S3, "subnetIds": ["s"]},
                "a Gateway endpoint takes no subnetIds; vpcEndpointType=Interface does",
            ),
            (
                {"serviceName": SSM, "vpcEndpointType": "Interface", "routeTableIds": ["r"]},
                "an Interface endpoint takes no routeTableIds; vpcEndpointType=Gateway does",
            ),
        ],
    )
    def test_what_does_not_fit_its_type_is_refused(self, bench: Bench, values: Values, reason: str) -> None:
        assert bench.refused(VPC_ENDPOINT, vpcId="vpc-1", **values) == [reason]


class TestFlowLog:
    def values(self, bench: Bench) -> Values:
        return {"vpcId": a_vpc(bench).id, "trafficType": "ALL", "logDestination": LOG_GROUP, "iamRoleArn": ROLE}

    def test_all_but_its_tags_replace_it(self, bench: Bench) -> None:
        made = bench.make(FLOW_LOG, **self.values(bench))
        assert replaced(bench, made, trafficType="REJECT") == {"trafficType"}
        assert replaced(bench, made, maxAggregationInterval=60) == {"maxAggregationInterval"}
        assert replaced(bench, made, logDestination=f"{LOG_GROUP}-2") == {"logDestination"}
        assert bench.change(made, tags={"Name": "flows"})["tags"] == {"Name": "flows"}

    def test_a_second_one_to_the_same_place_is_refused_by_the_account(self, bench: Bench) -> None:
        values = self.values(bench)
        bench.make(FLOW_LOG, **values)
        with pytest.raises(ClientError, match="FlowLogAlreadyExists"):
            bench.make(FLOW_LOG, **values)

    def test_a_bucket_that_is_not_there_is_an_error(self, bench: Bench) -> None:
        values = {"vpcId": a_vpc(bench).id, "trafficType": "ALL", "logDestinationType": "s3"}
        with pytest.raises(RefusedError, match="LogDestination: nowhere does not exist"):
            bench.make(FLOW_LOG, **values, logDestination="arn:aws:s3:::nowhere")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"iamRoleArn": None}, "a flow log to CloudWatch Logs needs iamRoleArn, a role that may write there"),
            ({"subnetId": "s"}, "exactly one of vpcId, subnetId, eniId must be given, got ['vpcId', 'subnetId']"),
            ({"maxAggregationInterval": 300}, "expected maxAggregationInterval to be one of [60, 600], got 300"),
            ({"trafficType": "MOST"}, "TrafficType: 'MOST' is none of ACCEPT, REJECT, ALL (ec2 CreateFlowLogs)"),
            ({"destinationOptions": {}}, "destinationOptions belong to logDestinationType=s3"),
        ],
    )
    def test_what_does_not_fit_together_is_refused(self, bench: Bench, change: Values, reason: str) -> None:
        values = {"vpcId": "v", "trafficType": "ALL", "logDestination": LOG_GROUP, "iamRoleArn": ROLE}
        given = {k: v for k, v in {**values, **change}.items() if v is not None}
        assert bench.refused(FLOW_LOG, **given) == [reason]


class TestNetworkInterface:
    def test_its_primary_address_replaces_it_and_the_others_do_not(self, bench: Bench) -> None:
        subnet = a_subnet(bench, a_vpc(bench))
        made = bench.make(NETWORK_INTERFACE, subnetId=subnet.id, privateIps=["10.1.1.10", "10.1.1.11"])
        made = bench.change(made, privateIps=["10.1.1.10", "10.1.1.12"])
        assert sorted(made["privateIps"]) == ["10.1.1.10", "10.1.1.12"]
        assert replaced(bench, made, privateIps=["10.1.1.20"]) == {"privateIps"}

    def test_groups_description_and_forwarding_change_in_place(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        made = an_interface(bench, a_subnet(bench, vpc))
        group = a_group(bench, vpc)
        bench.change(made, securityGroups=[group.id], description="way out", sourceDestCheck=False)
        [interface] = bench.account.ec2.describe_network_interfaces(NetworkInterfaceIds=[made.id])["NetworkInterfaces"]
        assert [g["GroupId"] for g in interface["Groups"]] == [group.id]
        assert (interface["Description"], interface["SourceDestCheck"]) == ("way out", False)

    @pytest.mark.usefixtures("impatient")
    def test_its_group_stays_while_it_wears_it(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        group = a_group(bench, vpc)
        made = bench.make(NETWORK_INTERFACE, subnetId=a_subnet(bench, vpc).id, securityGroups=[group.id])
        with pytest.raises(ClientError, match="DependencyViolation"):
            bench.end(group)
        bench.end(made)
        bench.end(group)


class TestNetworkAcl:
    def test_rules_and_subnets_change_in_place(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        here, there = a_subnet(bench, vpc, 1), a_subnet(bench, vpc, 2)
        made = bench.make(NETWORK_ACL, vpcId=vpc.id, ingress=RULES[:2], subnetIds=[here.id])
        denied = {**RULES[0], "action": "deny"}
        made = bench.change(made, ingress=[denied, RULES[3]], subnetIds=[there.id])
        assert [(rule["ruleNo"], rule["action"]) for rule in made["ingress"]] == [(100, "deny"), (130, "allow")]
        assert made["subnetIds"] == [there.id]

    def test_its_subnets_fall_back_to_the_default_one(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        subnet = a_subnet(bench, vpc)
        bench.end(bench.make(NETWORK_ACL, vpcId=vpc.id, subnetIds=[subnet.id]))
        [acl] = bench.account.ec2.describe_network_acls(NetworkAclIds=[vpc["defaultNetworkAclId"]])["NetworkAcls"]
        assert subnet.id in [association["SubnetId"] for association in acl["Associations"]]

    def test_the_default_one_is_emptied_and_stays(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        token = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
        made = bench.make(token, defaultNetworkAclId=vpc["defaultNetworkAclId"])
        assert (made["ingress"], made["egress"]) == ([], [])
        bench.end(made)

    def test_a_rule_whose_number_is_taken_is_refused(self, bench: Bench) -> None:
        acl = bench.make(NETWORK_ACL, vpcId=a_vpc(bench).id)
        values = {"networkAclId": acl.id, "ruleNumber": 100, "ruleAction": "allow", "protocol": "-1"}
        bench.make(NETWORK_ACL_RULE, **values, cidrBlock="0.0.0.0/0")
        with pytest.raises(RefusedError, match=r"\(egress: false\) has a rule 100 already"):
            bench.make(NETWORK_ACL_RULE, **values, cidrBlock="10.0.0.0/8")


def test_every_type_of_ec2_keeps_its_tags_up_to_date(bench: Bench) -> None:
    vpc = bench.change(a_vpc(bench), tags={"Name": "one", "team": "hotel"})
    vpc = bench.change(vpc, tags={"team": "hotel"})
    assert bench.account.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc.id]}])["Tags"] == [
        {"Key": "team", "ResourceId": vpc.id, "ResourceType": "vpc", "Value": "hotel"}
    ]


def test_importing_what_an_id_alone_does_not_describe_is_refused_in_words(bench: Bench) -> None:
    request = verbs.ReadRequest(
        resource_id="r-rtb-11080289494",
        urn="urn:pulumi:dev::hotelaria::aws:ec2/route:Route::out",
        properties={},
        inputs={},
    )
    reason = (
        "the sandbox cannot import aws:ec2/route:Route r-rtb-11080289494: an id alone does not say its routeTableId"
    )
    with pytest.raises(RefusedError, match=reason):
        asyncio.run(provider().read(request))
