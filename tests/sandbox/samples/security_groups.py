"""Samples for security groups and rules."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.vpc import a_vpc

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_SECURITY_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def a_group(bench: Bench, vpc: Made) -> Made:
    """A group without rules."""
    return bench.make(SECURITY_GROUP, vpcId=vpc.id)


def a_prefix_list(bench: Bench) -> str:
    """The id of a prefix list."""
    answer = bench.account.ec2.create_managed_prefix_list(PrefixListName="offices", MaxEntries=1, AddressFamily="IPv4")
    return str(answer["PrefixList"]["PrefixListId"])


def _blocks(bench: Bench, vpc: Made) -> list[Values]:
    """Rules in a group, with every kind of peer."""
    return [
        {
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"],
            "ipv6CidrBlocks": ["2001:db8::/32"],
            "prefixListIds": [a_prefix_list(bench)],
            "securityGroups": [a_group(bench, vpc).id],
            "self": True,
            "description": "HTTPS",
        },
        {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.3.0.0/16"], "description": "Partner"},
        {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.4.0.0/16"]},
        {"protocol": "icmp", "fromPort": 8, "toPort": -1, "cidrBlocks": ["10.5.0.0/16"]},
    ]


def security_group(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    blocks = _blocks(bench, vpc)
    return [
        {
            "vpcId": vpc.id,
            "name": "web",
            "description": "Web servers",
            "ingress": blocks,
            "egress": blocks,
            "revokeRulesOnDelete": True,
            "tags": {"Name": "web"},
        },
        {"vpcId": vpc.id, "namePrefix": "web-"},
    ]


def default_security_group(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    blocks = _blocks(bench, vpc)
    return [
        {
            "vpcId": vpc.id,
            "ingress": blocks,
            "egress": blocks,
            "revokeRulesOnDelete": True,
            "tags": {"Name": "nobody"},
        }
    ]


def security_group_rule(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    group = a_group(bench, vpc)
    common = {"securityGroupId": group.id, "protocol": "tcp", "fromPort": 443, "toPort": 443}
    return [
        {
            **common,
            "type": "ingress",
            "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"],
            "ipv6CidrBlocks": ["2001:db8::/32"],
            "prefixListIds": [a_prefix_list(bench)],
            "description": "HTTPS",
        },
        {**common, "type": "egress", "self": True},
        {**common, "type": "egress", "sourceSecurityGroupId": a_group(bench, vpc).id},
        {
            "securityGroupId": group.id,
            "type": "egress",
            "protocol": "all",
            "fromPort": 0,
            "toPort": 0,
            "cidrBlocks": ["0.0.0.0/0"],
        },
    ]


def single_rule(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    group = a_group(bench, vpc)
    common = {"securityGroupId": group.id, "ipProtocol": "tcp", "fromPort": 443, "toPort": 444}
    return [
        {**common, "cidrIpv4": "10.1.0.0/16", "description": "HTTPS", "tags": {"Name": "https"}},
        {**common, "cidrIpv6": "2001:db8::/32"},
        {**common, "prefixListId": a_prefix_list(bench), "description": "offices"},
        {**common, "referencedSecurityGroupId": a_group(bench, vpc).id, "description": "neighbours"},
        {"securityGroupId": group.id, "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"},
        {"securityGroupId": group.id, "ipProtocol": "icmp", "fromPort": -1, "toPort": -1, "cidrIpv4": "10.0.0.0/8"},
    ]


SAMPLES = {
    SECURITY_GROUP: security_group,
    DEFAULT_SECURITY_GROUP: default_security_group,
    SECURITY_GROUP_RULE: security_group_rule,
    INGRESS_RULE: single_rule,
    EGRESS_RULE: single_rule,
}
