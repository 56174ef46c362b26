"""Samples for EC2's networking."""

from tests.sandbox.harness import Bench, Values


def vpc(bench: Bench) -> list[Values]:
    return [
        {
            "cidrBlock": "10.1.0.0/16",
            "assignGeneratedIpv6CidrBlock": True,
            "enableDnsHostnames": True,
            "enableDnsSupport": False,
            "enableNetworkAddressUsageMetrics": True,
            "instanceTenancy": "dedicated",
            "tags": {"Name": "one"},
        }
    ]


def internet_gateway(bench: Bench) -> list[Values]:
    return [{"vpcId": bench.make("aws:ec2/vpc:Vpc", cidrBlock="10.1.0.0/16").id, "tags": {"Name": "way out"}}]


SAMPLES = {"aws:ec2/vpc:Vpc": vpc, "aws:ec2/internetGateway:InternetGateway": internet_gateway}
