"""EC2 instances."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.aws.addresses import public_dns
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, one
from sandbox.provider.schema import BOOL, INT, PROVIDER_SIDE, Block, Many, Map, Prop, Values, from_api, to_api

SETTLED_WITHIN = 600
"""Seconds that the real provider waits for an instance."""

ROOT_DEVICE: Mapping[str, Prop] = {
    "deleteOnTermination": Prop(kind=BOOL, default=True),
    "encrypted": Prop(kind=BOOL, replace=True, computed=True),
    "iops": Prop(kind=INT, computed=True),
    "kmsKeyId": Prop(replace=True, computed=True),
    "tags": Prop(kind=Map(), api=None),
    "throughput": Prop(kind=INT, computed=True),
    "volumeSize": Prop(kind=INT, computed=True),
    "volumeType": Prop(computed=True),
}

OTHER_DEVICE: Mapping[str, Prop] = {
    "deviceName": Prop(required=True, replace=True),
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

METADATA = Block(
    {
        "httpEndpoint": Prop(default="enabled"),
        "httpProtocolIpv6": Prop(default="disabled"),
        "httpPutResponseHopLimit": Prop(kind=INT, computed=True, low=1, high=64),
        "httpTokens": Prop(computed=True),
        "instanceMetadataTags": Prop(computed=True),
    }
)

ON_GRAVITON = re.compile(r"(a1|[a-z]+\d+g[a-z]*)\.")


def architecture(instance_type: str) -> str:
    """The architecture of an instance type by its name ("Instance type naming conventions", Amazon EC2 user guide)."""
    return "arm64" if ON_GRAVITON.match(instance_type) else "x86_64"


class Instance(Ec2Resource):
    token = "aws:ec2/instance:Instance"
    kind = "instance"
    api = ("ec2", "RunInstances")
    props: ClassVar[Mapping[str, Prop]] = {
        "ami": Prop(api="ImageId", replace=True, computed=True),
        "instanceType": Prop(computed=True),
        "launchTemplate": Prop(
            kind=Block(
                {
                    "id": Prop(api="LaunchTemplateId", computed=True, conflicts=("name",)),
                    "name": Prop(api="LaunchTemplateName", computed=True, conflicts=("id",)),
                    "version": Prop(default="$Default"),
                }
            ),
            replace=True,
            kept="AWS shows the template that an instance came from in its tags only, and not how it was named",
        ),
        "subnetId": Prop(replace=True, computed=True),
        "availabilityZone": Prop(api=None, replace=True, computed=True),
        "tenancy": Prop(api=None, replace=True, computed=True),
        "placementGroup": Prop(api=None, replace=True, computed=True),
        "privateIp": Prop(api="PrivateIpAddress", replace=True, computed=True),
        "associatePublicIpAddress": Prop(kind=BOOL, api=None, replace=True, computed=True),
        "primaryNetworkInterface": Prop(
            kind=Block({"networkInterfaceId": Prop(required=True, replace=True)}),
            api=None,
            computed=True,
            conflicts=("subnetId", "vpcSecurityGroupIds", "associatePublicIpAddress", "privateIp"),
        ),
        "vpcSecurityGroupIds": Prop(kind=Many(), api="SecurityGroupIds", computed=True),
        "sourceDestCheck": Prop(kind=BOOL, api=None, default=True),
        "keyName": Prop(replace=True, computed=True),
        "iamInstanceProfile": Prop(api=None, computed=True),
        "userData": Prop(api=None, conflicts=("userDataBase64",)),
        "userDataBase64": Prop(api=None, computed=True, conflicts=("userData",)),
        "userDataReplaceOnChange": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "ebsOptimized": Prop(kind=BOOL, replace=True, computed=True),
        "rootBlockDevice": Prop(kind=Block(ROOT_DEVICE), api=None, computed=True),
        "ebsBlockDevices": Prop(kind=Many(Block(OTHER_DEVICE)), api=None, computed=True),
        "volumeTags": Prop(kind=Map(), api=None),
        "monitoring": Prop(kind=BOOL, api=None, computed=True),
        "metadataOptions": Prop(kind=METADATA, computed=True),
        "maintenanceOptions": Prop(kind=Block({"autoRecovery": Prop(computed=True)}), computed=True),
        "cpuOptions": Prop(
            kind=Block(
                {
                    "amdSevSnp": Prop(replace=True, computed=True),
                    "coreCount": Prop(kind=INT, computed=True),
                    "threadsPerCore": Prop(kind=INT, computed=True),
                }
            ),
            computed=True,
        ),
        "creditSpecification": Prop(
            kind=Block({"cpuCredits": Prop(choices=("standard", "unlimited"))}), computed=True
        ),
        "enclaveOptions": Prop(kind=Block({"enabled": Prop(kind=BOOL, replace=True, computed=True)}), computed=True),
        "privateDnsNameOptions": Prop(
            kind=Block(
                {
                    "enableResourceNameDnsARecord": Prop(kind=BOOL),
                    "enableResourceNameDnsAaaaRecord": Prop(kind=BOOL, api="EnableResourceNameDnsAAAARecord"),
                    "hostnameType": Prop(),
                }
            ),
            replace=True,
            computed=True,
        ),
        "hibernation": Prop(kind=BOOL, api=None, replace=True),
        "disableApiStop": Prop(kind=BOOL, computed=True),
        "disableApiTermination": Prop(kind=BOOL, computed=True),
        "instanceInitiatedShutdownBehavior": Prop(computed=True),
        "forceDestroy": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
    }
    outputs = (
        "arn",
        "capacityReservationSpecification",
        "enablePrimaryIpv6",
        "ephemeralBlockDevices",
        "hostId",
        "hostResourceGroupArn",
        "instanceLifecycle",
        "instanceState",
        "ipv6AddressCount",
        "ipv6Addresses",
        "outpostArn",
        "passwordData",
        "placementGroupId",
        "placementPartitionNumber",
        "primaryNetworkInterfaceId",
        "privateDns",
        "publicDns",
        "publicIp",
        "secondaryPrivateIps",
        "securityGroups",
        "spotInstanceRequestId",
    )

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for name in ("ami", "instanceType"):
            if values.get(name) is None and values.get("launchTemplate") is None:
                yield name, f"one of {name} and launchTemplate must be given"
        script = values.get("userData")
        if isinstance(script, str) and len(script) > 16384:
            yield "userData", f"user data has at most 16384 characters, got {len(script)}"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        types = (old.get("instanceType"), new.get("instanceType"))
        if all(isinstance(t, str) for t in types) and architecture(str(types[0])) != architecture(str(types[1])):
            yield "instanceType"
        if new.get("userDataReplaceOnChange"):
            yield from ("userData", "userDataBase64")

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.run_instances(MinCount=1, MaxCount=1, **self._launch(account, values))
        id_ = str(answer["Instances"][0]["InstanceId"])
        self._wait(account, id_, "running")
        for device, tags_ in self._device_tags(values):
            _tag_volume(account, id_, device, {}, tags_)
        if values.get("sourceDestCheck") is False and not values.get("primaryNetworkInterface"):
            account.ec2.modify_instance_attribute(InstanceId=id_, SourceDestCheck={"Value": False})
        return id_

    def _wait(self, account: Account, id_: str, state: str) -> None:
        def there() -> bool:
            return bool((describe(account, id_) or {}).get("State", {}).get("Name") == state)

        wait_for(there, f"instance {id_} to be {state}", SETTLED_WITHIN)

    def _launch(self, account: Account, values: Values) -> dict[str, Any]:
        """The parameters of RunInstances."""
        request = to_api(self.props, values)
        placement = {
            "AvailabilityZone": values.get("availabilityZone"),
            "Tenancy": values.get("tenancy"),
            "GroupName": values.get("placementGroup"),
        }
        request |= {"Placement": {k: v for k, v in placement.items() if v}} if any(placement.values()) else {}
        if values.get("iamInstanceProfile"):
            request["IamInstanceProfile"] = {"Name": values["iamInstanceProfile"]}
        if values.get("monitoring") is not None:
            request["Monitoring"] = {"Enabled": values["monitoring"]}
        if values.get("hibernation") is not None:
            request["HibernationOptions"] = {"Configured": values["hibernation"]}
        if script := user_data(values):
            request["UserData"] = script.decode()
        request |= self._interface(request, values)
        request |= self._devices(account, values)
        return request | self.tag_specifications(values)

    def _interface(self, request: dict[str, Any], values: Values) -> dict[str, Any]:
        """The first network interface, where it must be spelled out; what it says may then stand nowhere else."""
        if values.get("primaryNetworkInterface"):
            id_ = values["primaryNetworkInterface"]["networkInterfaceId"]
            return {"NetworkInterfaces": [{"DeviceIndex": 0, "NetworkInterfaceId": id_}]}
        if values.get("associatePublicIpAddress") is None:
            return {}
        moved = {"SubnetId": "SubnetId", "SecurityGroupIds": "Groups", "PrivateIpAddress": "PrivateIpAddress"}
        interface = {there: request.pop(here) for here, there in moved.items() if here in request}
        public = {"DeviceIndex": 0, "AssociatePublicIpAddress": values["associatePublicIpAddress"]}
        return {"NetworkInterfaces": [public | interface]}

    def _devices(self, account: Account, values: Values) -> dict[str, Any]:
        mappings = []
        if values.get("rootBlockDevice"):
            root = to_api(ROOT_DEVICE, values["rootBlockDevice"])
            mappings.append({"DeviceName": _root_device(account, values), "Ebs": root})
        for device in values.get("ebsBlockDevices") or []:
            settings = to_api({n: p for n, p in OTHER_DEVICE.items() if n != "deviceName"}, device)
            mappings.append({"DeviceName": device["deviceName"], "Ebs": settings})
        return {"BlockDeviceMappings": mappings} if mappings else {}

    def tag_specifications(self, values: Values) -> dict[str, Any]:
        given = {"instance": values.get("tagsAll"), "volume": values.get("volumeTags")}
        specifications = [{"ResourceType": t, "Tags": tags.as_list(of)} for t, of in given.items() if of]
        return {"TagSpecifications": specifications} if specifications else {}

    def _device_tags(self, values: Values) -> list[tuple[str | None, dict[str, str]]]:
        """(device, its tags) for each block device with tags; None is the root device."""
        devices = [(None, values.get("rootBlockDevice") or {})]
        devices += [(device["deviceName"], device) for device in values.get("ebsBlockDevices") or []]
        return [(name, device["tags"]) for name, device in devices if device.get("tags")]

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        instance = describe(account, id_)
        if not instance or instance["State"]["Name"] == "terminated":
            return None
        interface = next((i for i in instance.get("NetworkInterfaces", []) if i["Attachment"]["DeviceIndex"] == 0), {})
        placement = instance.get("Placement", {})
        root, others = _volumes(account, instance)
        seen = from_api({n: p for n, p in self.props.items() if not p.kept}, instance)
        return {
            **{name: "" if value is None and self.props[name].kind == STR else value for name, value in seen.items()},
            **self._attributes(account, id_),
            **self._user_data(account, id_, values),
            "availabilityZone": placement.get("AvailabilityZone", ""),
            "tenancy": placement.get("Tenancy", "default"),
            "placementGroup": placement.get("GroupName", ""),
            "associatePublicIpAddress": bool(interface.get("Association", {}).get("PublicIp")),
            "primaryNetworkInterface": {
                "networkInterfaceId": interface.get("NetworkInterfaceId", ""),
                "deleteOnTermination": interface.get("Attachment", {}).get("DeleteOnTermination", True),
            },
            "vpcSecurityGroupIds": [group["GroupId"] for group in instance.get("SecurityGroups", [])],
            "sourceDestCheck": instance.get("SourceDestCheck", True),
            "iamInstanceProfile": instance.get("IamInstanceProfile", {}).get("Arn", "").rsplit("/", 1)[-1],
            "rootBlockDevice": _device(ROOT_DEVICE, root, bool((values.get("rootBlockDevice") or {}).get("tags"))),
            "ebsBlockDevices": [_device(OTHER_DEVICE, volume, "tags" in volume["Given"]) for volume in others]
            if False
            else _other_devices(others, values),
            "volumeTags": tags.as_map(root.get("Tags")) if values.get("volumeTags") else None,
            "monitoring": instance.get("Monitoring", {}).get("State") in ("enabled", "pending"),
            "creditSpecification": self._credits(account, instance),
            "hibernation": bool(instance.get("HibernationOptions", {}).get("Configured")),
        }
