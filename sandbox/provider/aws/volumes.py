"""EBS volumes and their attachment."""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, once_unused, one
from sandbox.provider.schema import BOOL, INT, PROVIDER_SIDE, UNKNOWN, Prop, Resource, Values, from_api, to_api

SETTLED_WITHIN = 300
"""Seconds that the real provider waits for a volume."""

WITH_IOPS = ("io1", "io2", "gp3")


class Volume(Ec2Resource):
    token = "aws:ebs/volume:Volume"
    kind = "volume"
    api = ("ec2", "CreateVolume")
    props: ClassVar[Mapping[str, Prop]] = {
        "availabilityZone": Prop(required=True, replace=True),
        "size": Prop(kind=INT, computed=True),
        "snapshotId": Prop(replace=True, computed=True),
        "type": Prop(api="VolumeType", computed=True),
        "iops": Prop(kind=INT, computed=True),
        "throughput": Prop(kind=INT, computed=True, low=125, high=2000),
        "encrypted": Prop(kind=BOOL, replace=True, computed=True),
        "kmsKeyId": Prop(replace=True, computed=True),
        "multiAttachEnabled": Prop(kind=BOOL, replace=True),
        "finalSnapshot": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    }
    outputs = ("arn", "createTime")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        type_ = values.get("type", "gp2")
        if values.get("size") is None and values.get("snapshotId") is None:
            yield "size", "one of size and snapshotId must be given"
        if type_ is UNKNOWN:
            return
        if type_ in ("io1", "io2") and values.get("iops") is None:
            yield "iops", f"'iops' must be set when 'type' is '{type_}'"
        if type_ not in WITH_IOPS and values.get("iops"):
            yield "iops", f"'iops' must not be set when 'type' is '{type_}'"
        if type_ != "gp3" and values.get("throughput"):
            yield "throughput", f"'throughput' must not be set when 'type' is '{type_}'"
        if type_ not in ("io1", "io2") and values.get("multiAttachEnabled") is True:
            yield "multiAttachEnabled", f"'multi_attach_enabled' must not be set when 'type' is '{type_}'"

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_volume(**to_api(self.props, values), **self.tag_specifications(values))
        id_ = str(answer["VolumeId"])
        wait_for(lambda: (describe(account, id_) or {}).get("State") == "available", f"volume {id_}", SETTLED_WITHIN)
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        volume = describe(account, id_)
        if not volume:
            return None
        return {
            **from_api(self.props, volume),
            "iops": volume.get("Iops", 0),
            "throughput": volume.get("Throughput", 0),
            "kmsKeyId": volume.get("KmsKeyId", ""),
            "snapshotId": volume.get("SnapshotId", ""),
            "multiAttachEnabled": bool(volume.get("MultiAttachEnabled")),
            "arn": account.arn("ec2", f"volume/{id_}"),
            "createTime": volume["CreateTime"].strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tagsAll": tags.as_map(volume.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        request = to_api(self.props, new, [n for n in ("size", "type", "iops", "throughput") if n in changed])
        if request:
            account.ec2.modify_volume(VolumeId=id_, **request)
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("iops", "throughput") if "type" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("finalSnapshot"):
            snapshot = {"ResourceType": "snapshot", "Tags": tags.as_list(values.get("tagsAll"))}
            account.ec2.create_snapshot(VolumeId=id_, **({"TagSpecifications": [snapshot]} if snapshot["Tags"] else {}))
        once_unused(lambda: account.ec2.delete_volume(VolumeId=id_))


def describe(account: Account, id_: str) -> dict[str, Any] | None:
    """The volume, or None when it is gone."""
    return one(lambda: account.ec2.describe_volumes(VolumeIds=[id_])["Volumes"])


class VolumeAttachment(Resource):
    token = "aws:ec2/volumeAttachment:VolumeAttachment"
    props: ClassVar[Mapping[str, Prop]] = {
        "deviceName": Prop(api="Device", required=True, replace=True),
        "instanceId": Prop(required=True, replace=True),
        "volumeId": Prop(required=True, replace=True),
        "forceDetach": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
        "skipDestroy": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
        "stopInstanceBeforeDetaching": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
    }

    def create(self, account: Account, values: Values) -> str:
        account.ec2.attach_volume(**to_api(self.props, values))
        text = f"{values['deviceName']}-{values['instanceId']}-{values['volumeId']}-"
        return f"vai-{zlib.crc32(text.encode())}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        volume = describe(account, values["volumeId"]) or {}
        for attachment in volume.get("Attachments", []):
            if (attachment["Device"], attachment["InstanceId"]) == (values["deviceName"], values["instanceId"]):
                return {name: values[name] for name in ("deviceName", "instanceId", "volumeId")}
        return None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """What can change belongs to the provider alone."""

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("skipDestroy"):
            return
        if values.get("stopInstanceBeforeDetaching"):
            account.ec2.stop_instances(InstanceIds=[values["instanceId"]])
        place = to_api(self.props, values)
        found(lambda: account.ec2.detach_volume(**place, Force=bool(values.get("forceDetach"))))


TYPES = (Volume(), VolumeAttachment())
FUNCTIONS = ()
