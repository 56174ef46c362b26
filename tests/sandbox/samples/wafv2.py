"""Samples for AWS WAF."""

from typing import Any

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench

VISIBLE = {"cloudwatchMetricsEnabled": True, "metricName": "hotel", "sampledRequestsEnabled": False}
TRANSFORMED = {"textTransformations": [{"priority": 0, "type": "NONE"}]}
FORWARDED = {"fallbackBehavior": "MATCH", "headerName": "X-Forwarded-For"}
PATTERNS = f"arn:aws:wafv2:{REGION}:123456789012:regional/regexpatternset/paths/6ae1d96e-2a3b-4a35-8f73-9e4b8a2f4c11"
GROUP = f"arn:aws:wafv2:{REGION}:123456789012:regional/rulegroup/own/6ae1d96e-2a3b-4a35-8f73-9e4b8a2f4c11"
LIST = f"arn:aws:wafv2:{REGION}:123456789012:regional/ipset/desk/6ae1d96e-2a3b-4a35-8f73-9e4b8a2f4c11"
JSON_BODY = {"matchScope": "ALL", "invalidFallbackBehavior": "MATCH", "oversizeHandling": "MATCH"}
FIELDS: list[Values] = [
    {"allQueryArguments": {}},
    {"body": {"oversizeHandling": "CONTINUE"}},
    {"jsonBody": {**JSON_BODY, "matchPattern": {"all": {}}}},
    {"jsonBody": {**JSON_BODY, "matchPattern": {"includedPaths": ["/user"]}}},
    {"method": {}},
    {"queryString": {}},
    {"singleHeader": {"name": "user-agent"}},
    {"singleQueryArgument": {"name": "q"}},
    {"uriPath": {}},
]
HANDLED = {"customRequestHandling": {"insertHeaders": [{"name": "seen", "value": "yes"}]}}
ANSWERED = {
    "customResponse": {
        "responseCode": 429,
        "customResponseBodyKey": "slow",
        "responseHeaders": [{"name": "Retry-After", "value": "60"}],
    }
}
ACTIONS: list[Values] = [
    {"allow": HANDLED},
    {"block": ANSWERED},
    {"captcha": HANDLED},
    {"challenge": HANDLED},
    {"count": HANDLED},
]


def simple_statements() -> list[Values]:
    matching: dict[str, Any] = {
        "byteMatchStatement": {"positionalConstraint": "CONTAINS", "searchString": "bot"},
        "regexMatchStatement": {"regexString": "a+"},
        "regexPatternSetReferenceStatement": {"arn": PATTERNS},
        "sizeConstraintStatement": {"comparisonOperator": "GT", "size": 100},
        "sqliMatchStatement": {"sensitivityLevel": "HIGH"},
        "xssMatchStatement": {},
    }
    return [
        *({name: {**own, "fieldToMatch": f, **TRANSFORMED}} for name, own in matching.items() for f in FIELDS),
        {"geoMatchStatement": {"countryCodes": ["BR", "PT"], "forwardedIpConfig": FORWARDED}},
        {"ipSetReferenceStatement": {"arn": LIST, "ipSetForwardedIpConfig": {**FORWARDED, "position": "ANY"}}},
        {"labelMatchStatement": {"key": "awswaf:managed", "scope": "NAMESPACE"}},
    ]


def statements(levels: int) -> list[Values]:
    """Statements that together use every property down to that many levels of and, or and not."""
    if levels == 0:
        return simple_statements()
    inner = statements(levels - 1)
    return [
        *simple_statements(),
        {"andStatement": {"statements": inner}},
        {"orStatement": {"statements": inner}},
        *({"notStatement": {"statement": statement}} for statement in inner),
    ]


def every_rule() -> list[Values]:
    overrides = [{"name": f"Rule{i}", "actionToUse": action} for i, action in enumerate(ACTIONS)]
    own = [
        *statements(2),
        *({"rateBasedStatement": {"limit": 2000, "scopeDownStatement": s}} for s in statements(1)),
        {
            "rateBasedStatement": {
                "aggregateKeyType": "FORWARDED_IP",
                "evaluationWindowSec": 60,
                "forwardedIpConfig": FORWARDED,
                "limit": 100,
            }
        },
        {
            "rateBasedStatement": {
                "aggregateKeyType": "CUSTOM_KEYS",
                "customKeys": [
                    {"forwardedIp": {}},
                    {"ip": {}},
                    {"httpMethod": {}},
                    {"header": {"name": "x-client", **TRANSFORMED}},
                    {"uriPath": TRANSFORMED},
                ],
                "forwardedIpConfig": FORWARDED,
                "limit": 100,
            }
        },
    ]
    bots = {"awsManagedRulesBotControlRuleSet": {"inspectionLevel": "TARGETED", "enableMachineLearning": True}}
    managed = {"name": "AWSManagedRulesBotControlRuleSet", "vendorName": "AWS", "version": "Version_1.0"}
    groups = [
        {
            "managedRuleGroupStatement": {
                **managed,
                "managedRuleGroupConfigs": [bots],
                "ruleActionOverrides": overrides,
                "scopeDownStatement": scope,
            }
        }
        for scope in statements(1)
    ]
    groups.append({"ruleGroupReferenceStatement": {"arn": GROUP, "ruleActionOverrides": overrides}})
    immunity = {"immunityTimeProperty": {"immunityTime": 300}}
    rules: list[Values] = [
        *({"statement": s, "action": ACTIONS[i % len(ACTIONS)]} for i, s in enumerate(own)),
        *({"statement": s, "overrideAction": {"none": {}} if i % 2 else {"count": {}}} for i, s in enumerate(groups)),
    ]
    rules[0] |= {"captchaConfig": immunity, "challengeConfig": immunity, "ruleLabels": [{"name": "first"}]}
    return [{"name": f"rule{i}", "priority": i, "visibilityConfig": VISIBLE, **rule} for i, rule in enumerate(rules)]


def web_acl(bench: Bench) -> list[Values]:
    immunity = {"immunityTimeProperty": {"immunityTime": 300}}
    return [
        {
            "name": "hotel",
            "captchaConfig": immunity,
            "challengeConfig": immunity,
            "customResponseBodies": [{"key": "slow", "content": "slow down", "contentType": "TEXT_PLAIN"}],
            "defaultAction": {"allow": HANDLED},
            "description": "the hotel",
            "rules": every_rule(),
            "scope": "REGIONAL",
            "tokenDomains": ["hotel.example"],
            "visibilityConfig": VISIBLE,
            "tags": {"Name": "hotel"},
        },
        {
            "namePrefix": "hotel-",
            "defaultAction": {"block": {}},
            "scope": "REGIONAL",
            "visibilityConfig": VISIBLE,
        },
        {
            "defaultAction": {"block": ANSWERED},
            "scope": "REGIONAL",
            "visibilityConfig": VISIBLE,
        },
    ]


def ip_set(bench: Bench) -> list[Values]:
    common = {"ipAddressVersion": "IPV4", "scope": "REGIONAL"}
    return [
        {
            **common,
            "name": "desk",
            "addresses": ["192.0.2.0/24", "198.51.100.7/32"],
            "description": "the desk",
            "tags": {"Name": "desk"},
        },
        {**common, "namePrefix": "desk-"},
    ]


def acl(bench: Bench) -> str:
    made = bench.make(
        "aws:wafv2/webAcl:WebAcl", defaultAction={"allow": {}}, scope="REGIONAL", visibilityConfig=VISIBLE
    )
    return str(made["arn"])


def web_acl_association(bench: Bench) -> list[Values]:
    api = f"arn:aws:apigateway:{REGION}::/restapis/abc123/stages/prod"
    return [{"webAclArn": acl(bench), "resourceArn": api}]


def web_acl_logging_configuration(bench: Bench) -> list[Values]:
    group = bench.make("aws:cloudwatch/logGroup:LogGroup", name="aws-waf-logs-hotel")
    return [
        {
            "logDestinationConfigs": [group["arn"]],
            "loggingFilter": {
                "defaultBehavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "conditions": [
                            {"actionCondition": {"action": "BLOCK"}},
                            {"labelNameCondition": {"labelName": "awswaf:managed:x"}},
                        ],
                        "requirement": "MEETS_ANY",
                    }
                ],
            },
            "redactedFields": [
                {"method": {}},
                {"queryString": {}},
                {"singleHeader": {"name": "authorization"}},
                {"uriPath": {}},
            ],
            "resourceArn": acl(bench),
        }
    ]


SAMPLES = {
    "aws:wafv2/webAcl:WebAcl": web_acl,
    "aws:wafv2/ipSet:IpSet": ip_set,
    "aws:wafv2/webAclAssociation:WebAclAssociation": web_acl_association,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": web_acl_logging_configuration,
}
