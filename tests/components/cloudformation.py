"""Recorded registrations as a CloudFormation template, so that AWS's published schemas and cfn-lint's rules can judge.

Properties keep their names (`cidrBlock` is `CidrBlock`) but for those that a type's entry in `TRANSLATIONS` names.
Nothing is dropped silently: what is not part of the CloudFormation resource stands in `own`, and anything else that
CloudFormation does not know is an error of the linter (E3002).
"""

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cfnlint.api import lint as lint_template
from cfnlint.core import get_rules
from cfnlint.match import Match
from pulumi.runtime.mocks import MockResourceArgs

from tests.components.conftest import ACCOUNT, REGION, Registered

Values = dict[str, Any]


def _unchanged(values: Values) -> Values:
    return values


@dataclass(frozen=True, kw_only=True)
class Translation:
    """How one type of pulumi-aws is said in CloudFormation."""

    type: str
    names: Mapping[str, str] = field(default_factory=dict)
    """CloudFormation's name by wire path (dots, no list indices), where it is not the wire name in PascalCase."""
    own: frozenset[str] = frozenset()
    """Properties that are not this resource's in CloudFormation: the provider's own, or a resource or call apart."""
    reshape: Callable[[Values], Values] = _unchanged
    """Moves values to where CloudFormation has them, before they are renamed."""


def _attributes(values: Values, target: str, keys: Mapping[str, str]) -> Values:
    """Load balancing's key-value attributes, by wire path. A path without a key is a KeyError."""
    names = {path.partition(".")[0] for path in keys}
    flat: Values = {}
    for name in sorted(values.keys() & names):
        value = values[name]
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    attributes = [
        {"key": keys[path], "value": str(value).lower() if isinstance(value, bool) else str(value)}
        for path, value in flat.items()
    ]
    return {**{k: v for k, v in values.items() if k not in names}, target: attributes}


def _database(values: Values) -> Values:
    key = values.pop("masterUserSecretKmsKeyId", None)
    return {**values, "masterUserSecret": {"kmsKeyId": key}} if key else values


def _parameters(values: Values) -> Values:
    """Names and values. When a parameter is applied (`applyMethod`), CloudFormation decides."""
    return {**values, "parameters": _Verbatim({p["name"]: p["value"] for p in values["parameters"]})}


def _balancer(values: Values) -> Values:
    keys = {
        "enableDeletionProtection": "deletion_protection.enabled",
        "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
        "desyncMitigationMode": "routing.http.desync_mitigation_mode",
        **{f"accessLogs.{name}": f"access_logs.s3.{name}" for name in ("enabled", "bucket", "prefix")},
        **{f"connectionLogs.{name}": f"connection_logs.s3.{name}" for name in ("enabled", "bucket", "prefix")},
    }
    internal = values.pop("internal")
    return {
        **_attributes(values, "loadBalancerAttributes", keys),
        "scheme": "internal" if internal else "internet-facing",
    }


def _targets(values: Values) -> Values:
    health = values.pop("healthCheck")
    health["matcher"] = {"httpCode": health["matcher"]}
    rest = _attributes(values, "targetGroupAttributes", {"deregistrationDelay": "deregistration_delay.timeout_seconds"})
    return {**rest, **{_TARGET_HEALTH[name]: value for name, value in health.items()}}


_TARGET_HEALTH = {
    "protocol": "healthCheckProtocol",
    "path": "healthCheckPath",
    "interval": "healthCheckIntervalSeconds",
    "timeout": "healthCheckTimeoutSeconds",
    "healthyThreshold": "healthyThresholdCount",
    "unhealthyThreshold": "unhealthyThresholdCount",
    "matcher": "matcher",
}


def _listener(values: Values) -> Values:
    arn = values.pop("certificateArn", None)
    return {**values, "certificates": [{"certificateArn": arn}]} if arn else values


def _group(values: Values) -> Values:
    metrics = values.pop("enabledMetrics", [])
    return {**values, "metricsCollection": [{"granularity": "1Minute", "metrics": metrics}]}


def _action(values: Values) -> Values:
    """-1 is how the provider says that an action leaves a size alone."""
    return {k: v for k, v in values.items() if not (k in ("minSize", "maxSize", "desiredCapacity") and v == -1)}


def _template(values: Values) -> Values:
    tags = values.pop("tags", {})
    return {
        "launchTemplateData": values,
        "tagSpecifications": [{"resourceType": "launch-template", "tags": tags}],
    }


def _documents(*names: str) -> Callable[[Values], Values]:
    """Policy documents as CloudFormation has them: objects, whose keys are their own."""
    return lambda values: {k: _Verbatim(json.loads(v)) if k in names else v for k, v in values.items()}


def _profile(values: Values) -> Values:
    role = values.pop("role")
    return {**values, "roles": [role]}


def _alarm(values: Values) -> Values:
    metric = [
        {**q, "metricStat": _metric_stat(q["metric"])} if "metric" in q else q for q in values.get("metricQueries", [])
    ]
    queries = [{k: v for k, v in q.items() if k != "metric"} for q in metric]
    rest = {**values, "metricQueries": queries} if queries else values
    return {**rest, **({"dimensions": _dimensions(values["dimensions"])} if "dimensions" in values else {})}


def _metric_stat(metric: Values) -> Values:
    named = {
        "namespace": metric["namespace"],
        "metricName": metric["metricName"],
        "dimensions": _dimensions(metric["dimensions"]),
    }
    return {"metric": named, **{k: v for k, v in metric.items() if k not in named}}


def _dimensions(dimensions: Mapping[str, str]) -> list[Values]:
    return [{"name": name, "value": value} for name, value in dimensions.items()]


def _record(values: Values) -> Values:
    [alias] = values.pop("aliases", [None])
    return {**values, "aliasTarget": alias} if alias else values


# A bucket's settings are resources apart in pulumi-aws. Each is judged as the same setting of a bucket without a name.


def _public_access(values: Values) -> Values:
    return {"publicAccessBlockConfiguration": {k: v for k, v in values.items() if k != "bucket"}}


def _lifecycle(values: Values) -> Values:
    return {"lifecycleConfiguration": {"rules": [_expiry(rule) for rule in values["rules"]]}}


def _expiry(rule: Values) -> Values:
    expiration, of = rule.pop("expiration"), rule.pop("filter")
    return {**rule, **of, "expirationInDays": expiration.pop("days"), **expiration}


def _encryption(values: Values) -> Values:
    return {"bucketEncryption": {"serverSideEncryptionConfiguration": values["rules"]}}


def _ownership(values: Values) -> Values:
    return {"ownershipControls": {"rules": [values["rule"]]}}


class _Verbatim(dict[str, Any]):
    """An object whose keys are data, not names of properties."""


_RULE = {"securityGroupId": "GroupId", "cidrIpv4": "CidrIp"}

_SSE = "bucketEncryption.serverSideEncryptionConfiguration"

TRANSLATIONS: dict[str, Translation] = {
    "aws:rds/instance:Instance": Translation(
        type="AWS::RDS::DBInstance",
        names={
            "backupWindow": "PreferredBackupWindow",
            "caCertIdentifier": "CACertificateIdentifier",
            "dbName": "DBName",
            "dbSubnetGroupName": "DBSubnetGroupName",
            "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
            "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
            "identifier": "DBInstanceIdentifier",
            "instanceClass": "DBInstanceClass",
            "maintenanceWindow": "PreferredMaintenanceWindow",
            "multiAz": "MultiAZ",
            "parameterGroupName": "DBParameterGroupName",
            "performanceInsightsEnabled": "EnablePerformanceInsights",
            "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
            "username": "MasterUsername",
            "vpcSecurityGroupIds": "VPCSecurityGroups",
        },
        own=frozenset({"skipFinalSnapshot", "finalSnapshotIdentifier"}),
        reshape=_database,
    ),
    "aws:rds/parameterGroup:ParameterGroup": Translation(type="AWS::RDS::DBParameterGroup", reshape=_parameters),
    "aws:rds/subnetGroup:SubnetGroup": Translation(
        type="AWS::RDS::DBSubnetGroup", names={"description": "DBSubnetGroupDescription"}
    ),
    "aws:lb/loadBalancer:LoadBalancer": Translation(
        type="AWS::ElasticLoadBalancingV2::LoadBalancer", names={"loadBalancerType": "Type"}, reshape=_balancer
    ),
    "aws:lb/targetGroup:TargetGroup": Translation(type="AWS::ElasticLoadBalancingV2::TargetGroup", reshape=_targets),
    "aws:lb/listener:Listener": Translation(
        type="AWS::ElasticLoadBalancingV2::Listener",
        names={"defaultActions.redirect": "RedirectConfig"},
        own=frozenset({"tags"}),  # CloudFormation cannot tag a listener
        reshape=_listener,
    ),
    "aws:autoscaling/group:Group": Translation(
        type="AWS::AutoScaling::AutoScalingGroup",
        names={
            "vpcZoneIdentifiers": "VPCZoneIdentifier",
            "targetGroupArns": "TargetGroupARNs",
            "launchTemplate.id": "LaunchTemplateId",
        },
        own=frozenset({"waitForCapacityTimeout", "minElbCapacity", "instanceRefresh"}),  # the last is a call apart
        reshape=_group,
    ),
    "aws:autoscaling/policy:Policy": Translation(
        type="AWS::AutoScaling::ScalingPolicy", names={"autoscalingGroupName": "AutoScalingGroupName"}
    ),
    "aws:autoscaling/schedule:Schedule": Translation(
        type="AWS::AutoScaling::ScheduledAction",
        names={"autoscalingGroupName": "AutoScalingGroupName"},
        own=frozenset({"scheduledActionName"}),  # CloudFormation chooses it
        reshape=_action,
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Translation(
        type="AWS::EC2::LaunchTemplate",
        names={"launchTemplateData.networkInterfaces.securityGroups": "Groups"},
        own=frozenset({"updateDefaultVersion"}),
        reshape=_template,
    ),
    "aws:ec2/vpc:Vpc": Translation(
        type="AWS::EC2::VPC",
        own=frozenset({"assignGeneratedIpv6CidrBlock"}),  # AWS::EC2::VPCCidrBlock
    ),
    "aws:ec2/subnet:Subnet": Translation(type="AWS::EC2::Subnet"),
    "aws:ec2/routeTable:RouteTable": Translation(type="AWS::EC2::RouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Translation(type="AWS::EC2::SubnetRouteTableAssociation"),
    "aws:ec2/route:Route": Translation(
        type="AWS::EC2::Route", names={"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}
    ),
    "aws:ec2/eip:Eip": Translation(type="AWS::EC2::EIP", own=frozenset({"networkInterface"})),
    "aws:ec2/natGateway:NatGateway": Translation(type="AWS::EC2::NatGateway"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Translation(
        type="AWS::EC2::EgressOnlyInternetGateway"
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Translation(type="AWS::EC2::VPCEndpoint"),
    "aws:ec2/flowLog:FlowLog": Translation(
        type="AWS::EC2::FlowLog",
        names={"iamRoleArn": "DeliverLogsPermissionArn"},
        reshape=lambda v: {
            **{k: x for k, x in v.items() if k != "vpcId"},
            "resourceId": v["vpcId"],
            "resourceType": "VPC",
        },
    ),
    "aws:ec2/securityGroup:SecurityGroup": Translation(
        type="AWS::EC2::SecurityGroup", names={"description": "GroupDescription"}
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Translation(
        type="AWS::EC2::SecurityGroupIngress",
        names={**_RULE, "referencedSecurityGroupId": "SourceSecurityGroupId", "prefixListId": "SourcePrefixListId"},
        own=frozenset({"tags"}),  # CloudFormation cannot tag a rule
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Translation(
        type="AWS::EC2::SecurityGroupEgress",
        names={
            **_RULE,
            "referencedSecurityGroupId": "DestinationSecurityGroupId",
            "prefixListId": "DestinationPrefixListId",
        },
        own=frozenset({"tags"}),
    ),
    "aws:ec2/internetGateway:InternetGateway": Translation(
        type="AWS::EC2::InternetGateway",
        own=frozenset({"vpcId"}),  # AWS::EC2::VPCGatewayAttachment
    ),
    "aws:ec2/networkInterface:NetworkInterface": Translation(
        type="AWS::EC2::NetworkInterface", names={"securityGroups": "GroupSet"}
    ),
    "aws:acm/certificate:Certificate": Translation(type="AWS::CertificateManager::Certificate"),
    "aws:route53/record:Record": Translation(
        type="AWS::Route53::RecordSet",
        names={
            "zoneId": "HostedZoneId",
            "ttl": "TTL",
            "records": "ResourceRecords",
            "aliasTarget.name": "DNSName",
            "aliasTarget.zoneId": "HostedZoneId",
        },
        own=frozenset({"allowOverwrite"}),
        reshape=_record,
    ),
    "aws:wafv2/webAcl:WebAcl": Translation(
        type="AWS::WAFv2::WebACL",
        names={
            "visibilityConfig.cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
            "rules.visibilityConfig.cloudwatchMetricsEnabled": "CloudWatchMetricsEnabled",
        },
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Translation(
        type="AWS::WAFv2::WebACLAssociation", names={"webAclArn": "WebACLArn"}
    ),
    "aws:kms/key:Key": Translation(
        type="AWS::KMS::Key",
        names={"policy": "KeyPolicy", "deletionWindowInDays": "PendingWindowInDays"},
        reshape=_documents("policy"),
    ),
    "aws:cloudwatch/logGroup:LogGroup": Translation(type="AWS::Logs::LogGroup", names={"name": "LogGroupName"}),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Translation(
        type="AWS::CloudWatch::Alarm",
        names={
            "metricQueries": "Metrics",
            "okActions": "OKActions",
            "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
        },
        reshape=_alarm,
    ),
    "aws:iam/role:Role": Translation(
        type="AWS::IAM::Role",
        names={"assumeRolePolicy": "AssumeRolePolicyDocument"},
        reshape=_documents("assumeRolePolicy"),
    ),
    "aws:iam/rolePolicy:RolePolicy": Translation(
        type="AWS::IAM::ManagedPolicy",  # a policy of its own needs no name, which here the provider makes
        names={"policy": "PolicyDocument", "role": "Roles"},
        reshape=lambda v: _documents("policy")({**v, "role": [v["role"]]}),
    ),
    "aws:iam/instanceProfile:InstanceProfile": Translation(
        type="AWS::IAM::InstanceProfile",
        own=frozenset({"tags"}),  # CloudFormation cannot tag a profile
        reshape=_profile,
    ),
    "aws:s3/bucket:Bucket": Translation(type="AWS::S3::Bucket", own=frozenset({"forceDestroy"})),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Translation(
        type="AWS::S3::Bucket", reshape=_public_access
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Translation(type="AWS::S3::Bucket", reshape=_ownership),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Translation(
        type="AWS::S3::Bucket", reshape=_lifecycle
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Translation(
        type="AWS::S3::Bucket",
        names={
            f"{_SSE}.applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
            f"{_SSE}.applyServerSideEncryptionByDefault.sseAlgorithm": "SSEAlgorithm",
        },
        reshape=_encryption,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Translation(
        type="AWS::S3::BucketPolicy", names={"policy": "PolicyDocument"}, reshape=_documents("policy")
    ),
}


def plain(value: Any) -> Any:
    """A recorded value as the engine's user wrote it: whole numbers are whole (on the wire every number is a float)."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {k: plain(v) for k, v in value.items()}
        case list():
            return [plain(v) for v in value]
    return value


def properties(type_: str, inputs: Mapping[str, Any]) -> Values:
    """CloudFormation's properties for a type's recorded inputs."""
    translation = TRANSLATIONS[type_]
    kept = {k: v for k, v in plain(dict(inputs)).items() if k not in translation.own}
    return dict(_renamed(translation.reshape(kept), translation.names))


def _renamed(value: Any, names: Mapping[str, str], path: str = "") -> Any:
    match value:
        case _Verbatim():
            return dict(value)
        case dict():
            renamed: Values = {}
            for name, inner in value.items():
                here = f"{path}.{name}" if path else name
                target = names.get(here, name[:1].upper() + name[1:])
                if name == "tags" and isinstance(inner, dict):
                    renamed[target] = [{"Key": k, "Value": v} for k, v in inner.items()]
                else:
                    renamed[target] = _renamed(inner, names, here)
            return renamed
        case list():
            return [_renamed(item, names, path) for item in value]
    return value


def resource(type_: str, inputs: Mapping[str, Any]) -> Values:
    """One entry of a template's `Resources`."""
    keep = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    return {"Type": TRANSLATIONS[type_].type, **keep, "Properties": properties(type_, inputs)}


def logical_id(made: Registered) -> str:
    """CloudFormation's ids are letters and digits, unique over all types."""
    return "".join(c for c in f"{made.name}-{made.type.rsplit(':', 1)[1]}".title() if c.isalnum())


def template(registered: Iterable[Registered]) -> Values:
    """All of a program that is translated, as one template."""
    return {logical_id(made): resource(made.type, made.inputs) for made in registered if made.type in TRANSLATIONS}


@functools.cache
def _errors_only() -> Any:
    return get_rules([], ["W", "I"], [])


def errors(resources: Mapping[str, Values]) -> list[tuple[str, str, str]]:
    """(rule, dotted path below `Resources`, message) for each error that cfn-lint finds in this project's region."""
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    return [(match.rule.id, _path(match), match.message) for match in lint_template(text, _errors_only(), [REGION])]


def _path(match: Match) -> str:
    return ".".join(str(part) for part in list(getattr(match, "path", None) or [])[1:])


def aws_identity(made: MockResourceArgs) -> tuple[str, str]:
    """(id, ARN) in the shapes of AWS, which its rules look at."""
    hex_ = hashlib.sha256(f"{made.typ} {made.name}".encode()).hexdigest()
    if made.typ in _PREFIXES:
        id_ = f"{_PREFIXES[made.typ]}-{hex_[:17]}"
        return id_, f"arn:aws:ec2:{REGION}:{ACCOUNT}:{_PREFIXES[made.typ]}/{id_}"
    name = f"{made.name}-0a1b2c3"
    shape = _ARNS.get(made.typ, "arn:aws:service:{region}:{account}:{name}")
    uuid = f"{hex_[:8]}-{hex_[8:12]}-{hex_[12:16]}-{hex_[16:20]}-{hex_[20:32]}"
    arn = shape.format(region=REGION, account=ACCOUNT, name=name, uuid=uuid, hex=hex_[:16])
    return (arn if made.typ in _NAMED_BY_ARN else name), arn


_PREFIXES = {
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "eigw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt",
    "aws:ec2/networkInterface:NetworkInterface": "eni",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
}
_ARNS = {
    "aws:kms/key:Key": "arn:aws:kms:{region}:{account}:key/{uuid}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:iam/instanceProfile:InstanceProfile": "arn:aws:iam::{account}:instance-profile/{name}",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws:acm/certificate:Certificate": "arn:aws:acm:{region}:{account}:certificate/{uuid}",
    "aws:lb/loadBalancer:LoadBalancer": "arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex}",
    "aws:lb/targetGroup:TargetGroup": "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex}",
    "aws:wafv2/webAcl:WebAcl": "arn:aws:wafv2:{region}:{account}:regional/webacl/{name}/{uuid}",
}
_NAMED_BY_ARN = {
    "aws:acm/certificate:Certificate",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
}
