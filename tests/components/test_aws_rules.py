"""What the program declares, held against what AWS publishes: CloudFormation's schemas with cfn-lint's rules, and
botocore's models with the sandbox's own rules (its `check`).

Neither judge knows every rule. `BROKEN` says, value by value, which of the two refuses it: cfn-lint knows schemas,
shapes of ids and which instance types a region has, the sandbox's check knows ranges that depend on other values, as
gp3's IOPS below 400 GiB. `UNJUDGED` is what both let pass.
"""

import copy
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.check import Failure, check
from tests.components.cloudformation import TRANSLATIONS, aws_identity, errors, plain, resource, template
from tests.components.conftest import REGION, Registered, recording
from tests.components.program import deploy_program, stack_config

TYPES = provider().types

NO_TLS = {"domain": None, "hosted_zone": None, "allow_plain_http": True}
SPOT = {"mixed_instances": {"instance_types": ["t4g.small"], "on_demand_percentage": 50}}
PROD = "prod, a gateway per zone"
PROGRAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "dev, a NAT instance": ("dev", {}),
    PROD: ("prod", {}),
    "no way out, plain HTTP": ("dev", {"network": {"egress": "none"}, "web": NO_TLS}),
    "one gateway, mixed instances": ("dev", {"network": {"egress": "single"}, "web": SPOT}),
    "a regional gateway, dual stack, interface endpoints": (
        "prod",
        {
            "network": {"egress": "regional", "dual_stack": True, "interface_endpoints": ["ssm"]},
            "web": {"dual_stack": True},
        },
    ),
}
"""A stack file and what is different from it, by section."""

APART = {
    "aws:acm/certificateValidation:CertificateValidation": "waits, and makes nothing in AWS",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "CloudFormation cannot describe the group AWS made",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "a property of the role in CloudFormation",
    "aws:kms/alias:Alias": "says nothing but a name, which the provider makes",
    "random:index/randomId:RandomId": "no part of AWS",
    "hotelaria:index:Network": "a component",
    "hotelaria:index:Database": "a component",
    "hotelaria:index:WebTier": "a component",
}
"""What has no CloudFormation resource to be held against."""


@functools.cache
def deployed(program: str) -> list[Registered]:
    """What one of `PROGRAMS` registers."""
    stack, changes = PROGRAMS[program]
    config = stack_config(stack)
    for section, values in changes.items():
        config[f"hotelaria:{section}"].update(values)
    with recording() as engine:
        engine.identity = aws_identity
        deploy_program(engine, config)
    return engine.created


@pytest.fixture(params=PROGRAMS)
def declared(request: pytest.FixtureRequest) -> list[Registered]:
    return deployed(request.param)


def refusals(type_: str, inputs: Mapping[str, Any]) -> list[Failure]:
    """What the sandbox's check, botocore's models included, says to the inputs of one resource."""
    return check(TYPES[type_], "some", {}, plain(inputs), region=REGION, default_tags={}, seed=b"")[1]


def test_nothing_declared_breaks_a_schema_or_rule_of_cloudformation(declared: list[Registered]) -> None:
    assert errors(template(declared)) == []


def test_nothing_declared_is_refused_by_the_service_s_models_and_rules(declared: list[Registered]) -> None:
    told = [(made.name, refusals(made.type, made.inputs)) for made in declared if made.type.startswith("aws:")]
    assert [(name, failures) for name, failures in told if failures] == []


def test_every_declared_type_is_held_against_cloudformation_or_cannot_be(declared: list[Registered]) -> None:
    assert {made.type for made in declared} <= TRANSLATIONS.keys() | APART.keys()


DATABASE = "aws:rds/instance:Instance"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
GROUP = "aws:autoscaling/group:Group"
POLICY = "aws:autoscaling/policy:Policy"
ACTION = "aws:autoscaling/schedule:Schedule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


class Broken(NamedTuple):
    """A value of prod that is wrong, and who refuses it."""

    type: str
    path: str
    value: Any
    """None for a property taken away."""
    cfn_lint: str
    """The rules of cfn-lint that it breaks; empty where cfn-lint lets it pass."""
    check: str
    """The property that the sandbox's check refuses; empty where that lets it pass."""


BROKEN = [
    Broken(DATABASE, "instanceClass", "db.nope", "E3025", "instanceClass"),
    Broken(DATABASE, "engine", "postgrez", "E3691", ""),
    Broken(DATABASE, "engineVersion", "99", "E3691", "engineVersion"),
    Broken(DATABASE, "iops", 5, "", "allocatedStorage"),
    Broken(DATABASE, "backupRetentionPeriod", 99, "E3719", "backupRetentionPeriod"),
    Broken(DATABASE, "performanceInsightsRetentionPeriod", 8, "E3030", "performanceInsightsRetentionPeriod"),
    Broken(DATABASE, "databaseInsightsMode", "full", "E3030", "databaseInsightsMode"),
    Broken(DATABASE, "username", "1st", "E3031", "username"),
    Broken(DATABASE, "monitoringInterval", 7, "", "monitoringInterval"),
    Broken(DATABASE, "port", 80, "", "port"),
    Broken(DATABASE, "caCertIdentifier", "rds-ca-1999", "", "instanceClass"),
    Broken(BALANCER, "subnets", ["subnet-0123456789abcdef0"], "E3680", "subnets"),
    Broken(BALANCER, "subnets", ["sg-0123456789abcdef0", "sg-0123456789abcdef1"], "E1154", ""),
    Broken(BALANCER, "ipAddressType", "ipv5", "E3030", "ipAddressType"),
    Broken(BALANCER, "desyncMitigationMode", "lax", "", "desyncMitigationMode"),
    Broken(TARGETS, "healthCheck.interval", 1000, "E3034", "healthCheck.interval"),
    Broken(TARGETS, "healthCheck.timeout", 1, "E3034", "healthCheck.timeout"),
    Broken(TARGETS, "healthCheck.healthyThreshold", 11, "E3034", "healthCheck.healthyThreshold"),
    Broken(TARGETS, "deregistrationDelay", 4000, "", "deregistrationDelay"),
    Broken(TARGETS, "port", 70000, "E3034", "port"),
    Broken(LISTENER, "certificateArn", None, "E3676", "certificateArn"),
    Broken(LISTENER, "protocol", "GOPHER", "E3030", "protocol"),
    Broken(GROUP, "minSize", 100, "E3706", "minSize"),
    Broken(GROUP, "healthCheckType", "PING", "E3031", "healthCheckType"),
    Broken(GROUP, "maxInstanceLifetime", 5, "", "maxInstanceLifetime"),
    Broken(
        GROUP,
        "instanceMaintenancePolicy.minHealthyPercentage",
        200,
        "E3034",
        "instanceMaintenancePolicy.minHealthyPercentage",
    ),
    Broken(
        GROUP,
        "instanceMaintenancePolicy.maxHealthyPercentage",
        300,
        "E3034",
        "instanceMaintenancePolicy.maxHealthyPercentage",
    ),
    Broken(POLICY, "policyType", "Guessing", "E3030", "policyType"),
    Broken(
        POLICY,
        "targetTrackingConfiguration.predefinedMetricSpecification.predefinedMetricType",
        "Mood",
        "E3030",
        "targetTrackingConfiguration",
    ),
    Broken(TEMPLATE, "instanceType", "t9.nano", "E3628", "instanceType"),
    Broken(TEMPLATE, "imageId", "image", "E1152", ""),
    Broken(TEMPLATE, "metadataOptions.httpTokens", "maybe", "E3030", "metadataOptions"),
    Broken(TEMPLATE, "metadataOptions.httpPutResponseHopLimit", 65, "", "metadataOptions.httpPutResponseHopLimit"),
    Broken(TEMPLATE, "blockDeviceMappings.0.ebs.volumeType", "gp9", "E3030", "blockDeviceMappings"),
    Broken(TEMPLATE, "tagSpecifications.0.resourceType", "cloud", "E3030", "tagSpecifications"),
    Broken("aws:ec2/vpc:Vpc", "cidrBlock", "10.0.0.0/8", "", "cidrBlock"),
    Broken("aws:ec2/subnet:Subnet", "cidrBlock", "10.0.0.0/33", "E3002", "cidrBlock"),
    Broken("aws:ec2/subnet:Subnet", "vpcId", "subnet-0123456789abcdef0", "E1151", ""),
    Broken(RULE, "description", "em-dash — refused", "", "description"),
    Broken("aws:kms/key:Key", "deletionWindowInDays", 3, "E3034", "deletionWindowInDays"),
    Broken("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 100, "E3030", "retentionInDays"),
    Broken("aws:cloudwatch/metricAlarm:MetricAlarm", "period", 45, "E3615", "period"),
    Broken("aws:cloudwatch/metricAlarm:MetricAlarm", "comparisonOperator", "Bigger", "E3030", "comparisonOperator"),
    Broken(
        "aws:iam/role:Role",
        "assumeRolePolicy",
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}',
        "E3530",
        "assumeRolePolicy",
    ),
]

UNJUDGED = [
    Broken(DATABASE, "vpcSecurityGroupIds", ["subnet-1"], "", ""),
    Broken(PARAMETERS, "family", "postgres99", "", ""),
    Broken(LISTENER, "sslPolicy", "ELBSecurityPolicy-1999", "", ""),
    Broken(GROUP, "terminationPolicies", ["Youngest"], "", ""),
    Broken(GROUP, "enabledMetrics", ["GroupMood"], "", ""),
    Broken(ACTION, "recurrence", "every night", "", ""),
    Broken(ACTION, "timeZone", "Atlantis", "", ""),
    Broken(TEMPLATE, "blockDeviceMappings.0.ebs.volumeSize", 99999999, "", ""),
    Broken(RULE, "ipProtocol", "carrier-pigeon", "", ""),
]
"""What AWS refuses and neither judge does. None of it can come from a stack file: the components' args refuse it
(TLS policy, schedules, volume size, version), or write it as a constant."""

WRONG = [*BROKEN, *UNJUDGED]


@pytest.fixture(scope="module")
def verdicts() -> list[tuple[str, str]]:
    """What both judges say to each of `WRONG`."""
    prod = deployed(PROD)
    inputs = [_broken_inputs(prod, broken) for broken in WRONG]
    # In one template, which takes far less time than one for each.
    wrong = {f"Broken{n}": resource(b.type, i) for n, (b, i) in enumerate(zip(WRONG, inputs, strict=True))}
    rules: dict[str, set[str]] = {id_: set() for id_ in wrong}
    for rule, path, _ in errors(wrong):
        if rule != "E3019":  # one identifier on many instances, which comes of standing in one template
            rules[path.partition(".")[0]].add(rule)
    return [
        (" ".join(sorted(rules[id_])), " ".join(sorted({path for path, _ in refusals(broken.type, given)})))
        for id_, broken, given in zip(wrong, WRONG, inputs, strict=True)
    ]


def _broken_inputs(registered: list[Registered], broken: Broken) -> dict[str, Any]:
    """Inputs of the type's first resource by name that has the property (or could have it), with the broken value."""
    *parents, last = broken.path.split(".")
    by_name = sorted((made for made in registered if made.type == broken.type), key=lambda made: made.name)
    of_type = [made.inputs for made in by_name]
    inputs = copy.deepcopy(next((i for i in of_type if broken.path.split(".")[0] in i), of_type[0]))
    place: Any = inputs
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    if broken.value is None:
        del place[last]
    else:
        place[last] = broken.value
    return inputs


@pytest.mark.parametrize(
    ("number", "broken"), list(enumerate(WRONG)), ids=[f"{b.type.rsplit(':')[-1]}.{b.path}={b.value}" for b in WRONG]
)
def test_a_wrong_value_is_refused_by_exactly_the_judges_named_for_it(
    number: int, broken: Broken, verdicts: list[tuple[str, str]]
) -> None:
    assert verdicts[number] == (broken.cfn_lint, broken.check)


def test_a_property_that_no_translation_knows_is_an_error_and_not_dropped() -> None:
    [(rule, path, _)] = errors({"Vpc": resource("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "colour": "green"})})
    assert (rule, path) == ("E3002", "Vpc.Properties.Colour")
