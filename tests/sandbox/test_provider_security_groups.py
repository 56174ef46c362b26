"""Security groups and rules: what a group lets through, what changes in place, what is refused."""

from typing import Any, ClassVar

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws import ec2_resource
from sandbox.provider.check import DEFAULTS
from sandbox.provider.diff import delete_before_replace
from sandbox.provider.schema import UNKNOWN, Values
from tests.sandbox.harness import TYPES, Bench, Made
from tests.sandbox.samples.security_groups import (
    DEFAULT_SECURITY_GROUP,
    EGRESS_RULE,
    INGRESS_RULE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    a_group,
)
from tests.sandbox.samples.vpc import a_vpc, a_vpc_with_ipv6

HTTPS = {"protocol": "tcp", "fromPort": 443, "toPort": 443}


def rules(bench: Bench, group: Made) -> dict[str, Any]:
    """A group's rules by id, as the account has them."""
    wanted = [{"Name": "group-id", "Values": [group.id]}]
    answer = bench.account.ec2.describe_security_group_rules(Filters=wanted)["SecurityGroupRules"]
    return {rule["SecurityGroupRuleId"]: rule for rule in answer}


def replaced(bench: Bench, made: Made, **values: Any) -> set[str]:
    return {d.name for d in bench.differences(made, **values) if d.replaces}


class TestSecurityGroup:
    @pytest.mark.parametrize("vpc", [a_vpc, a_vpc_with_ipv6])
    def test_a_new_one_lets_nothing_out(self, bench: Bench, vpc: Any) -> None:
        assert rules(bench, a_group(bench, vpc(bench))) == {}

    def test_a_change_touches_only_the_rules_that_change(self, bench: Bench) -> None:
        block = {**HTTPS, "cidrBlocks": ["10.1.0.0/16", "10.2.0.0/16"]}
        made = bench.make(SECURITY_GROUP, vpcId=a_vpc(bench).id, ingress=[block])
        before = rules(bench, made)
        made = bench.change(made, ingress=[{**block, "cidrBlocks": ["10.2.0.0/16", "10.3.0.0/16"]}])
        after = rules(bench, made)
        stayed = [rule["CidrIpv4"] for id_, rule in after.items() if id_ in before]
        assert stayed == ["10.2.0.0/16"]
        assert sorted(rule["CidrIpv4"] for rule in after.values()) == ["10.2.0.0/16", "10.3.0.0/16"]

    def test_a_description_alone_changes(self, bench: Bench) -> None:
        block = {**HTTPS, "cidrBlocks": ["10.1.0.0/16"], "description": "old"}
        made = bench.make(SECURITY_GROUP, vpcId=a_vpc(bench).id, ingress=[block])
        made = bench.change(made, ingress=[{**block, "description": "new"}])
        assert [rule["Description"] for rule in rules(bench, made).values()] == ["new"]

    def test_a_rule_added_by_hand_is_found_and_taken_away(self, bench: Bench) -> None:
        made = bench.make(SECURITY_GROUP, vpcId=a_vpc(bench).id, ingress=[{**HTTPS, "cidrBlocks": ["10.1.0.0/16"]}])
        bench.account.ec2.authorize_security_group_ingress(
            GroupId=made.id,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        )
        state = bench.read(SECURITY_GROUP, made.id, made.state)
        assert state is not None
        drifted = Made(SECURITY_GROUP, made.id, made.inputs, state)
        assert [(d.path, d.change) for d in bench.differences(drifted)] == [("ingress[1]", "delete")]
        repaired = bench.change(drifted)
        assert [rule["FromPort"] for rule in rules(bench, repaired).values()] == [443]

    def test_rules_of_their_own_are_left_alone(self, bench: Bench) -> None:
        group = a_group(bench, a_vpc(bench))
        bench.make(INGRESS_RULE, securityGroupId=group.id, ipProtocol="-1", cidrIpv4="10.1.0.0/16")
        state = bench.read(SECURITY_GROUP, group.id, group.state)
        assert state is not None
        assert state["ingress"] == [
            {
                "protocol": "-1",
                "fromPort": 0,
                "toPort": 0,
                "description": "",
                "self": False,
                "cidrBlocks": ["10.1.0.0/16"],
            }
        ]
        assert bench.differences(Made(SECURITY_GROUP, group.id, group.inputs, state)) == []

    def test_name_description_and_vpc_replace_it(self, bench: Bench) -> None:
        made = a_group(bench, a_vpc(bench))
        assert made["description"] == "Managed by Pulumi"
        assert replaced(bench, made, description="Web") == {"description"}
        assert replaced(bench, made, name="web") == {"name"}
        assert replaced(bench, made, vpcId="vpc-1") == {"vpcId"}

    def test_only_a_name_that_the_program_fixed_makes_the_old_one_go_first(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        for made, first in ((a_group(bench, vpc), False), (bench.make(SECURITY_GROUP, vpcId=vpc.id, name="web"), True)):
            differences = bench.differences(made, description="Web")
            news = {**made.inputs, "description": "Web"}
            assert delete_before_replace(TYPES[SECURITY_GROUP], news, differences) is first

    def test_groups_that_name_each_other_go_when_their_rules_may(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ec2_resource, "PATIENCE", 0)
        vpc = a_vpc(bench)
        one = bench.make(SECURITY_GROUP, vpcId=vpc.id, revokeRulesOnDelete=True)
        two = bench.make(SECURITY_GROUP, vpcId=vpc.id, ingress=[{**HTTPS, "securityGroups": [one.id]}])
        bench.change(one, ingress=[{**HTTPS, "securityGroups": [two.id]}])
        with pytest.raises(ClientError, match="DependencyViolation"):
            bench.end(two)
        bench.end(one)
        bench.end(two)

    @pytest.mark.parametrize(
        ("block", "reason"),
        [
            (
                {"protocol": "-1", "fromPort": 0, "toPort": 65535},
                "from_port (0) and to_port (65535) must both be 0 for all protocols (-1)",
            ),
            ({"protocol": "tcp", "fromPort": 443, "toPort": 80}, "invalid tcp port range (443:80)"),
            ({"protocol": "tcp", "fromPort": -1, "toPort": -1}, "tcp needs a port between 0 and 65535, got -1"),
            ({**HTTPS, "cidrBlocks": ["10.0.0.1/8"]}, "did you mean '10.0.0.0/8'?"),
            ({**HTTPS, "description": "café"}, "other ones than AWS allows"),
        ],
    )
    def test_a_rule_that_aws_would_refuse_is_refused(self, bench: Bench, block: Values, reason: str) -> None:
        [told] = bench.refused(SECURITY_GROUP, ingress=[block])
        assert reason in told

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"name": "sg-web"}, "does not begin with sg-, got 'sg-web'"),
            ({"description": "d" * 256}, "more than 255 characters"),
        ],
    )
    def test_a_name_or_description_that_aws_would_refuse_is_refused(
        self, bench: Bench, values: Values, reason: str
    ) -> None:
        [told] = bench.refused(SECURITY_GROUP, **values)
        assert reason in told


class TestDefaultSecurityGroup:
    def test_it_is_emptied_and_stays_when_forgotten(self, bench: Bench) -> None:
        vpc = a_vpc(bench)
        bench.account.ec2.authorize_security_group_ingress(
            GroupId=vpc["defaultSecurityGroupId"],
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": vpc["defaultSecurityGroupId"]}]}],
        )
        made = bench.make(DEFAULT_SECURITY_GROUP, vpcId=vpc.id, ingress=[], egress=[])
        assert made.id == vpc["defaultSecurityGroupId"]
        assert rules(bench, made) == {}
        bench.end(made)


class TestSecurityGroupRule:
    def test_all_but_its_description_replaces_it_the_old_one_first(self, bench: Bench) -> None:
        group = a_group(bench, a_vpc(bench))
        common = {"securityGroupId": group.id, "type": "ingress", **HTTPS}
        made = bench.make(SECURITY_GROUP_RULE, **common, cidrBlocks=["10.1.0.0/16"], description="old")
        made = bench.change(made, description="new")
        assert [rule["Description"] for rule in rules(bench, group).values()] == ["new"]
        assert replaced(bench, made, toPort=444) == {"toPort"}
        differences = bench.differences(made, cidrBlocks=["10.2.0.0/16"])
        assert delete_before_replace(TYPES[SECURITY_GROUP_RULE], made.inputs, differences)

    def test_its_id_is_made_as_the_real_provider_makes_it(self, bench: Bench) -> None:
        values = {"securityGroupId": a_group(bench, a_vpc(bench)).id, "type": "ingress", **HTTPS}
        made = bench.make(SECURITY_GROUP_RULE, **values, cidrBlocks=["10.1.0.0/16"])
        assert made.id.startswith("sgrule-")

    def test_it_is_gone_once_one_of_its_peers_is(self, bench: Bench) -> None:
        group = a_group(bench, a_vpc(bench))
        common = {"securityGroupId": group.id, "type": "ingress", **HTTPS}
        made = bench.make(SECURITY_GROUP_RULE, **common, cidrBlocks=["10.1.0.0/16", "10.2.0.0/16"])
        bench.account.ec2.revoke_security_group_ingress(
            GroupId=group.id, SecurityGroupRuleIds=[next(iter(rules(bench, group)))]
        )
        assert bench.read(SECURITY_GROUP_RULE, made.id, made.state) is None

    def test_it_needs_a_peer(self, bench: Bench) -> None:
        [reason] = bench.refused(SECURITY_GROUP_RULE, securityGroupId="sg-1", type="ingress", **HTTPS)
        assert reason.startswith("one of cidrBlocks, ipv6CidrBlocks, prefixListIds, self, sourceSecurityGroupId")


class TestSingleRule:
    VALUES: ClassVar[Values] = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}

    @pytest.mark.parametrize("token", [INGRESS_RULE, EGRESS_RULE])
    def test_ports_peer_and_description_change_in_place(self, bench: Bench, token: str) -> None:
        group = a_group(bench, a_vpc(bench))
        values = {**self.VALUES, "securityGroupId": group.id}
        made = bench.make(token, **values, cidrIpv4="10.1.0.0/16", description="old")
        bench.change(made, cidrIpv4="10.2.0.0/16", fromPort=80, toPort=80, description=None)
        [(id_, rule)] = rules(bench, group).items()
        assert id_ == made.id
        assert (rule["CidrIpv4"], rule["FromPort"], rule["IsEgress"]) == ("10.2.0.0/16", 80, token == EGRESS_RULE)
        assert rule.get("Description", "") == ""

    def test_another_kind_of_peer_replaces_it(self, bench: Bench) -> None:
        group = a_group(bench, a_vpc(bench))
        made = bench.make(INGRESS_RULE, **{**self.VALUES, "securityGroupId": group.id}, cidrIpv4="10.1.0.0/16")
        changed = {"cidrIpv4": None, "referencedSecurityGroupId": group.id}
        assert replaced(bench, made, **changed) == {"cidrIpv4", "referencedSecurityGroupId"}
        assert replaced(bench, made, securityGroupId="sg-2") == {"securityGroupId"}

    def test_its_inputs_list_no_defaults_as_on_the_plugin_framework(self, bench: Bench) -> None:
        inputs, _ = bench.check(INGRESS_RULE, {**self.VALUES, "cidrIpv4": "10.1.0.0/16"})
        assert DEFAULTS not in inputs

    def test_a_protocol_may_be_given_by_number(self, bench: Bench) -> None:
        values = {**self.VALUES, "securityGroupId": a_group(bench, a_vpc(bench)).id, "ipProtocol": "6"}
        assert bench.make(INGRESS_RULE, **values, cidrIpv4="10.1.0.0/16")["ipProtocol"] == "6"

    def test_a_rule_that_is_there_already_is_refused_by_the_account(self, bench: Bench) -> None:
        values = {**self.VALUES, "securityGroupId": a_group(bench, a_vpc(bench)).id, "cidrIpv4": "10.1.0.0/16"}
        bench.make(INGRESS_RULE, **values)
        with pytest.raises(ClientError, match=r"InvalidPermission\.Duplicate"):
            bench.make(INGRESS_RULE, **values)

    def test_a_group_that_is_named_is_not_deleted(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ec2_resource, "PATIENCE", 0)
        vpc = a_vpc(bench)
        group, other = a_group(bench, vpc), a_group(bench, vpc)
        values = {**self.VALUES, "securityGroupId": group.id}
        bench.make(INGRESS_RULE, **values, referencedSecurityGroupId=other.id)
        with pytest.raises(ClientError, match="DependencyViolation"):
            bench.end(other)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({}, "exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId must be given, got []"),
            ({"cidrIpv4": "10.0.0.0/8", "cidrIpv6": "::/0"}, "got ['cidrIpv4', 'cidrIpv6']"),
            ({"cidrIpv4": "10.0.0.1/8"}, "'10.0.0.1/8' is not a valid CIDR block; did you mean '10.0.0.0/8'?"),
            ({"cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"}, "have no ports: leave fromPort and toPort out"),
            ({"cidrIpv4": "10.0.0.0/8", "toPort": None}, "tcp needs a port between 0 and 65535, got None"),
            ({"cidrIpv4": "10.0.0.0/8", "toPort": 70000}, "expected toPort to be between -1 and 65535, got 70000"),
        ],
    )
    def test_what_aws_would_refuse_is_refused(self, bench: Bench, change: Values, reason: str) -> None:
        given = {k: v for k, v in {**self.VALUES, **change}.items() if v is not None}
        told = bench.refused(INGRESS_RULE, **given)
        assert any(reason in each for each in told)

    def test_a_preview_may_not_know_the_peer_yet(self, bench: Bench) -> None:
        assert bench.refused(INGRESS_RULE, **self.VALUES, referencedSecurityGroupId=UNKNOWN) == []
