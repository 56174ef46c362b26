"""Looking up Amazon Machine Images."""

import re
from collections.abc import Mapping
from typing import Any

from sandbox.provider.account import Account
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_lookup import FILTERS, TAGS, filters
from sandbox.provider.schema import BOOL, Function, Many, Prop, Values, from_api
from sandbox.provider.server import RefusedError

_TEXTS = {
    "architecture": Prop(),
    "bootMode": Prop(),
    "creationDate": Prop(),
    "deprecationTime": Prop(),
    "description": Prop(),
    "hypervisor": Prop(),
    "imageLocation": Prop(),
    "imageOwnerAlias": Prop(),
    "imageType": Prop(),
    "imdsSupport": Prop(),
    "kernelId": Prop(),
    "lastLaunchedTime": Prop(),
    "name": Prop(),
    "ownerId": Prop(),
    "platform": Prop(),
    "platformDetails": Prop(),
    "ramdiskId": Prop(),
    "rootDeviceName": Prop(),
    "rootDeviceType": Prop(),
    "sriovNetSupport": Prop(),
    "state": Prop(),
    "tpmSupport": Prop(),
    "usageOperation": Prop(),
    "virtualizationType": Prop(),
}
_OWNED = {"image-id", "owner-id", "owner-alias"}
"""Filters that say whose image it is."""


def get_ami(account: Account, args: Values) -> Values:
    """The one image that fits, the newest of several if the caller says so."""
    own_filters = {f["name"] for f in args.get("filters") or []}
    if args.get("mostRecent") and not (args.get("owners") or own_filters & _OWNED or args.get("allowUnsafeFilter")):
        raise RefusedError(
            "mostRecent without an owner may find anybody's image: give owners, or a filter by image-id, owner-id or "
            "owner-alias (allowUnsafeFilter=true does without)"
        )
    request: dict[str, Any] = {**filters(args), "IncludeDeprecated": bool(args.get("includeDeprecated"))}
    if args.get("owners"):
        request["Owners"] = args["owners"]
    if args.get("executableUsers"):
        request["ExecutableUsers"] = args["executableUsers"]
    pattern = re.compile(args.get("nameRegex") or "")
    images = [i for i in account.ec2.describe_images(**request)["Images"] if pattern.search(i.get("Name", ""))]
    if not images:
        raise RefusedError("your query returned no results. Please change your search criteria and try again")
    if len(images) > 1 and not args.get("mostRecent"):
        raise RefusedError(
            "your query returned more than one result. Please try a more specific search criteria, or set mostRecent "
            "to true"
        )
    return _described(account, max(images, key=lambda image: str(image["CreationDate"])))


def _described(account: Account, image: Mapping[str, Any]) -> Values:
    id_ = image["ImageId"]
    devices = image.get("BlockDeviceMappings", [])
    root: Mapping[str, Any] = next(
        (d.get("Ebs", {}) for d in devices if d.get("DeviceName") == image.get("RootDeviceName")), {}
    )
    reason = image.get("StateReason", {})
    return {
        **{name: value or "" for name, value in from_api(_TEXTS, image).items()},
        "id": id_,
        "imageId": id_,
        "arn": f"arn:aws:ec2:{account.region}::image/{id_}",
        "blockDeviceMappings": [
            {
                "deviceName": device.get("DeviceName", ""),
                "noDevice": device.get("NoDevice", ""),
                "virtualName": device.get("VirtualName", ""),
                "ebs": {_wire(k): str(v).lower() if isinstance(v, bool) else str(v) for k, v in device["Ebs"].items()}
                if "Ebs" in device
                else {},
            }
            for device in devices
        ],
        "enaSupport": bool(image.get("EnaSupport")),
        "productCodes": [
            {"productCodeId": code["ProductCodeId"], "productCodeType": code["ProductCodeType"]}
            for code in image.get("ProductCodes", [])
        ],
        "public": bool(image.get("Public")),
        "rootSnapshotId": root.get("SnapshotId", ""),
        "stateReason": {"code": reason.get("Code", "UNSET"), "message": reason.get("Message", "UNSET")},
        "tags": tags.as_map(image.get("Tags")),
        "uefiData": "",
    }


def _wire(name: str) -> str:
    """The provider's spelling of a member of an image's EBS mapping: snake_case, as it is a map and not a block."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


TYPES = ()
FUNCTIONS = (
    Function(
        "aws:ec2/getAmi:getAmi",
        {
            "allowUnsafeFilter": Prop(kind=BOOL),
            "executableUsers": Prop(kind=Many()),
            "filters": FILTERS,
            "includeDeprecated": Prop(kind=BOOL),
            "mostRecent": Prop(kind=BOOL),
            "nameRegex": Prop(),
            "owners": Prop(kind=Many()),
            "tags": TAGS,
        },
        get_ami,
    ),
)
