"""The architecture's picture: what is deployed is in it, and nothing else."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from tools.picture import Stack, draw

Resource = dict[str, Any]


def resource(type_: str, name: str, id_: str, /, **outputs: Any) -> Resource:
    urn = f"urn:pulumi:dev::hotelaria::hotelaria:index:Network${type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "id": id_, "outputs": outputs}


def network(zones: str, block: str, digits: str) -> list[Resource]:
    made = [
        resource("aws:ec2/vpc:Vpc", "network", f"vpc-{digits}", cidrBlock=f"{block}.0.0/16"),
        resource("aws:ec2/internetGateway:InternetGateway", "network", f"igw-{digits}"),
        resource(
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            "network-endpoint-s3",
            f"vpce-{digits}",
            serviceName="com.amazonaws.sa-east-1.s3",
        ),
    ]
    for tier, first in (("public", 128), ("private", 0), ("isolated", 160)):
        for number, zone in enumerate(zones):
            name = f"network-{tier}-{zone}"
            cidr_block = f"{block}.{first + 4 * number}.0/22"
            made.append(
                resource(
                    "aws:ec2/subnet:Subnet",
                    name,
                    f"subnet-{tier}{zone}{digits}",
                    availabilityZone=f"sa-east-1{zone}",
                    cidrBlock=cidr_block,
                )
            )
    return made


def system(domain: str, digits: str, *, min_size: float, max_size: float, multi_az: bool) -> list[Resource]:
    """Balancer, group and database, with numbers as the engine keeps them: floats."""
    target_arn = f"arn:aws:elasticloadbalancing:sa-east-1:123456789012:targetgroup/web-targets-{digits}/{digits}"
    return [
        {"urn": "urn:pulumi:dev::hotelaria::pulumi:pulumi:Stack::hotelaria-dev", "type": "pulumi:pulumi:Stack"},
        resource("pulumi:providers:aws", "default", digits),
        resource("aws:lb/loadBalancer:LoadBalancer", "web-balancer", f"arn:{digits}"),
        resource("aws:lb/listener:Listener", "web-http", f"arn:http:{digits}", port=80.0),
        resource("aws:lb/listener:Listener", "web-https", f"arn:https:{digits}", port=443.0),
        resource("aws:lb/targetGroup:TargetGroup", "web-targets", target_arn, protocol="HTTP", port=8080.0),
        resource("aws:route53/record:Record", "web-a", f"Z{digits}_a", name=domain, aliases=[{"name": "balancer"}]),
        resource("aws:ec2/launchTemplate:LaunchTemplate", "web", f"lt-{digits}", instanceType="t4g.micro"),
        resource(
            "aws:autoscaling/group:Group",
            "web-group",
            f"web-group-{digits}",
            minSize=min_size,
            maxSize=max_size,
            targetGroupArns=[target_arn],
            launchTemplate={"id": f"lt-{digits}"},
        ),
        resource(
            "aws:autoscaling/policy:Policy",
            "web-cpu",
            "web-cpu",
            targetTrackingConfiguration={
                "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"}
            },
        ),
        resource(
            "aws:rds/instance:Instance",
            "database",
            f"db-{digits}",
            engineVersion="17.6",
            instanceClass="db.t4g.micro",
            multiAz=multi_az,
            storageEncrypted=True,
            backupRetentionPeriod=1.0,
            port=5432.0,
            manageMasterUserPassword=True,
            availabilityZone="sa-east-1a",
            vpcSecurityGroupIds=[f"sg-{digits}"],
        ),
        resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            "database-clients",
            f"sgr-{digits}",
            securityGroupId=f"sg-{digits}",
            referencedSecurityGroupId=f"sg-c{digits}",
        ),
    ]


def dev(digits: str = "0a1b2c3d4e5f60718") -> list[Resource]:
    return [
        *network("ab", "10.20", digits),
        *system("dev.hotel.example", digits, min_size=2.0, max_size=3.0, multi_az=False),
        resource("aws:ec2/networkInterface:NetworkInterface", "nat", f"eni-{digits}", subnetId=f"subnet-publica{digits}"),
        resource("aws:autoscaling/group:Group", "nat", f"nat-{digits}", minSize=1.0, maxSize=1.0),
    ]  # fmt: skip


def prod(digits: str = "0a1b2c3d4e5f60718") -> list[Resource]:
    return [
        *network("abc", "10.10", digits),
        *system("hotel.example", digits, min_size=3.0, max_size=12.0, multi_az=True),
        resource("aws:wafv2/webAcl:WebAcl", "web-firewall", digits),
        resource("aws:autoscaling/schedule:Schedule", "peak", "peak"),
        resource("aws:autoscaling/schedule:Schedule", "calm", "calm"),
        *(
            resource("aws:ec2/natGateway:NatGateway", zone, f"nat-{zone}{digits}", subnetId=f"subnet-public{zone}{digits}")
            for zone in "abc"
        ),
    ]  # fmt: skip


def words(resources: list[Resource], name: str = "dev") -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", draw(Stack.of(name, resources)))


def test_dev_is_drawn() -> None:
    assert words(dev()) == [
        "hotelaria, stack dev",
        "VPC 10.20.0.0/16",
        "sa-east-1a",
        "public  10.20.128.0/22",
        "NAT instance",
        "private  10.20.0.0/22",
        "isolated  10.20.160.0/22",
        "sa-east-1b",
        "public  10.20.132.0/22",
        "private  10.20.4.0/22",
        "isolated  10.20.164.0/22",
        "Application Load Balancer",
        "Auto Scaling group: 2 to 3 × t4g.micro",
        "follows CPU",
        "PostgreSQL 17 on RDS: db.t4g.micro",
        "in one of these zones, encrypted, backups kept 1 day",
        "the hotel&#x27;s administrator",
        "https://dev.hotel.example; port 80 redirects",
        "HTTP 8080",
        "5432, in the client group",
        "internet gateway",
        "Around it",
        "1 rule in",
        "master password: Secrets Manager only",
        "1 endpoint: s3",
        "21 resources in all",
    ]


def test_prod_is_drawn() -> None:
    drawn = words(prod(), "prod")
    assert drawn[0] == "hotelaria, stack prod"
    assert [word for word in drawn if word.startswith("sa-east-1")] == ["sa-east-1a", "sa-east-1b", "sa-east-1c"]
    assert drawn.count("NAT gateway") == 3
    assert {
        "Application Load Balancer behind a web application firewall",
        "Auto Scaling group: 3 to 12 × t4g.micro",
        "follows CPU, 2 scheduled actions",
        "standby in a second zone, encrypted, backups kept 1 day",
        "https://hotel.example; port 80 redirects",
    } <= set(drawn)


@pytest.mark.parametrize("stack", [dev, prod])
def test_two_deployments_of_a_program_draw_the_same_file(stack: Callable[[str], list[Resource]]) -> None:
    first, second = stack("0a1b2c3d4e5f60718"), stack("f0e1d2c3b4a596877")
    random.Random(1).shuffle(second)
    assert draw(Stack.of("dev", first)) == draw(Stack.of("dev", second))


@pytest.mark.parametrize("stack", [dev, prod])
def test_no_ids_are_drawn(stack: Callable[[str], list[Resource]]) -> None:
    drawn = draw(Stack.of("dev", stack("0a1b2c3d4e5f60718")))
    assert "0a1b2c3d4e5f60718" not in drawn
    assert "arn:" not in drawn


@pytest.mark.parametrize(
    ("type_", "gone"),
    [
        ("aws:wafv2/webAcl:WebAcl", ["Application Load Balancer behind a web application firewall"]),
        ("aws:ec2/natGateway:NatGateway", ["NAT gateway"] * 3),
        ("aws:autoscaling/schedule:Schedule", ["follows CPU, 2 scheduled actions"]),
        ("aws:autoscaling/policy:Policy", ["follows CPU, 2 scheduled actions"]),
        ("aws:ec2/internetGateway:InternetGateway", ["internet gateway"]),
        ("aws:lb/listener:Listener", ["the hotel&#x27;s administrator", "https://hotel.example; port 80 redirects", "HTTP 8080"]),
        ("aws:lb/loadBalancer:LoadBalancer", ["Application Load Balancer behind a web application firewall"]),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", ["5432, in the client group", "1 rule in"]),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", ["1 endpoint: s3"]),
        ("aws:ec2/vpc:Vpc", ["VPC 10.10.0.0/16"]),
        (
            "aws:rds/instance:Instance",
            [
                "PostgreSQL 17 on RDS: db.t4g.micro",
                "standby in a second zone, encrypted, backups kept 1 day",
                "5432, in the client group",
                "master password: Secrets Manager only",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_taken_away_is_gone_from_the_picture(type_: str, gone: list[str]) -> None:
    before, after = words(prod()), words([r for r in prod() if r["type"] != type_])
    lost = list(before)
    for word in after:
        if word in lost:
            lost.remove(word)
    assert [word for word in lost if not word.endswith("resources in all")] == gone


def test_gateways_without_a_subnet_belong_to_the_vpc() -> None:
    further = [
        resource("aws:ec2/natGateway:NatGateway", "network-nat", "nat-1", availabilityMode="regional"),
        resource("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "network-egress-only", "eigw-1"),
    ]
    assert {"regional NAT gateway", "egress-only gateway"} <= set(words([*dev(), *further]))
    assert {"regional NAT gateway", "egress-only gateway", "NAT gateway"}.isdisjoint(words(dev()))


def test_a_subnet_that_is_taken_away_leaves_a_gap() -> None:
    left = [r for r in dev() if not r["urn"].endswith("::network-isolated-b")]
    assert "isolated  10.20.164.0/22" not in words(left)
    assert "isolated  10.20.160.0/22" in words(left)


def test_what_is_about_to_be_deleted_is_not_drawn() -> None:
    old = resource("aws:rds/instance:Instance", "database", "db-old", engineVersion="16.1", instanceClass="db.m5.large")
    assert words([{**old, "delete": True}, *dev()]) == words(dev())
