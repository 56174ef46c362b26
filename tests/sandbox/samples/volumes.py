"""Samples for EBS volumes."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.instances import an_instance
from tests.sandbox.samples.vpc import ZONE, a_subnet, a_vpc

VOLUME = "aws:ebs/volume:Volume"
KEY = "arn:aws:kms:sa-east-1:123456789012:key/1"


def volume(bench: Bench) -> list[Values]:
    snapshot = bench.account.ec2.create_snapshot(VolumeId=bench.make(VOLUME, availabilityZone=ZONE, size=1).id)
    return [
        {
            "availabilityZone": ZONE,
            "size": 10,
            "type": "gp3",
            "iops": 4000,
            "throughput": 200,
            "encrypted": True,
            "kmsKeyId": KEY,
            "finalSnapshot": True,
            "tags": {"Name": "data"},
        },
        {"availabilityZone": ZONE, "size": 10, "type": "io2", "iops": 100, "multiAttachEnabled": True},
        {"availabilityZone": ZONE, "snapshotId": snapshot["SnapshotId"]},
    ]


def attachment(bench: Bench) -> list[Values]:
    instance = an_instance(bench, a_subnet(bench, a_vpc(bench)))
    return [
        {
            "deviceName": "/dev/sdh",
            "instanceId": instance.id,
            "volumeId": bench.make(VOLUME, availabilityZone=ZONE, size=1).id,
            "forceDetach": True,
            "skipDestroy": False,
            "stopInstanceBeforeDetaching": True,
        }
    ]


SAMPLES = {VOLUME: volume, "aws:ec2/volumeAttachment:VolumeAttachment": attachment}
