"""Samples for network ACLs."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.vpc import a_subnet, a_vpc

NETWORK_ACL = "aws:ec2/networkAcl:NetworkAcl"

RULES = [
    {"ruleNo": 100, "action": "allow", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlock": "0.0.0.0/0"},
    {"ruleNo": 110, "action": "deny", "protocol": "17", "fromPort": 53, "toPort": 53, "ipv6CidrBlock": "::/0"},
    {
        "ruleNo": 120,
        "action": "allow",
        "protocol": "icmp",
        "fromPort": 0,
        "toPort": 0,
        "icmpType": 8,
        "icmpCode": -1,
        "cidrBlock": "10.0.0.0/8",
    },
    {"ruleNo": 130, "action": "allow", "protocol": "all", "fromPort": 0, "toPort": 0, "cidrBlock": "10.0.0.0/8"},
]


def network_acl(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    common = {"ingress": RULES, "egress": RULES, "subnetIds": [a_subnet(bench, vpc).id]}
    return [{"vpcId": vpc.id, **common, "tags": {"Name": "fence"}}]


def default_network_acl(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    common = {"ingress": RULES, "egress": RULES, "subnetIds": [a_subnet(bench, vpc).id]}
    return [{"defaultNetworkAclId": vpc["defaultNetworkAclId"], **common, "tags": {"Name": "fence"}}]


def network_acl_rule(bench: Bench) -> list[Values]:
    acl = bench.make(NETWORK_ACL, vpcId=a_vpc(bench).id)
    names = {"ruleNo": "ruleNumber", "action": "ruleAction"}
    return [{"networkAclId": acl.id, "egress": True, **{names.get(k, k): v for k, v in r.items()}} for r in RULES]


SAMPLES = {
    NETWORK_ACL: network_acl,
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": default_network_acl,
    "aws:ec2/networkAclRule:NetworkAclRule": network_acl_rule,
}
