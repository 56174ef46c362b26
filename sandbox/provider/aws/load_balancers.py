"""Elastic Load Balancing: application and network load balancers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import elbv2, names, tags
from sandbox.provider.schema import BOOL, INT, UNKNOWN, AutoName, Block, Many, Prop, Values, to_api
from sandbox.provider.server import RefusedError

_ACTIVE_SECONDS = 600.0
_ATTRIBUTES_A_CALL = 20  # ModifyLoadBalancerAttributes, API reference

_LOGS = {
    "bucket": Prop(required=True),
    "enabled": Prop(kind=BOOL, default=False),
    "prefix": Prop(),
}


def _log_keys(name: str, key: str) -> dict[str, str]:
    return {f"{name}.{prop}": f"{key}.s3.{prop}" for prop in ("enabled", "bucket", "prefix")}


_ANY_BALANCER = {
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    **_log_keys("accessLogs", "access_logs"),
}
_APPLICATION = _ANY_BALANCER | {
    **_log_keys("connectionLogs", "connection_logs"),
    **_log_keys("healthCheckLogs", "health_check_logs"),
    "clientKeepAlive": "client_keep_alive.seconds",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
_NETWORK = _ANY_BALANCER | {
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
}
_BALANCER_LOGS = ("accessLogs", "connectionLogs", "healthCheckLogs")


def _balancer_keys(values: Values) -> elbv2.Attributes:
    """The attributes of a balancer like this that matter; of a log that is off, nothing but that it is off."""
    keys = _APPLICATION if values.get("loadBalancerType", "application") == "application" else _NETWORK
    off = [log for log in _BALANCER_LOGS if not elbv2.at(values, f"{log}.enabled")]
    return {path: key for path, key in keys.items() if path.split(".")[0] not in off or path.endswith(".enabled")}


class LoadBalancer(elbv2.Elbv2Resource):
    """aws:lb/loadBalancer:LoadBalancer: application and network load balancers."""

    token = "aws:lb/loadBalancer:LoadBalancer"
    api = ("elbv2", "CreateLoadBalancer")
    auto_name = AutoName()
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("Name"),
        "loadBalancerType": Prop(api="Type", default="application", replace=True, choices=("application", "network")),
        "internal": Prop(kind=BOOL, api=None, computed=True, replace=True),
        "ipAddressType": Prop(computed=True),
        "securityGroups": Prop(kind=Many(), computed=True),
        "subnets": Prop(kind=Many(), computed=True, conflicts=("subnetMappings",)),
        "subnetMappings": Prop(
            kind=Many(Block({"subnetId": Prop(required=True)})), computed=True, conflicts=("subnets",)
        ),
        # A block that the program drops stays as it is.
        "accessLogs": Prop(kind=Block(_LOGS), api=None, computed=True),
        "connectionLogs": Prop(kind=Block(_LOGS), api=None, computed=True),
        "healthCheckLogs": Prop(kind=Block(_LOGS), api=None, computed=True),
        "clientKeepAlive": Prop(kind=INT, api=None, default=3600, low=60, high=604800),
        "desyncMitigationMode": Prop(api=None, default="defensive", choices=("monitor", "defensive", "strictest")),
        "dnsRecordClientRoutingPolicy": Prop(
            api=None,
            default="any_availability_zone",
            choices=("availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"),
        ),
        "dropInvalidHeaderFields": Prop(kind=BOOL, api=None, default=False),
        "enableCrossZoneLoadBalancing": Prop(kind=BOOL, api=None, default=False),
        "enableDeletionProtection": Prop(kind=BOOL, api=None, default=False),
        "enableHttp2": Prop(kind=BOOL, api=None, default=True),
        "enableTlsVersionAndCipherSuiteHeaders": Prop(kind=BOOL, api=None, default=False),
        "enableWafFailOpen": Prop(kind=BOOL, api=None, default=False),
        "enableXffClientPort": Prop(kind=BOOL, api=None, default=False),
        "enableZonalShift": Prop(kind=BOOL, api=None, default=False),
        "idleTimeout": Prop(kind=INT, api=None, default=60, low=1, high=4000),
        "preserveHostHeader": Prop(kind=BOOL, api=None, default=False),
        "xffHeaderProcessingMode": Prop(api=None, default="append", choices=("append", "preserve", "remove")),
    }
    outputs = ("arn", "arnSuffix", "dnsName", "vpcId", "zoneId")

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from elbv2.name_broken(values, prefix_limit=6, reserved="internal-")
        places = "subnetMappings" if "subnetMappings" in values else "subnets"
        subnets = values.get(places)
        if subnets is None:
            yield "subnets", "one of `subnets,subnetMappings` must be specified: name a subnet in each zone"
        elif isinstance(subnets, list) and values["loadBalancerType"] == "application" and len(subnets) < 2:
            yield (
                places,
                "an Application Load Balancer wants subnets in at least two Availability Zones, "
                f"got {len(subnets)}: add a subnet of another zone",
            )

    def replaced(self, old: Values, new: Values) -> Iterator[str]:
        if old.get("loadBalancerType") != "network":
            return
        for places in ("subnets", "subnetMappings"):
            wanted = new.get(places) or []
            if wanted is not UNKNOWN and len(wanted) <= len(old.get(places) or []):
                yield places  # a Network Load Balancer only takes further zones
        if bool(old.get("securityGroups")) != bool(new.get("securityGroups")):
            yield "securityGroups"

    def overlooked(self, old: Values, new: Values) -> Iterator[str]:
        yield from set(_APPLICATION | _NETWORK) - set(_balancer_keys(new))

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        both = {"subnets", "subnetMappings"}
        return both if both & changed else ()

    def create(self, account: Account, values: Values) -> str:
        name = names.chosen(values)
        if found(lambda: account.elbv2.describe_load_balancers(Names=[name])["LoadBalancers"]):
            raise RefusedError(f"a load balancer named {name} already exists: choose another name")
        arn = str(
            account.elbv2.create_load_balancer(
                **{**to_api(self.props, values), "Name": name},
                **({"Scheme": "internal"} if values.get("internal") else {}),
                **tags.parameter(values),
            )["LoadBalancers"][0]["LoadBalancerArn"]
        )
        self._wait(account, arn)
        self._set_attributes(account, arn, _balancer_keys(values), values)
        return arn

    def _wait(self, account: Account, arn: str) -> None:
        def active() -> bool:
            [balancer] = account.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
            return bool(balancer["State"]["Code"] == "active")

        wait_for(active, f"load balancer {arn} to be active", _ACTIVE_SECONDS)

    def _set_attributes(self, account: Account, arn: str, keys: elbv2.Attributes, values: Values) -> None:
        logs = {log: {"prefix": "", **values[log]} for log in _BALANCER_LOGS if values.get(log)}
        attributes = elbv2.to_attributes(keys, {**values, **logs})
        for start in range(0, len(attributes), _ATTRIBUTES_A_CALL):
            account.elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=arn, Attributes=attributes[start : start + _ATTRIBUTES_A_CALL]
            )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.elbv2.describe_load_balancers(LoadBalancerArns=[id_])["LoadBalancers"])
        if not answer:
            return None
        [balancer] = answer
        attributes = account.elbv2.describe_load_balancer_attributes(LoadBalancerArn=id_)["Attributes"]
        subnets = [zone["SubnetId"] for zone in balancer["AvailabilityZones"]]
        return {
            **elbv2.others(_APPLICATION | _NETWORK, values),
            **elbv2.from_attributes(_APPLICATION | _NETWORK, self.props, attributes),
            "name": balancer["LoadBalancerName"],
            "namePrefix": names.prefix_of(balancer["LoadBalancerName"]),
            "loadBalancerType": balancer["Type"],
            "internal": balancer["Scheme"] == "internal",
            "ipAddressType": balancer["IpAddressType"],
            "securityGroups": balancer.get("SecurityGroups", []),
            "subnets": subnets,
            "subnetMappings": [{"subnetId": subnet} for subnet in subnets],
            "arn": id_,
            "arnSuffix": id_.split(":loadbalancer/")[1],
            "dnsName": balancer["DNSName"],
            "vpcId": balancer["VpcId"],
            "zoneId": balancer["CanonicalHostedZoneId"],
            "tagsAll": self.tags_of(account, id_),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self._set_attributes(account, id_, elbv2.only(_balancer_keys(new), changed), new)
        if "securityGroups" in changed:
            account.elbv2.set_security_groups(LoadBalancerArn=id_, SecurityGroups=new["securityGroups"])
        places = changed & {"subnets", "subnetMappings"}
        if places:
            account.elbv2.set_subnets(LoadBalancerArn=id_, **to_api(self.props, new, places))
        if "ipAddressType" in changed:
            account.elbv2.set_ip_address_type(LoadBalancerArn=id_, IpAddressType=new["ipAddressType"])
        self.retag(account, id_, old, new)
        self._wait(account, id_)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.elbv2.delete_load_balancer(LoadBalancerArn=id_)
