"""Elastic Load Balancing as AWS answers where moto 5.2.5 does not.

moto enforces neither deletion protection nor two zones nor certificates, policies and groups; writes no logs; calls
every registered target healthy; forgets mutual authentication; and knows an attribute only once it was set.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto.acm.models import acm_backends
from moto.core.responses import ActionResult
from moto.elb import urls as shared_urls
from moto.elbv2 import models, urls
from moto.elbv2.exceptions import (
    DuplicateListenerError,
    DuplicateLoadBalancerName,
    ELBClientError,
    InvalidConfigurationRequest,
    InvalidTargetError,
    ValidationError,
)
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeHealthStatus, FakeLoadBalancer, elbv2_backends
from moto.elbv2.responses import ELBV2Response
from moto.elbv2.ssl_policies import SSL_POLICIES
from moto.s3.models import s3_backends

from sandbox.account.resource_policy import permits
from sandbox.facts.log_accounts import LOG_ACCOUNTS

NAME_LIMIT = 32  # of a load balancer's name (CreateLoadBalancer, API reference)

DEFAULT_ATTRIBUTES = {
    "access_logs.s3.bucket": "",
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "ipv6.deny_all_igw_traffic": "false",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""What a new Application Load Balancer has ("Load balancer attributes", user guide for Application Load Balancers)."""

TEST_FILES = {
    "access_logs": "ELBAccessLogTestFile",
    "connection_logs": "ELBConnectionLogTestFile",
    "health_check_logs": "ELBHealthCheckLogTestFile",
}
"""What the service writes into the bucket when a kind of log is enabled, to see that it may."""


def install() -> None:
    """Make moto answer load balancing requests with this module."""
    elbv2_backends.backend = Backend
    # One address serves the classic balancers too; this module picks by the version of the API.
    shared_urls.ELBV2Response = Response  # type: ignore[attr-defined]
    FakeLoadBalancer.VALID_ATTRS = FakeLoadBalancer.VALID_ATTRS | set(DEFAULT_ATTRIBUTES)
    models.FakeAction = Action  # type: ignore[misc]


class Action(FakeAction):
    """An action that tells nobody the secret of the client it authenticates with."""

    def __init__(self, data: dict[str, Any]) -> None:
        if "AuthenticateOidcConfig" in data:
            data["AuthenticateOidcConfig"].pop("ClientSecret", None)
        super().__init__(data)


class Backend(ELBv2Backend):
    """An account's load balancers in one region."""

    _url_module = urls

    def create_load_balancer(self, name: str, *arguments: Any, **named: Any) -> Any:
        """Create a balancer that AWS would create; `named` are moto's own arguments."""
        if len(name) > NAME_LIMIT:
            raise ValidationError(f"The load balancer name '{name}' cannot be longer than '{NAME_LIMIT}' characters")
        if any(balancer.name == name for balancer in self.load_balancers.values()):
            raise DuplicateLoadBalancerName
        named["scheme"] = named.get("scheme") or "internet-facing"
        application = (named.get("loadbalancer_type") or "application") == "application"
        subnet_ids = [*named["subnet_ids"], *(mapping["SubnetId"] for mapping in named.get("subnet_mappings") or [])]
        subnets = [self.ec2_backend.get_subnet(subnet_id) for subnet_id in subnet_ids]
        zones = [subnet.availability_zone for subnet in subnets]
        if len(set(zones)) < len(zones):
            raise InvalidConfigurationRequest(
                "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
            )
        if application and len(zones) < 2:
            raise ValidationError("At least two subnets in two different Availability Zones must be specified")
        if named["scheme"] == "internet-facing":
            self.require_internet_gateway(subnets[0].vpc_id)
        if application and not named["security_groups"]:
            default: Any = self.ec2_backend.get_default_security_group(subnets[0].vpc_id)
            named["security_groups"] = [default.id]
        for group_id in named["security_groups"]:
            if self.ec2_backend.get_security_group_from_id(group_id) is None:
                raise ELBClientError("InvalidSecurityGroup", f"Security group {group_id} does not exist")
        balancer = super().create_load_balancer(name, *arguments, **named)
        if application:
            balancer.attrs = dict(DEFAULT_ATTRIBUTES)
        return balancer

    def require_internet_gateway(self, vpc_id: str) -> None:
        gateways = self.ec2_backend.internet_gateways.values()
        if not any(gateway.vpc and gateway.vpc.id == vpc_id for gateway in gateways):
            raise ELBClientError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")

    def delete_load_balancer(self, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs["deletion_protection.enabled"] == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        super().delete_load_balancer(arn)

    # Listeners

    def create_listener(  # type: ignore[override]
        self, load_balancer_arn: str, protocol: str, port: int, ssl_policy: str, certificate: str | None, **named: Any
    ) -> Any:
        """Create a listener that AWS would create."""
        secure = protocol in ("HTTPS", "TLS")
        if secure:
            if certificate is None:
                raise ValidationError(f"A certificate must be specified for {protocol} listeners")
            self.require_usable(certificate)
            if ssl_policy not in SSL_POLICIES:
                raise ELBClientError("SSLPolicyNotFound", f"SSL policy '{ssl_policy}' not found")
        balancer: Any = self.load_balancers.get(load_balancer_arn)
        if balancer and any(listener.port == port for listener in balancer.listeners.values()):
            raise DuplicateListenerError
        listener: Any = super().create_listener(
            load_balancer_arn=load_balancer_arn,
            protocol=protocol,
            port=port,  # type: ignore[arg-type]
            ssl_policy=ssl_policy,
            certificate=certificate,
            **named,
        )
        if not secure:
            listener.ssl_policy = None
        if balancer.type == "application":
            listener.attributes = {"routing.http.response.server.enabled": "true"}
        return listener

    def require_usable(self, certificate_arn: str) -> None:
        """Refuse a certificate of ACM that is not issued; moto checks that it exists."""
        certificates = acm_backends[self.account_id][self.region_name]._certificates
        if certificate_arn in certificates:
            certificate = certificates[certificate_arn]
            certificate.check()
            if certificate.status != "ISSUED":
                raise ELBClientError(
                    "UnsupportedCertificate",
                    f"The certificate '{certificate_arn}' must have a fully-qualified domain name, "
                    "a supported signature, and a supported key size.",
                )

    def modify_listener(self, arn: str, *arguments: Any, **named: Any) -> Any:
        certificates = named.get("certificates") or (arguments[3] if len(arguments) > 3 else None) or []
        for certificate in certificates:
            self.require_usable(certificate["CertificateArn"])
        return super().modify_listener(arn, *arguments, **named)

    # Logs

    def modify_load_balancer_attributes(self, arn: str, attrs: dict[str, Any]) -> dict[str, Any]:
        """Set attributes; a log that is enabled must be writable, and its test file is written."""
        balancer: Any = self.load_balancers.get(arn)
        after = {**balancer.attrs, **attrs} if balancer else attrs
        enabled = [log for log in TEST_FILES if any(key.startswith(f"{log}.") for key in attrs)]
        enabled = [log for log in enabled if after.get(f"{log}.s3.enabled") == "true"]
        for log in enabled:
            self.write_test_file(log, arn, after[f"{log}.s3.bucket"], after.get(f"{log}.s3.prefix", ""))
        return super().modify_load_balancer_attributes(arn, attrs)

    def write_test_file(self, log: str, arn: str, bucket_name: str, prefix: str) -> None:
        """Write the object by which the service proves that it may deliver a log.

        Raises InvalidConfigurationRequest where the bucket is missing, in another region, encrypted with a key (only
        SSE-S3 is supported) or not open to the service, all of which AWS answers with one text.
        """
        refusal = InvalidConfigurationRequest(
            f"Access Denied for bucket: {bucket_name}. Please check S3bucket permission"
        )
        s3 = s3_backends[self.account_id][self.partition]
        bucket: Any = s3.buckets.get(bucket_name)
        if bucket is None or bucket.region_name != self.region_name or bucket.policy is None:
            raise refusal
        if "kms" in json.dumps(bucket.encryption or {}):
            raise refusal
        key = "/".join([*filter(None, [prefix.strip("/")]), "AWSLogs", self.account_id, TEST_FILES[log]])
        context = {
            "aws:SecureTransport": "true",
            "aws:SourceAccount": self.account_id,
            "aws:SourceArn": arn,
            "s3:TlsVersion": "1.3",
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        principals = ["logdelivery.elasticloadbalancing.amazonaws.com"]
        if self.region_name in LOG_ACCOUNTS:
            account = LOG_ACCOUNTS[self.region_name]
            principals += [account, f"arn:{self.partition}:iam::{account}:root"]
        resource = f"arn:{self.partition}:s3:::{bucket_name}/{key}"
        if not permits(json.loads(bucket.policy), principals, "s3:PutObject", resource, context):
            raise refusal
        s3.put_object(bucket_name, key, f"{TEST_FILES[log]} of {arn}, {datetime.now(UTC).isoformat()}\n".encode())

    # Target groups

    def describe_target_groups(self, *arguments: Any, **named: Any) -> Any:
        """Describe groups with the balancers that send to them now; moto remembers every balancer that ever did."""
        for group in self.target_groups.values():
            group.load_balancer_arns = [balancer.arn for balancer in self.senders(group.arn)]
        return super().describe_target_groups(*arguments, **named)

    def senders(self, target_group_arn: str) -> Iterator[FakeLoadBalancer]:
        """The balancers with a rule that forwards to a target group."""
        for balancer in self.load_balancers.values():
            rules = [rule for listener in balancer.listeners.values() for rule in listener.rules.values()]
            actions = [action.data for rule in rules for action in rule.actions]
            if any(target_group_arn in self._get_target_group_arns_from(action_data=data) for data in actions):
                yield balancer

    def register_targets(self, target_group_arn: str, instances: list[Any]) -> None:
        """Register targets; moto takes an instance that does not exist or stands in another VPC."""
        group = self.target_groups.get(target_group_arn)
        for target in instances:
            if group and group.target_type == "instance":
                instance = self.ec2_backend.get_instance_by_id(target["Id"])
                if instance is None or instance.vpc_id != group.vpc_id:
                    raise InvalidTargetError
        super().register_targets(target_group_arn, instances)

    def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
        """Tell the health of targets; moto calls targets healthy that no listener sends to."""
        health = super().describe_target_health(target_group_arn, targets)
        if not any(self.senders(target_group_arn)):
            for target in (target for target in health if target.status == "healthy"):
                target.status = "unused"
                target.reason = "Target.NotInUse"
                target.description = "Target group is not configured to receive traffic from the load balancer"
        return health


class Response(ELBV2Response):
    """Load balancing's actions."""

    def create_listener(self) -> ActionResult:
        return self.with_mutual_authentication(super().create_listener())

    def modify_listener(self) -> ActionResult:
        return self.with_mutual_authentication(super().modify_listener())

    def with_mutual_authentication(self, answer: ActionResult) -> ActionResult:
        """Remember how a listener verifies clients; moto drops it."""
        given = self._get_param("MutualAuthentication")
        answered: Any = answer.result
        if given is not None:
            answered["Listeners"][0].mutual_authentication = dict(given)
        return answer
