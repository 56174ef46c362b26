"""Functions about where one is: zones, account, region, partition."""

import functools
from typing import Any

from sandbox.provider import rules
from sandbox.provider.account import Account
from sandbox.provider.aws.ec2_lookup import FILTERS, filters, only
from sandbox.provider.schema import BOOL, Function, Many, Prop, Values


@functools.cache
def _partitions() -> Any:
    """The table of partitions and their regions that botocore brings."""
    return rules.models().load_data("endpoints")["partitions"]


def partition_of(region: str) -> dict[str, Any]:
    """The partition that a region is in, as botocore describes it."""
    named = [p for p in _partitions() if region in p["regions"]]
    return dict(named[0] if named else _partitions()[0])


def get_availability_zones(account: Account, args: Values) -> Values:
    every = {"AllAvailabilityZones": True} if args.get("allAvailabilityZones") else {}
    answer = account.ec2.describe_availability_zones(**filters(args, state=args.get("state")), **every)
    zones = [
        zone
        for zone in sorted(answer["AvailabilityZones"], key=lambda zone: str(zone["ZoneName"]))
        if zone["ZoneName"] not in (args.get("excludeNames") or [])
        and zone["ZoneId"] not in (args.get("excludeZoneIds") or [])
    ]
    return {
        "id": account.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": sorted({zone.get("GroupName", account.region) for zone in zones}),
    }


def get_availability_zone(account: Account, args: Values) -> Values:
    every = {"AllAvailabilityZones": True} if args.get("allAvailabilityZones") else {}
    wanted = filters(args, state=args.get("state"), zone_name=args.get("name"), zone_id=args.get("zoneId"))
    answer = account.ec2.describe_availability_zones(**wanted, **every)["AvailabilityZones"]
    zone = only(answer, "EC2 Availability Zone")
    name = zone["ZoneName"]
    return {
        "id": name,
        "name": name,
        "nameSuffix": name.removeprefix(zone["RegionName"]),
        "zoneId": zone["ZoneId"],
        "zoneType": zone.get("ZoneType", "availability-zone"),
        "state": zone["State"],
        "groupName": zone.get("GroupName", zone["RegionName"]),
        "groupLongName": zone.get("GroupLongName", ""),
        "networkBorderGroup": zone.get("NetworkBorderGroup", zone["RegionName"]),
        "optInStatus": zone.get("OptInStatus", "opt-in-not-required"),
        "parentZoneId": zone.get("ParentZoneId", ""),
        "parentZoneName": zone.get("ParentZoneName", ""),
    }


def get_caller_identity(account: Account, _: Values) -> Values:
    caller = account.sts.get_caller_identity()
    return {"id": caller["Account"], "accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def get_region(account: Account, args: Values) -> Values:
    region = args.get("region") or args.get("name") or account.region
    partition = partition_of(region)
    return {
        "id": region,
        "name": region,
        "region": region,
        "endpoint": f"ec2.{region}.{partition['dnsSuffix']}",
        "description": partition["regions"].get(region, {}).get("description", ""),
    }


def get_regions(account: Account, args: Values) -> Values:
    every = {"AllRegions": True} if args.get("allRegions") else {}
    answer = account.ec2.describe_regions(**filters(args), **every)["Regions"]
    return {
        "id": partition_of(account.region)["partition"],
        "names": sorted(region["RegionName"] for region in answer),
    }


def get_partition(account: Account, _: Values) -> Values:
    partition = partition_of(account.region)
    return {
        "id": partition["partition"],
        "partition": partition["partition"],
        "dnsSuffix": partition["dnsSuffix"],
        "reverseDnsPrefix": ".".join(reversed(partition["dnsSuffix"].split("."))),
    }


def get_service_principal(account: Account, args: Values) -> Values:
    suffix = "amazonaws.com"
    name = f"{args['serviceName']}.{suffix}"
    return {"id": f"{args['serviceName']}.{account.region}.{suffix}", "name": name, "suffix": suffix}


def get_default_tags(account: Account, _: Values) -> Values:
    return {"id": partition_of(account.region)["partition"], "tags": account.default_tags}


TYPES = ()
FUNCTIONS = (
    Function(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {
            "allAvailabilityZones": Prop(kind=BOOL),
            "excludeNames": Prop(kind=Many()),
            "excludeZoneIds": Prop(kind=Many()),
            "filters": FILTERS,
            "state": Prop(choices=("available", "information", "impaired", "unavailable")),
        },
        get_availability_zones,
    ),
    Function(
        "aws:index/getAvailabilityZone:getAvailabilityZone",
        {
            "allAvailabilityZones": Prop(kind=BOOL),
            "filters": FILTERS,
            "name": Prop(),
            "state": Prop(),
            "zoneId": Prop(),
        },
        get_availability_zone,
    ),
    Function("aws:index/getCallerIdentity:getCallerIdentity", {"id": Prop()}, get_caller_identity),
    Function("aws:index/getRegion:getRegion", {"id": Prop(), "name": Prop()}, get_region),
    Function(
        "aws:index/getRegions:getRegions",
        {"id": Prop(), "allRegions": Prop(kind=BOOL), "filters": FILTERS},
        get_regions,
    ),
    Function("aws:index/getPartition:getPartition", {"id": Prop()}, get_partition),
    Function(
        "aws:index/getServicePrincipal:getServicePrincipal",
        {"serviceName": Prop(required=True)},
        get_service_principal,
    ),
    Function("aws:index/getDefaultTags:getDefaultTags", {"id": Prop()}, get_default_tags),
)
