"""What an engine answers where there is no AWS: the outputs and lookups that the program cannot do without."""

import zlib
from collections.abc import Callable
from typing import Any

REGION = "sa-east-1"
ACCOUNT = "123456789012"

Values = dict[str, Any]

LOOKUPS: dict[str, Callable[[Values], Values]] = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": lambda _: {
        "names": [f"{REGION}{letter}" for letter in "abc"],
        "zoneIds": [f"sae1-az{number}" for number in (1, 2, 3)],
    },
    "aws:index/getRegion:getRegion": lambda _: {"id": REGION, "name": REGION, "region": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {"id": ACCOUNT, "accountId": ACCOUNT},
    "aws:index/getPartition:getPartition": lambda _: {"partition": "aws", "dnsSuffix": "amazonaws.com"},
    "aws:ec2/getAmi:getAmi": lambda args: {
        "id": "ami-0123456789abcdef0",
        "architecture": next(f["values"][0].rsplit("-", 1)[1] for f in args["filters"] if f["name"] == "name"),
    },
    "aws:route53/getZone:getZone": lambda args: {"zoneId": "Z0123456789", "name": args["name"]},
}
"""By token: what a lookup answers to its arguments. A lookup that is not here is a KeyError."""


def outputs(type_: str, name: str, inputs: Values) -> Values:
    """A resource's state: its inputs and what AWS would add. Every text that is added is unlike all others."""
    mark = f"{zlib.crc32(f'{type_} {name}'.encode()):07x}"[:7]
    added: Values = {"arn": f"arn:aws:mock:{REGION}:{ACCOUNT}:{name}/{mark}", "name": f"{name}-{mark}"}
    match type_:
        case "aws:acm/certificate:Certificate":
            keys = ("resourceRecordName", "resourceRecordType", "resourceRecordValue")
            added["domainValidationOptions"] = [{key: f"{key}-{mark}" for key in keys}]
        case "aws:ec2/launchTemplate:LaunchTemplate":
            added["latestVersion"] = 1
        case "aws:ec2/eip:Eip":
            added |= {"allocationId": f"eipalloc-{mark}", "publicIp": f"public-{mark}"}
        case "aws:kms/key:Key":
            added["keyId"] = f"key-{mark}"
        case "aws:lb/loadBalancer:LoadBalancer":
            added |= {"dnsName": f"{mark}.elb.example", "zoneId": f"Z{mark}", "arnSuffix": f"app/{name}/{mark}"}
        case "aws:lb/targetGroup:TargetGroup":
            added["arnSuffix"] = f"targetgroup/{name}/{mark}"
        case "aws:rds/instance:Instance":
            added |= {"address": f"{mark}.rds.example", "masterUserSecrets": [{"secretArn": f"arn:aws:secret:{mark}"}]}
        case "aws:route53/record:Record":
            added["fqdn"] = f"{mark}.record.example"
        case "aws:s3/bucket:Bucket":
            added["bucket"] = f"{name}-{mark}"
        case "random:index/randomId:RandomId":
            added["hex"] = f"{inputs.get('prefix', '')}{mark}0"
    return {**added, **inputs}


def identifier(type_: str, name: str) -> str:
    """The id of a resource, unlike all others."""
    return f"id-{zlib.crc32(f'{name} {type_}'.encode()):08x}"
