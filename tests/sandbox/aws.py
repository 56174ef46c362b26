"""What tests of the account build again and again, by boto3."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import REGION, Account

T = TypeVar("T")

ACCOUNT_ID = "123456789012"

WAIT_SECONDS = 20
"""How long a condition may take to come true; it is a bound, not an expectation."""


@dataclass(frozen=True)
class Network:
    """A VPC with an attached internet gateway and a subnet in each of three zones."""

    vpc_id: str
    gateway_id: str
    subnet_ids: tuple[str, str, str]
    group_id: str


def make_network(account: Account) -> Network:
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    first, second, third = (
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("abc")
    )
    group_id = ec2.create_security_group(GroupName="instances", Description="of the test", VpcId=vpc_id)["GroupId"]
    return Network(vpc_id, gateway_id, (first["SubnetId"], second["SubnetId"], third["SubnetId"]), group_id)


def image_id(account: Account, architecture: str = "arm64") -> str:
    images = account.client("ec2").describe_images(
        Owners=["amazon"],
        Filters=[{"Name": "name", "Values": [f"al2023-ami-2023.12.20260930.0-kernel-6.1-{architecture}"]}],
    )["Images"]
    [image] = images
    return str(image["ImageId"])


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    """Code and message of the error that a call must give."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def wait_for(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look until what is seen is good."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not good(seen := look()):
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.05)
    return seen
