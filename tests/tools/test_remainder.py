"""What is said to remain of a destroyed stack is what the account holds."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.remainder import remaining

REGION = "sa-east-1"


@pytest.fixture
def _account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


@pytest.mark.usefixtures("_account")
def test_an_account_as_aws_gives_it_holds_nothing_of_a_stack() -> None:
    assert remaining(client, ()) == []


@pytest.mark.usefixtures("_account")
def test_each_thing_that_keeps_data_or_costs_money_is_named() -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("s3").create_bucket(Bucket="logs-1", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("logs").create_log_group(logGroupName="/hotel/flow")
    secret = client("secretsmanager").create_secret(Name="token", SecretString="x")
    rds = client("rds")
    database = {"Engine": "postgres", "DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20}
    login = {"MasterUsername": "hotel", "MasterUserPassword": "not a secret"}
    rds.create_db_instance(DBInstanceIdentifier="db-1", **database, **login)
    rds.create_db_snapshot(DBInstanceIdentifier="db-1", DBSnapshotIdentifier="final-1")
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
    volume = ec2.create_volume(Size=1, AvailabilityZone=f"{REGION}a")["VolumeId"]
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    [instance] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnets[0])["Instances"]
    [root] = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0][
        "BlockDeviceMappings"
    ]
    client("elbv2").create_load_balancer(Name="web-1", Subnets=subnets)
    assert secret["Name"] == "token"
    volumes = sorted([volume, root["Ebs"]["VolumeId"]])
    assert remaining(client, ()) == [
        "database instance db-1",
        "database snapshot final-1",
        f"KMS key {key}",
        "bucket logs-1",
        "log group /hotel/flow",
        "secret token",
        "load balancer web-1",
        f"instance {instance['InstanceId']}",
        *(f"volume {name}" for name in volumes),
        f"NAT gateway {gateway}",
        f"address {address}",
        f"VPC {vpc}",
    ]


@pytest.mark.usefixtures("_account")
def test_what_is_deleted_or_about_to_be_does_not_remain() -> None:
    kms, ec2 = client("kms"), client("ec2")
    kms.schedule_key_deletion(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], PendingWindowInDays=7)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    [instance] = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    assert remaining(client, ()) == []


@pytest.mark.usefixtures("_account")
def test_what_belongs_to_another_stack_is_not_a_remainder_of_this_one() -> None:
    mine, other = (client("kms").create_key()["KeyMetadata"] for _ in range(2))
    client("logs").create_log_group(logGroupName="/prod/flow")
    [group] = client("logs").describe_log_groups()["logGroups"]
    assert remaining(client, [other["KeyId"], group["arn"]]) == [f"KMS key {mine['KeyId']}"]
    assert remaining(client, [other["Arn"], "/prod/flow"]) == [f"KMS key {mine['KeyId']}"]
