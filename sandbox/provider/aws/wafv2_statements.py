"""AWS WAF: what a rule looks at (its statement), and what it does (its action)."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Many, Prop, Values

NESTING = 2  # how deep and, or and not go below a rule's own statement in the provider's schema

AWS_RULE_GROUPS = {
    "AWSManagedRulesACFPRuleSet",
    "AWSManagedRulesATPRuleSet",
    "AWSManagedRulesAdminProtectionRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesAnonymousIpList",
    "AWSManagedRulesAntiDDoSRuleSet",
    "AWSManagedRulesBotControlRuleSet",
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesLinuxRuleSet",
    "AWSManagedRulesPHPRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesUnixRuleSet",
    "AWSManagedRulesWindowsRuleSet",
    "AWSManagedRulesWordPressRuleSet",
}
""""AWS Managed Rules rule groups list", WAF developer guide."""

RATE_WINDOWS = (60, 120, 300, 600)  # seconds ("Rate-based rule", WAF developer guide)

NOTHING = Prop(kind=Block({}), presence=True)
NAMED = Block({"name": Prop(required=True)})
HEADERS = Many(Block({"name": Prop(required=True), "value": Prop(required=True)}))
REQUEST_HANDLING = {
    "customRequestHandling": Prop(kind=Block({"insertHeaders": Prop(kind=HEADERS, required=True)})),
}
CUSTOM_RESPONSE = {
    "customResponse": Prop(
        kind=Block(
            {
                "responseCode": Prop(kind=INT, required=True),
                "customResponseBodyKey": Prop(),
                "responseHeaders": Prop(kind=HEADERS),
            }
        )
    ),
}
ALLOW = Prop(kind=Block(REQUEST_HANDLING), presence=True)
BLOCK = Prop(kind=Block(CUSTOM_RESPONSE), presence=True)
ACTION = Block({"allow": ALLOW, "block": BLOCK, "captcha": ALLOW, "challenge": ALLOW, "count": ALLOW})
VISIBILITY = Block(
    {
        "cloudwatchMetricsEnabled": Prop(kind=BOOL, api="CloudWatchMetricsEnabled", required=True),
        "metricName": Prop(required=True),
        "sampledRequestsEnabled": Prop(kind=BOOL, required=True),
    }
)
IMMUNITY = Block(
    {"immunityTimeProperty": Prop(kind=Block({"immunityTime": Prop(kind=INT, required=True)}))},
)

FIELD_TO_MATCH = Prop(
    kind=Block(
        {
            "allQueryArguments": NOTHING,
            "body": Prop(kind=Block({"oversizeHandling": Prop(computed=True)}), presence=True),
            "jsonBody": Prop(
                kind=Block(
                    {
                        "matchPattern": Prop(
                            kind=Block({"all": NOTHING, "includedPaths": Prop(kind=Many())}), required=True
                        ),
                        "matchScope": Prop(required=True),
                        "invalidFallbackBehavior": Prop(),
                        "oversizeHandling": Prop(computed=True),
                    }
                )
            ),
            "method": NOTHING,
            "queryString": NOTHING,
            "singleHeader": Prop(kind=NAMED),
            "singleQueryArgument": Prop(kind=NAMED),
            "uriPath": NOTHING,
        }
    )
)
TRANSFORMATIONS = Prop(
    kind=Many(Block({"priority": Prop(kind=INT, required=True), "type": Prop(required=True)})), required=True
)
FORWARDED = {"fallbackBehavior": Prop(required=True), "headerName": Prop(required=True)}
FORWARDED_IP = Prop(kind=Block(FORWARDED), api="ForwardedIPConfig")


def _matching(**more: Prop) -> Prop:
    """A statement that compares a part of the request."""
    return Prop(kind=Block({**more, "fieldToMatch": FIELD_TO_MATCH, "textTransformations": TRANSFORMATIONS}))


SIMPLE: Mapping[str, Prop] = {
    "byteMatchStatement": _matching(positionalConstraint=Prop(required=True), searchString=Prop(required=True)),
    "geoMatchStatement": Prop(
        kind=Block({"countryCodes": Prop(kind=Many(), required=True), "forwardedIpConfig": FORWARDED_IP})
    ),
    "ipSetReferenceStatement": Prop(
        kind=Block(
            {
                "arn": Prop(api="ARN", required=True),
                "ipSetForwardedIpConfig": Prop(
                    kind=Block({**FORWARDED, "position": Prop(required=True)}), api="IPSetForwardedIPConfig"
                ),
            }
        ),
        api="IPSetReferenceStatement",
    ),
    "labelMatchStatement": Prop(kind=Block({"key": Prop(required=True), "scope": Prop(required=True)})),
    "regexMatchStatement": _matching(regexString=Prop(required=True)),
    "regexPatternSetReferenceStatement": _matching(arn=Prop(api="ARN", required=True)),
    "sizeConstraintStatement": _matching(comparisonOperator=Prop(required=True), size=Prop(kind=INT, required=True)),
    "sqliMatchStatement": _matching(sensitivityLevel=Prop(computed=True)),
    "xssMatchStatement": _matching(),
}


def nested(levels: int) -> dict[str, Prop]:
    """Statements that may stand inside another, with and, or and not down to that many levels."""
    if levels == 0:
        return dict(SIMPLE)
    inner = Block(nested(levels - 1))
    several = Prop(kind=Block({"statements": Prop(kind=Many(inner, ordered=True), required=True)}))
    return {
        **SIMPLE,
        "andStatement": several,
        "notStatement": Prop(kind=Block({"statement": Prop(kind=inner, required=True)})),
        "orStatement": several,
    }


SCOPE_DOWN = Prop(kind=Block(nested(NESTING - 1)))
OVERRIDES = Prop(
    kind=Many(Block({"name": Prop(required=True), "actionToUse": Prop(kind=ACTION, required=True)})),
)
STATEMENT = Block(
    {
        **nested(NESTING),
        "managedRuleGroupStatement": Prop(
            kind=Block(
                {
                    "name": Prop(required=True),
                    "vendorName": Prop(required=True),
                    "managedRuleGroupConfigs": Prop(
                        kind=Many(
                            Block(
                                {
                                    "awsManagedRulesBotControlRuleSet": Prop(
                                        kind=Block(
                                            {
                                                "inspectionLevel": Prop(required=True),
                                                "enableMachineLearning": Prop(kind=BOOL, computed=True),
                                            }
                                        ),
                                        api="AWSManagedRulesBotControlRuleSet",
                                    )
                                }
                            )
                        )
                    ),
                    "ruleActionOverrides": OVERRIDES,
                    "scopeDownStatement": SCOPE_DOWN,
                    "version": Prop(),
                }
            )
        ),
        "rateBasedStatement": Prop(
            kind=Block(
                {
                    "aggregateKeyType": Prop(default="IP"),
                    "customKeys": Prop(
                        kind=Many(
                            Block(
                                {
                                    "forwardedIp": Prop(kind=Block({}), api="ForwardedIP", presence=True),
                                    "header": Prop(
                                        kind=Block(
                                            {"name": Prop(required=True), "textTransformations": TRANSFORMATIONS}
                                        )
                                    ),
                                    "httpMethod": Prop(kind=Block({}), api="HTTPMethod", presence=True),
                                    "ip": Prop(kind=Block({}), api="IP", presence=True),
                                    "uriPath": Prop(kind=Block({"textTransformations": TRANSFORMATIONS})),
                                }
                            ),
                            ordered=True,
                        )
                    ),
                    "evaluationWindowSec": Prop(kind=INT, default=300, choices=RATE_WINDOWS),
                    "forwardedIpConfig": FORWARDED_IP,
                    "limit": Prop(kind=INT, required=True, low=10, high=2_000_000_000),
                    "scopeDownStatement": SCOPE_DOWN,
                }
            )
        ),
        "ruleGroupReferenceStatement": Prop(
            kind=Block({"arn": Prop(api="ARN", required=True), "ruleActionOverrides": OVERRIDES})
        ),
    }
)
GROUPS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")

RULE = Block(
    {
        "name": Prop(required=True),
        "priority": Prop(kind=INT, required=True),
        "action": Prop(kind=ACTION),
        "captchaConfig": Prop(kind=IMMUNITY),
        "challengeConfig": Prop(kind=IMMUNITY),
        "overrideAction": Prop(kind=Block({"count": NOTHING, "none": NOTHING})),
        "ruleLabels": Prop(kind=Many(NAMED)),
        "statement": Prop(kind=STATEMENT, required=True),
        "visibilityConfig": Prop(kind=VISIBILITY, required=True),
    }
)


def broken_rules(rules: Any) -> Iterator[str]:
    """What AWS would refuse in a web ACL's rules ("Web ACL rules", WAF developer guide)."""
    known = [rule for rule in rules or () if rule is not UNKNOWN] if rules is not UNKNOWN else []
    for name in ("name", "priority"):
        values = [rule[name] for rule in known if rule[name] is not UNKNOWN]
        for value in sorted({v for v in values if values.count(v) > 1}, key=str):
            yield f"rules: {name} {value!r} is used twice; names and priorities must differ"
    for rule in known:
        for reason in _broken_rule(rule):
            yield f"rules: {rule['name']}: {reason}"


def _broken_rule(rule: Values) -> Iterator[str]:
    statement = rule["statement"]
    if statement is UNKNOWN:
        return
    yield from _one(statement, "statement")
    wanted, other = ("overrideAction", "action") if statement.keys() & set(GROUPS) else ("action", "overrideAction")
    if wanted not in rule or other in rule:
        kind = "a rule group" if wanted == "overrideAction" else "a statement of its own"
        yield f"a rule with {kind} takes {wanted} and no {other}"
    for name in ("action", "overrideAction"):
        if isinstance(rule.get(name), dict):
            yield from _one(rule[name], name)
    group = statement.get("managedRuleGroupStatement")
    if isinstance(group, dict) and group["vendorName"] == "AWS":
        name = group["name"]
        if name is not UNKNOWN and name not in AWS_RULE_GROUPS:
            yield f"AWS has no managed rule group {name!r}; it has {', '.join(sorted(AWS_RULE_GROUPS))}"
    rate = statement.get("rateBasedStatement")
    if isinstance(rate, dict):
        yield from _broken_rate(rate)


def _broken_rate(rate: Values) -> Iterator[str]:
    key = rate["aggregateKeyType"]
    if key == "FORWARDED_IP" and "forwardedIpConfig" not in rate:
        yield "aggregateKeyType FORWARDED_IP needs forwardedIpConfig, which names the header"
    if key == "CUSTOM_KEYS" and "customKeys" not in rate:
        yield "aggregateKeyType CUSTOM_KEYS needs customKeys"
    if key == "CONSTANT" and "scopeDownStatement" not in rate:
        yield "aggregateKeyType CONSTANT counts all requests that scopeDownStatement picks: give one"


def _one(block: Values, name: str) -> Iterator[str]:
    given = sorted(k for k, v in block.items() if v is not None)
    if len(given) != 1:
        yield f"{name} holds exactly one entry, got {', '.join(given) or 'none'}"
