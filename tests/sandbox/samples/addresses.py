"""Samples for Elastic IP addresses and NAT gateways."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.instances import an_instance
from tests.sandbox.samples.network_interfaces import an_interface
from tests.sandbox.samples.vpc import ZONE, a_subnet, a_vpc

EIP = "aws:ec2/eip:Eip"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"


def a_nat_gateway(bench: Bench, subnet: Made) -> Made:
    """A NAT gateway in a subnet."""
    return bench.make(NAT_GATEWAY, subnetId=subnet.id, allocationId=bench.make(EIP, domain="vpc").id)


def eip(bench: Bench) -> list[Values]:
    subnet = a_subnet(bench, a_vpc(bench))
    interface = an_interface(bench, subnet)
    return [
        {
            "domain": "vpc",
            "networkInterface": interface.id,
            "associateWithPrivateIp": interface["privateIp"],
            "tags": {"Name": "way out"},
        },
        {"instance": an_instance(bench, subnet).id},
    ]


def eip_association(bench: Bench) -> list[Values]:
    subnet = a_subnet(bench, a_vpc(bench))
    interface = an_interface(bench, subnet)
    return [
        {
            "allocationId": bench.make(EIP, domain="vpc").id,
            "networkInterfaceId": interface.id,
            "privateIpAddress": interface["privateIp"],
            "allowReassociation": True,
        },
        {"publicIp": bench.make(EIP, domain="vpc")["publicIp"], "instanceId": an_instance(bench, subnet).id},
    ]


def nat_gateway(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    subnet = a_subnet(bench, vpc)
    return [
        {
            "subnetId": subnet.id,
            "allocationId": bench.make(EIP, domain="vpc").id,
            "availabilityMode": "zonal",
            "connectivityType": "public",
            "tags": {"Name": "way out"},
        },
        {"subnetId": subnet.id, "connectivityType": "private"},
        {"vpcId": vpc.id, "availabilityMode": "regional"},
        {
            "vpcId": vpc.id,
            "availabilityMode": "regional",
            "availabilityZoneAddresses": [
                {"availabilityZone": ZONE, "allocationIds": [bench.make(EIP, domain="vpc").id]},
                {"availabilityZoneId": "sae1-az2", "allocationIds": [bench.make(EIP, domain="vpc").id]},
            ],
        },
    ]


SAMPLES = {
    EIP: eip,
    "aws:ec2/eipAssociation:EipAssociation": eip_association,
    NAT_GATEWAY: nat_gateway,
}
