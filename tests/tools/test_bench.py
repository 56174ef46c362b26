"""What the bench measures against: made from a recording of one engine run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.bench import _compare
from tools.bench.flat import script
from tools.bench.recording import Recording, key, plain

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "s3cret"}
OUTPUT = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "vpc-1", "dependencies": []}
UNKNOWN = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}

VPC = {"type": "aws:ec2/vpc:Vpc", "name": "network"}
SUBNET = {"type": "aws:ec2/subnet:Subnet", "name": "private"}
ZONE = {"tok": "aws:route53/getZone:getZone", "args": {"name": "hotel.example"}}


def log(folder: Path) -> Recording:
    """One `up` of a VPC with a subnet, its preview first, as the engine writes it down."""
    said: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
        ("ResourceMonitor/RegisterResource", {"type": "hotel:index:Network", "name": "network"}, {"urn": "u"}),
        ("ResourceMonitor/RegisterResource", {**SUBNET, "custom": True, "object": {"vpcId": UNKNOWN}}, {"urn": "u"}),
        ("ResourceProvider/Create", {**SUBNET, "urn": "urn:subnet", "preview": True}, {"properties": {}}),
        ("ResourceProvider/Invoke", ZONE, {"return": {"zoneId": "Z1"}}),
        (
            "ResourceMonitor/RegisterResource",
            {**VPC, "custom": True, "object": {"cidrBlock": "10.0.0.0/16"}},
            {"urn": "u"},
        ),
        ("ResourceProvider/Create", {**VPC, "urn": "urn:vpc"}, {"id": "vpc-1", "properties": {"arn": "arn:vpc"}}),
        (
            "ResourceMonitor/RegisterResource",
            {"type": "pulumi:providers:aws", "name": "p", "custom": True},
            {"urn": "u"},
        ),
        (
            "ResourceMonitor/RegisterResource",
            {
                **SUBNET,
                "custom": True,
                "object": {"vpcId": OUTPUT, "mapPublicIpOnLaunch": False, "tags": {"of": "arn:vpc"}},
            },
            {"urn": "u"},
        ),
        (
            "ResourceProvider/Create",
            {**SUBNET, "urn": "urn:subnet"},
            {"id": "subnet-1", "properties": {"secret": SECRET}},
        ),
    ]
    path = folder / "log.json"
    with path.open("w") as file:
        for method, request, response in said:
            print(
                json.dumps({"method": f"/pulumirpc.{method}", "request": request, "progress": "request_started"}),
                file=file,
            )
            done = {
                "method": f"/pulumirpc.{method}",
                "request": request,
                "response": response,
                "progress": "response_completed",
            }
            print(json.dumps(done), file=file)
    return Recording.load(path)


def test_the_flat_script_makes_the_same_resources_once_with_ids_flowing_between_them(tmp_path: Path) -> None:
    recording = log(tmp_path)
    ordered = Recording(tuple(sorted(recording.calls, key=lambda call: call[1].get("name") != "network")))
    assert script(ordered) == (
        "import pulumi_aws as aws\n"
        "import pulumi_random as random\n"
        "\n"
        "r0 = aws.ec2.Vpc('network', cidr_block='10.0.0.0/16')\n"
        "r1 = aws.ec2.Subnet('private', vpc_id=r0.id, map_public_ip_on_launch=False, tags={'of': r0.arn})\n"
    )


def test_a_replayed_answer_is_the_last_one_given_about_the_same_thing(tmp_path: Path) -> None:
    responses = log(tmp_path).responses()
    assert responses["Create", "urn:subnet"]["id"] == "subnet-1"
    assert responses["Invoke", key(ZONE)] == {"return": {"zoneId": "Z1"}}


def test_mocks_know_what_the_account_made_and_answered(tmp_path: Path) -> None:
    recording = log(tmp_path)
    assert recording.created() == {
        (VPC["type"], VPC["name"]): ("vpc-1", {"arn": "arn:vpc"}),
        (SUBNET["type"], SUBNET["name"]): ("subnet-1", {"secret": "s3cret"}),
    }
    assert recording.invoked() == {key(ZONE): {"zoneId": "Z1"}}


def test_marks_of_secrets_and_outputs_are_taken_off_wherever_they_are() -> None:
    assert plain({"a": [SECRET, {"b": OUTPUT}], "c": 1}) == {"a": ["s3cret", {"b": "vpc-1"}], "c": 1}


@pytest.mark.parametrize(("value", "exceeded"), [(1.0, False), (1.1, False), (1.11, True)])
def test_a_limit_that_is_exceeded_is_said_and_counts(
    value: float, exceeded: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _compare("time", value, 1.0, 1.1, lambda seconds: f"{seconds:.2f} s") is exceeded
    assert ("EXCEEDED" in capsys.readouterr().out) is exceeded
