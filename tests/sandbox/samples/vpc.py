"""Samples for VPCs, subnets, gateways and DHCP options; and the network that other samples stand in."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ZONE = "sa-east-1a"
OTHER_ZONE = "sa-east-1b"


def a_vpc(bench: Bench) -> Made:
    """A VPC of 10.1.0.0/16."""
    return bench.make(VPC, cidrBlock="10.1.0.0/16")


def a_vpc_with_ipv6(bench: Bench) -> Made:
    """The same with IPv6."""
    return bench.make(VPC, cidrBlock="10.1.0.0/16", assignGeneratedIpv6CidrBlock=True)


def a_subnet(bench: Bench, vpc: Made, number: int = 1, zone: str = ZONE) -> Made:
    """A subnet 10.1.NUMBER.0/24."""
    return bench.make(SUBNET, vpcId=vpc.id, cidrBlock=f"10.1.{number}.0/24", availabilityZone=zone)


def ipv6_block(vpc: Made, number: int) -> str:
    """A /64 of a VPC's IPv6 block."""
    return str(vpc["ipv6CidrBlock"]).replace("00::/56", f"{number:02x}::/64")


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


def subnet(bench: Bench) -> list[Values]:
    vpc = a_vpc_with_ipv6(bench)
    return [
        {
            "vpcId": vpc.id,
            "cidrBlock": "10.1.1.0/24",
            "availabilityZone": ZONE,
            "ipv6CidrBlock": ipv6_block(vpc, 1),
            "assignIpv6AddressOnCreation": True,
            "mapPublicIpOnLaunch": True,
            "enableDns64": True,
            "enableResourceNameDnsARecordOnLaunch": True,
            "enableResourceNameDnsAaaaRecordOnLaunch": True,
            "privateDnsHostnameTypeOnLaunch": "resource-name",
            "tags": {"Name": "private"},
        },
        {
            "vpcId": vpc.id,
            "availabilityZoneId": "sae1-az2",
            "ipv6CidrBlock": ipv6_block(vpc, 2),
            "ipv6Native": True,
            "assignIpv6AddressOnCreation": True,
        },
    ]


def internet_gateway(bench: Bench) -> list[Values]:
    return [{"vpcId": a_vpc(bench).id, "tags": {"Name": "way out"}}]


def egress_only_internet_gateway(bench: Bench) -> list[Values]:
    return [{"vpcId": a_vpc_with_ipv6(bench).id, "tags": {"Name": "way out"}}]


def dhcp_options(bench: Bench) -> list[Values]:
    return [
        {
            "domainName": "hotel.internal",
            "domainNameServers": ["10.1.0.2", "AmazonProvidedDNS"],
            "ntpServers": ["169.254.169.123"],
            "netbiosNameServers": ["10.1.0.3"],
            "netbiosNodeType": "2",
            "tags": {"Name": "names"},
        }
    ]


def dhcp_options_association(bench: Bench) -> list[Values]:
    options = bench.make("aws:ec2/vpcDhcpOptions:VpcDhcpOptions", domainName="hotel.internal")
    return [{"vpcId": a_vpc(bench).id, "dhcpOptionsId": options.id}]


SAMPLES = {
    VPC: vpc,
    SUBNET: subnet,
    "aws:ec2/internetGateway:InternetGateway": internet_gateway,
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": egress_only_internet_gateway,
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": dhcp_options,
    "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation": dhcp_options_association,
}
