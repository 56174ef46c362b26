"""Samples for flow logs."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench
from tests.sandbox.samples.network_interfaces import an_interface
from tests.sandbox.samples.vpc import a_subnet, a_vpc

LOG_GROUP = "arn:aws:logs:sa-east-1:123456789012:log-group:flows"
ROLE = "arn:aws:iam::123456789012:role/flows"
BUCKET = "flow-records"


def flow_log(bench: Bench) -> list[Values]:
    vpc = a_vpc(bench)
    subnet = a_subnet(bench, vpc)
    bench.account.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "sa-east-1"})
    return [
        {
            "vpcId": vpc.id,
            "trafficType": "REJECT",
            "iamRoleArn": ROLE,
            "logDestination": f"{LOG_GROUP}:*",
            "logDestinationType": "cloud-watch-logs",
            "logFormat": "${srcaddr} ${dstaddr}",
            "maxAggregationInterval": 60,
            "tags": {"Name": "refused"},
        },
        {
            "subnetId": subnet.id,
            "trafficType": "ALL",
            "logDestination": f"arn:aws:s3:::{BUCKET}",
            "logDestinationType": "s3",
            "destinationOptions": {
                "fileFormat": "parquet",
                "hiveCompatiblePartitions": True,
                "perHourPartition": True,
            },
        },
        {
            "eniId": an_interface(bench, subnet).id,
            "trafficType": "ACCEPT",
            "iamRoleArn": ROLE,
            "logDestination": LOG_GROUP,
        },
    ]


SAMPLES = {"aws:ec2/flowLog:FlowLog": flow_log}
