"""Elastic Load Balancing: target groups and single targets."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import elbv2, names, tags
from sandbox.provider.schema import (
    BOOL,
    BOOL_TEXT,
    INT,
    UNKNOWN,
    AutoName,
    Block,
    Prop,
    Resource,
    Values,
    from_api,
    to_api,
)
from sandbox.provider.server import RefusedError

_STILL_USED_SECONDS = 120.0

_HEALTH_CHECK = {
    "enabled": Prop(kind=BOOL, api="HealthCheckEnabled", default=True),
    "healthyThreshold": Prop(kind=INT, api="HealthyThresholdCount", default=3, low=2, high=10),
    "interval": Prop(kind=INT, api="HealthCheckIntervalSeconds", default=30, low=5, high=300),
    "matcher": Prop(api=None, computed=True),
    "path": Prop(api="HealthCheckPath", computed=True),
    "port": Prop(api="HealthCheckPort", default="traffic-port"),
    "protocol": Prop(api="HealthCheckProtocol", default="HTTP", choices=("HTTP", "HTTPS", "TCP")),
    "timeout": Prop(kind=INT, api="HealthCheckTimeoutSeconds", computed=True, low=2, high=120),
    "unhealthyThreshold": Prop(kind=INT, api="UnhealthyThresholdCount", default=3, low=2, high=10),
}
_STICKINESS = {
    "type": Prop(
        required=True,
        choices=("lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"),
    ),
    "cookieDuration": Prop(kind=INT, default=86400, low=0, high=604800),
    "cookieName": Prop(),
    "enabled": Prop(kind=BOOL, default=True),
}
_GROUP_HEALTH = {
    "dnsFailover": Prop(
        kind=Block(
            {
                "minimumHealthyTargetsCount": Prop(default="off"),
                "minimumHealthyTargetsPercentage": Prop(default="off"),
            }
        ),
        computed=True,
    ),
    "unhealthyStateRouting": Prop(
        kind=Block(
            {
                "minimumHealthyTargetsCount": Prop(kind=INT, default=1),
                "minimumHealthyTargetsPercentage": Prop(default="off"),
            }
        ),
        computed=True,
    ),
}

_LAMBDA_GROUP = {
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
}
_GROUP = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "targetGroupHealth.dnsFailover.minimumHealthyTargetsCount": "target_group_health.dns_failover.minimum_healthy_targets.count",
    "targetGroupHealth.dnsFailover.minimumHealthyTargetsPercentage": "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    "targetGroupHealth.unhealthyStateRouting.minimumHealthyTargetsCount": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "targetGroupHealth.unhealthyStateRouting.minimumHealthyTargetsPercentage": "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
}


def _group_keys(values: Values) -> elbv2.Attributes:
    """The attributes that a target group of this type has. A cookie's key says whose cookie it is."""
    if values.get("targetType") == "lambda":
        return _LAMBDA_GROUP
    cookies = {
        "lb_cookie": {"stickiness.cookieDuration": "stickiness.lb_cookie.duration_seconds"},
        "app_cookie": {
            "stickiness.cookieDuration": "stickiness.app_cookie.duration_seconds",
            "stickiness.cookieName": "stickiness.app_cookie.cookie_name",
        },
    }
    return _GROUP | cookies.get(elbv2.at(values, "stickiness.type"), {})


class TargetGroup(elbv2.Elbv2Resource):
    """aws:lb/targetGroup:TargetGroup."""

    token = "aws:lb/targetGroup:TargetGroup"
    api = ("elbv2", "CreateTargetGroup")
    auto_name = AutoName(limit=elbv2.NAME_LIMIT)
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "port": Prop(kind=INT, replace=True),
        "protocol": Prop(replace=True),
        "protocolVersion": Prop(computed=True, replace=True, choices=("GRPC", "HTTP1", "HTTP2")),
        "vpcId": Prop(replace=True),
        "targetType": Prop(default="instance", replace=True),
        "ipAddressType": Prop(computed=True, replace=True),
        "healthCheck": Prop(kind=Block(_HEALTH_CHECK), api=None, computed=True),
        "connectionTermination": Prop(kind=BOOL, api=None, computed=True),
        "deregistrationDelay": Prop(kind=INT, api=None, default=300, low=0, high=3600),
        "lambdaMultiValueHeadersEnabled": Prop(kind=BOOL, api=None, default=False),
        "loadBalancingAlgorithmType": Prop(
            api=None, computed=True, choices=("round_robin", "least_outstanding_requests", "weighted_random")
        ),
        "loadBalancingAnomalyMitigation": Prop(api=None, computed=True, choices=("on", "off")),
        "loadBalancingCrossZoneEnabled": Prop(
            api=None, computed=True, choices=("true", "false", "use_load_balancer_configuration")
        ),
        "preserveClientIp": Prop(kind=BOOL_TEXT, api=None, computed=True),
        "proxyProtocolV2": Prop(kind=BOOL, api=None, default=False),
        "slowStart": Prop(kind=INT, api=None, default=0),
        "stickiness": Prop(kind=Block(_STICKINESS), api=None, computed=True),
        "targetGroupHealth": Prop(kind=Block(_GROUP_HEALTH), api=None, computed=True),
    }
    outputs = ("arn", "arnSuffix", "loadBalancerArns")

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from elbv2.name_broken(values, prefix_limit=6)
        for_lambda = values["targetType"] == "lambda"
        for name in ("port", "protocol", "vpcId"):
            if for_lambda and values.get(name) is not None:
                yield name, f"{name} has no meaning for targetType lambda: leave it out"
            if not for_lambda and values["targetType"] is not UNKNOWN and values.get(name) is None:
                yield name, f"{name} is required unless targetType is lambda"
        if values.get("slowStart") not in (None, 0, UNKNOWN) and not 30 <= values["slowStart"] <= 900:
            yield "slowStart", f"slowStart wants 0 (off) or 30 to 900 seconds, got {values['slowStart']}"
        if values.get("protocolVersion") and values.get("protocol") not in ("HTTP", "HTTPS", UNKNOWN):
            yield "protocolVersion", f"protocolVersion is for HTTP and HTTPS, got protocol {values.get('protocol')!r}"
        yield from _health_check_broken(values)
        stickiness = values.get("stickiness")
        if isinstance(stickiness, dict) and stickiness.get("type") == "app_cookie" and not stickiness.get("cookieName"):
            yield "stickiness.cookieName", "stickiness of type app_cookie wants the cookieName of your application"

    def overlooked(self, old: Values, new: Values) -> Iterator[str]:
        keys = _group_keys(new)
        yield from (path for path in _LAMBDA_GROUP | _GROUP if path not in keys)
        if new.get("protocol") not in ("HTTP", "HTTPS"):
            yield "stickiness.cookieDuration"

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        if found(lambda: account.elbv2.describe_target_groups(Names=[name])["TargetGroups"]):
            raise RefusedError(f"a target group named {name} already exists: choose another name")
        arn = str(
            account.elbv2.create_target_group(
                **{**to_api(self.props, values), "Name": name}, **_health_check(values), **tags.parameter(values)
            )["TargetGroups"][0]["TargetGroupArn"]
        )
        attributes = [a for a in elbv2.to_attributes(_group_keys(values), values) if a["Value"] not in ("false", "")]
        if attributes:
            account.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)
        return arn

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.elbv2.describe_target_groups(TargetGroupArns=[id_])["TargetGroups"])
        if not answer:
            return None
        [group] = answer
        attributes = account.elbv2.describe_target_group_attributes(TargetGroupArn=id_)["Attributes"]
        matcher = group.get("Matcher") or {}
        keys = _LAMBDA_GROUP | _GROUP
        stickiness = next((a["Value"] for a in attributes if a["Key"] == "stickiness.type"), None)
        keys |= _group_keys({"stickiness": {"type": stickiness}})
        return {
            **elbv2.others(keys, values),
            **from_api(self.props, group),
            **elbv2.from_attributes(keys, self.props, attributes),
            "name": group["TargetGroupName"],
            "namePrefix": names.prefix_of(group["TargetGroupName"]),
            "healthCheck": {
                **{k: v for k, v in from_api(_HEALTH_CHECK, group).items() if v is not None},
                "matcher": matcher.get("HttpCode") or matcher.get("GrpcCode") or "",
            },
            "arn": id_,
            "arnSuffix": id_.rsplit(":", 1)[1],
            "loadBalancerArns": group.get("LoadBalancerArns", []),
            "tagsAll": self.tags_of(account, id_),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "healthCheck" in changed and new.get("healthCheck"):
            account.elbv2.modify_target_group(TargetGroupArn=id_, **_health_check(new))
        attributes = elbv2.to_attributes(elbv2.only(_group_keys(new), changed), new)
        if attributes:
            account.elbv2.modify_target_group_attributes(TargetGroupArn=id_, Attributes=attributes)
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        def deleted() -> bool:
            try:
                account.elbv2.delete_target_group(TargetGroupArn=id_)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceInUse":
                    return False
                raise
            return True

        wait_for(deleted, f"no listener or rule to use target group {id_} any more", _STILL_USED_SECONDS)


def _health_check(values: Values) -> dict[str, Any]:
    """A target group's health check as parameters."""
    block = values.get("healthCheck")
    if not block:
        return {}
    codes = "GrpcCode" if values.get("protocolVersion") == "GRPC" else "HttpCode"
    matcher = {"Matcher": {codes: block["matcher"]}} if block.get("matcher") else {}
    return to_api(_HEALTH_CHECK, block) | matcher


def _health_check_broken(values: Values) -> Iterator[tuple[str, str]]:
    block = values.get("healthCheck")
    if not isinstance(block, dict):
        return
    port = block["port"]
    if port not in ("traffic-port", UNKNOWN) and not (port.isdigit() and 1 <= int(port) <= 65535):
        yield "healthCheck.port", f"healthCheck.port wants 'traffic-port' or 1 to 65535, got {port!r}"
    if block["protocol"] == "TCP":
        if values.get("protocol") in ("HTTP", "HTTPS"):
            yield (
                "healthCheck.protocol",
                f"a target group of protocol {values['protocol']} cannot be checked by TCP: use HTTP or HTTPS",
            )
        for name in ("path", "matcher"):
            if block.get(name):
                yield (
                    f"healthCheck.{name}",
                    f"healthCheck.{name} has no meaning for a check by TCP, got {block[name]!r}",
                )
    path = block.get("path")
    if isinstance(path, str) and not path.startswith("/") and values.get("protocolVersion") != "GRPC":
        yield "healthCheck.path", f"healthCheck.path wants a leading '/', got {path!r}"
    timeout, interval = block.get("timeout"), block["interval"]
    if isinstance(timeout, int) and isinstance(interval, int) and timeout >= interval:
        yield "healthCheck.timeout", f"healthCheck.timeout must be smaller than interval, got {timeout} and {interval}"


class TargetGroupAttachment(Resource):
    """aws:lb/targetGroupAttachment:TargetGroupAttachment: one target that no Auto Scaling group looks after."""

    token = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
    props: ClassVar[Mapping[str, Prop]] = {
        "targetGroupArn": Prop(required=True, replace=True),
        "targetId": Prop(required=True, replace=True, api="Id"),
        "port": Prop(kind=INT, replace=True, low=1, high=65535),
    }

    def create(self, account: Account, values: Values) -> str:
        account.elbv2.register_targets(
            TargetGroupArn=values["targetGroupArn"], Targets=[to_api(self.props, values, ("targetId", "port"))]
        )
        return f"{values['targetGroupArn']}-{secrets.token_hex(13)}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group, target = values["targetGroupArn"], to_api(self.props, values, ("targetId", "port"))
        answer = found(
            lambda: account.elbv2.describe_target_health(TargetGroupArn=group, Targets=[target])[
                "TargetHealthDescriptions"
            ]
        )
        away = ("Target.NotRegistered", "Target.DeregistrationInProgress")
        if not any(health["TargetHealth"].get("Reason") not in away for health in answer or ()):
            return None
        return {name: values.get(name) for name in self.props}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.elbv2.deregister_targets(
            TargetGroupArn=values["targetGroupArn"], Targets=[to_api(self.props, values, ("targetId", "port"))]
        )
