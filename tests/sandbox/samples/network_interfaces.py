"""Samples for network interfaces."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.instances import an_instance
from tests.sandbox.samples.vpc import SUBNET, a_subnet, a_vpc, a_vpc_with_ipv6, ipv6_block

NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"


def an_interface(bench: Bench, subnet: Made) -> Made:
    """A network interface with an address that the subnet chose."""
    return bench.make(NETWORK_INTERFACE, subnetId=subnet.id)


def network_interface(bench: Bench) -> list[Values]:
    vpc = a_vpc_with_ipv6(bench)
    block = ipv6_block(vpc, 1)
    subnet = bench.make(
        SUBNET, vpcId=vpc.id, cidrBlock="10.1.1.0/24", ipv6CidrBlock=block, availabilityZone="sa-east-1a"
    )
    group = bench.make("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc.id)
    return [
        {
            "subnetId": subnet.id,
            "description": "way out",
            "privateIps": ["10.1.1.70", "10.1.1.71"],
            "ipv6Addresses": [block.replace("::/64", "::7")],
            "securityGroups": [group.id],
            "sourceDestCheck": False,
            "tags": {"Name": "way out"},
        },
        {
            "subnetId": subnet.id,
            "privateIpsCount": 2,
            "ipv6AddressCount": 1,
            "attachments": [{"instance": an_instance(bench, subnet).id, "deviceIndex": 1}],
        },
    ]


def attachment(bench: Bench) -> list[Values]:
    subnet = a_subnet(bench, a_vpc(bench))
    return [
        {
            "instanceId": an_instance(bench, subnet).id,
            "networkInterfaceId": an_interface(bench, subnet).id,
            "deviceIndex": 1,
        }
    ]


def security_group_attachment(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    group = bench.make("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc.id)
    return [{"networkInterfaceId": an_interface(bench, a_subnet(bench, vpc)).id, "securityGroupId": group.id}]


SAMPLES = {
    NETWORK_INTERFACE: network_interface,
    "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment": attachment,
    "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment": security_group_attachment,
}
