"""Samples for instances; and the instance that other samples use."""

import base64

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.launch_templates import LAUNCH_TEMPLATE
from tests.sandbox.samples.security_groups import a_group
from tests.sandbox.samples.vpc import ZONE, a_subnet, a_vpc

INSTANCE = "aws:ec2/instance:Instance"


def an_image(bench: Bench) -> str:
    """The id of an Amazon Linux image for Graviton."""
    names = [{"Name": "name", "Values": ["al2023-ami-2023.12.*-arm64"]}]
    return str(bench.account.ec2.describe_images(Owners=["amazon"], Filters=names)["Images"][0]["ImageId"])


def an_instance(bench: Bench, subnet: Made) -> Made:
    """The smallest instance there is."""
    return bench.make(INSTANCE, ami=an_image(bench), instanceType="t4g.nano", subnetId=subnet.id)


def a_profile(bench: Bench, name: str) -> str:
    """The name of an instance profile."""
    bench.account.iam.create_instance_profile(InstanceProfileName=name)
    return name


def instance(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    subnet, group, image = a_subnet(bench, vpc), a_group(bench, vpc), an_image(bench)
    bench.account.ec2.create_key_pair(KeyName="front-desk")
    bench.account.ec2.create_placement_group(GroupName="together", Strategy="cluster")
    template = bench.make(LAUNCH_TEMPLATE, name="web", imageId=image, instanceType="t4g.nano")
    interface = bench.make("aws:ec2/networkInterface:NetworkInterface", subnetId=subnet.id)
    return [
        {
            "ami": image,
            "instanceType": "t4g.small",
            "subnetId": subnet.id,
            "availabilityZone": ZONE,
            "tenancy": "dedicated",
            "placementGroup": "together",
            "privateIp": "10.1.1.80",
            "vpcSecurityGroupIds": [group.id],
            "sourceDestCheck": False,
            "keyName": "front-desk",
            "iamInstanceProfile": a_profile(bench, "web"),
            "userData": "#!/bin/bash\necho hotel\n",
            "userDataReplaceOnChange": True,
            "ebsOptimized": True,
            "monitoring": True,
            "hibernation": True,
            "disableApiStop": True,
            "disableApiTermination": True,
            "forceDestroy": True,
            "instanceInitiatedShutdownBehavior": "terminate",
            "rootBlockDevice": {
                "deleteOnTermination": True,
                "encrypted": True,
                "iops": 4000,
                "kmsKeyId": "arn:aws:kms:sa-east-1:123456789012:key/1",
                "tags": {"Name": "root"},
                "throughput": 200,
                "volumeSize": 20,
                "volumeType": "gp3",
            },
            "ebsBlockDevices": [
                {
                    "deviceName": "/dev/sdf",
                    "deleteOnTermination": True,
                    "encrypted": True,
                    "iops": 3500,
                    "kmsKeyId": "arn:aws:kms:sa-east-1:123456789012:key/1",
                    "tags": {"Name": "data"},
                    "throughput": 300,
                    "volumeSize": 30,
                    "volumeType": "gp3",
                }
            ],
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIpv6": "enabled",
                "httpPutResponseHopLimit": 2,
                "httpTokens": "required",
                "instanceMetadataTags": "enabled",
            },
            "maintenanceOptions": {"autoRecovery": "disabled"},
            "cpuOptions": {"amdSevSnp": "disabled", "coreCount": 1, "threadsPerCore": 1},
            "creditSpecification": {"cpuCredits": "standard"},
            "enclaveOptions": {"enabled": True},
            "privateDnsNameOptions": {
                "enableResourceNameDnsARecord": True,
                "enableResourceNameDnsAaaaRecord": True,
                "hostnameType": "resource-name",
            },
            "tags": {"Name": "web"},
        },
        {
            "launchTemplate": {"id": template.id, "version": "1"},
            "primaryNetworkInterface": {"networkInterfaceId": interface.id},
            "userDataBase64": base64.b64encode(b"echo hotel").decode(),
        },
        {
            "launchTemplate": {"name": "web"},
            "subnetId": subnet.id,
            "associatePublicIpAddress": True,
            "volumeTags": {"Name": "web"},
            "ebsBlockDevices": [
                {
                    "deviceName": "/dev/sdg",
                    "snapshotId": bench.account.ec2.create_snapshot(
                        VolumeId=bench.account.ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"]
                    )["SnapshotId"],
                }
            ],
        },
    ]


SAMPLES = {INSTANCE: instance}
