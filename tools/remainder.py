"""What an account still holds of a destroyed stack: read back from the account, not from what Pulumi believes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3


def remaining(client: Callable[[str], Any], others: Iterable[str]) -> list[str]:
    """One line for each thing that stores data or costs money in the region of `client`, except those of other stacks.

    `client` makes a boto3 client of a service. `others` are ids and ARNs of what belongs to other stacks. What an
    account has without any deployment (default VPC, AWS's own keys) does not count, nor does a key that is scheduled for
    deletion: it costs nothing and decrypts nothing.
    """
    spoken_for = set(others)
    found: list[str] = []
    for kind, things in _inventory(client):
        found += [f"{kind} {name}" for name, ids in sorted(things.items()) if not spoken_for & {name, *ids}]
    return found


def _inventory(client: Callable[[str], Any]) -> Iterable[tuple[str, Mapping[str, set[str]]]]:
    """Kinds of things, and of each kind the names with the other identifiers that Pulumi may know them by."""
    rds, kms, s3, ec2 = client("rds"), client("kms"), client("s3"), client("ec2")
    yield (
        "database instance",
        {d["DBInstanceIdentifier"]: {d["DBInstanceArn"]} for d in _all(rds, "describe_db_instances", "DBInstances")},
    )
    yield (
        "database snapshot",
        {
            s["DBSnapshotIdentifier"]: {s["DBInstanceIdentifier"]}
            for s in _all(rds, "describe_db_snapshots", "DBSnapshots")
            if s.get("SnapshotType") == "manual"
        },
    )
    yield "KMS key", dict(_keys(kms))
    yield "bucket", {f"{b['Name']}": set() for b in s3.list_buckets()["Buckets"]}
    yield (
        "log group",
        {g["logGroupName"]: {g["arn"]} for g in _all(client("logs"), "describe_log_groups", "logGroups")},
    )
    yield (
        "secret",
        {s["Name"]: {s["ARN"]} for s in _all(client("secretsmanager"), "list_secrets", "SecretList")},
    )
    yield (
        "load balancer",
        {
            b["LoadBalancerName"]: {b["LoadBalancerArn"]}
            for b in _all(client("elbv2"), "describe_load_balancers", "LoadBalancers")
        },
    )
    instances = {
        i["InstanceId"]: _groups(i)
        for r in _all(ec2, "describe_instances", "Reservations")
        for i in r["Instances"]
        if i["State"]["Name"] != "terminated"
    }
    yield "instance", instances
    yield (
        "volume",
        {
            v["VolumeId"]: {owner for a in v["Attachments"] for owner in instances.get(a["InstanceId"], ())}
            for v in _all(ec2, "describe_volumes", "Volumes")
        },
    )
    yield (
        "NAT gateway",
        {
            g["NatGatewayId"]: set()
            for g in _all(ec2, "describe_nat_gateways", "NatGateways")
            if g["State"] != "deleted"
        },
    )
    yield "address", {a["AllocationId"]: set() for a in ec2.describe_addresses()["Addresses"]}
    yield "VPC", {v["VpcId"]: set() for v in _all(ec2, "describe_vpcs", "Vpcs") if not v["IsDefault"]}


def _groups(instance: Mapping[str, Any]) -> set[str]:
    """The Auto Scaling group that launched an instance: Pulumi knows the group, not what it launches."""
    return {t["Value"] for t in instance.get("Tags", ()) if t["Key"] == "aws:autoscaling:groupName"}


def _keys(kms: Any) -> Iterable[tuple[str, set[str]]]:
    for key in _all(kms, "list_keys", "Keys"):
        known = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        if known["KeyManager"] == "CUSTOMER" and known["KeyState"] != "PendingDeletion":
            yield key["KeyId"], {key["KeyArn"]}


def _all(client: Any, operation: str, key: str) -> list[Any]:
    return [item for page in client.get_paginator(operation).paginate() for item in page[key]]


def sandbox_client(endpoint: str, region: str | None) -> Callable[[str], Any]:
    """Makes boto3 clients of the sandbox's account, whatever the environment says."""
    session = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name=region)  # noqa: S106
    return lambda service: session.client(service, endpoint_url=endpoint)
