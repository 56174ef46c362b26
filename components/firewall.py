"""A web application firewall (AWS WAF) before a load balancer: a limit per address and rules that AWS keeps up."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi_aws as aws
from pulumi import Input, Resource

from .checks import between
from .naming import AUTOMATIC_SUFFIX, short_name
from .scope import Scope

WEB_ACL_LIMIT = 128 - AUTOMATIC_SUFFIX
"""Longest logical name of a web ACL (AWS WAF API reference, CreateWebACL: 128 characters)."""

_MANAGED = "AWSManagedRules"
_WINDOW_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Waf:
    """What the firewall refuses. Everything else passes."""

    rate_limit: int = 2000
    """Requests from one address in five minutes, 10 to 2,000,000,000. By default about seven a second: more than a
    front desk behind one address makes, fewer than who tries passwords."""
    managed_rule_groups: Sequence[str] = (
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    )
    """AWS's own rule groups by name, asked in this order. By default those that concern every web application before a
    SQL database; together with the limit they need 1,127 of the 1,500 capacity units that the basic price covers.
    The common rules refuse bodies above 8 KB (AWS WAF guide, "Baseline rule groups", `SizeRestrictions_BODY`)."""

    def __post_init__(self) -> None:
        between("waf.rate_limit", self.rate_limit, 10, 2_000_000_000, "that is what AWS WAF takes")
        for group in self.managed_rule_groups:
            if not group.startswith(_MANAGED):
                raise ValueError(
                    f"waf.managed_rule_groups: want AWS's rule groups, whose names begin with {_MANAGED}, got {group!r}"
                )
        if len(set(self.managed_rule_groups)) != len(self.managed_rule_groups):
            raise ValueError(
                f"waf.managed_rule_groups: want each group once, got {', '.join(self.managed_rule_groups)}"
            )


def firewall(scope: Scope, waf: Waf, *, balancer_arn: Input[str]) -> Resource:
    """Put a firewall before the balancer; the resource returned exists once it is in force."""
    name = short_name(scope.name, "firewall", WEB_ACL_LIMIT)
    acl = aws.wafv2.WebAcl(
        name,
        scope="REGIONAL",
        default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
        rules=[_rate_rule(waf.rate_limit), *map(_managed_rule, range(1, 100), waf.managed_rule_groups)],
        visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(
            cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
        ),
        tags=scope.tagged(name),
        opts=scope.replaceable(),
    )
    return aws.wafv2.WebAclAssociation(name, resource_arn=balancer_arn, web_acl_arn=acl.arn, opts=scope.replaceable())


def _rate_rule(limit: int) -> "aws.wafv2.WebAclRuleArgs":
    return aws.wafv2.WebAclRuleArgs(
        name="rate-limit",
        priority=0,
        action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                limit=limit, aggregate_key_type="IP", evaluation_window_sec=_WINDOW_SECONDS
            )
        ),
        visibility_config=_visible("rate-limit"),
    )


def _managed_rule(priority: int, group: str) -> "aws.wafv2.WebAclRuleArgs":
    return aws.wafv2.WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(
            none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call] # generated without types
        ),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=group, vendor_name="AWS"
            )
        ),
        visibility_config=_visible(group),
    )


def _visible(metric: str) -> "aws.wafv2.WebAclRuleVisibilityConfigArgs":
    return aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=True
    )
