"""Functions that look something up: zones, account, region, images, networks."""

from typing import Any

import pytest

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.check import check_arguments
from sandbox.provider.schema import Prop, Values
from sandbox.provider.server import RefusedError
from tests.sandbox.harness import Bench
from tests.sandbox.samples.vpc import SUBNET, VPC, a_vpc

FUNCTIONS = {function.token.rsplit(":", 1)[1]: function for function in provider().functions.values()}
LINUX = "al2023-ami-2023.12.20260930.0-kernel-6.1-arm64"


def ask(bench: Bench, name: str, /, **args: Any) -> Values:
    """What a function answers."""
    function = FUNCTIONS[name]
    given, failures = check_arguments(function.token, {"region": Prop(), **function.args}, args)
    assert failures == []
    answer: Values = function.answer(bench.account, given)
    return answer


def by_name(name: str) -> list[Values]:
    return [{"name": "name", "values": [name]}]


def test_ordinary_zones_come_in_order(bench: Bench) -> None:
    only_ordinary = [{"name": "zone-type", "values": ["availability-zone"]}]
    assert ask(bench, "getAvailabilityZones", state="available", filters=only_ordinary) == {
        "id": "sa-east-1",
        "names": ["sa-east-1a", "sa-east-1b", "sa-east-1c"],
        "zoneIds": ["sae1-az1", "sae1-az2", "sae1-az3"],
        "groupNames": ["sa-east-1"],
    }
    assert ask(bench, "getAvailabilityZones", excludeNames=["sa-east-1b"], excludeZoneIds=["sae1-az3"])["names"] == [
        "sa-east-1a"
    ]


def test_a_zone_is_described(bench: Bench) -> None:
    zone = ask(bench, "getAvailabilityZone", name="sa-east-1b")
    assert (zone["zoneId"], zone["nameSuffix"], zone["zoneType"]) == ("sae1-az2", "b", "availability-zone")


def test_where_one_is(bench: Bench) -> None:
    assert ask(bench, "getCallerIdentity")["accountId"] == "123456789012"
    assert ask(bench, "getRegion") == {
        "id": "sa-east-1",
        "name": "sa-east-1",
        "region": "sa-east-1",
        "endpoint": "ec2.sa-east-1.amazonaws.com",
        "description": "South America (Sao Paulo)",
    }
    assert ask(bench, "getRegion", region="eu-central-1")["description"] == "Europe (Frankfurt)"
    assert ask(bench, "getPartition") == {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    }
    assert "sa-east-1" in ask(bench, "getRegions")["names"]
    assert ask(bench, "getServicePrincipal", serviceName="ec2")["name"] == "ec2.amazonaws.com"
    assert ask(bench, "getDefaultTags")["tags"] == {}


class TestImages:
    def test_a_release_of_amazon_linux_is_found_by_name_and_owner(self, bench: Bench) -> None:
        image = ask(bench, "getAmi", owners=["amazon"], filters=by_name(LINUX))
        assert (image["architecture"], image["rootDeviceName"]) == ("arm64", "/dev/xvda")
        assert image["arn"] == f"arn:aws:ec2:sa-east-1::image/{image['imageId']}"
        assert image["creationDate"] == "2026-09-30T00:00:00.000Z"

    def test_the_newest_of_several_is_taken_only_where_the_program_says_so(self, bench: Bench) -> None:
        several = {"owners": ["amazon"], "filters": by_name("al2023-ami-2023.*-kernel-6.1-arm64")}
        assert ask(bench, "getAmi", **several, mostRecent=True)["name"] == LINUX
        with pytest.raises(RefusedError, match="more than one result"):
            ask(bench, "getAmi", **several)

    def test_none_is_an_error(self, bench: Bench) -> None:
        with pytest.raises(RefusedError, match="returned no results"):
            ask(bench, "getAmi", owners=["amazon"], filters=by_name("al2023-ami-1999"))

    def test_anybodys_newest_image_is_refused(self, bench: Bench) -> None:
        with pytest.raises(RefusedError, match="may find anybody's image: give owners"):
            ask(bench, "getAmi", mostRecent=True, filters=by_name("al2023-*"))

    def test_a_pattern_of_the_name_narrows_it_down(self, bench: Bench) -> None:
        several = {"owners": ["amazon"], "filters": by_name("al2023-ami-2023.*-kernel-6.1-arm64")}
        assert (
            ask(bench, "getAmi", **several, nameRegex=r"2023\.11\.").get("name", "").startswith("al2023-ami-2023.11.")
        )


class TestNetworks:
    def test_a_vpc_is_found_by_id_and_by_tags(self, bench: Bench) -> None:
        made = bench.make(VPC, cidrBlock="10.1.0.0/16", tags={"Name": "hotel"})
        for args in ({"id": made.id}, {"tags": {"Name": "hotel"}}, {"cidrBlock": "10.1.0.0/16"}):
            found = ask(bench, "getVpc", **args)
            assert (found["id"], found["mainRouteTableId"]) == (made.id, made["mainRouteTableId"])
        assert ask(bench, "getVpcs", tags={"Name": "hotel"})["ids"] == [made.id]
        assert ask(bench, "getVpc", default=True)["cidrBlock"] == "172.31.0.0/16"

    def test_several_or_none_are_an_error(self, bench: Bench) -> None:
        with pytest.raises(RefusedError, match="no matching EC2 VPC found"):
            ask(bench, "getVpc", tags={"Name": "hotel"})
        with pytest.raises(RefusedError, match=r"multiple EC2 Subnets matched \(3\)"):
            ask(bench, "getSubnet")

    def test_subnets_groups_and_tables_of_a_vpc_are_found(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        subnet = bench.make(SUBNET, vpcId=vpc.id, cidrBlock="10.1.1.0/24", tags={"Name": "private"})
        assert ask(bench, "getSubnets", filters=[{"name": "vpc-id", "values": [vpc.id]}])["ids"] == [subnet.id]
        assert ask(bench, "getSubnet", tags={"Name": "private"})["cidrBlock"] == "10.1.1.0/24"
        assert ask(bench, "getSecurityGroup", vpcId=vpc.id, name="default")["id"] == vpc["defaultSecurityGroupId"]
        groups = ask(bench, "getSecurityGroups", filters=[{"name": "vpc-id", "values": [vpc.id]}])
        assert groups["ids"] == [vpc["defaultSecurityGroupId"]]
        assert ask(bench, "getRouteTable", vpcId=vpc.id)["routeTableId"] == vpc["mainRouteTableId"]
        assert ask(bench, "getRouteTables", vpcId=vpc.id)["ids"] == [vpc["mainRouteTableId"]]

    def test_prefix_lists_of_aws_are_found_with_their_networks(self, bench: Bench) -> None:
        s3 = ask(bench, "getPrefixList", name="com.amazonaws.sa-east-1.s3")
        assert s3["prefixListId"].startswith("pl-")
        assert s3["cidrBlocks"]
        edge = ask(bench, "getManagedPrefixList", name="com.amazonaws.global.cloudfront.origin-facing")
        assert {entry["cidr"] for entry in edge["entries"]} >= {"13.124.199.0/24"}


def test_an_argument_that_is_not_translated_is_refused_by_name() -> None:
    function = FUNCTIONS["getVpc"]
    _, [(name, reason)] = check_arguments(function.token, function.args, {"idd": "vpc-1"})
    assert name == "idd"
    assert "does not translate property 'idd' of aws:ec2/getVpc:getVpc" in reason
