"""dev on the real engine: what the account then holds (read with boto3, no Pulumi), and its life from up to destroy."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.engine.conftest import World
from tools import picture


@pytest.fixture(scope="module")
def dev(world: World) -> World:
    """A checkout with dev deployed. Its tests only look."""
    world.make("up", "--skip-preview")
    return world


def named(things: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The one thing of that Name tag."""
    [found] = [t for t in things if {"Key": "Name", "Value": name} in t.get("Tags", [])]
    return found


def group_id(dev: World, name: str) -> str:
    return str(named(dev.client("ec2").describe_security_groups()["SecurityGroups"], name)["GroupId"])


def rules(dev: World, name: str) -> set[tuple[str, str, int, int, str]]:
    """(direction, protocol, from, to, peer) of every rule of a group."""
    found = dev.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group_id(dev, name)]}]
    )["SecurityGroupRules"]
    return {
        (
            "out" if r["IsEgress"] else "in",
            r["IpProtocol"],
            r["FromPort"],
            r["ToPort"],
            r.get("CidrIpv4") or r.get("ReferencedGroupInfo", {}).get("GroupId") or r.get("PrefixListId", ""),
        )
        for r in found
    }


def instances(dev: World) -> list[dict[str, Any]]:
    """The running instances of the web tier."""
    reservations = dev.client("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )["Reservations"]
    found = [i for r in reservations for i in r["Instances"]]
    return [i for i in found if {"Key": "Name", "Value": "web-instance"} in i["Tags"]]


def route_table_of(dev: World, subnet_id: str) -> list[dict[str, Any]]:
    [table] = dev.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}]
    )["RouteTables"]
    return list(table["Routes"])


def subnets(dev: World, tier: str) -> list[dict[str, Any]]:
    found = dev.client("ec2").describe_subnets()["Subnets"]
    return [s for s in found if any(f"-{tier}-" in t["Value"] for t in s.get("Tags", []) if t["Key"] == "Name")]


def test_the_database_is_reached_from_its_client_group_on_5432_and_from_nowhere_else(dev: World) -> None:
    client = group_id(dev, "database-client")
    [database] = dev.client("rds").describe_db_instances()["DBInstances"]
    [worn] = [g["VpcSecurityGroupId"] for g in database["VpcSecurityGroups"]]
    assert worn == group_id(dev, "database-server")
    assert rules(dev, "database-server") == {("in", "tcp", 5432, 5432, client)}
    assert rules(dev, "database-client") == {("out", "tcp", 5432, 5432, worn)}
    assert database["PubliclyAccessible"] is False


def test_instances_accept_only_the_balancer_and_wear_the_databases_client_group(dev: World) -> None:
    balancer = group_id(dev, "web-balancer")
    inward = {r for r in rules(dev, "web-instance") if r[0] == "in"}
    assert inward == {("in", "tcp", 8080, 8080, balancer)}
    for instance in instances(dev):
        worn = {g["GroupId"] for g in instance["SecurityGroups"]}
        assert worn == {group_id(dev, "web-instance"), group_id(dev, "database-client")}


def test_private_subnets_lead_out_through_the_nat_instance_and_isolated_ones_nowhere(dev: World) -> None:
    [interface] = [
        i
        for i in dev.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
        if {"Key": "Name", "Value": "network-nat-instance"} in i["TagSet"]
    ]
    assert interface["SourceDestCheck"] is False
    assert interface["Association"]["PublicIp"]
    assert interface["Attachment"]["Status"] == "attached"
    for subnet in subnets(dev, "private"):
        [default] = [r for r in route_table_of(dev, subnet["SubnetId"]) if r.get("DestinationCidrBlock") == "0.0.0.0/0"]
        assert default["NetworkInterfaceId"] == interface["NetworkInterfaceId"]
    for subnet in subnets(dev, "isolated"):
        targets = {r.get("GatewayId", "")[:4] for r in route_table_of(dev, subnet["SubnetId"])}
        assert targets == {"loca", "vpce"}  # its own network, and the endpoint of S3


def test_the_balancer_speaks_modern_tls_and_redirects_the_rest(dev: World) -> None:
    elbv2 = dev.client("elbv2")
    [balancer] = elbv2.describe_load_balancers()["LoadBalancers"]
    listeners = {
        li["Port"]: li for li in elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    }
    assert listeners.keys() == {80, 443}
    assert listeners[443]["SslPolicy"] in (
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    )
    assert listeners[443]["DefaultActions"][0]["Type"] == "forward"
    redirect = listeners[80]["DefaultActions"][0]["RedirectConfig"]
    assert (redirect["Protocol"], redirect["Port"], redirect["StatusCode"]) == ("HTTPS", "443", "HTTP_301")
    [certificate] = dev.client("acm").list_certificates()["CertificateSummaryList"]
    assert listeners[443]["Certificates"] == [{"CertificateArn": certificate["CertificateArn"]}]
    told = dev.client("acm").describe_certificate(CertificateArn=certificate["CertificateArn"])["Certificate"]
    assert (told["DomainName"], told["Status"]) == ("dev.hotelaria.example", "ISSUED")


def test_the_wanted_number_of_instances_is_healthy_at_the_balancer_in_both_zones(dev: World) -> None:
    elbv2 = dev.client("elbv2")
    [targets] = elbv2.describe_target_groups()["TargetGroups"]
    health = elbv2.describe_target_health(TargetGroupArn=targets["TargetGroupArn"])["TargetHealthDescriptions"]
    assert [h["TargetHealth"]["State"] for h in health] == ["healthy", "healthy"]
    assert {i["Placement"]["AvailabilityZone"] for i in instances(dev)} == {"sa-east-1a", "sa-east-1b"}


def test_instances_have_no_public_address_no_key_pair_and_only_the_second_metadata_version(dev: World) -> None:
    for instance in instances(dev):
        assert not instance.get("PublicIpAddress")
        assert "KeyName" not in instance
        assert instance["MetadataOptions"]["HttpTokens"] == "required"
        assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
        assert ":instance-profile/web-instance-" in instance["IamInstanceProfile"]["Arn"]


def test_instances_and_their_volumes_are_tagged_and_the_volumes_encrypted(dev: World) -> None:
    for instance in instances(dev):
        assert {"Key": "stack", "Value": "dev"} in instance["Tags"]
        [mapping] = instance["BlockDeviceMappings"]
        [volume] = dev.client("ec2").describe_volumes(VolumeIds=[mapping["Ebs"]["VolumeId"]])["Volumes"]
        assert volume["Encrypted"] is True
        assert {"Key": "stack", "Value": "dev"} in volume["Tags"]


def test_the_log_bucket_is_closed_encrypted_and_already_written_to(dev: World) -> None:
    s3 = dev.client("s3")
    [bucket] = [b["Name"] for b in s3.list_buckets()["Buckets"]]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    statements = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    [denied] = [s for s in statements if s["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    written = {o["Key"].rsplit("/", 1)[-1] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert written == {"ELBAccessLogTestFile", "ELBConnectionLogTestFile"}


def test_the_database_is_encrypted_pinned_at_the_major_version_and_its_password_is_only_in_secrets_manager(
    dev: World,
) -> None:
    [database] = dev.client("rds").describe_db_instances()["DBInstances"]
    assert database["StorageEncrypted"] is True
    assert re.fullmatch(r"17\.\d+", database["EngineVersion"])
    assert database["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert database["IAMDatabaseAuthenticationEnabled"] is True
    secret = dev.client("secretsmanager").get_secret_value(SecretId=database["MasterUserSecret"]["SecretArn"])
    password = json.loads(secret["SecretString"])["password"]
    state = "".join(p.read_text() for p in (dev.root / ".sandbox/state").rglob("*.json*"))
    logs = "".join(p.read_text(errors="replace") for p in (dev.root / ".sandbox/logs").iterdir())
    assert len(password) > 8
    assert password not in state
    assert password not in logs
    parameters = dev.client("rds").describe_db_parameters(
        DBParameterGroupName=database["DBParameterGroups"][0]["DBParameterGroupName"], Source="user"
    )["Parameters"]
    assert {"rds.force_ssl": "1"}.items() <= {p["ParameterName"]: p["ParameterValue"] for p in parameters}.items()


def test_the_default_security_group_lets_nothing_in_or_out(dev: World) -> None:
    [vpc] = [v for v in dev.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]]
    [group] = dev.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}, {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


def test_the_picture_in_docs_is_that_of_the_deployed_stack(dev: World) -> None:
    assert picture.PAGE.read_text(encoding="utf-8") == picture.draw(picture.Stack.of("dev", dev.resources())), (
        "run make up, then make docs"
    )


def test_a_drift_free_account_shows_none(dev: World) -> None:
    assert dev.make("refresh", "--expect-no-changes").changes == {}
    assert dev.make("up", "--skip-preview").changes == {}


def test_dev_changes_as_told_and_goes_without_a_trace(fresh: World) -> None:
    fresh.make("up", "--skip-preview")

    def grow(config: dict[str, Any]) -> None:
        config["hotelaria:web"]["max_size"] = 4
        config["hotelaria:database"]["backup_retention_days"] = 2

    fresh.edit("dev", grow)
    assert fresh.make("up", "--skip-preview").changes == {"web-group": "update", "database-instance": "update"}

    script = fresh.root / "app" / "user_data.sh"
    before = {i["InstanceId"] for i in instances(fresh)}
    script.write_text(script.read_text() + "\n# the next version\n")
    assert fresh.make("up", "--skip-preview").changes == {"web-instance": "update", "web-group": "update"}
    [group] = [
        g
        for g in fresh.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        if g["AutoScalingGroupName"].startswith("web-")
    ]
    [refresh] = fresh.client("autoscaling").describe_instance_refreshes(
        AutoScalingGroupName=group["AutoScalingGroupName"]
    )["InstanceRefreshes"]
    assert refresh["Status"] in ("Pending", "InProgress", "Successful")
    assert group["LaunchTemplate"]["Version"] == "2"
    assert before

    destroyed = fresh.make("destroy")
    assert destroyed.output.endswith("What remains of dev in the account:\n  nothing\n")
    assert fresh.resources() == []


def peak(now: datetime, **sizes: int) -> list[dict[str, Any]]:
    """A daily peak that began an hour ago and ends in an hour."""
    begin, end = now - timedelta(hours=1), now + timedelta(hours=1)
    return [
        {"name": "peak-begins", "recurrence": f"{begin.minute} {begin.hour} * * *", **sizes},
        {"name": "peak-ends", "recurrence": f"{end.minute} {end.hour} * * *", "min_size": 2, "max_size": 3},
    ]


def test_a_peak_in_force_is_no_drift_and_no_up_undoes_it(fresh: World) -> None:
    fresh.make("up", "--skip-preview")  # before the peak: two instances
    autoscaling = fresh.client("autoscaling")

    def sizes() -> tuple[int, int]:
        groups = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        [group] = [g for g in groups if g["AutoScalingGroupName"].startswith("web-")]
        return group["MinSize"], group["MaxSize"]

    [name] = [
        g["AutoScalingGroupName"]
        for g in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        if g["AutoScalingGroupName"].startswith("web-")
    ]

    def schedule(config: dict[str, Any]) -> None:
        config["hotelaria:web"]["scheduled_actions"] = peak(datetime.now(UTC), min_size=4, max_size=6)

    fresh.edit("dev", schedule)
    fresh.make("up", "--skip-preview")
    autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=4, MaxSize=6)  # what the action does
    assert fresh.make("up", "--skip-preview").changes == {}
    assert fresh.make("refresh", "--expect-no-changes").changes == {}
    assert fresh.make("up", "--skip-preview").changes == {}
    assert sizes() == (4, 6)
