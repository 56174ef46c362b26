"""Samples for instances."""

from dataclasses import dataclass

from tests.sandbox.harness import Bench, Made


@dataclass
class _I:
    id: str


def an_instance(bench: Bench, subnet: Made) -> _I:
    image = bench.account.ec2.describe_images(
        Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.12.*-arm64"]}]
    )["Images"][0]["ImageId"]
    r = bench.account.ec2.run_instances(
        ImageId=image, InstanceType="t4g.micro", MinCount=1, MaxCount=1, SubnetId=subnet.id
    )
    return _I(r["Instances"][0]["InstanceId"])


SAMPLES = {}
