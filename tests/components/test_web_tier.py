"""The web tier, everything about it that can be decided without deploying one."""

import base64
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pulumi_aws as aws
import pytest
from moto.elbv2.ssl_policies import SSL_POLICIES
from pulumi import Output, ResourceOptions, RunError
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.runtime.mocks import MockResourceArgs

from components import web_tier
from components.amazon_linux import Architecture
from components.firewall import Waf
from components.scaling import ScheduledAction
from components.web_alarms import AlarmThresholds
from components.web_tier import WebTier
from components.web_tier_args import (
    TLS_POLICIES,
    DesyncMitigation,
    HealthCheck,
    MixedInstances,
    Rollout,
    WebTierArgs,
)

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TARGETS = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
POLICY = "aws:autoscaling/policy:Policy"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
ROLE = "aws:iam/role:Role"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
PUBLIC_ACCESS = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
BUCKET_PARTS = [BUCKET_POLICY, PUBLIC_ACCESS, OWNERSHIP, ENCRYPTION, LIFECYCLE]

REPLACED_BY_ORDINARY_CHANGES = {
    INGRESS_RULE,
    EGRESS_RULE,
    TARGETS,
    LISTENER,
    CERTIFICATE,
    VALIDATION,
    RECORD,
    ATTACHMENT,
    ROLE_POLICY,
    POLICY,
    SCHEDULE,
    ALARM,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
}
"""Made anew or deleted when an argument changes: another port, domain, policy, peak, firewall."""

UNTAGGED = {*BUCKET_PARTS, POLICY, SCHEDULE, ATTACHMENT, ROLE_POLICY, VALIDATION, RECORD, WEB_ACL_ASSOCIATION}
"""AWS has no tags for these."""

CERTIFICATE_ARN = "arn:aws:acm:sa-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
TOPIC = "arn:aws:sns:sa-east-1:123456789012:alarms"
RELEASE = "2023.12.20260930.0"
USER_DATA = "#!/bin/bash\nsystemctl start hotel\n"
SECRET_MARK = "4dabf18193072939515e22adb298388d"
PEAK = (
    ScheduledAction(name="peak", recurrence="0 8 20 11 *", min_size=10, max_size=20),
    ScheduledAction(name="after", recurrence="0 8 1 12 *", min_size=2, max_size=4),
)
MIXED = MixedInstances(instance_types=["t4g.medium", "m7g.medium"], on_demand_base=1, on_demand_percentage=50)


def args(**changes: Any) -> WebTierArgs:
    return WebTierArgs(
        **{
            "vpc_id": "vpc-1",
            "public_subnet_ids": ["public-a", "public-b"],
            "private_subnet_ids": ["private-a", "private-b"],
            "user_data": USER_DATA,
            "image_release": RELEASE,
            "domain": "hotel.example.com",
            "hosted_zone": "example.com",
            **changes,
        }
    )


HTTP_ONLY = {"domain": None, "hosted_zone": None, "allow_plain_http": True}
OWN_CERTIFICATE = {"domain": None, "hosted_zone": None, "certificate_arn": CERTIFICATE_ARN}
EVERYTHING = {
    "dual_stack": True,
    "waf": Waf(),
    "mixed_instances": MIXED,
    "requests_per_target": 1000,
    "scheduled_actions": PEAK,
    "policy_arns": {"logs": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"},
    "policies": {"releases": '{"Version": "2012-10-17", "Statement": []}'},
    "alarm_actions": [TOPIC],
    "tags": {"cost": "hotel"},
}


@pytest.fixture
def engine(engine: Any) -> Any:
    """The recording engine, with what AWS works out by itself."""

    def automatic_name(resource: MockResourceArgs) -> dict[str, str]:
        return {"name": resource.inputs.get("name", f"{resource.name}-0a1b2c3")}

    for type_ in (ROLE, GROUP):
        engine.computed[type_] = automatic_name
    engine.computed[BALANCER] = lambda resource: {
        "dnsName": f"{resource.name}.sa-east-1.elb.amazonaws.com",
        "zoneId": "Z2P70J7HTTTPLU",
        "arnSuffix": f"app/{resource.name}/0123456789abcdef",
    }
    engine.computed[TARGETS] = lambda resource: {"arnSuffix": f"targetgroup/{resource.name}/fedcba9876543210"}
    engine.computed[TEMPLATE] = lambda _: {"latestVersion": 7}
    engine.computed[BUCKET] = lambda resource: {
        "bucket": f"{resource.name}-0a1b2c3",
        "arn": f"arn:aws:s3:::{resource.name}-0a1b2c3",
    }
    engine.computed[RECORD] = lambda resource: {"fqdn": resource.inputs["name"]}
    engine.computed[CERTIFICATE] = lambda resource: {
        "arn": CERTIFICATE_ARN,
        "domainValidationOptions": [
            {
                "domainName": resource.inputs["domainName"],
                "resourceRecordName": f"_proof.{resource.inputs['domainName']}",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_proof.acm-validations.aws",
            }
        ],
    }
    engine.answers["aws:route53/getZone:getZone"] = lambda call: {
        "zoneId": {"example.com": "ZEXAMPLE"}[call["name"]] if not call["privateZone"] else "ZPRIVATE"
    }
    return engine


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the clock that the program goes by, in UTC."""

    def set_to(text: str) -> None:
        monkeypatch.setattr(web_tier, "_now", lambda: datetime.fromisoformat(text).replace(tzinfo=UTC))

    return set_to


def deploy(engine: Any, **changes: Any) -> None:
    engine.deploy(lambda: WebTier("web", args(**changes)))


def record_image_lookups(engine: Any, answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The arguments of every lookup of an image, filled as they come."""
    calls: list[dict[str, Any]] = []

    def look_up(call: dict[str, Any]) -> dict[str, Any]:
        calls.append(call)
        return answer

    engine.answers["aws:ec2/getAmi:getAmi"] = look_up
    return calls


def refused(**changes: Any) -> str:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - every caller asserts the text
        args(**changes)
    return str(error.value)


# The way in


def test_the_balancer_has_exactly_these_inputs(engine: Any) -> None:
    deploy(engine)
    assert engine.one(BALANCER).inputs == {
        "loadBalancerType": "application",
        "internal": False,
        "ipAddressType": "ipv4",
        "subnets": ["public-a", "public-b"],
        "securityGroups": ["web-balancer-id"],
        "enableDeletionProtection": True,
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        "accessLogs": {"bucket": "web-logs-0a1b2c3", "prefix": "access", "enabled": True},
        "connectionLogs": {"bucket": "web-logs-0a1b2c3", "prefix": "connection", "enabled": True},
        "tags": {"Name": "web-balancer"},
    }


def test_what_the_caller_decides_reaches_the_balancer(engine: Any) -> None:
    deploy(engine, deletion_protection=False, desync_mitigation=DesyncMitigation.STRICTEST, dual_stack=True)
    inputs = engine.one(BALANCER).inputs
    assert (inputs["enableDeletionProtection"], inputs["desyncMitigationMode"], inputs["ipAddressType"]) == (
        False,
        "strictest",
        "dualstack",
    )


def test_https_forwards_with_a_modern_policy_and_the_validated_certificate(engine: Any) -> None:
    deploy(engine)
    assert engine.one(LISTENER, "web-https").inputs == {
        "loadBalancerArn": f"arn:aws:mock:sa-east-1:123456789012:{BALANCER}/web-balancer",
        "port": 443,
        "protocol": "HTTPS",
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "certificateArn": CERTIFICATE_ARN,
        "defaultActions": [
            {
                "type": "forward",
                "targetGroupArn": f"arn:aws:mock:sa-east-1:123456789012:{TARGETS}/web-targets",
            }
        ],
        "tags": {"Name": "web-https"},
    }
    assert engine.one(VALIDATION).urn in engine.ancestors(engine.one(LISTENER, "web-https").urn)


def test_plain_http_is_redirected_for_good(engine: Any) -> None:
    deploy(engine)
    inputs = engine.one(LISTENER, "web-http").inputs
    assert (inputs["port"], inputs["protocol"]) == (80, "HTTP")
    assert inputs["defaultActions"] == [
        {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
    ]
    assert len(engine.all(LISTENER)) == 2


def test_plain_http_is_served_only_where_the_stack_says_so(engine: Any) -> None:
    deploy(engine, **HTTP_ONLY)
    listener = engine.one(LISTENER)
    assert (listener.inputs["port"], listener.inputs["protocol"]) == (80, "HTTP")
    assert [action["type"] for action in listener.inputs["defaultActions"]] == ["forward"]
    assert [engine.all(type_) for type_ in (CERTIFICATE, VALIDATION, RECORD)] == [[], [], []]


def test_a_domain_gets_a_certificate_proved_in_its_zone(engine: Any) -> None:
    deploy(engine)
    assert engine.one(CERTIFICATE).inputs == {
        "domainName": "hotel.example.com",
        "validationMethod": "DNS",
        "tags": {"Name": "web-certificate"},
    }
    assert engine.one(RECORD, "web-certificate-proof").inputs == {
        "zoneId": "ZEXAMPLE",
        "name": "_proof.hotel.example.com",
        "type": "CNAME",
        "records": ["_proof.acm-validations.aws"],
        "ttl": 300,
        "allowOverwrite": True,
    }
    assert engine.one(VALIDATION).inputs == {
        "certificateArn": CERTIFICATE_ARN,
        "validationRecordFqdns": ["_proof.hotel.example.com"],
    }


def test_the_domain_points_at_the_balancer(engine: Any) -> None:
    deploy(engine)
    assert sorted(record.name for record in engine.all(RECORD)) == ["web-a", "web-certificate-proof"]
    assert engine.one(RECORD, "web-a").inputs == {
        "zoneId": "ZEXAMPLE",
        "name": "hotel.example.com",
        "type": "A",
        "aliases": [
            {
                "name": "web-balancer.sa-east-1.elb.amazonaws.com",
                "zoneId": "Z2P70J7HTTTPLU",
                "evaluateTargetHealth": True,
            }
        ],
    }


def test_dual_stack_adds_the_ipv6_record(engine: Any) -> None:
    deploy(engine, dual_stack=True)
    first, second = engine.one(RECORD, "web-a").inputs, engine.one(RECORD, "web-aaaa").inputs
    assert second == {**first, "type": "AAAA"}


def test_a_given_certificate_is_used_as_it_is(engine: Any) -> None:
    deploy(engine, **OWN_CERTIFICATE)
    assert engine.one(LISTENER, "web-https").inputs["certificateArn"] == CERTIFICATE_ARN
    assert [engine.all(type_) for type_ in (CERTIFICATE, VALIDATION, RECORD)] == [[], [], []]


def test_another_tls_policy_reaches_the_listener(engine: Any) -> None:
    deploy(engine, tls_policy="ELBSecurityPolicy-TLS13-1-3-PQ-2025-09")
    assert engine.one(LISTENER, "web-https").inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09"


def test_accepted_tls_policies_know_no_version_below_1_2_and_no_cipher_without_forward_secrecy() -> None:
    accepted = [SSL_POLICIES[name] for name in TLS_POLICIES if name in SSL_POLICIES]
    assert {version for policy in accepted for version in policy["ssl_protocols"]} == {"TLSv1.2", "TLSv1.3"}
    ciphers = {cipher for policy in accepted for cipher in policy["ciphers"]}
    assert [c for c in ciphers if not c.startswith(("TLS_", "ECDHE-"))] == []
    assert [c for c in ciphers if "GCM" not in c and "CHACHA20" not in c] == []
    assert len(accepted) == 4  # the FIPS policies are not in the published list at hand


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "https://hotel.example.com"),
        (OWN_CERTIFICATE, "https://web-balancer.sa-east-1.elb.amazonaws.com"),
        (HTTP_ONLY, "http://web-balancer.sa-east-1.elb.amazonaws.com"),
    ],
)
def test_the_url_is_the_name_that_the_certificate_is_for(engine: Any, changes: dict[str, Any], url: str) -> None:
    found: list[str] = []
    engine.deploy(lambda: WebTier("web", args(**changes)).url.apply(found.append))
    assert found == [url]


# The bucket of logs


def test_logs_are_encrypted_expire_and_are_nobody_elses(engine: Any) -> None:
    deploy(engine)
    assert engine.one(BUCKET).inputs == {"forceDestroy": False, "tags": {"Name": "web-logs"}}
    assert engine.one(PUBLIC_ACCESS).inputs == {
        "bucket": "web-logs-id",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert engine.one(OWNERSHIP).inputs == {
        "bucket": "web-logs-id",
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }
    assert engine.one(ENCRYPTION).inputs == {
        "bucket": "web-logs-id",
        "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    }
    assert engine.one(LIFECYCLE).inputs == {
        "bucket": "web-logs-id",
        "rules": [
            {
                "id": "expire",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "expiration": {"days": 90},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
            }
        ],
    }


def test_only_this_accounts_balancers_write_logs_and_nobody_without_tls(engine: Any) -> None:
    deploy(engine)
    assert json.loads(engine.one(BUCKET_POLICY).inputs["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "BalancersOfThisAccountWrite",
                "Effect": "Allow",
                "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": [
                    "arn:aws:s3:::web-logs-0a1b2c3/access/AWSLogs/123456789012/*",
                    "arn:aws:s3:::web-logs-0a1b2c3/connection/AWSLogs/123456789012/*",
                ],
            },
            {
                "Sid": "NobodyWithoutTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::web-logs-0a1b2c3", "arn:aws:s3:::web-logs-0a1b2c3/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def test_the_policy_waits_for_the_access_block_and_the_balancer_for_the_policy(engine: Any) -> None:
    deploy(engine)
    policy = engine.one(BUCKET_POLICY)
    assert engine.one(PUBLIC_ACCESS).urn in policy.depends_on
    assert policy.urn in engine.one(BALANCER).depends_on


def test_retention_of_logs_is_the_callers(engine: Any) -> None:
    deploy(engine, log_retention_days=400)
    assert engine.one(LIFECYCLE).inputs["rules"][0]["expiration"] == {"days": 400}


def test_destroy_leaves_the_bucket_and_its_guards_behind(engine: Any) -> None:
    deploy(engine)
    assert {r.type for r in engine.created if r.retain_on_delete} == {BUCKET, *BUCKET_PARTS}


def test_destroy_leaves_nothing_where_the_stack_says_so(engine: Any) -> None:
    deploy(engine, force_destroy=True)
    assert [r.name for r in engine.created if r.retain_on_delete] == []
    assert engine.one(BUCKET).inputs["forceDestroy"] is True


# Who may speak to whom


def test_guests_reach_the_balancer_it_reaches_the_instances_and_they_reach_https(engine: Any) -> None:
    deploy(engine)

    def rule(group: str, port: int, **peer: str) -> dict[str, Any]:
        return {"securityGroupId": f"{group}-id", "ipProtocol": "tcp", "fromPort": port, "toPort": port, **peer}

    def without_texts(resource: Any) -> dict[str, Any]:
        return {key: value for key, value in resource.inputs.items() if key not in ("description", "tags")}

    assert {r.name: without_texts(r) for r in engine.all(INGRESS_RULE)} == {
        "web-balancer-from-ipv4-80": rule("web-balancer", 80, cidrIpv4="0.0.0.0/0"),
        "web-balancer-from-ipv4-443": rule("web-balancer", 443, cidrIpv4="0.0.0.0/0"),
        "web-instance-from-balancer": rule("web-instance", 8080, referencedSecurityGroupId="web-balancer-id"),
    }
    assert {r.name: without_texts(r) for r in engine.all(EGRESS_RULE)} == {
        "web-balancer-to-instance": rule("web-balancer", 8080, referencedSecurityGroupId="web-instance-id"),
        "web-instance-to-ipv4": rule("web-instance", 443, cidrIpv4="0.0.0.0/0"),
    }


def test_descriptions_of_groups_and_rules_use_only_what_ec2_takes(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    allowed = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
    described = [*engine.all(SECURITY_GROUP), *engine.all(INGRESS_RULE), *engine.all(EGRESS_RULE)]
    assert [r.name for r in described if not allowed.fullmatch(r.inputs["description"])] == []


def test_ipv6_is_open_only_where_dual_stack_is_asked_for(engine: Any) -> None:
    deploy(engine, dual_stack=True)
    assert {r.name for r in [*engine.all(INGRESS_RULE), *engine.all(EGRESS_RULE)] if "cidrIpv6" in r.inputs} == {
        "web-balancer-from-ipv6-80",
        "web-balancer-from-ipv6-443",
        "web-instance-to-ipv6",
    }
    assert engine.one(INGRESS_RULE, "web-balancer-from-ipv6-443").inputs["cidrIpv6"] == "::/0"
    assert "cidrIpv4" not in engine.one(INGRESS_RULE, "web-balancer-from-ipv6-443").inputs


def test_without_tls_nothing_listens_on_443(engine: Any) -> None:
    deploy(engine, **HTTP_ONLY)
    assert sorted(r.inputs["fromPort"] for r in engine.all(INGRESS_RULE)) == [80, 8080]


def test_both_groups_stand_in_the_vpc_without_inline_rules(engine: Any) -> None:
    deploy(engine)
    assert {r.name: r.inputs for r in engine.all(SECURITY_GROUP)} == {
        "web-balancer": {
            "vpcId": "vpc-1",
            "description": "Load balancer: web from anywhere, on to the instances",
            "tags": {"Name": "web-balancer"},
        },
        "web-instance": {
            "vpcId": "vpc-1",
            "description": "Instances: from the load balancer only",
            "tags": {"Name": "web-instance"},
        },
    }


def test_another_port_changes_health_check_rules_and_target_group_alike(engine: Any) -> None:
    deploy(engine, port=9090)
    assert engine.one(TARGETS).inputs["port"] == 9090
    assert engine.one(INGRESS_RULE, "web-instance-from-balancer").inputs["toPort"] == 9090
    assert engine.one(EGRESS_RULE, "web-balancer-to-instance").inputs["fromPort"] == 9090


# Health


def test_the_target_group_has_exactly_these_inputs(engine: Any) -> None:
    deploy(engine)
    assert engine.one(TARGETS).inputs == {
        "vpcId": "vpc-1",
        "targetType": "instance",
        "protocol": "HTTP",
        "port": 8080,
        "deregistrationDelay": 30,
        "healthCheck": {
            "protocol": "HTTP",
            "path": "/healthz",
            "matcher": "200",
            "interval": 10,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 2,
        },
        "tags": {"Name": "web-targets"},
    }


def test_the_health_check_is_the_callers(engine: Any) -> None:
    check = HealthCheck(path="/up", interval_seconds=30, timeout_seconds=10, healthy_threshold=3, unhealthy_threshold=4)
    deploy(engine, health_check=check, deregistration_delay_seconds=120)
    assert engine.one(TARGETS).inputs["deregistrationDelay"] == 120
    assert engine.one(TARGETS).inputs["healthCheck"] == {
        "protocol": "HTTP",
        "path": "/up",
        "matcher": "200",
        "interval": 30,
        "timeout": 10,
        "healthyThreshold": 3,
        "unhealthyThreshold": 4,
    }


def test_a_replaced_target_group_stands_beside_the_old_one_while_the_listener_switches(engine: Any) -> None:
    deploy(engine)
    targets = engine.one(TARGETS)
    assert "name" not in targets.inputs
    assert targets.delete_before_replace is None
    assert targets.urn in engine.one(LISTENER, "web-https").depends_on


# The instances


def test_the_launch_template_has_exactly_these_inputs(engine: Any) -> None:
    deploy(engine)
    inputs = engine.one(TEMPLATE).inputs
    assert inputs == {
        "imageId": "ami-0123456789abcdef0",
        "instanceType": "t4g.small",
        "userData": base64.b64encode(USER_DATA.encode()).decode(),
        "iamInstanceProfile": {"arn": f"arn:aws:mock:sa-east-1:123456789012:{PROFILE}/web-instance"},
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "networkInterfaces": [
            {
                "deviceIndex": 0,
                "associatePublicIpAddress": "false",
                "securityGroups": ["web-instance-id"],
                "deleteOnTermination": "true",
            }
        ],
        "blockDeviceMappings": [
            {
                "deviceName": "/dev/xvda",
                "ebs": {"volumeType": "gp3", "volumeSize": 8, "encrypted": "true", "deleteOnTermination": "true"},
            }
        ],
        "monitoring": {"enabled": True},
        "tagSpecifications": [
            {"resourceType": "instance", "tags": {"Name": "web-instance"}},
            {"resourceType": "volume", "tags": {"Name": "web-instance"}},
            {"resourceType": "network-interface", "tags": {"Name": "web-instance"}},
        ],
        "updateDefaultVersion": True,
        "tags": {"Name": "web-instance"},
    }
    assert "keyName" not in inputs


def test_instances_wear_the_callers_groups_beside_their_own(engine: Any) -> None:
    deploy(engine, security_group_ids=["database-client"], root_volume_gib=20)
    inputs = engine.one(TEMPLATE).inputs
    assert inputs["networkInterfaces"][0]["securityGroups"] == ["web-instance-id", "database-client"]
    assert inputs["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 20


def test_the_image_is_amazons_of_exactly_the_pinned_release(engine: Any) -> None:
    calls = record_image_lookups(engine, {"id": "ami-1", "architecture": "x86_64"})
    deploy(engine, architecture=Architecture.X86_64, instance_type="t3.small")
    assert [(call["owners"], call["filters"]) for call in calls] == [
        (["amazon"], [{"name": "name", "values": [f"al2023-ami-{RELEASE}-kernel-6.1-x86_64"]}])
    ]
    assert all(not call.get("mostRecent") for call in calls)
    assert engine.one(TEMPLATE).inputs["imageId"] == "ami-1"


def test_an_explicit_image_is_looked_up_and_used(engine: Any) -> None:
    calls = record_image_lookups(engine, {"architecture": "arm64"})
    deploy(engine, image_release=None, image_id="ami-0fedcba9876543210")
    assert [call["filters"] for call in calls] == [[{"name": "image-id", "values": ["ami-0fedcba9876543210"]}]]
    assert engine.one(TEMPLATE).inputs["imageId"] == "ami-0fedcba9876543210"


def test_an_image_that_is_not_known_yet_is_taken_as_it_comes(engine: Any) -> None:
    engine.answers.pop("aws:ec2/getAmi:getAmi")
    deploy(engine, image_release=None, image_id=Output.from_input("ami-0fedcba9876543210"))
    assert engine.one(TEMPLATE).inputs["imageId"] == "ami-0fedcba9876543210"


def test_an_explicit_image_of_another_architecture_is_refused_before_anything_is_made(engine: Any) -> None:
    engine.answers["aws:ec2/getAmi:getAmi"] = lambda _: {"architecture": "x86_64"}
    with pytest.raises(RunError) as error:
        deploy(engine, image_release=None, image_id="ami-0fedcba9876543210")
    assert str(error.value) == (
        "image_id: ami-0fedcba9876543210 is made for x86_64 and architecture is arm64; name another image, or set "
        "architecture and instance_type to match"
    )
    assert [r.name for r in engine.created if r.custom] == []


class NoSuchZone(grpc.RpcError):  # type: ignore[misc] # grpc has no types
    """How a lookup fails at the provider."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return "no matching Route 53 Hosted Zone found"


def test_a_zone_that_cannot_be_found_is_told_before_anything_is_made(engine: Any) -> None:
    def nothing_found(_: dict[str, Any]) -> dict[str, Any]:
        raise NoSuchZone

    engine.answers["aws:route53/getZone:getZone"] = nothing_found
    with pytest.raises(RunError) as error:
        deploy(engine, domain="hotel.example.org", hosted_zone="example.org")
    assert str(error.value) == (
        "hosted_zone: cannot look up the public hosted zone example.org: invoke of aws:route53/getZone:getZone failed: "
        "no matching Route 53 Hosted Zone found; create it in Route 53, correct the name, or give certificate_arn instead"
    )
    assert [r.name for r in engine.created if r.custom] == []


def test_user_data_from_elsewhere_is_checked_when_it_is_known(engine: Any) -> None:
    with pytest.raises(Exception, match="user_data: want at most 16384 bytes, got 16385; fetch the rest from S3"):
        deploy(engine, user_data=Output.from_input("x" * 16_385))


def test_instances_may_be_managed_and_do_nothing_else_unless_told(engine: Any) -> None:
    deploy(engine)
    role = engine.one(ROLE)
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    assert [(r.name, r.inputs) for r in engine.all(ATTACHMENT)] == [
        (
            "web-session-manager",
            {
                "role": "web-instance-0a1b2c3",
                "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
            },
        )
    ]
    assert engine.all(ROLE_POLICY) == []
    assert engine.one(PROFILE).inputs == {"role": "web-instance-0a1b2c3", "tags": {"Name": "web-instance"}}


def test_policies_of_the_caller_join_the_role(engine: Any) -> None:
    deploy(engine, policy_arns={"logs": "arn:aws:iam::aws:policy/Logs"}, policies={"releases": '{"Statement": []}'})
    assert engine.one(ATTACHMENT, "web-logs").inputs == {
        "role": "web-instance-0a1b2c3",
        "policyArn": "arn:aws:iam::aws:policy/Logs",
    }
    assert engine.one(ROLE_POLICY).inputs == {"role": "web-instance-0a1b2c3", "policy": '{"Statement": []}'}


# The group


def test_the_group_has_exactly_these_inputs(engine: Any) -> None:
    deploy(engine)
    assert engine.one(GROUP).inputs == {
        "vpcZoneIdentifiers": ["private-a", "private-b"],
        "targetGroupArns": [f"arn:aws:mock:sa-east-1:123456789012:{TARGETS}/web-targets"],
        "launchTemplate": {"id": "web-instance-id", "version": "7"},
        "minSize": 2,
        "maxSize": 4,
        "healthCheckType": "ELB",
        "healthCheckGracePeriod": 180,
        "defaultInstanceWarmup": 60,
        "minElbCapacity": 2,
        "waitForCapacityTimeout": "15m",
        "instanceRefresh": {
            "strategy": "Rolling",
            "preferences": {"minHealthyPercentage": 100, "maxHealthyPercentage": 110, "skipMatching": True},
        },
        "instanceMaintenancePolicy": {"minHealthyPercentage": 100, "maxHealthyPercentage": 110},
        "maxInstanceLifetime": 30 * 86_400,
        "terminationPolicies": ["OldestLaunchTemplate", "OldestInstance"],
        "enabledMetrics": [
            "GroupMinSize",
            "GroupMaxSize",
            "GroupDesiredCapacity",
            "GroupInServiceInstances",
            "GroupPendingInstances",
            "GroupStandbyInstances",
            "GroupTerminatingInstances",
            "GroupTotalInstances",
        ],
        "tags": [{"key": "Name", "value": "web-group", "propagateAtLaunch": False}],
    }


def test_what_the_caller_decides_reaches_the_group(engine: Any) -> None:
    deploy(
        engine,
        min_size=3,
        max_size=9,
        health_check_grace_seconds=600,
        warmup_seconds=300,
        rollout=Rollout(max_healthy_percentage=200, skip_matching=False),
        max_instance_lifetime_days=7,
    )
    changed = {
        "minSize": 3,
        "maxSize": 9,
        "minElbCapacity": 3,
        "healthCheckGracePeriod": 600,
        "defaultInstanceWarmup": 300,
        "instanceRefresh": {
            "strategy": "Rolling",
            "preferences": {"minHealthyPercentage": 100, "maxHealthyPercentage": 200, "skipMatching": False},
        },
        "instanceMaintenancePolicy": {"minHealthyPercentage": 100, "maxHealthyPercentage": 200},
        "maxInstanceLifetime": 604_800,
    }
    inputs = engine.one(GROUP).inputs
    assert {key: inputs[key] for key in changed} == changed


def test_an_instance_may_live_without_limit(engine: Any) -> None:
    deploy(engine, max_instance_lifetime_days=None)
    assert "maxInstanceLifetime" not in engine.one(GROUP).inputs


def test_the_number_of_instances_is_left_to_auto_scaling(engine: Any) -> None:
    deploy(engine)
    assert "desiredCapacity" not in engine.one(GROUP).inputs


def test_a_new_version_of_the_template_changes_the_group_and_so_rolls_it(engine: Any) -> None:
    engine.computed[TEMPLATE] = lambda _: {"latestVersion": 8}
    deploy(engine)
    assert engine.one(GROUP).inputs["launchTemplate"]["version"] == "8"


def test_a_change_of_tags_is_a_change_of_the_template_which_preview_shows(engine: Any) -> None:
    deploy(engine, tags={"cost": "hotel"})
    template, group = engine.one(TEMPLATE), engine.one(GROUP)
    assert [spec["tags"] for spec in template.inputs["tagSpecifications"]] == [
        {"Name": "web-instance", "cost": "hotel"}
    ] * 3
    assert template.urn in group.depends_on
    assert group.inputs["tags"] == [
        {"key": "Name", "value": "web-group", "propagateAtLaunch": False},
        {"key": "cost", "value": "hotel", "propagateAtLaunch": False},
    ]


def test_mixed_instances_take_the_place_of_the_single_type(engine: Any) -> None:
    deploy(engine, mixed_instances=MIXED)
    inputs = engine.one(GROUP).inputs
    assert "launchTemplate" not in inputs
    assert inputs["capacityRebalance"] is True
    assert inputs["mixedInstancesPolicy"] == {
        "launchTemplate": {
            "launchTemplateSpecification": {"launchTemplateId": "web-instance-id", "version": "7"},
            "overrides": [
                {"instanceType": "t4g.small"},
                {"instanceType": "t4g.medium"},
                {"instanceType": "m7g.medium"},
            ],
        },
        "instancesDistribution": {
            "onDemandBaseCapacity": 1,
            "onDemandPercentageAboveBaseCapacity": 50,
            "onDemandAllocationStrategy": "prioritized",
            "spotAllocationStrategy": "price-capacity-optimized",
        },
    }


def test_without_spot_there_is_nothing_to_rebalance(engine: Any) -> None:
    deploy(engine, mixed_instances=MixedInstances(instance_types=["t4g.medium"]))
    assert engine.one(GROUP).inputs["capacityRebalance"] is False


@pytest.mark.parametrize("changes", [{}, OWN_CERTIFICATE, HTTP_ONLY, EVERYTHING])
def test_no_instance_starts_before_what_it_needs(engine: Any, changes: dict[str, Any]) -> None:
    def program() -> None:
        route = aws.ec2.Route("private-route", route_table_id="rtb-1", destination_cidr_block="0.0.0.0/0")
        private = [Output.all("private-a", route.urn).apply(lambda known: str(known[0])), "private-b"]
        WebTier("web", args(**changes, private_subnet_ids=private))

    engine.deploy(program)
    before = engine.ancestors(engine.one(GROUP).urn)
    needed = [
        *engine.all("aws:ec2/route:Route"),
        *engine.all(INGRESS_RULE),
        *engine.all(EGRESS_RULE),
        *engine.all(ATTACHMENT),
        *engine.all(ROLE_POLICY),
        *engine.all(LISTENER),
        *engine.all(VALIDATION),
        *engine.all(BUCKET_POLICY),
        *engine.all(WEB_ACL_ASSOCIATION),
    ]
    assert [resource.name for resource in needed if resource.urn not in before] == []
    assert len(needed) >= 8


# Demand and the clock


def test_the_group_follows_cpu_and_requests_per_target(engine: Any) -> None:
    deploy(engine, requests_per_target=1000, cpu_target_percent=60)
    assert {r.name: r.inputs for r in engine.all(POLICY)} == {
        "web-requests": {
            "autoscalingGroupName": "web-group-0a1b2c3",
            "policyType": "TargetTrackingScaling",
            "targetTrackingConfiguration": {
                "predefinedMetricSpecification": {
                    "predefinedMetricType": "ALBRequestCountPerTarget",
                    "resourceLabel": "app/web-balancer/0123456789abcdef/targetgroup/web-targets/fedcba9876543210",
                },
                "targetValue": 1000,
            },
        },
        "web-cpu": {
            "autoscalingGroupName": "web-group-0a1b2c3",
            "policyType": "TargetTrackingScaling",
            "targetTrackingConfiguration": {
                "predefinedMetricSpecification": {"predefinedMetricType": "ASGAverageCPUUtilization"},
                "targetValue": 60,
            },
        },
    }


def test_the_request_policy_waits_for_the_listener(engine: Any) -> None:
    deploy(engine, requests_per_target=1000)
    assert engine.one(LISTENER, "web-https").urn in engine.ancestors(engine.one(POLICY, "web-requests").urn)


def test_no_policy_is_made_that_nobody_asked_for(engine: Any) -> None:
    deploy(engine, cpu_target_percent=None)
    assert engine.all(POLICY) == []
    assert engine.all(SCHEDULE) == []


def test_a_scheduled_action_leaves_unset_sizes_unchanged(engine: Any, clock: Callable[[str], None]) -> None:
    clock("2026-11-24T12:00")
    action = ScheduledAction(
        name="warm", recurrence="0 7 * * MON-FRI", time_zone="America/Sao_Paulo", desired_capacity=3
    )
    deploy(engine, scheduled_actions=[action])
    assert engine.one(SCHEDULE).name == "web-warm"
    assert engine.one(SCHEDULE).inputs == {
        "autoscalingGroupName": "web-group-0a1b2c3",
        "scheduledActionName": "warm",
        "recurrence": "0 7 * * MON-FRI",
        "timeZone": "America/Sao_Paulo",
        "minSize": -1,
        "maxSize": -1,
        "desiredCapacity": 3,
    }


def test_sizes_and_bounds_of_a_scheduled_action_are_passed_on(engine: Any, clock: Callable[[str], None]) -> None:
    clock("2026-11-24T12:00")
    season = ScheduledAction(
        name="season",
        recurrence="0 7 * * *",
        start_time="2026-12-01T00:00:00Z",
        end_time="2027-02-01T00:00:00Z",
        min_size=2,
        max_size=4,
    )
    deploy(engine, scheduled_actions=[season])
    assert {k: v for k, v in engine.one(SCHEDULE).inputs.items() if k != "autoscalingGroupName"} == {
        "scheduledActionName": "season",
        "recurrence": "0 7 * * *",
        "startTime": "2026-12-01T00:00:00Z",
        "endTime": "2027-02-01T00:00:00Z",
        "minSize": 2,
        "maxSize": 4,
        "desiredCapacity": -1,
    }


def test_an_action_in_force_is_neither_drift_nor_undone(engine: Any, clock: Callable[[str], None]) -> None:
    clock("2026-11-24T12:00")
    deploy(engine, scheduled_actions=PEAK)
    assert engine.one(GROUP).ignore_changes == ["minElbCapacity", "minSize", "maxSize"]


def test_only_the_size_that_the_action_in_force_set_is_left_alone(engine: Any, clock: Callable[[str], None]) -> None:
    clock("2026-11-24T12:00")
    night = ScheduledAction(name="night", recurrence="0 11 * * *", max_size=3)
    day = ScheduledAction(name="day", recurrence="0 20 * * *", max_size=4)
    deploy(engine, scheduled_actions=[night, day])
    assert engine.one(GROUP).ignore_changes == ["minElbCapacity", "maxSize"]


def test_a_group_made_in_the_middle_of_a_peak_begins_with_its_sizes(engine: Any, clock: Callable[[str], None]) -> None:
    clock("2026-11-24T12:00")
    deploy(engine, scheduled_actions=PEAK)
    inputs = engine.one(GROUP).inputs
    assert (inputs["minSize"], inputs["maxSize"], inputs["minElbCapacity"]) == (10, 20, 10)


@pytest.mark.parametrize("now", ["2026-11-20T07:59", "2026-12-01T08:00"])
def test_outside_a_peak_a_change_of_the_sizes_is_applied(engine: Any, clock: Callable[[str], None], now: str) -> None:
    clock(now)
    peak, after = PEAK
    after = ScheduledAction(name=after.name, recurrence=after.recurrence, min_size=3, max_size=6)
    deploy(engine, scheduled_actions=[peak, after], min_size=3, max_size=6)
    group = engine.one(GROUP)
    assert group.ignore_changes == ["minElbCapacity"]
    assert (group.inputs["minSize"], group.inputs["maxSize"]) == (3, 6)


def test_an_action_that_happened_once_leaves_the_program_with_its_time(
    engine: Any, clock: Callable[[str], None]
) -> None:
    clock("2026-11-28T00:00")
    opening = ScheduledAction(name="opening", start_time="2026-11-27T00:00:00Z", min_size=8, max_size=8)
    opened = ScheduledAction(name="opened", start_time="2026-11-29T00:00:00Z", min_size=2, max_size=4)
    deploy(engine, scheduled_actions=[opening, opened])
    assert [r.name for r in engine.all(SCHEDULE)] == ["web-opened"]
    assert engine.one(GROUP).inputs["minSize"] == 8


# What is watched


def test_errors_are_counted_among_all_requests_even_when_no_instance_is_left(engine: Any) -> None:
    deploy(engine, alarm_actions=[TOPIC])
    of_balancer = {"LoadBalancer": "app/web-balancer/0123456789abcdef"}
    of_targets = {**of_balancer, "TargetGroup": "targetgroup/web-targets/fedcba9876543210"}

    def total(query_id: str, metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
        return {
            "id": query_id,
            "metric": {
                "namespace": "AWS/ApplicationELB",
                "metricName": metric,
                "dimensions": dimensions,
                "period": 60,
                "stat": "Sum",
            },
        }

    assert engine.one(ALARM, "web-errors").inputs == {
        "alarmDescription": "Requests answered with 5xx, in per cent",
        "metricQueries": [
            total("target", "HTTPCode_Target_5XX_Count", of_targets),
            total("balancer", "HTTPCode_ELB_5XX_Count", of_balancer),
            total("requests", "RequestCount", of_balancer),
            {
                "id": "errors",
                "expression": ("100 * (FILL(target, 0) + FILL(balancer, 0)) / (FILL(requests, 0) + FILL(balancer, 0))"),
                "label": "Errors in per cent",
                "returnData": True,
            },
        ],
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 5,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "alarmActions": [TOPIC],
        "okActions": [TOPIC],
        "tags": {"Name": "web-errors"},
    }


def test_unhealthy_instances_and_slow_answers_raise_alarms(engine: Any) -> None:
    deploy(engine, alarm_actions=[TOPIC])
    common = {
        "namespace": "AWS/ApplicationELB",
        "dimensions": {
            "LoadBalancer": "app/web-balancer/0123456789abcdef",
            "TargetGroup": "targetgroup/web-targets/fedcba9876543210",
        },
        "period": 60,
        "evaluationPeriods": 5,
        "treatMissingData": "notBreaching",
        "alarmActions": [TOPIC],
        "okActions": [TOPIC],
    }
    assert engine.one(ALARM, "web-unhealthy").inputs == {
        **common,
        "alarmDescription": (
            "An instance has been unhealthy for minutes: it is not replaced, or its successors fail too"
        ),
        "metricName": "UnHealthyHostCount",
        "statistic": "Maximum",
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "threshold": 1,
        "datapointsToAlarm": 5,
        "tags": {"Name": "web-unhealthy"},
    }
    assert engine.one(ALARM, "web-slow").inputs == {
        **common,
        "alarmDescription": "Response time of the slowest request among a hundred, in seconds",
        "metricName": "TargetResponseTime",
        "extendedStatistic": "p99",
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 2,
        "datapointsToAlarm": 3,
        "evaluateLowSampleCountPercentiles": "ignore",
        "tags": {"Name": "web-slow"},
    }
    assert len(engine.all(ALARM)) == 3


def test_thresholds_of_the_alarms_are_the_callers(engine: Any) -> None:
    deploy(engine, alarms=AlarmThresholds(error_percent=1, response_seconds=0.5))
    assert engine.one(ALARM, "web-errors").inputs["threshold"] == 1
    assert engine.one(ALARM, "web-slow").inputs["threshold"] == 0.5


# The firewall


def test_a_firewall_stands_before_the_balancer_only_where_asked_for(engine: Any) -> None:
    deploy(engine)
    assert engine.all(WEB_ACL) == []
    assert engine.all(WEB_ACL_ASSOCIATION) == []


def test_the_firewall_limits_addresses_and_asks_awss_rules(engine: Any) -> None:
    deploy(engine, waf=Waf())

    def visible(metric: str) -> dict[str, Any]:
        return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": True}

    def managed(priority: int, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "priority": priority,
            "overrideAction": {"none": {}},
            "statement": {"managedRuleGroupStatement": {"name": name, "vendorName": "AWS"}},
            "visibilityConfig": visible(name),
        }

    assert engine.one(WEB_ACL).inputs == {
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "rules": [
            {
                "name": "rate-limit",
                "priority": 0,
                "action": {"block": {}},
                "statement": {
                    "rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP", "evaluationWindowSec": 300}
                },
                "visibilityConfig": visible("rate-limit"),
            },
            managed(1, "AWSManagedRulesAmazonIpReputationList"),
            managed(2, "AWSManagedRulesCommonRuleSet"),
            managed(3, "AWSManagedRulesKnownBadInputsRuleSet"),
            managed(4, "AWSManagedRulesSQLiRuleSet"),
        ],
        "visibilityConfig": visible("web-firewall"),
        "tags": {"Name": "web-firewall"},
    }
    assert engine.one(WEB_ACL_ASSOCIATION).inputs == {
        "resourceArn": f"arn:aws:mock:sa-east-1:123456789012:{BALANCER}/web-balancer",
        "webAclArn": f"arn:aws:mock:sa-east-1:123456789012:{WEB_ACL}/web-firewall",
    }


# The contract of a component


def test_exactly_these_resources_are_made(engine: Any) -> None:
    deploy(engine)
    counts: dict[str, int] = {}
    for resource in engine.created:
        counts[resource.type] = counts.get(resource.type, 0) + 1
    assert counts == {
        "hotelaria:index:WebTier": 1,
        **dict.fromkeys([BUCKET, *BUCKET_PARTS, BALANCER, TARGETS, CERTIFICATE, VALIDATION], 1),
        **dict.fromkeys([ROLE, PROFILE, ATTACHMENT, TEMPLATE, GROUP, POLICY], 1),
        LISTENER: 2,
        RECORD: 2,
        SECURITY_GROUP: 2,
        INGRESS_RULE: 3,
        EGRESS_RULE: 2,
        ALARM: 3,
    }


def test_outputs_are_declared_and_registered_alike(engine: Any) -> None:
    deploy(engine)
    declared = {name for name in WebTier.__annotations__ if not name.startswith("_")}
    assert engine.outputs[engine.one("hotelaria:index:WebTier").urn] == declared
    assert declared == {
        "url",
        "load_balancer_dns_name",
        "security_group_id",
        "autoscaling_group_name",
        "role_name",
        "log_bucket_name",
    }


def test_outputs_name_the_children_they_stand_for(engine: Any) -> None:
    found: list[Any] = []

    def program() -> None:
        web = WebTier("web", args())
        Output.all(
            web.load_balancer_dns_name,
            web.security_group_id,
            web.autoscaling_group_name,
            web.role_name,
            web.log_bucket_name,
        ).apply(found.extend)

    engine.deploy(program)
    assert found == [
        "web-balancer.sa-east-1.elb.amazonaws.com",
        "web-instance-id",
        "web-group-0a1b2c3",
        "web-instance-0a1b2c3",
        "web-logs-0a1b2c3",
    ]


def test_every_child_belongs_to_the_component(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    component = engine.one("hotelaria:index:WebTier")
    assert [r.name for r in engine.created if r is not component and r.parent != component.urn] == []
    assert [r.name for r in engine.created if not r.name.startswith("web")] == []


def test_two_tiers_stand_in_one_program(engine: Any) -> None:
    def program() -> None:
        WebTier("web", args(**EVERYTHING))
        WebTier("staff", args(**EVERYTHING, domain="staff.example.com"))

    engine.deploy(program)
    urns = [r.urn for r in engine.created]
    assert len(urns) == len(set(urns))
    assert len(engine.all(GROUP)) == 2


def test_every_taggable_child_is_tagged_instances_and_volumes_too(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    untagged = {r.type for r in engine.created if r.custom and "tags" not in r.inputs}
    assert untagged == UNTAGGED
    for resource in engine.created:
        if resource.type not in (*UNTAGGED, GROUP) and resource.custom:
            assert resource.inputs["tags"] == {"Name": resource.name, "cost": "hotel"}, resource.name


def test_only_the_bucket_of_logs_is_protected(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    assert [r.type for r in engine.created if r.protect] == [BUCKET]


def test_protection_can_be_taken_off(engine: Any) -> None:
    deploy(engine, **EVERYTHING, protect=False)
    assert engine.one(BUCKET).protect is False


def test_protection_given_to_the_component_spares_what_ordinary_changes_replace(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    assert {r.type for r in engine.created if r.custom and r.protect is False} == REPLACED_BY_ORDINARY_CHANGES
    assert [r.name for r in engine.created if r.type in REPLACED_BY_ORDINARY_CHANGES and r.protect is not False] == []


def test_options_given_to_the_component_are_honoured(engine: Any) -> None:
    def program() -> None:
        elsewhere = aws.Provider("elsewhere", region="us-east-1")
        WebTier("web", args(), ResourceOptions(providers=[elsewhere]))

    engine.deploy(program)
    assert [r.name for r in engine.created if r.type.startswith("aws:") and "elsewhere" not in r.provider] == []


@pytest.mark.parametrize("name", ["w", "web", "the-web-tier-of-a-hotel-with-a-very-long-name-indeed-and-more-of-it"])
def test_names_stay_within_the_limits_of_aws(engine: Any, name: str) -> None:
    engine.deploy(lambda: WebTier(name, args(**EVERYTHING)))
    suffix = len("-0a1b2c3")
    limits = {BALANCER: 32, TARGETS: 32, ROLE: 64, PROFILE: 128, ROLE_POLICY: 128, BUCKET: 63, TEMPLATE: 128}
    limits |= {WEB_ACL: 128, GROUP: 255, SECURITY_GROUP: 255, ALARM: 255, POLICY: 255}
    assert [(r.name, r.type) for r in engine.created if len(r.name) + suffix > limits.get(r.type, 255)] == []
    assert {r.type for r in engine.created if r.custom and "name" in r.inputs} == {RECORD}


@pytest.mark.parametrize("name", ["", "web_tier", "-web", "web-", "web--tier", "1web", "café"])
def test_a_name_that_aws_would_refuse_is_refused(engine: Any, name: str) -> None:
    with pytest.raises(
        ValueError, match=r"^name: want letters, digits and single hyphens, beginning with a letter, got"
    ):
        engine.deploy(lambda: WebTier(name, args()))


def test_no_secret_is_in_any_input(engine: Any) -> None:
    deploy(engine, **EVERYTHING)
    assert [r.name for r in engine.created if SECRET_MARK in json.dumps(r.inputs)] == []


def test_user_data_is_no_place_for_a_secret_but_one_stays_one(engine: Any) -> None:
    deploy(engine, user_data=Output.secret(USER_DATA))
    assert SECRET_MARK in engine.one(TEMPLATE).inputs["userData"]


def test_other_languages_could_use_the_component() -> None:
    analysed = Analyzer("hotelaria").analyze([WebTier])
    component = analysed["component_definitions"]["WebTier"]
    assert {component.inputs_mapping[name] for name in component.inputs} == set(WebTierArgs.__annotations__)
    assert {component.outputs_mapping[name] for name in component.outputs} == set(WebTier.__annotations__)
    assert set(analysed["type_definitions"]) == {
        "AlarmThresholds",
        "Architecture",
        "DesyncMitigation",
        "HealthCheck",
        "MixedInstances",
        "Rollout",
        "ScheduledAction",
        "Waf",
    }


# Bad input: one error each, before anything registers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"public_subnet_ids": ["public-a"]},
            "public_subnet_ids: a load balancer wants at least 2 subnets in different zones, got 1; add one",
        ),
        (
            {"private_subnet_ids": []},
            "private_subnet_ids: want at least 1 subnet for the instances, got none; add one per zone",
        ),
        (
            {"user_data": "ä" * 8193},
            "user_data: want at most 16384 bytes, got 16386; fetch the rest from S3 at the first start",
        ),
        (
            {"policies": {"read releases": "{}"}},
            "policy_arns, policies: want letters, digits and single hyphens, beginning with a letter, got 'read releases'",
        ),
        (
            {"policy_arns": {"a": "arn:1"}, "policies": {"a": "{}"}},
            "policy_arns, policies: want each name once, got a twice; rename one",
        ),
        (
            {"policy_arns": {"session-manager": "arn:1"}},
            "policy_arns, policies: want each name once, got session-manager twice; rename one",
        ),
        (
            {"image_release": None},
            "image_release, image_id: want one of the two, got neither; name an Amazon Linux 2023 release, `make image` "
            "shows the newest one",
        ),
        (
            {"image_id": "ami-0123456789abcdef0"},
            "image_release, image_id: want one of the two, got both; name an Amazon Linux 2023 release, `make image` "
            "shows the newest one",
        ),
        (
            {"image_release": None, "image_id": "latest"},
            "image_id: want an id such as ami-0123456789abcdef0, got 'latest'",
        ),
        (
            {"instance_type": "t3.small"},
            "instance_type: t3.small is x86_64 and the image is arm64; take another type (arm64: t4g, m7g, c7g; x86_64: "
            "t3, m7i, c7i) or set architecture: x86_64",
        ),
        (
            {"mixed_instances": MixedInstances(instance_types=["t3.small"])},
            "mixed_instances.instance_types: t3.small is x86_64 and the image is arm64; take another type (arm64: t4g, "
            "m7g, c7g; x86_64: t3, m7i, c7i) or set architecture: x86_64",
        ),
        (
            {"mixed_instances": MixedInstances(instance_types=["t4g.small"])},
            "mixed_instances.instance_types: want types beside instance_type, each once, got t4g.small, t4g.small",
        ),
        ({"root_volume_gib": 4}, "root_volume_gib: want 8 to 16384, got 4; the image needs 8 GiB, gp3 ends at 16 TiB"),
        (
            {"hosted_zone": None},
            "hosted_zone: domain hotel.example.com wants the public Route 53 zone it is in, got none; name it, or give "
            "certificate_arn in place of domain",
        ),
        (
            {"domain": None},
            "domain: hosted_zone example.com wants a domain in it, got none; name one, or drop both",
        ),
        (
            {"domain": "hotel.example.org"},
            "domain: want example.com or a name below it, got hotel.example.org; correct domain or hosted_zone",
        ),
        (
            {"domain": "hotelexample.com"},
            "domain: want example.com or a name below it, got hotelexample.com; correct domain or hosted_zone",
        ),
        (
            {"domain": "*.example.com"},
            "domain: want a lower-case name of at most 64 characters such as hotel.example.com, got '*.example.com'",
        ),
        (
            {"domain": None, "hosted_zone": None},
            "domain, certificate_arn, allow_plain_http: want exactly one, got none; for HTTPS name domain and "
            "hosted_zone or give certificate_arn, and allow_plain_http: true serves without TLS",
        ),
        (
            {"allow_plain_http": True},
            "domain, certificate_arn, allow_plain_http: want exactly one, got domain and allow_plain_http; for HTTPS "
            "name domain and hosted_zone or give certificate_arn, and allow_plain_http: true serves without TLS",
        ),
        (
            {"certificate_arn": CERTIFICATE_ARN},
            "domain, certificate_arn, allow_plain_http: want exactly one, got domain and certificate_arn; for HTTPS "
            "name domain and hosted_zone or give certificate_arn, and allow_plain_http: true serves without TLS",
        ),
        (
            {**OWN_CERTIFICATE, "certificate_arn": "hotel.pem"},
            "certificate_arn: want the ARN of a certificate in AWS Certificate Manager, got 'hotel.pem'",
        ),
        ({"port": 80}, "port: want 1024 to 65535, got 80; 8080 is as good as any"),
        (
            {"deregistration_delay_seconds": 3601},
            "deregistration_delay_seconds: want 0 to 3600, got 3601; an Elastic Load Balancing limit",
        ),
        ({"warmup_seconds": -1}, "warmup_seconds: want 0 to 3600, got -1; an hour is more than any instance needs"),
        (
            {"health_check_grace_seconds": 19},
            "health_check_grace_seconds: want 20 to 7200, got 19; no instance is healthy before interval_seconds x "
            "healthy_threshold = 20, and one that is unhealthy after its grace is replaced",
        ),
        (
            {"max_instance_lifetime_days": 0},
            "max_instance_lifetime_days: want 1 to 365, got 0; or none for no limit",
        ),
        (
            {"min_size": 5},
            "min_size, max_size: want 0 <= min_size <= max_size and max_size at least 1, got min_size 5 and max_size 4; "
            "raise max_size or lower min_size",
        ),
        (
            {"min_size": 0, "max_size": 0, "allow_zero": True},
            "min_size, max_size: want 0 <= min_size <= max_size and max_size at least 1, got min_size 0 and max_size 0; "
            "raise max_size or lower min_size",
        ),
        (
            {"min_size": 0},
            "min_size: 0 instances serve nobody, want at least 1; set allow_zero: true if that is meant",
        ),
        (
            {"scheduled_actions": [ScheduledAction(name="night", recurrence="0 0 * * *", min_size=0)]},
            "scheduled_actions.night: 0 instances serve nobody, want at least 1; set allow_zero: true if that is meant",
        ),
        (
            {"scheduled_actions": PEAK[:1]},
            "scheduled_actions: peak sets min_size to 10 and no action sets it back to 2, so it would stay for ever; "
            "add an action that returns to min_size 2",
        ),
        (
            {"requests_per_target": 0},
            "requests_per_target: want 1 to 1000000000, got 0; requests a minute for one instance",
        ),
        (
            {"cpu_target_percent": 101},
            "cpu_target_percent: want 1 to 100, got 101; or none for no scaling on CPU",
        ),
        ({"log_retention_days": 0}, "log_retention_days: want 1 to 3653, got 0; ten years are the most"),
    ],
)
def test_what_cannot_work_is_refused_with_rule_value_and_way_out(changes: dict[str, Any], error: str) -> None:
    assert refused(**changes) == error


def test_an_impossible_release_is_refused() -> None:
    assert refused(image_release="latest").startswith(
        "image_release: want an Amazon Linux 2023 release such as 2023.12.20260930.0, got 'latest'"
    )


@pytest.mark.parametrize(
    "policy",
    [
        "ELBSecurityPolicy-2016-08",
        "ELBSecurityPolicy-TLS13-1-1-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        "",
    ],
)
def test_a_tls_policy_with_old_versions_or_ciphers_is_refused(policy: str) -> None:
    assert refused(tls_policy=policy).startswith("tls_policy: want one of ELBSecurityPolicy-TLS13-1-2-Res-2021-06, ")
    assert refused(tls_policy=policy).endswith(f", got {policy!r}")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (
            lambda: HealthCheck(timeout_seconds=10),
            "health_check.timeout_seconds: want less than interval_seconds 10, got 10; lower it or raise the interval",
        ),
        (lambda: HealthCheck(interval_seconds=4), "health_check.interval_seconds: want 5 to 300, got 4"),
        (lambda: HealthCheck(timeout_seconds=1), "health_check.timeout_seconds: want 2 to 120, got 1"),
        (lambda: HealthCheck(healthy_threshold=1), "health_check.healthy_threshold: want 2 to 10, got 1"),
        (lambda: HealthCheck(unhealthy_threshold=11), "health_check.unhealthy_threshold: want 2 to 10, got 11"),
        (lambda: HealthCheck(path="healthz"), "health_check.path: want a path such as /healthz of at most 1024"),
        (
            lambda: Rollout(max_healthy_percentage=100),
            "rollout.max_healthy_percentage: want 110 to 200, got 100; Auto Scaling allows 100 above the 100 that always "
            "stay, and needs room for new ones",
        ),
        (lambda: Rollout(max_healthy_percentage=201), "rollout.max_healthy_percentage: want 110 to 200, got 201"),
        (
            lambda: MixedInstances(instance_types=[]),
            "mixed_instances.instance_types: want 1 to 39, got 0; name types beside instance_type",
        ),
        (
            lambda: MixedInstances(instance_types=["t4g.medium"], on_demand_percentage=101),
            "mixed_instances.on_demand_percentage: want 0 to 100, got 101; 100 means no spot",
        ),
        (
            lambda: MixedInstances(instance_types=["t4g.medium"], on_demand_base=-1),
            "mixed_instances.on_demand_base: want 0 to 10000, got -1",
        ),
        (lambda: Waf(rate_limit=9), "waf.rate_limit: want 10 to 2000000000, got 9; that is what AWS WAF takes"),
        (
            lambda: Waf(managed_rule_groups=["CommonRuleSet"]),
            "waf.managed_rule_groups: want AWS's rule groups, whose names begin with AWSManagedRules, got 'CommonRuleSet'",
        ),
        (
            lambda: Waf(managed_rule_groups=["AWSManagedRulesSQLiRuleSet"] * 2),
            "waf.managed_rule_groups: want each group once, got AWSManagedRulesSQLiRuleSet, AWSManagedRulesSQLiRuleSet",
        ),
        (lambda: AlarmThresholds(error_percent=0), "alarms.error_percent: want 0.01 to 100, got 0"),
        (lambda: AlarmThresholds(response_seconds=5000), "alarms.response_seconds: want 0.001 to 4000, got 5000"),
    ],
)
def test_nested_arguments_are_refused_by_their_full_name(make: Callable[[], Any], error: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - compared below
        make()
    assert str(refusal.value).startswith(error)
