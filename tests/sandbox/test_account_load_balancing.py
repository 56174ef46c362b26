"""Load balancing of the account: what AWS refuses, what a log bucket must allow, which targets get traffic."""

import json
from typing import Any

import pytest

from tests.sandbox.aws import ACCOUNT_ID, Network, image_id, make_network, refusal
from tests.sandbox.conftest import REGION, ZONE_NAME, Account
from tests.sandbox.test_account_certificates import issue_certificate

OK: dict[str, Any] = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@pytest.fixture
def network(account: Account) -> Network:
    return make_network(account)


@pytest.fixture
def elbv2(account: Account) -> Any:
    return account.client("elbv2")


@pytest.fixture
def balancer(elbv2: Any, network: Network) -> str:
    return make_balancer(elbv2, network)


def make_balancer(elbv2: Any, network: Network, **arguments: Any) -> str:
    created = elbv2.create_load_balancer(Name="web", Subnets=network.subnet_ids, **arguments)["LoadBalancers"][0]
    return str(created["LoadBalancerArn"])


def make_target_group(elbv2: Any, network: Network) -> str:
    group = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=8080, VpcId=network.vpc_id)["TargetGroups"][0]
    return str(group["TargetGroupArn"])


def attributes(elbv2: Any, balancer: str) -> dict[str, str]:
    listed = elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    return {attribute["Key"]: attribute["Value"] for attribute in listed}


def set_attributes(elbv2: Any, balancer: str, values: dict[str, str]) -> Any:
    listed = [{"Key": key, "Value": value} for key, value in values.items()]
    return elbv2.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=listed)


class TestBalancers:
    def test_new_balancer_has_the_service_defaults(self, elbv2: Any, balancer: str) -> None:
        values = attributes(elbv2, balancer)
        assert values["idle_timeout.timeout_seconds"] == "60"
        assert values["routing.http.desync_mitigation_mode"] == "defensive"
        assert values["deletion_protection.enabled"] == "false"
        [described] = elbv2.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
        assert (described["Scheme"], described["State"]["Code"]) == ("internet-facing", "active")

    def test_balancer_without_groups_wears_the_default_one(
        self, account: Account, elbv2: Any, network: Network
    ) -> None:
        balancer = make_balancer(elbv2, network)
        [default] = account.client("ec2").describe_security_groups(
            Filters=[
                {"Name": "vpc-id", "Values": [network.vpc_id]},
                {"Name": "group-name", "Values": ["default"]},
            ]
        )["SecurityGroups"]
        [described] = elbv2.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
        assert described["SecurityGroups"] == [default["GroupId"]]

    def test_one_zone_is_too_few_and_two_subnets_of_a_zone_too_many(
        self, account: Account, elbv2: Any, network: Network
    ) -> None:
        one = {"Name": "web", "Subnets": [network.subnet_ids[0]]}
        assert refusal(elbv2.create_load_balancer, **one) == (
            "ValidationError",
            "At least two subnets in two different Availability Zones must be specified",
        )
        twin = account.client("ec2").create_subnet(
            VpcId=network.vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone=f"{REGION}a"
        )["Subnet"]["SubnetId"]
        assert refusal(elbv2.create_load_balancer, Name="web", Subnets=[network.subnet_ids[0], twin]) == (
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )

    def test_unknown_group_name_in_use_and_long_name_are_refused(
        self, elbv2: Any, network: Network, balancer: str
    ) -> None:
        subnets = {"Subnets": network.subnet_ids}
        create = elbv2.create_load_balancer
        assert refusal(create, Name="other", **subnets, SecurityGroups=["sg-0123456789abcdef0"]) == (
            "InvalidSecurityGroup",
            "Security group sg-0123456789abcdef0 does not exist",
        )
        assert refusal(create, Name="web", **subnets)[0] == "DuplicateLoadBalancerName"
        assert refusal(create, Name="w" * 33, **subnets)[0] == "ValidationError"

    def test_public_balancer_needs_a_way_to_the_internet(self, account: Account, elbv2: Any, network: Network) -> None:
        account.client("ec2").detach_internet_gateway(InternetGatewayId=network.gateway_id, VpcId=network.vpc_id)
        assert refusal(elbv2.create_load_balancer, Name="web", Subnets=network.subnet_ids) == (
            "InvalidSubnet",
            f"VPC {network.vpc_id} has no internet gateway",
        )
        elbv2.create_load_balancer(Name="web", Subnets=network.subnet_ids, Scheme="internal")

    def test_deletion_protection_protects(self, elbv2: Any, balancer: str) -> None:
        set_attributes(elbv2, balancer, {"deletion_protection.enabled": "true"})
        assert refusal(elbv2.delete_load_balancer, LoadBalancerArn=balancer) == (
            "OperationNotPermitted",
            f"Load balancer '{balancer}' cannot be deleted because deletion protection is enabled",
        )
        set_attributes(elbv2, balancer, {"deletion_protection.enabled": "false"})
        elbv2.delete_load_balancer(LoadBalancerArn=balancer)
        assert elbv2.describe_load_balancers()["LoadBalancers"] == []

    def test_balancer_holds_its_subnets_its_group_and_the_internet_gateway(
        self, account: Account, elbv2: Any, network: Network
    ) -> None:
        ec2 = account.client("ec2")
        balancer = make_balancer(elbv2, network, SecurityGroups=[network.group_id])
        assert refusal(ec2.delete_subnet, SubnetId=network.subnet_ids[0])[0] == "DependencyViolation"
        assert refusal(ec2.delete_security_group, GroupId=network.group_id)[0] == "DependencyViolation"
        detach = {"InternetGatewayId": network.gateway_id, "VpcId": network.vpc_id}
        assert refusal(ec2.detach_internet_gateway, **detach)[0] == "DependencyViolation"
        elbv2.delete_load_balancer(LoadBalancerArn=balancer)
        ec2.detach_internet_gateway(**detach)
        ec2.delete_security_group(GroupId=network.group_id)
        ec2.delete_subnet(SubnetId=network.subnet_ids[0])


class TestListeners:
    def test_https_needs_an_issued_certificate_and_a_known_policy(
        self, account: Account, elbv2: Any, balancer: str
    ) -> None:
        listener = {"LoadBalancerArn": balancer, "Protocol": "HTTPS", "Port": 443, "DefaultActions": [OK]}
        assert refusal(elbv2.create_listener, **listener) == (
            "ValidationError",
            "A certificate must be specified for HTTPS listeners",
        )
        pending = account.client("acm").request_certificate(DomainName=ZONE_NAME, ValidationMethod="DNS")
        waiting = {"Certificates": [{"CertificateArn": pending["CertificateArn"]}]}
        assert refusal(elbv2.create_listener, **listener, **waiting)[0] == "UnsupportedCertificate"

        issued = {"Certificates": [{"CertificateArn": issue_certificate(account, ZONE_NAME)}]}
        unknown = {**listener, **issued, "SslPolicy": "ELBSecurityPolicy-TLS99"}
        assert refusal(elbv2.create_listener, **unknown) == (
            "SSLPolicyNotFound",
            "SSL policy 'ELBSecurityPolicy-TLS99' not found",
        )
        policy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
        [created] = elbv2.create_listener(**listener, **issued, SslPolicy=policy)["Listeners"]
        assert (created["SslPolicy"], created["Certificates"]) == (policy, issued["Certificates"])

    def test_plain_listener_has_no_policy_and_a_port_serves_one_listener(self, elbv2: Any, balancer: str) -> None:
        listener = {"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": [OK]}
        [created] = elbv2.create_listener(**listener)["Listeners"]
        assert "SslPolicy" not in created
        assert refusal(elbv2.create_listener, **listener)[0] == "DuplicateListener"
        kept = elbv2.describe_listener_attributes(ListenerArn=created["ListenerArn"])["Attributes"]
        assert kept == [{"Key": "routing.http.response.server.enabled", "Value": "true"}]

    def test_client_verification_is_kept(self, account: Account, elbv2: Any, balancer: str) -> None:
        [created] = elbv2.create_listener(
            LoadBalancerArn=balancer,
            Protocol="HTTPS",
            Port=443,
            DefaultActions=[OK],
            Certificates=[{"CertificateArn": issue_certificate(account, ZONE_NAME)}],
            MutualAuthentication={"Mode": "passthrough"},
        )["Listeners"]
        [described] = elbv2.describe_listeners(ListenerArns=[created["ListenerArn"]])["Listeners"]
        assert described["MutualAuthentication"]["Mode"] == "passthrough"


class TestLogs:
    BUCKET = "balancer-logs"

    @pytest.fixture
    def bucket(self, account: Account) -> Any:
        s3 = account.client("s3")
        s3.create_bucket(Bucket=self.BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        return s3

    def allow(self, s3: Any, principal: dict[str, str], path: str = f"AWSLogs/{ACCOUNT_ID}/*", **more: Any) -> None:
        allow = {"Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", **more}
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{self.BUCKET}", f"arn:aws:s3:::{self.BUCKET}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        statements = [{**allow, "Resource": f"arn:aws:s3:::{self.BUCKET}/{path}"}, deny]
        s3.put_bucket_policy(Bucket=self.BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def enable(self, elbv2: Any, balancer: str, log: str = "access_logs", **more: str) -> Any:
        values = {f"{log}.s3.enabled": "true", f"{log}.s3.bucket": self.BUCKET}
        return set_attributes(elbv2, balancer, {**values, **more})

    def test_bucket_that_is_missing_or_closed_is_refused(self, elbv2: Any, balancer: str, account: Account) -> None:
        denied = (
            "InvalidConfigurationRequest",
            f"Access Denied for bucket: {self.BUCKET}. Please check S3bucket permission",
        )
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer) == denied
        s3 = account.client("s3")
        s3.create_bucket(Bucket=self.BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer) == denied
        self.allow(s3, {"Service": "delivery.logs.amazonaws.com"})
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer) == denied
        self.allow(s3, {"Service": DELIVERY}, path="elsewhere/*")
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer) == denied
        assert attributes(elbv2, balancer)["access_logs.s3.enabled"] == "false"

    @pytest.mark.parametrize("principal", [{"Service": DELIVERY}, {"AWS": "arn:aws:iam::507241528517:root"}])
    def test_enabled_log_leaves_its_test_file(
        self, elbv2: Any, balancer: str, bucket: Any, principal: dict[str, str]
    ) -> None:
        self.allow(bucket, principal)
        self.enable(elbv2, balancer)
        self.enable(elbv2, balancer, "connection_logs")
        objects = bucket.list_objects_v2(Bucket=self.BUCKET)["Contents"]
        assert [each["Key"] for each in objects] == [
            f"AWSLogs/{ACCOUNT_ID}/ELBAccessLogTestFile",
            f"AWSLogs/{ACCOUNT_ID}/ELBConnectionLogTestFile",
        ]

    def test_prefix_stands_before_the_path(self, elbv2: Any, balancer: str, bucket: Any) -> None:
        self.allow(bucket, {"Service": DELIVERY}, path=f"web/AWSLogs/{ACCOUNT_ID}/*")
        self.enable(elbv2, balancer, **{"access_logs.s3.prefix": "web"})
        [written] = bucket.list_objects_v2(Bucket=self.BUCKET)["Contents"]
        assert written["Key"] == f"web/AWSLogs/{ACCOUNT_ID}/ELBAccessLogTestFile"

    def test_policy_may_name_the_balancer(self, elbv2: Any, balancer: str, bucket: Any) -> None:
        other = balancer.replace("/web/", "/other/")
        self.allow(bucket, {"Service": DELIVERY}, Condition={"ArnLike": {"aws:SourceArn": other}})
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer)[0] == "InvalidConfigurationRequest"
        self.allow(bucket, {"Service": DELIVERY}, Condition={"ArnLike": {"aws:SourceArn": balancer}})
        self.enable(elbv2, balancer)

    def test_bucket_encrypted_with_a_key_is_refused(self, elbv2: Any, balancer: str, bucket: Any) -> None:
        self.allow(bucket, {"Service": DELIVERY})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
        bucket.put_bucket_encryption(Bucket=self.BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        assert refusal(self.enable, elbv2=elbv2, balancer=balancer)[0] == "InvalidConfigurationRequest"

    def test_bucket_with_a_log_in_it_stays(self, elbv2: Any, balancer: str, bucket: Any) -> None:
        bucket.put_bucket_versioning(Bucket=self.BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.allow(bucket, {"Service": DELIVERY})
        self.enable(elbv2, balancer)
        key = f"AWSLogs/{ACCOUNT_ID}/ELBAccessLogTestFile"
        assert refusal(bucket.delete_bucket, Bucket=self.BUCKET)[0] == "BucketNotEmpty"
        bucket.delete_object(Bucket=self.BUCKET, Key=key)
        assert refusal(bucket.delete_bucket, Bucket=self.BUCKET)[0] == "BucketNotEmpty"
        versions = bucket.list_object_versions(Bucket=self.BUCKET)
        for version in [*versions["Versions"], *versions["DeleteMarkers"]]:
            bucket.delete_object(Bucket=self.BUCKET, Key=key, VersionId=version["VersionId"])
        bucket.delete_bucket(Bucket=self.BUCKET)


class TestTargets:
    def health(self, elbv2: Any, group: str) -> list[tuple[str, str | None]]:
        described = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return [(each["TargetHealth"]["State"], each["TargetHealth"].get("Reason")) for each in described]

    def test_target_is_healthy_once_a_listener_sends_to_it(
        self, account: Account, elbv2: Any, network: Network, balancer: str
    ) -> None:
        group = make_target_group(elbv2, network)
        launch = {"ImageId": image_id(account), "InstanceType": "t4g.micro", "MinCount": 1, "MaxCount": 1}
        [instance] = account.client("ec2").run_instances(**launch, SubnetId=network.subnet_ids[0])["Instances"]
        elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instance["InstanceId"]}])
        assert self.health(elbv2, group) == [("unused", "Target.NotInUse")]
        forward = {"Type": "forward", "TargetGroupArn": group}
        listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward])[
            "Listeners"
        ][0]["ListenerArn"]
        assert self.health(elbv2, group) == [("healthy", None)]
        elbv2.modify_listener(ListenerArn=listener, DefaultActions=[OK])
        assert self.health(elbv2, group) == [("unused", "Target.NotInUse")]

    def test_group_in_use_stays_and_knows_its_balancer_only_while_it_is(
        self, elbv2: Any, network: Network, balancer: str
    ) -> None:
        group = make_target_group(elbv2, network)
        forward = {"Type": "forward", "TargetGroupArn": group}
        [listener] = elbv2.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[forward]
        )["Listeners"]

        def balancers() -> list[str]:
            [described] = elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
            return list(described["LoadBalancerArns"])

        assert balancers() == [balancer]
        assert refusal(elbv2.delete_target_group, TargetGroupArn=group)[0] == "ResourceInUse"
        elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
        assert balancers() == []
        elbv2.delete_target_group(TargetGroupArn=group)

    def test_instance_of_nowhere_or_of_another_vpc_is_no_target(
        self, account: Account, elbv2: Any, network: Network
    ) -> None:
        group = make_target_group(elbv2, network)
        register = elbv2.register_targets
        unknown = [{"Id": "i-0123456789abcdef0"}]
        assert refusal(register, TargetGroupArn=group, Targets=unknown)[0] == "InvalidTarget"
        launch = {"ImageId": image_id(account), "InstanceType": "t4g.micro", "MinCount": 1, "MaxCount": 1}
        [elsewhere] = account.client("ec2").run_instances(**launch)["Instances"]
        assert refusal(register, TargetGroupArn=group, Targets=[{"Id": elsewhere["InstanceId"]}])[0] == "InvalidTarget"
