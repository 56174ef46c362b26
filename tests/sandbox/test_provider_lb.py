"""Load balancing: what replaces, what changes in place, what is refused, and the functions."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.check import NameTooLongError, check
from sandbox.provider.schema import UNKNOWN, Values
from sandbox.provider.server import RefusedError, _secret_inputs
from tests.sandbox.harness import REGION, TYPES, Bench
from tests.sandbox.samples.lb import (
    FIXED,
    OIDC,
    balancer,
    certificate,
    listener_of,
    log_bucket,
    network,
    security_group,
    subnet,
    target_group_of,
)

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
FORBIDDEN = {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "403"}}


def replacing(differences: list[Any]) -> set[str]:
    return {d.name for d in differences if d.replaces}


def attributes(bench: Bench, arn: str) -> dict[str, str]:
    answer = bench.account.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in answer}


# Load balancers


def test_a_balancer_shows_its_address_zone_and_the_suffix_that_metrics_use(bench: Bench) -> None:
    made = balancer(bench, name="web")
    assert made["arn"] == made.id
    assert made.id.endswith(made["arnSuffix"])
    assert made["arnSuffix"].startswith("app/web/")
    assert made["dnsName"].startswith("web-")
    assert made["zoneId"]
    assert made["vpcId"].startswith("vpc-")


def test_a_balancer_changes_attributes_groups_and_subnets_in_place(bench: Bench) -> None:
    vpc, subnets = network(bench)
    made = bench.make(BALANCER, subnets=subnets, securityGroups=[security_group(bench, vpc)])
    third, other = subnet(bench, vpc, "c", "10.1.2.0/24"), security_group(bench, vpc, "other")
    changed = bench.change(
        made,
        subnets=[*subnets, third],
        securityGroups=[other],
        idleTimeout=300,
        dropInvalidHeaderFields=True,
        desyncMitigationMode="strictest",
        ipAddressType="dualstack",
        enableDeletionProtection=True,
        tags={"Name": "web"},
    )
    assert changed.id == made.id
    assert set(changed["subnets"]) == {*subnets, third}
    assert changed["securityGroups"] == [other]
    seen = attributes(bench, made.id)
    assert seen["idle_timeout.timeout_seconds"] == "300"
    assert seen["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert seen["routing.http.desync_mitigation_mode"] == "strictest"
    assert bench.change(changed, idleTimeout=None, tags=None)["idleTimeout"] == 60


def test_name_scheme_and_type_replace_a_balancer(bench: Bench) -> None:
    made = balancer(bench)
    changed = bench.differences(made, name="other", internal=True, loadBalancerType="network")
    assert replacing(changed) == {"name", "internal", "loadBalancerType"}


def test_deletion_protection_is_honoured_until_it_is_turned_off(bench: Bench) -> None:
    made = balancer(bench, enableDeletionProtection=True)
    with pytest.raises(ClientError, match="deletion protection is enabled"):
        TYPES[BALANCER].delete(bench.account, made.id, made.state)
    bench.end(bench.change(made, enableDeletionProtection=False))


def test_logs_are_turned_on_and_off_and_a_dropped_block_stays(bench: Bench) -> None:
    made = balancer(bench, accessLogs={"bucket": log_bucket(bench), "prefix": "web", "enabled": True})
    assert attributes(bench, made.id)["access_logs.s3.prefix"] == "web"
    assert bench.differences(made, accessLogs=None) == []
    off = bench.change(made, accessLogs={"bucket": "logs", "prefix": "web", "enabled": False})
    assert attributes(bench, off.id)["access_logs.s3.enabled"] == "false"
    assert bench.differences(off, accessLogs={"bucket": "elsewhere"}) == []


def test_a_log_that_is_off_from_the_start_needs_no_bucket_that_exists(bench: Bench) -> None:
    made = balancer(bench, accessLogs={"bucket": "later"})
    assert attributes(bench, made.id)["access_logs.s3.enabled"] == "false"


def test_a_network_balancer_takes_further_zones_and_is_replaced_to_leave_one(bench: Bench) -> None:
    _, subnets = network(bench)
    made = bench.make(BALANCER, loadBalancerType="network", subnets=subnets[:1])
    assert replacing(bench.differences(made, subnets=subnets)) == set()
    assert replacing(bench.differences(made, subnets=subnets[1:])) == {"subnets"}


def test_settings_of_the_other_kind_of_balancer_are_no_difference(bench: Bench) -> None:
    _, subnets = network(bench)
    made = bench.make(BALANCER, loadBalancerType="network", subnets=subnets, idleTimeout=30)
    assert bench.differences(made, idleTimeout=40, enableHttp2=False) == []
    application = balancer(bench, enableCrossZoneLoadBalancing=True)
    assert bench.differences(application, enableCrossZoneLoadBalancing=False) == []


def test_attributes_that_a_target_group_of_a_function_has_not_are_no_difference(bench: Bench) -> None:
    made = bench.make(GROUP, targetType="lambda", deregistrationDelay=10)
    assert bench.differences(made, deregistrationDelay=20) == []
    assert bench.change(made, lambdaMultiValueHeadersEnabled=True)["lambdaMultiValueHeadersEnabled"] is True


def test_drift_of_an_attribute_is_found(bench: Bench) -> None:
    made = balancer(bench, idleTimeout=120)
    bench.account.elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=made.id, Attributes=[{"Key": "idle_timeout.timeout_seconds", "Value": "5"}]
    )
    state = bench.read(BALANCER, made.id, made.state)
    assert state is not None
    assert state["idleTimeout"] == 5


def test_a_balancer_that_was_deleted_elsewhere_is_gone(bench: Bench) -> None:
    made = balancer(bench)
    bench.account.elbv2.delete_load_balancer(LoadBalancerArn=made.id)
    assert bench.read(BALANCER, made.id, made.state) is None


def test_a_second_balancer_of_the_same_name_is_refused(bench: Bench) -> None:
    made = balancer(bench, name="web")
    with pytest.raises(RefusedError, match="a load balancer named web already exists"):
        TYPES[BALANCER].create(bench.account, made.inputs)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"subnets": ["subnet-1"]}, "wants subnets in at least two Availability Zones, got 1"),
        ({}, "one of `subnets,subnetMappings` must be specified"),
        ({"subnets": ["a", "b"], "name": "x" * 33}, r"name wants 1 to 32 .* got 'x{33}' \(33 characters\)"),
        ({"subnets": ["a", "b"], "name": "web-"}, "no hyphen at either end"),
        ({"subnets": ["a", "b"], "name": "internal-web"}, "must not begin with 'internal-'"),
        ({"subnets": ["a", "b"], "namePrefix": "too-long-"}, "namePrefix wants 1 to 6"),
        ({"subnets": ["a", "b"], "desyncMitigationMode": "strict"}, "expected desyncMitigationMode to be one of"),
        ({"subnets": ["a", "b"], "idleTimeout": 4001}, "expected idleTimeout to be between 1 and 4000, got 4001"),
        ({"subnets": ["a", "b"], "customerOwnedIpv4Pool": "p"}, "does not translate property 'customerOwnedIpv4Pool'"),
        ({"subnets": ["a", "b"], "accessLogs": {}}, "Missing required property 'accessLogs.bucket'"),
    ],
)
def test_a_balancer_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    [told] = bench.refused(BALANCER, **values)
    assert re.search(reason, told)


def test_subnets_that_a_preview_does_not_know_are_not_counted(bench: Bench) -> None:
    assert bench.refused(BALANCER, subnets=UNKNOWN) == []
    assert bench.refused(BALANCER, subnets=[UNKNOWN, UNKNOWN]) == []


# Target groups


def test_a_target_group_changes_its_health_check_and_attributes_in_place(bench: Bench) -> None:
    vpc, _ = network(bench)
    made = target_group_of(bench, vpc, healthCheck={"path": "/"})
    assert (made["healthCheck"]["healthyThreshold"], made["healthCheck"]["matcher"]) == (3, "200")
    changed = bench.change(
        made,
        healthCheck={"path": "/health", "matcher": "200-299", "interval": 10, "timeout": 5},
        deregistrationDelay=0,
        stickiness={"type": "lb_cookie", "cookieDuration": 60},
        slowStart=45,
    )
    [group] = bench.account.elbv2.describe_target_groups(TargetGroupArns=[made.id])["TargetGroups"]
    assert (group["HealthCheckPath"], group["HealthCheckIntervalSeconds"]) == ("/health", 10)
    assert (changed["deregistrationDelay"], changed["slowStart"]) == (0, 45)
    assert changed["stickiness"] == {"type": "lb_cookie", "cookieDuration": 60, "enabled": True}
    assert bench.change(changed, slowStart=None, deregistrationDelay=None)["deregistrationDelay"] == 300


def test_what_a_target_group_is_replaces_it(bench: Bench) -> None:
    vpc, _ = network(bench)
    made = target_group_of(bench, vpc, protocolVersion="HTTP1")
    changed = bench.differences(
        made, port=81, protocol="HTTPS", protocolVersion="HTTP2", targetType="ip", vpcId="vpc-other", name="other"
    )
    assert replacing(changed) == {"port", "protocol", "protocolVersion", "targetType", "vpcId", "name"}


def test_a_target_group_in_use_is_deleted_once_it_is_free(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    vpc, subnets = network(bench)
    group = target_group_of(bench, vpc)
    application = bench.make(BALANCER, subnets=subnets).id
    made = listener_of(
        bench, loadBalancerArn=application, defaultActions=[{"type": "forward", "targetGroupArn": group.id}]
    )
    monkeypatch.setattr("sandbox.provider.aws.target_groups._STILL_USED_SECONDS", 0.0)
    with pytest.raises(TimeoutError, match="no listener or rule to use target group"):
        TYPES[GROUP].delete(bench.account, group.id, group.state)
    bench.end(made)
    bench.end(group)


def test_a_generated_target_group_name_that_is_too_long_fails_as_the_real_provider_does() -> None:
    def generated(token: str) -> Values:
        values = {"port": 80, "protocol": "HTTP", "vpcId": "vpc-1"}
        return check(TYPES[token], "x" * 25, {}, values, region=REGION, default_tags={}, seed=b"")[0]

    with pytest.raises(NameTooLongError, match="plus 7 random chars is longer than maximum length 32"):
        generated(GROUP)
    assert len(generated("aws:alb/targetGroup:TargetGroup")["name"]) == 33


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"vpcId": None}, "vpcId is required unless targetType is lambda"),
        ({"targetType": "lambda"}, "port has no meaning for targetType lambda: leave it out"),
        ({"healthCheck": {"path": "health"}}, "healthCheck.path wants a leading '/', got 'health'"),
        ({"healthCheck": {"protocol": "TCP"}}, "cannot be checked by TCP"),
        ({"healthCheck": {"timeout": 30}}, "must be smaller than interval, got 30 and 30"),
        ({"healthCheck": {"port": "all"}}, "wants 'traffic-port' or 1 to 65535, got 'all'"),
        ({"healthCheck": {"interval": 301}}, "between 5 and 300, got 301"),
        ({"slowStart": 10}, r"slowStart wants 0 \(off\) or 30 to 900 seconds, got 10"),
        ({"deregistrationDelay": 3601}, "between 0 and 3600, got 3601"),
        ({"stickiness": {"type": "app_cookie"}}, "wants the cookieName of your application"),
        ({"protocol": "TCP", "protocolVersion": "HTTP2"}, "protocolVersion is for HTTP and HTTPS, got protocol 'TCP'"),
    ],
)
def test_a_target_group_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    told = bench.refused(GROUP, **{"port": 80, "protocol": "HTTP", "vpcId": "vpc-1"} | values)
    assert re.search(reason, told[0])


# Listeners and rules


def test_a_listener_on_an_application_balancer_speaks_https_where_it_has_a_certificate(bench: Bench) -> None:
    arn = certificate(bench)
    made = listener_of(bench, port=443, certificateArn=arn)
    assert (made["protocol"], made["sslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-2016-08")
    plain = listener_of(bench)
    assert (plain["protocol"], plain["sslPolicy"]) == ("HTTP", "")


def test_a_listener_changes_certificate_policy_and_actions_in_place(bench: Bench) -> None:
    first, second = certificate(bench), certificate(bench, "other.hotelaria.example")
    made = listener_of(bench, port=443, certificateArn=first, protocol="HTTPS")
    changed = bench.change(
        made,
        certificateArn=second,
        sslPolicy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        defaultActions=[FORBIDDEN],
        routingHttpResponseStrictTransportSecurityHeaderValue="max-age=31536000",
    )
    assert changed["certificateArn"] == second
    assert changed["defaultActions"][0]["fixedResponse"]["statusCode"] == "403"
    [listener] = bench.account.elbv2.describe_listeners(ListenerArns=[made.id])["Listeners"]
    assert listener["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert replacing(bench.differences(made, loadBalancerArn="other")) == {"loadBalancerArn"}


def test_a_forward_reads_back_in_the_words_in_which_it_was_said(bench: Bench) -> None:
    vpc, subnets = network(bench)
    arn = target_group_of(bench, vpc).id
    application = bench.make(BALANCER, subnets=subnets).id
    short = {"type": "forward", "targetGroupArn": arn}
    long = {"type": "forward", "forward": {"targetGroups": [{"arn": arn}]}}
    made = listener_of(bench, loadBalancerArn=application, defaultActions=[short])
    assert made["defaultActions"] == [{**short, "order": 1}]
    changed = bench.change(made, defaultActions=[long])
    assert changed["defaultActions"][0]["forward"]["targetGroups"] == [{"arn": arn, "weight": 1}]
    assert "targetGroupArn" not in changed["defaultActions"][0]


def test_a_client_s_secret_is_kept_and_hidden(bench: Bench) -> None:
    arn = balancer(bench).id
    made = listener_of(
        bench,
        loadBalancerArn=arn,
        port=443,
        certificateArn=certificate(bench),
        defaultActions=[{"type": "authenticate-oidc", "authenticateOidc": OIDC}, FIXED],
    )
    assert made["defaultActions"][0]["authenticateOidc"]["clientSecret"] == "a secret"
    assert _secret_inputs(TYPES[LISTENER], made.inputs) == {"defaultActions"}
    assert _secret_inputs(TYPES[LISTENER], {"defaultActions": [FIXED]}) == set()


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"protocol": "HTTPS"}, "a listener of protocol HTTPS wants a certificateArn"),
        (
            {"protocol": "HTTP", "certificateArn": "arn:c"},
            "certificateArn is for HTTPS and TLS listeners, got protocol 'HTTP'",
        ),
        ({"protocol": "HTTPX", "certificateArn": None}, "'HTTPX' is none of"),
        ({"port": 0}, "0 is not between 1 and 65535"),
        ({"defaultActions": [{"type": "forward"}]}, "an action of type forward wants forward or targetGroupArn"),
        ({"defaultActions": [{"type": "teapot"}]}, "'teapot' is none of forward, redirect"),
        ({"defaultActions": [FIXED, FIXED]}, "must end in exactly one forward, redirect or fixed-response"),
        ({"defaultActions": []}, "must end in exactly one"),
        (
            {"defaultActions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}]},
            "the redirect leads to itself",
        ),
        (
            {
                "defaultActions": [
                    {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "301"}}
                ]
            },
            "'301' does not match",
        ),
        (
            {"defaultActions": [{"type": "authenticate-oidc", "authenticateOidc": OIDC}, FIXED]},
            "an authenticate action wants an HTTPS listener",
        ),
    ],
)
def test_a_listener_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    given = {"loadBalancerArn": "arn:lb", "port": 80, "defaultActions": [FIXED]} | values
    assert any(re.search(reason, told) for told in bench.refused(LISTENER, **given))


def test_a_listener_whose_certificate_a_preview_does_not_know_is_fine(bench: Bench) -> None:
    values = {"loadBalancerArn": UNKNOWN, "port": 443, "protocol": "HTTPS", "defaultActions": [FIXED]}
    assert bench.refused(LISTENER, **values, certificateArn=UNKNOWN) == []


def test_rules_without_a_priority_line_up_after_the_last_one(bench: Bench) -> None:
    listener = listener_of(bench).id
    condition = {"pathPattern": {"values": ["/a"]}}

    def rule(**values: Any) -> Any:
        return bench.make(RULE, listenerArn=listener, actions=[FIXED], conditions=[condition], **values)

    assert [rule()["priority"], rule(priority=10)["priority"], rule()["priority"]] == [1, 10, 11]


def test_a_rule_changes_priority_conditions_and_actions_in_place(bench: Bench) -> None:
    listener = listener_of(bench).id
    made = bench.make(
        RULE, listenerArn=listener, priority=5, actions=[FIXED], conditions=[{"pathPattern": {"values": ["/a", "/b"]}}]
    )
    assert bench.differences(made, conditions=[{"pathPattern": {"values": ["/b", "/a"]}}]) == []
    changed = bench.change(
        made, priority=6, actions=[FORBIDDEN], conditions=[{"hostHeader": {"values": ["a.example"]}}]
    )
    assert changed.id == made.id
    assert changed["priority"] == 6
    assert changed["conditions"] == [{"hostHeader": {"values": ["a.example"]}}]
    assert replacing(bench.differences(made, listenerArn="other")) == {"listenerArn"}


def test_a_condition_says_exactly_one_thing(bench: Bench) -> None:
    both = {"pathPattern": {"values": ["/a"]}, "hostHeader": {"values": ["b"]}}
    [told] = bench.refused(RULE, listenerArn="arn", actions=[FIXED], conditions=[both])
    assert told.endswith("got ['hostHeader', 'pathPattern']")


def test_a_further_certificate_stands_beside_the_listener_s_own(bench: Bench) -> None:
    first, second = certificate(bench), certificate(bench, "other.hotelaria.example")
    listener = listener_of(bench, port=443, protocol="HTTPS", certificateArn=first)
    further = bench.make(
        "aws:lb/listenerCertificate:ListenerCertificate", listenerArn=listener.id, certificateArn=second
    )
    assert further.id == f"{listener.id}_{second}"
    assert bench.read(LISTENER, listener.id, listener.state) == listener.state
    bench.end(further)


# Functions


def call(bench: Bench, token: str, **args: Any) -> Values:
    answer = provider().functions[token].answer(bench.account, args)
    assert isinstance(answer, dict)
    return answer


def test_a_balancer_is_found_by_name_by_arn_and_by_tags(bench: Bench) -> None:
    made = balancer(bench, name="web", tags={"role": "web"})
    for args in ({"name": "web"}, {"arn": made.id}, {"tags": {"role": "web"}}):
        answer = call(bench, "aws:lb/getLoadBalancer:getLoadBalancer", **args)
        assert (answer["id"], answer["dnsName"], answer["tags"]) == (made.id, made["dnsName"], {"role": "web"})
    with pytest.raises(RefusedError, match="no matching load balancer found"):
        call(bench, "aws:lb/getLoadBalancer:getLoadBalancer", tags={"role": "database"})


def test_a_target_group_and_a_listener_are_found(bench: Bench) -> None:
    vpc, subnets = network(bench)
    group = target_group_of(bench, vpc, name="web")
    application = bench.make(BALANCER, subnets=subnets).id
    listener = listener_of(bench, loadBalancerArn=application)
    assert call(bench, "aws:lb/getTargetGroup:getTargetGroup", name="web")["arn"] == group.id
    answer = call(bench, "aws:lb/getListener:getListener", loadBalancerArn=application, port=80)
    assert (answer["arn"], answer["protocol"], answer["mutualAuthentications"]) == (listener.id, "HTTP", [])
    with pytest.raises(RefusedError, match="no matching listener found"):
        call(bench, "aws:lb/getListener:getListener", loadBalancerArn=application, port=81)


def test_the_service_s_account_is_known_where_it_has_one(bench: Bench) -> None:
    token = "aws:elb/getServiceAccount:getServiceAccount"
    assert call(bench, token) == {"arn": "arn:aws:iam::507241528517:root", "id": "507241528517"}
    bench.account.region = "ap-southeast-7"
    with pytest.raises(RefusedError, match="unsupported AWS Region: ap-southeast-7"):
        call(bench, token)
