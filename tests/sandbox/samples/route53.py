"""Samples for Route 53."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import REGION, Bench


def zone_id(bench: Bench) -> str:
    return bench.make("aws:route53/zone:Zone", name="hotel.example").id


def zone(bench: Bench) -> list[Values]:
    vpc = bench.make("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16").id
    delegation = bench.account.route53.create_reusable_delegation_set(CallerReference="one")["DelegationSet"]["Id"]
    return [
        {"name": "hotel.example.", "comment": "front", "forceDestroy": True, "tags": {"Name": "hotel"}},
        {"name": "hotel.internal", "vpcs": [{"vpcId": vpc, "vpcRegion": REGION}]},
        {"name": "other.example", "delegationSetId": delegation.removeprefix("/delegationset/")},
    ]


def record(bench: Bench) -> list[Values]:
    check = bench.account.route53.create_health_check(
        CallerReference="one", HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 443}
    )["HealthCheck"]["Id"]
    zone = zone_id(bench)
    alias = {"name": "Balancer.elb.amazonaws.com", "zoneId": "Z2P70J7HTTTPLU", "evaluateTargetHealth": True}
    values = {"zoneId": zone, "type": "A", "ttl": 60, "records": ["192.0.2.1", "192.0.2.2"]}
    return [
        {**values, "name": "www", "allowOverwrite": True},
        {"zoneId": zone, "name": "hotel.example", "type": "A", "aliases": [alias]},
        {"zoneId": zone, "name": "*.hotel.example.", "type": "CNAME", "ttl": 0, "records": ["www.hotel.example"]},
        {"zoneId": zone, "name": "", "type": "TXT", "ttl": 60, "records": ["v=spf1 -all"]},
        {
            **values,
            "name": "weight",
            "setIdentifier": "blue",
            "weightedRoutingPolicies": [{"weight": 0}],
            "healthCheckId": check,
        },
        {
            **values,
            "name": "fail",
            "setIdentifier": "first",
            "failoverRoutingPolicies": [{"type": "PRIMARY"}],
            "healthCheckId": check,
        },
        {**values, "name": "near", "setIdentifier": "br", "latencyRoutingPolicies": [{"region": REGION}]},
        {
            **values,
            "name": "geo",
            "setIdentifier": "us",
            "geolocationRoutingPolicies": [{"country": "US", "subdivision": "CA"}],
        },
        {**values, "name": "geo", "setIdentifier": "sa", "geolocationRoutingPolicies": [{"continent": "SA"}]},
        {**values, "name": "many", "setIdentifier": "one", "multivalueAnswerRoutingPolicy": True},
    ]


SAMPLES = {"aws:route53/zone:Zone": zone, "aws:route53/record:Record": record}
