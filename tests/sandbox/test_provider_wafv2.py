"""Web ACLs: what replaces, what changes in place, what is refused, and what is in use."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.server import RefusedError
from tests.sandbox.harness import REGION, Bench, Made
from tests.sandbox.samples.lb import balancer
from tests.sandbox.samples.wafv2 import VISIBLE

ACL = "aws:wafv2/webAcl:WebAcl"
IP_SET = "aws:wafv2/ipSet:IpSet"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
API = f"arn:aws:apigateway:{REGION}::/restapis/abc123/stages/prod"
COMMON: dict[str, Any] = {"defaultAction": {"allow": {}}, "scope": "REGIONAL", "visibilityConfig": VISIBLE}


def rule(**values: Any) -> dict[str, Any]:
    """A rate limit of 2000, changed by `values`."""
    limit = {"rateBasedStatement": {"limit": 2000}}
    given = {"name": "rate", "priority": 0, "action": {"block": {}}, "statement": limit, "visibilityConfig": VISIBLE}
    return {k: v for k, v in {**given, **values}.items() if v is not None}


def managed(name: str = "AWSManagedRulesCommonRuleSet", **values: Any) -> dict[str, Any]:
    """A managed rule group, changed by `values`."""
    statement = {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}}
    return rule(name="common", priority=1, action=None, overrideAction={"none": {}}, statement=statement, **values)


def acl(bench: Bench, **values: Any) -> Made:
    return bench.make(ACL, **{**COMMON, **values})


class TestWebAcl:
    def test_name_and_scope_replace_it_and_nothing_else_does(self, bench: Bench) -> None:
        made = acl(bench, name="one", rules=[rule()])
        assert bench.replaced(made, name="two", scope="CLOUDFRONT", region="us-east-1") == {"name", "scope", "region"}
        assert bench.replaced(made, rules=[managed()], description="new", defaultAction={"block": {}}) == set()

    def test_an_update_puts_the_whole(self, bench: Bench) -> None:
        made = acl(bench, rules=[rule(), managed()], description="the hotel", tokenDomains=["hotel.example"])
        changed = bench.change(made, rules=[managed()], description=None, tokenDomains=None, tags={"a": "1"})
        assert [r["name"] for r in changed["rules"]] == ["common"]
        assert changed["lockToken"] != made["lockToken"]
        assert bench.change(changed, rules=None)["rules"] == []

    def test_from_counting_to_blocking_is_a_change(self, bench: Bench) -> None:
        counting = acl(bench, rules=[rule(action={"count": {}})])
        paths = {d.path for d in bench.differences(counting, rules=[rule()])}
        assert paths == {"rules[0].action.block", "rules[0].action.count"}
        assert bench.change(counting, rules=[rule()])["rules"][0]["action"] == {"block": {}}
        assert {d.path for d in bench.differences(counting, defaultAction={"block": {}})} == {
            "defaultAction.allow",
            "defaultAction.block",
        }

    def test_the_order_of_rules_does_not_matter(self, bench: Bench) -> None:
        made = acl(bench, rules=[rule(), managed()])
        assert bench.differences(made, rules=[managed(), rule()]) == []

    def test_a_rule_that_somebody_turned_off_is_drift(self, bench: Bench) -> None:
        made = acl(bench, rules=[rule()])
        which = {"Name": made["name"], "Id": made.id, "Scope": "REGIONAL"}
        answer = bench.account.wafv2.get_web_acl(**which)
        bench.account.wafv2.update_web_acl(
            **which,
            LockToken=answer["LockToken"],
            DefaultAction={"Allow": {}},
            Rules=[],
            VisibilityConfig=answer["WebACL"]["VisibilityConfig"],
        )
        refreshed = bench.read(ACL, made.id, made.state)
        assert refreshed is not None
        made.state = refreshed
        assert [(d.path, d.change) for d in bench.differences(made)] == [("rules[0]", "add")]

    @pytest.mark.parametrize(
        ("rules", "reason"),
        [
            ([rule(), rule(name="other")], "rules: priority 0 is used twice"),
            ([rule(), rule(priority=1)], "rules: name 'rate' is used twice"),
            ([rule(action=None)], "rate: a rule with a statement of its own takes action and no overrideAction"),
            (
                [managed() | {"action": {"block": {}}}],
                "common: a rule with a rule group takes overrideAction and no action",
            ),
            ([rule(action={"block": {}, "count": {}})], "rate: action holds exactly one entry, got block, count"),
            ([rule(statement={})], "rate: statement holds exactly one entry, got none"),
            ([managed("AWSManagedRulesCommon")], "AWS has no managed rule group 'AWSManagedRulesCommon'"),
            ([rule(statement={"rateBasedStatement": {"limit": 5}})], "limit to be between 10 and 2000000000, got 5"),
            (
                [rule(statement={"rateBasedStatement": {"limit": 100, "aggregateKeyType": "FORWARDED_IP"}})],
                "aggregateKeyType FORWARDED_IP needs forwardedIpConfig",
            ),
            (
                [rule(statement={"rateBasedStatement": {"limit": 100, "aggregateKeyType": "CONSTANT"}})],
                "aggregateKeyType CONSTANT counts all requests",
            ),
            (
                [rule(statement={"rateBasedStatement": {"limit": 100, "evaluationWindowSec": 90}})],
                "evaluationWindowSec to be one of [60, 120, 300, 600], got 90",
            ),
            ([rule(visibilityConfig={**VISIBLE, "metricName": "a b"})], "'a b' does not match"),
        ],
    )
    def test_what_aws_refuses_is_refused(self, rules: list[dict[str, Any]], reason: str, bench: Bench) -> None:
        assert reason in str(bench.refused(ACL, **COMMON, rules=rules))

    def test_it_allows_or_blocks_and_its_scope_fits_its_region(self, bench: Bench) -> None:
        both = {**COMMON, "defaultAction": {"allow": {}, "block": {}}}
        assert "defaultAction is either allow or block, got allow and block" in str(bench.refused(ACL, **both))
        assert "lives in us-east-1, and the region is sa-east-1" in str(
            bench.refused(ACL, **{**COMMON, "scope": "CLOUDFRONT"})
        )

    def test_a_statement_that_is_not_translated_is_refused_by_name(self, bench: Bench) -> None:
        [reason] = bench.refused(ACL, **COMMON, rules=[rule(statement={"asnMatchStatement": {"asnLists": [1]}})])
        assert "does not translate property 'rules[0].statement.asnMatchStatement'" in reason

    def test_an_imported_one_is_found_by_its_three_part_id(self, bench: Bench) -> None:
        made = acl(bench)
        read = bench.read(ACL, f"{made.id}/{made['name']}/REGIONAL", {})
        assert read is not None
        assert read["arn"] == made["arn"]

    def test_it_is_looked_up_by_name_and_by_what_it_protects(self, bench: Bench) -> None:
        made = acl(bench, description="the hotel")
        bench.make(ASSOCIATION, webAclArn=made["arn"], resourceArn=API)
        get = "aws:wafv2/getWebAcl:getWebAcl"
        assert bench.call(get, name=made["name"], scope="REGIONAL")["description"] == "the hotel"
        assert bench.call(get, resourceArn=API, scope="REGIONAL")["name"] == made["name"]
        with pytest.raises(RefusedError, match="WAFv2 WebACL not found for name: nothing"):
            bench.call(get, name="nothing", scope="REGIONAL")


class TestAssociation:
    def test_a_thing_is_protected_by_one_acl_the_last_one(self, bench: Bench) -> None:
        first, second = acl(bench), acl(bench)
        old = bench.make(ASSOCIATION, webAclArn=first["arn"], resourceArn=API)
        bench.make(ASSOCIATION, webAclArn=second["arn"], resourceArn=API)
        seen = bench.read(ASSOCIATION, old.id, old.state)
        assert seen is not None
        assert seen["webAclArn"] == second["arn"]
        assert bench.replaced(old, webAclArn=second["arn"]) == {"webAclArn"}

    def test_an_acl_that_protects_something_is_not_deleted(self, bench: Bench) -> None:
        made = acl(bench)
        association = bench.make(ASSOCIATION, webAclArn=made["arn"], resourceArn=API)
        with pytest.raises(ClientError, match="WAFAssociatedItemException"):
            bench.end(made)
        bench.end(association)
        bench.end(made)

    def test_a_balancer_that_does_not_exist_is_not_protected(self, bench: Bench) -> None:
        gone = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/gone/0123456789abcdef"
        with pytest.raises(ClientError, match="WAFNonexistentItemException"):
            bench.make(ASSOCIATION, webAclArn=acl(bench)["arn"], resourceArn=gone)

    def test_a_balancer_takes_its_association_with_it(self, bench: Bench) -> None:
        made, protected = acl(bench), balancer(bench)
        association = bench.make(ASSOCIATION, webAclArn=made["arn"], resourceArn=protected.id)
        bench.end(protected)
        assert bench.read(ASSOCIATION, association.id, association.state) is None
        bench.end(made)


class TestIpSet:
    def test_addresses_change_in_place(self, bench: Bench) -> None:
        made = bench.make(IP_SET, scope="REGIONAL", ipAddressVersion="IPV4", addresses=["192.0.2.0/24"])
        assert bench.change(made, addresses=["198.51.100.0/24"], description="the desk")["addresses"] == [
            "198.51.100.0/24"
        ]
        assert bench.change(made, addresses=None, description=None)["addresses"] == []
        assert bench.replaced(made, ipAddressVersion="IPV6") == {"ipAddressVersion"}

    def test_one_that_a_rule_names_is_not_deleted(self, bench: Bench) -> None:
        made = bench.make(IP_SET, scope="REGIONAL", ipAddressVersion="IPV4", addresses=["192.0.2.0/24"])
        acl(bench, rules=[rule(statement={"ipSetReferenceStatement": {"arn": made["arn"]}})])
        with pytest.raises(ClientError, match="WAFAssociatedItemException"):
            bench.end(made)

    def test_a_single_address_is_refused_with_its_block(self, bench: Bench) -> None:
        given = {"scope": "REGIONAL", "ipAddressVersion": "IPV4", "addresses": ["192.0.2.1"]}
        assert "write 192.0.2.1/32" in str(bench.refused(IP_SET, **given))


class TestLogging:
    def test_it_goes_where_waf_may_write(self, bench: Bench) -> None:
        bucket = {"resourceArn": "acl", "logDestinationConfigs": ["arn:aws:s3:::hotel-logs"]}
        assert "begins with aws-waf-logs-, got 'hotel-logs'" in str(bench.refused(LOGGING, **bucket))
        bucket["logDestinationConfigs"] = ["arn:aws:s3:::aws-waf-logs-a", "arn:aws:s3:::aws-waf-logs-b"]
        assert "exactly one destination, got 2" in str(bench.refused(LOGGING, **bucket))

    def test_the_filter_changes_in_place(self, bench: Bench) -> None:
        group = bench.make("aws:cloudwatch/logGroup:LogGroup", name="aws-waf-logs-hotel")
        made = bench.make(LOGGING, resourceArn=acl(bench)["arn"], logDestinationConfigs=[group["arn"]])
        only_blocked = {
            "defaultBehavior": "DROP",
            "filters": [
                {
                    "behavior": "KEEP",
                    "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                    "requirement": "MEETS_ANY",
                }
            ],
        }
        assert bench.change(made, loggingFilter=only_blocked)["loggingFilter"] == only_blocked
        assert bench.replaced(made, resourceArn="other") == {"resourceArn"}
