"""The volumes that come with an instance."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.provider.account import Account
from sandbox.provider.aws import tags
from sandbox.provider.schema import BOOL, INT, Map, Prop, Values, from_api, to_api

ROOT: Mapping[str, Prop] = {
    "deleteOnTermination": Prop(kind=BOOL, default=True),
    "encrypted": Prop(kind=BOOL, replace=True, computed=True),
    "iops": Prop(kind=INT, computed=True),
    "kmsKeyId": Prop(replace=True, computed=True),
    "tags": Prop(kind=Map(), api=None),
    "throughput": Prop(kind=INT, computed=True),
    "volumeSize": Prop(kind=INT, computed=True),
    "volumeType": Prop(computed=True),
}

OTHER: Mapping[str, Prop] = {
    "deviceName": Prop(api=None, required=True, replace=True),
    "deleteOnTermination": Prop(kind=BOOL, replace=True, default=True),
    "encrypted": Prop(kind=BOOL, replace=True, computed=True),
    "iops": Prop(kind=INT, replace=True, computed=True),
    "kmsKeyId": Prop(replace=True, computed=True),
    "snapshotId": Prop(replace=True, computed=True),
    "tags": Prop(kind=Map(), api=None),
    "throughput": Prop(kind=INT, replace=True, computed=True),
    "volumeSize": Prop(kind=INT, replace=True, computed=True),
    "volumeType": Prop(replace=True, computed=True),
}


def mappings(account: Account, values: Values) -> dict[str, Any]:
    """The BlockDeviceMappings parameter of a launch."""
    found = [(device["deviceName"], to_api(OTHER, device)) for device in values.get("ebsBlockDevices") or []]
    if values.get("rootBlockDevice"):
        found.insert(0, (_root_name(account, values), to_api(ROOT, values["rootBlockDevice"])))
    return {"BlockDeviceMappings": [{"DeviceName": name, "Ebs": ebs} for name, ebs in found]} if found else {}


def _root_name(account: Account, values: Values) -> str:
    """The root device of the image that an instance is launched from."""
    image_id = values.get("ami")
    if not image_id:
        template = values["launchTemplate"]
        named = "LaunchTemplateId" if template.get("id") else "LaunchTemplateName"
        versions = account.ec2.describe_launch_template_versions(
            **{named: template.get("id") or template["name"]}, Versions=[template["version"]]
        )["LaunchTemplateVersions"]
        image_id = versions[0]["LaunchTemplateData"]["ImageId"]
    return str(account.ec2.describe_images(ImageIds=[image_id])["Images"][0]["RootDeviceName"])


def read(account: Account, instance: Mapping[str, Any], values: Values) -> Values:
    """The properties that say what volumes an instance has.

    Tags of a volume are shown where the program gives some: without, they are the account's own affair.
    """
    wanted = {d["deviceName"]: d for d in values.get("ebsBlockDevices") or []}
    root: Values = {}
    root_tags: dict[str, str] = {}
    others = []
    for mapping, volume in _attached(account, instance):
        name, all_tags = mapping["DeviceName"], tags.as_map(volume.get("Tags"))
        known = {"deleteOnTermination": mapping["Ebs"]["DeleteOnTermination"], "deviceName": name, "tagsAll": all_tags}
        if name == instance["RootDeviceName"]:
            given = (values.get("rootBlockDevice") or {}).get("tags")
            root = {**from_api(ROOT, volume), **known, "tags": all_tags if given else {}}
            root_tags = all_tags
        else:
            given = wanted.get(name, {}).get("tags")
            others.append({**from_api(OTHER, volume), **known, "tags": all_tags if given else {}})
        device = root if name == instance["RootDeviceName"] else others[-1]
        device |= {"volumeId": volume["VolumeId"], "volumeSize": volume["Size"]}
    return {
        "rootBlockDevice": root or None,
        "ebsBlockDevices": others,
        "volumeTags": root_tags if values.get("volumeTags") else None,
    }


def _attached(account: Account, instance: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(mapping, volume) of every volume of an instance."""
    devices = {mapping["Ebs"]["VolumeId"]: mapping for mapping in instance.get("BlockDeviceMappings", [])}
    if devices:
        for volume in account.ec2.describe_volumes(VolumeIds=list(devices))["Volumes"]:
            yield devices[volume["VolumeId"]], volume


def tag(account: Account, state: Values, old: Values, new: Values) -> None:
    """Bring the tags of an instance's volumes, as `state` has them, from what `old` says to what `new` says."""
    root = state.get("rootBlockDevice") or {}
    _retag(account, root.get("volumeId"), old.get("rootBlockDevice"), new.get("rootBlockDevice"))
    before = {d["deviceName"]: d for d in old.get("ebsBlockDevices") or []}
    after = {d["deviceName"]: d for d in new.get("ebsBlockDevices") or []}
    for device in state["ebsBlockDevices"]:
        name = device["deviceName"]
        _retag(account, device["volumeId"], before.get(name), after.get(name))
    for device in (root, *state["ebsBlockDevices"]):
        _retag(account, device.get("volumeId"), {"tags": old.get("volumeTags")}, {"tags": new.get("volumeTags")})


def _retag(account: Account, volume_id: str | None, old: Values | None, new: Values | None) -> None:
    before, after = ({"tagsAll": (device or {}).get("tags") or {}} for device in (old, new))
    if volume_id:
        tags.bring(
            before,
            after,
            lambda some: account.ec2.create_tags(Resources=[volume_id], Tags=tags.as_list(some)),
            lambda keys: account.ec2.delete_tags(Resources=[volume_id], Tags=[{"Key": key} for key in keys]),
        )


def change_root(account: Account, instance_id: str, old: Values, new: Values) -> None:
    """Change the root volume in place."""
    altered = {n: v for n, v in new.items() if v is not None and v != old.get(n)}
    request = to_api(ROOT, altered, [n for n in ("volumeSize", "volumeType", "iops", "throughput") if n in altered])
    if request:
        names = {"VolumeSize": "Size"}
        account.ec2.modify_volume(VolumeId=old["volumeId"], **{names.get(k, k): v for k, v in request.items()})
    if "deleteOnTermination" in altered:
        ebs = {"DeleteOnTermination": altered["deleteOnTermination"]}
        account.ec2.modify_instance_attribute(
            InstanceId=instance_id, BlockDeviceMappings=[{"DeviceName": old["deviceName"], "Ebs": ebs}]
        )
