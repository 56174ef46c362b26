"""Samples for VPC endpoints."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.vpc import OTHER_ZONE, VPC, a_subnet, a_vpc

VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}'
)


def vpc_endpoint(bench: Bench) -> list[Values]:
    vpc = bench.make(VPC, cidrBlock="10.1.0.0/16", enableDnsHostnames=True)
    table = bench.make("aws:ec2/routeTable:RouteTable", vpcId=vpc.id)
    group = bench.make("aws:ec2/securityGroup:SecurityGroup", vpcId=vpc.id)
    return [
        {
            "vpcId": vpc.id,
            "serviceName": "com.amazonaws.sa-east-1.s3",
            "vpcEndpointType": "Gateway",
            "routeTableIds": [table.id],
            "policy": POLICY,
            "tags": {"Name": "objects"},
        },
        {
            "vpcId": vpc.id,
            "serviceName": "com.amazonaws.sa-east-1.ssm",
            "vpcEndpointType": "Interface",
            "subnetIds": [a_subnet(bench, vpc, 1).id, a_subnet(bench, vpc, 2, OTHER_ZONE).id],
            "securityGroupIds": [group.id],
            "privateDnsEnabled": True,
            "ipAddressType": "dualstack",
            "dnsOptions": {"dnsRecordIpType": "ipv4"},
        },
    ]


def route_table_association(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    endpoint = bench.make(VPC_ENDPOINT, vpcId=vpc.id, serviceName="com.amazonaws.sa-east-1.s3")
    return [
        {"vpcEndpointId": endpoint.id, "routeTableId": bench.make("aws:ec2/routeTable:RouteTable", vpcId=vpc.id).id}
    ]


def subnet_association(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    endpoint = bench.make(
        VPC_ENDPOINT, vpcId=vpc.id, serviceName="com.amazonaws.sa-east-1.ssm", vpcEndpointType="Interface"
    )
    return [{"vpcEndpointId": endpoint.id, "subnetId": a_subnet(bench, vpc).id}]


SAMPLES = {
    VPC_ENDPOINT: vpc_endpoint,
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": route_table_association,
    "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": subnet_association,
}
