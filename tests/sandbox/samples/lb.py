"""Samples for load balancing."""

from typing import Any

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made, Sample

OIDC = {
    "authorizationEndpoint": "https://id.hotelaria.example/authorize",
    "clientId": "front-desk",
    "clientSecret": "a secret",
    "issuer": "https://id.hotelaria.example",
    "tokenEndpoint": "https://id.hotelaria.example/token",
    "userInfoEndpoint": "https://id.hotelaria.example/me",
    "authenticationRequestExtraParams": {"display": "page"},
    "onUnauthenticatedRequest": "deny",
    "scope": "openid profile",
    "sessionCookieName": "session",
    "sessionTimeout": 3600,
}
COGNITO = {
    "userPoolArn": "arn:aws:cognito-idp:sa-east-1:123456789012:userpool/sa-east-1_abc",
    "userPoolClientId": "client",
    "userPoolDomain": "hotelaria",
    "authenticationRequestExtraParams": {"display": "page"},
    "onUnauthenticatedRequest": "allow",
    "scope": "openid profile",
    "sessionCookieName": "session",
    "sessionTimeout": 3600,
}
FIXED = {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}


def network(bench: Bench) -> tuple[str, list[str]]:
    """A VPC with a way to the internet and a subnet in each of two zones: (VPC, subnets)."""
    vpc = bench.account.ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = bench.account.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    bench.account.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return vpc, [subnet(bench, vpc, "a", "10.1.0.0/24"), subnet(bench, vpc, "b", "10.1.1.0/24")]


def subnet(bench: Bench, vpc: str, zone: str, block: str) -> str:
    made = bench.account.ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=f"sa-east-1{zone}")
    return str(made["Subnet"]["SubnetId"])


def security_group(bench: Bench, vpc: str, name: str = "balancer") -> str:
    return str(bench.account.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def certificate(bench: Bench, domain: str = "hotelaria.example") -> str:
    """An issued certificate: its proof stands in the seeded zone."""
    arn = bench.account.acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
    described = bench.account.acm.describe_certificate(CertificateArn=arn)["Certificate"]
    proof = described["DomainValidationOptions"][0]["ResourceRecord"]
    [zone] = bench.account.route53.list_hosted_zones_by_name(DNSName="hotelaria.example")["HostedZones"]
    record = {"Name": proof["Name"], "Type": proof["Type"], "TTL": 60, "ResourceRecords": [{"Value": proof["Value"]}]}
    bench.account.route53.change_resource_record_sets(
        HostedZoneId=zone["Id"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    )
    return str(arn)


def log_bucket(bench: Bench) -> str:
    bench.account.s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"Service":"logdelivery.elasticloadbalancing.amazonaws.com"},'
        '"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]}'
    )
    bench.account.s3.put_bucket_policy(Bucket="logs", Policy=policy)
    return "logs"


def balancer(bench: Bench, **values: Any) -> Made:
    """An Application Load Balancer in two zones."""
    _, subnets = network(bench)
    return bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets, **values)


def target_group_of(bench: Bench, vpc: str, **values: Any) -> Made:
    return bench.make("aws:lb/targetGroup:TargetGroup", port=80, protocol="HTTP", vpcId=vpc, **values)


def listener_of(bench: Bench, **values: Any) -> Made:
    """A listener on port 80 that says 404."""
    arn = values.pop("loadBalancerArn", None) or balancer(bench).id
    return bench.make(
        "aws:lb/listener:Listener", **{"loadBalancerArn": arn, "port": 80, "defaultActions": [FIXED]} | values
    )


def load_balancer(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    logs = {"bucket": log_bucket(bench), "enabled": True, "prefix": "web"}
    return [
        {
            "name": "web",
            "internal": False,
            "loadBalancerType": "application",
            "ipAddressType": "dualstack",
            "securityGroups": [security_group(bench, vpc)],
            "subnets": subnets,
            "accessLogs": logs,
            "connectionLogs": logs,
            "healthCheckLogs": logs,
            "clientKeepAlive": 1800,
            "desyncMitigationMode": "strictest",
            "dropInvalidHeaderFields": True,
            "enableHttp2": False,
            "enableTlsVersionAndCipherSuiteHeaders": True,
            "enableWafFailOpen": True,
            "enableXffClientPort": True,
            "enableZonalShift": True,
            "idleTimeout": 120,
            "preserveHostHeader": True,
            "xffHeaderProcessingMode": "remove",
            "tags": {"Name": "web"},
        },
        {"namePrefix": "web-", "internal": True, "subnetMappings": [{"subnetId": s} for s in subnets]},
        {
            "loadBalancerType": "network",
            "subnets": subnets[:1],
            "dnsRecordClientRoutingPolicy": "availability_zone_affinity",
            "enableCrossZoneLoadBalancing": True,
            "enableDeletionProtection": False,
        },
    ]


def target_group(bench: Bench) -> list[Values]:
    vpc, _ = network(bench)
    return [
        {
            "name": "web",
            "port": 8080,
            "protocol": "HTTPS",
            "protocolVersion": "HTTP2",
            "vpcId": vpc,
            "targetType": "instance",
            "ipAddressType": "ipv4",
            "healthCheck": {
                "enabled": True,
                "healthyThreshold": 2,
                "interval": 15,
                "matcher": "200-299",
                "path": "/health",
                "port": "8081",
                "protocol": "HTTPS",
                "timeout": 5,
                "unhealthyThreshold": 4,
            },
            "deregistrationDelay": 60,
            "loadBalancingAlgorithmType": "weighted_random",
            "loadBalancingAnomalyMitigation": "on",
            "loadBalancingCrossZoneEnabled": "true",
            "stickiness": {"type": "app_cookie", "cookieDuration": 3600, "cookieName": "SESSION", "enabled": True},
            "targetGroupHealth": {
                "dnsFailover": {"minimumHealthyTargetsCount": "2", "minimumHealthyTargetsPercentage": "50"},
                "unhealthyStateRouting": {"minimumHealthyTargetsCount": 2, "minimumHealthyTargetsPercentage": "50"},
            },
            "tags": {"Name": "web"},
        },
        {
            "namePrefix": "web-",
            "port": 80,
            "protocol": "HTTP",
            "vpcId": vpc,
            "slowStart": 30,
            "stickiness": {"type": "lb_cookie"},
        },
        {
            "port": 5432,
            "protocol": "TCP",
            "vpcId": vpc,
            "targetType": "ip",
            "connectionTermination": True,
            "preserveClientIp": "true",
            "proxyProtocolV2": True,
            "healthCheck": {"protocol": "TCP", "port": "traffic-port"},
        },
        {"targetType": "lambda", "lambdaMultiValueHeadersEnabled": True},
    ]


def listener(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    application = bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets).id
    network_balancer = bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets, loadBalancerType="network").id
    group = target_group_of(bench, vpc).id
    tcp_group = bench.make("aws:lb/targetGroup:TargetGroup", port=443, protocol="TCP", vpcId=vpc).id
    tls = {"certificateArn": certificate(bench), "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}
    return [
        {
            "loadBalancerArn": application,
            "port": 443,
            "protocol": "HTTPS",
            **tls,
            "mutualAuthentication": {
                "mode": "verify",
                "advertiseTrustStoreCaNames": "on",
                "ignoreClientCertificateExpiry": True,
                "trustStoreArn": "arn:aws:elasticloadbalancing:sa-east-1:123456789012:truststore/staff/abc",
            },
            "defaultActions": [
                {"type": "authenticate-oidc", "order": 1, "authenticateOidc": OIDC},
                {"type": "authenticate-cognito", "order": 2, "authenticateCognito": COGNITO},
                {
                    "type": "forward",
                    "order": 3,
                    "forward": {
                        "targetGroups": [{"arn": group, "weight": 5}],
                        "stickiness": {"duration": 60, "enabled": True},
                    },
                },
            ],
            "routingHttpResponseServerEnabled": False,
            **{
                name: f"x-{index}"
                for index, name in enumerate(
                    (
                        "routingHttpRequestXAmznMtlsClientcertHeaderName",
                        "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName",
                        "routingHttpRequestXAmznMtlsClientcertLeafHeaderName",
                        "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName",
                        "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName",
                        "routingHttpRequestXAmznMtlsClientcertValidityHeaderName",
                        "routingHttpRequestXAmznTlsCipherSuiteHeaderName",
                        "routingHttpRequestXAmznTlsVersionHeaderName",
                        "routingHttpResponseAccessControlAllowCredentialsHeaderValue",
                        "routingHttpResponseAccessControlAllowHeadersHeaderValue",
                        "routingHttpResponseAccessControlAllowMethodsHeaderValue",
                        "routingHttpResponseAccessControlAllowOriginHeaderValue",
                        "routingHttpResponseAccessControlExposeHeadersHeaderValue",
                        "routingHttpResponseAccessControlMaxAgeHeaderValue",
                        "routingHttpResponseContentSecurityPolicyHeaderValue",
                        "routingHttpResponseStrictTransportSecurityHeaderValue",
                        "routingHttpResponseXContentTypeOptionsHeaderValue",
                        "routingHttpResponseXFrameOptionsHeaderValue",
                    )
                )
            },
            "tags": {"Name": "https"},
        },
        {
            "loadBalancerArn": application,
            "port": 80,
            "defaultActions": [
                {
                    "type": "redirect",
                    "redirect": {
                        "statusCode": "HTTP_301",
                        "host": "www.#{host}",
                        "path": "/new#{path}",
                        "port": "443",
                        "protocol": "HTTPS",
                        "query": "from=#{host}",
                    },
                }
            ],
        },
        {
            "loadBalancerArn": application,
            "port": 81,
            "protocol": "HTTP",
            "defaultActions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {"contentType": "text/plain", "messageBody": "closed", "statusCode": "503"},
                }
            ],
        },
        {
            "loadBalancerArn": network_balancer,
            "port": 443,
            "protocol": "TLS",
            **tls,
            "alpnPolicy": "HTTP2Preferred",
            "defaultActions": [{"type": "forward", "targetGroupArn": tcp_group}],
        },
        {
            "loadBalancerArn": network_balancer,
            "port": 5432,
            "protocol": "TCP",
            "tcpIdleTimeoutSeconds": 600,
            "defaultActions": [{"type": "forward", "targetGroupArn": tcp_group}],
        },
    ]


def listener_certificate(bench: Bench) -> list[Values]:
    https = listener_of(bench, port=443, protocol="HTTPS", certificateArn=certificate(bench)).id
    return [{"listenerArn": https, "certificateArn": certificate(bench, "other.hotelaria.example")}]


def listener_rule(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    application = bench.make("aws:lb/loadBalancer:LoadBalancer", subnets=subnets).id
    https = listener_of(
        bench, loadBalancerArn=application, port=443, protocol="HTTPS", certificateArn=certificate(bench)
    ).id
    groups = [target_group_of(bench, vpc).id, target_group_of(bench, vpc).id]
    return [
        {
            "listenerArn": https,
            "priority": 7,
            "actions": [
                {"type": "authenticate-oidc", "order": 1, "authenticateOidc": OIDC},
                {"type": "authenticate-cognito", "order": 2, "authenticateCognito": COGNITO},
                {
                    "type": "forward",
                    "order": 3,
                    "forward": {
                        "targetGroups": [{"arn": groups[0], "weight": 9}, {"arn": groups[1], "weight": 1}],
                        "stickiness": {"duration": 60, "enabled": True},
                    },
                },
            ],
            "conditions": [
                {"hostHeader": {"values": ["a.hotelaria.example", "b.hotelaria.example"]}},
                {"pathPattern": {"values": ["/rooms/*"]}},
                {"httpHeader": {"httpHeaderName": "X-Hotel", "values": ["one"]}},
                {"httpRequestMethod": {"values": ["GET", "HEAD"]}},
                {"queryStrings": [{"key": "room", "value": "7"}, {"value": "suite"}]},
                {"sourceIp": {"values": ["10.0.0.0/8"]}},
            ],
            "tags": {"Name": "rooms"},
        },
        {
            "listenerArn": https,
            "actions": [{"type": "forward", "targetGroupArn": groups[0]}],
            "conditions": [{"pathPattern": {"values": ["/"]}}],
        },
        {
            "listenerArn": https,
            "actions": [
                {
                    "type": "redirect",
                    "redirect": {
                        "statusCode": "HTTP_302",
                        "host": "www.#{host}",
                        "path": "/new",
                        "port": "443",
                        "protocol": "HTTPS",
                        "query": "a=b",
                    },
                }
            ],
            "conditions": [{"pathPattern": {"values": ["/old"]}}],
        },
        {
            "listenerArn": https,
            "actions": [
                {
                    "type": "fixed-response",
                    "fixedResponse": {"contentType": "text/html", "messageBody": "no", "statusCode": "404"},
                }
            ],
            "conditions": [{"pathPattern": {"values": ["/gone"]}}],
        },
    ]


def target_group_attachment(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    [image] = bench.account.ec2.describe_images(Owners=["amazon"])["Images"][:1]
    [instance] = bench.account.ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, SubnetId=subnets[0])[
        "Instances"
    ]
    group = target_group_of(bench, vpc).id
    return [{"targetGroupArn": group, "targetId": instance["InstanceId"], "port": 8080}]


_OWN: dict[str, Sample] = {
    "loadBalancer:LoadBalancer": load_balancer,
    "targetGroup:TargetGroup": target_group,
    "listener:Listener": listener,
    "listenerCertificate:ListenerCertificate": listener_certificate,
    "listenerRule:ListenerRule": listener_rule,
    "targetGroupAttachment:TargetGroupAttachment": target_group_attachment,
}
SAMPLES = {f"aws:{module}/{name}": sample for module in ("lb", "alb") for name, sample in _OWN.items()}
