"""Samples for launch templates."""

import base64

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.security_groups import a_group
from tests.sandbox.samples.vpc import a_subnet, a_vpc

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
USER_DATA = base64.b64encode(b"#!/bin/bash\necho hotel\n").decode()
PROFILE = "arn:aws:iam::123456789012:instance-profile/web"
RESERVATIONS = "arn:aws:resource-groups:sa-east-1:123456789012:group/reservations"
LICENSE = "arn:aws:license-manager:sa-east-1:123456789012:license-configuration:lic-1"


def launch_template(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    group, subnet = a_group(bench, vpc).id, a_subnet(bench, vpc).id
    return [
        {
            "name": "web",
            "description": "Web servers",
            "updateDefaultVersion": True,
            "imageId": "ami-0123456789abcdef0",
            "instanceType": "t4g.small",
            "keyName": "front-desk",
            "kernelId": "aki-1",
            "ramDiskId": "ari-1",
            "userData": USER_DATA,
            "ebsOptimized": "true",
            "disableApiStop": True,
            "disableApiTermination": True,
            "instanceInitiatedShutdownBehavior": "terminate",
            "vpcSecurityGroupIds": [group],
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "deleteOnTermination": "true",
                        "encrypted": "true",
                        "iops": 3000,
                        "kmsKeyId": "alias/hotel",
                        "snapshotId": "snap-1",
                        "throughput": 125,
                        "volumeInitializationRate": 100,
                        "volumeSize": 20,
                        "volumeType": "gp3",
                    },
                },
                {"deviceName": "/dev/xvdb", "noDevice": ""},
                {"deviceName": "/dev/xvdc", "virtualName": "ephemeral0"},
            ],
            "cpuOptions": {"coreCount": 1, "threadsPerCore": 2, "amdSevSnp": "disabled"},
            "creditSpecification": {"cpuCredits": "standard"},
            "enclaveOptions": {"enabled": True},
            "hibernationOptions": {"configured": True},
            "iamInstanceProfile": {"arn": PROFILE},
            "instanceMarketOptions": {
                "marketType": "spot",
                "spotOptions": {
                    "blockDurationMinutes": 60,
                    "instanceInterruptionBehavior": "terminate",
                    "maxPrice": "0.01",
                    "spotInstanceType": "one-time",
                    "validUntil": "2031-01-01T00:00:00Z",
                },
            },
            "capacityReservationSpecification": {
                "capacityReservationPreference": "open",
                "capacityReservationTarget": {"capacityReservationResourceGroupArn": RESERVATIONS},
            },
            "licenseSpecifications": [{"licenseConfigurationArn": LICENSE}],
            "maintenanceOptions": {"autoRecovery": "disabled"},
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIpv6": "disabled",
                "httpPutResponseHopLimit": 1,
                "httpTokens": "required",
                "instanceMetadataTags": "enabled",
            },
            "monitoring": {"enabled": True},
            "networkPerformanceOptions": {"bandwidthWeighting": "vpc-1"},
            "placement": {
                "affinity": "default",
                "availabilityZone": "sa-east-1a",
                "groupName": "together",
                "hostId": "h-1",
                "partitionNumber": 1,
                "spreadDomain": "rack",
                "tenancy": "default",
            },
            "privateDnsNameOptions": {
                "enableResourceNameDnsARecord": True,
                "enableResourceNameDnsAaaaRecord": True,
                "hostnameType": "resource-name",
            },
            "tagSpecifications": [
                {"resourceType": "instance", "tags": {"Name": "web"}},
                {"resourceType": "volume", "tags": {"Name": "web", "team": "hotel"}},
            ],
            "tags": {"Name": "web template"},
        },
        {
            "namePrefix": "web-",
            "defaultVersion": 1,
            "ebsOptimized": "",
            "securityGroupNames": ["old"],
            "iamInstanceProfile": {"name": "web"},
            "capacityReservationSpecification": {"capacityReservationTarget": {"capacityReservationId": "cr-1"}},
            "placement": {"groupId": "pg-1", "hostResourceGroupArn": RESERVATIONS},
            "instanceRequirements": {
                "memoryMib": {"min": 1024, "max": 4096},
                "vcpuCount": {"min": 1, "max": 2},
                "acceleratorCount": {"min": 0, "max": 0},
                "acceleratorManufacturers": ["nvidia"],
                "acceleratorNames": ["t4"],
                "acceleratorTotalMemoryMib": {"min": 1, "max": 2},
                "acceleratorTypes": ["gpu"],
                "allowedInstanceTypes": ["t4g.*"],
                "bareMetal": "excluded",
                "baselineEbsBandwidthMbps": {"min": 1, "max": 2},
                "burstablePerformance": "included",
                "cpuManufacturers": ["amazon-web-services"],
                "instanceGenerations": ["current"],
                "localStorage": "excluded",
                "localStorageTypes": ["ssd"],
                "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": 50,
                "memoryGibPerVcpu": {"min": 0.5, "max": 4},
                "networkBandwidthGbps": {"min": 0.5, "max": 1},
                "networkInterfaceCount": {"min": 1, "max": 2},
                "onDemandMaxPricePercentageOverLowestPrice": 20,
                "requireHibernateSupport": True,
                "totalLocalStorageGb": {"min": 0.5, "max": 1},
            },
            "networkInterfaces": [
                {
                    "deviceIndex": 0,
                    "networkCardIndex": 1,
                    "associatePublicIpAddress": "false",
                    "associateCarrierIpAddress": "false",
                    "deleteOnTermination": "true",
                    "description": "first",
                    "interfaceType": "interface",
                    "ipv4Addresses": ["10.1.1.20", "10.1.1.21"],
                    "ipv6Addresses": ["2001:db8::1"],
                    "ipv4Prefixes": ["10.1.1.32/28"],
                    "ipv6Prefixes": ["2001:db8:0:0:1::/80"],
                    "primaryIpv6": "true",
                    "securityGroups": [group],
                    "subnetId": subnet,
                },
                {
                    "deviceIndex": 1,
                    "privateIpAddress": "10.1.1.22",
                    "ipv4AddressCount": 1,
                    "ipv6AddressCount": 1,
                    "ipv4PrefixCount": 1,
                    "ipv6PrefixCount": 1,
                },
                {"deviceIndex": 2, "networkInterfaceId": "eni-1"},
            ],
        },
        {
            "instanceRequirements": {
                "memoryMib": {"min": 1024},
                "vcpuCount": {"min": 1},
                "excludedInstanceTypes": ["t2.*"],
                "spotMaxPricePercentageOverLowestPrice": 50,
            },
        },
    ]


SAMPLES = {LAUNCH_TEMPLATE: launch_template}
