"""The bench's own decisions: what a flat counterpart is, what an idle provider answers, how figures are shown."""

from dataclasses import replace
from typing import Any

import pytest

from tools.bench import answers
from tools.bench.deployment import Run
from tools.bench.evaluate import Recording, Registered
from tools.bench.evaluation import Cost, differences
from tools.bench.evaluation import median as median_cost
from tools.bench.figures import Comparison, comparisons, median, runs
from tools.bench.flat import expression, script, snake_case
from tools.bench.nothing import recorded


def registered(type_: str, name: str, **inputs: Any) -> Registered:
    id_ = answers.identifier(type_, name)
    return Registered(type_, name, True, id_, inputs, answers.outputs(type_, name, inputs), {}, [])


VPC = registered("aws:ec2/vpc:Vpc", "network-vpc", cidrBlock="10.0.0.0/16")
SUBNET = registered("aws:ec2/subnet:Subnet", "network-a", vpcId=VPC.id, mapPublicIpOnLaunch=False, tags={"of": VPC.id})
NETWORK = Registered("hotelaria:index:Network", "network", False, "id-network", {}, {}, {}, [])


def test_a_flat_script_makes_each_resource_once_with_ids_flowing_between_them_and_no_components() -> None:
    assert script(Recording([NETWORK, VPC, SUBNET])).splitlines()[4:] == [
        "r0 = aws.ec2.Vpc('network-vpc', cidr_block='10.0.0.0/16')",
        "r1 = aws.ec2.Subnet('network-a', vpc_id=r0.id, map_public_ip_on_launch=False, tags={'of': r0.id})",
    ]


def test_a_flat_script_says_the_options_that_the_program_set() -> None:
    options = {"protect": True, "ignore_changes": ["desiredCapacity"]}
    subnet = replace(SUBNET, options=options, depends_on=[VPC.id])
    [_, line] = script(Recording([VPC, subnet])).splitlines()[4:]
    assert line.endswith(
        "opts=pulumi.ResourceOptions(protect=True, ignore_changes=['desiredCapacity'], depends_on=[r0]))"
    )


def test_a_flat_script_looks_up_each_thing_once() -> None:
    zone = ("aws:route53/getZone:getZone", {"name": "hotel.example", "privateZone": False})
    region: tuple[str, dict[str, Any]] = ("aws:index/getRegion:getRegion", {})
    assert script(Recording([], [zone, region, zone])).splitlines()[4:] == [
        "aws.route53.get_zone(name='hotel.example', private_zone=False)",
        "aws.get_region()",
    ]


def test_an_output_in_the_middle_of_a_text_or_of_a_list_of_blocks_is_taken_from_its_resource() -> None:
    certificate = registered("aws:acm/certificate:Certificate", "web", domainName="hotel.example")
    value = certificate.outputs["domainValidationOptions"][0]["resourceRecordValue"]
    record = registered(
        "aws:route53/record:Record", "proof", records=[value], zoneId=f"x {certificate.outputs['arn']} y"
    )
    [_, line] = script(Recording([certificate, record])).splitlines()[4:]
    assert "records=[r0.domain_validation_options[0].resource_record_value]" in line
    assert "zone_id=pulumi.Output.concat('x ', r0.arn, ' y')" in line


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.5, "0.5"), (True, "True"), (None, "None"), ({"fromPort": 443.0}, "{'fromPort': 443}")],
)
def test_whole_numbers_are_written_as_the_program_wrote_them(value: Any, text: str) -> None:
    assert expression(value, {}) == text


@pytest.mark.parametrize(
    ("wire", "python"),
    [
        ("vpcId", "vpc_id"),
        ("assignIpv6AddressOnCreation", "assign_ipv6_address_on_creation"),
        ("enableHttp2", "enable_http2"),
        ("getAmi", "get_ami"),
    ],
)
def test_wire_names_become_those_of_the_python_sdk(wire: str, python: str) -> None:
    assert snake_case(wire) == python


def test_a_flat_script_that_makes_something_else_is_no_counterpart() -> None:
    assert differences(Recording([NETWORK, VPC, SUBNET]), Recording([VPC, SUBNET])) == []
    other = replace(SUBNET, inputs={**SUBNET.inputs, "mapPublicIpOnLaunch": True})
    assert differences(Recording([VPC, SUBNET]), Recording([VPC, other])) == ["aws:ec2/subnet:Subnet network-a"]
    assert differences(Recording([VPC, SUBNET]), Recording([SUBNET])) == ["aws:ec2/vpc:Vpc network-vpc"]


def test_every_text_that_stands_for_aws_is_unlike_all_others() -> None:
    made = [VPC, SUBNET, registered("aws:ec2/vpc:Vpc", "network"), registered("aws:kms/key:Key", "network")]
    texts = [text for one in made for text in (one.id, one.outputs["arn"], one.outputs["name"])]
    assert len(set(texts)) == len(texts)


def test_an_idle_provider_knows_ids_and_outputs_and_no_secret() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    resources = [
        {"urn": "urn:vpc", "custom": True, "id": "vpc-1", "outputs": {"arn": "arn:vpc", "keys": [{"value": secret}]}},
        {"urn": "urn:network", "custom": False},
    ]
    assert recorded(resources) == {
        "urn:vpc": {"id": "vpc-1", "outputs": {"arn": "arn:vpc", "keys": [{"value": "secret"}]}}
    }


def test_a_ratio_stands_beside_its_target_and_says_when_it_is_over() -> None:
    lines = comparisons(
        [Comparison("time", 1.1, 1.0, 1.10, "s"), Comparison("memory", 150.0, 100.0, 1.10, "MB")]
    ).splitlines()
    assert lines[1].split() == ["time", "1.10", "s", "1.00", "s", "1.10", "1.10"]
    assert lines[2].split() == ["memory", "150", "MB", "100", "MB", "1.50", "1.10", "over"]


def test_runs_are_listed_with_resources_calls_and_seconds() -> None:
    assert runs([("dev up", Run(8.04, 81, 266))]).splitlines()[1].split() == ["dev", "up", "81", "266", "8.0"]


def test_medians_do_not_follow_an_outlier() -> None:
    assert median([Run(9.0, 81, 266), Run(60.0, 81, 266), Run(8.0, 81, 266)]).seconds == 9.0
    assert median_cost([Cost(1.0, 300), Cost(9.0, 100), Cost(2.0, 200)]) == Cost(2.0, 200)
