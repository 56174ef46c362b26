"""EC2 instances."""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, wait_for
from sandbox.provider.aws import block_devices, tags
from sandbox.provider.aws.addresses import public_dns
from sandbox.provider.aws.ec2_resource import Ec2Resource, one
from sandbox.provider.schema import BOOL, INT, PROVIDER_SIDE, Block, Many, Map, Prop, Values, from_api, to_api

SETTLED_WITHIN = 600
"""Seconds that the real provider waits for an instance."""

ON_GRAVITON = re.compile(r"(a1|[a-z]+\d+g[a-z]*)\.")

SENT: Mapping[str, Prop] = {
    "ami": Prop(api="ImageId", replace=True, computed=True),
    "instanceType": Prop(computed=True),
    "subnetId": Prop(replace=True, computed=True),
    "privateIp": Prop(api="PrivateIpAddress", replace=True, computed=True),
    "vpcSecurityGroupIds": Prop(kind=Many(), api="SecurityGroupIds", computed=True),
    "keyName": Prop(replace=True, computed=True),
    "ebsOptimized": Prop(kind=BOOL, replace=True, computed=True),
    "disableApiStop": Prop(kind=BOOL, computed=True),
    "disableApiTermination": Prop(kind=BOOL, computed=True),
    "instanceInitiatedShutdownBehavior": Prop(computed=True),
    "metadataOptions": Prop(
        kind=Block(
            {
                "httpEndpoint": Prop(default="enabled"),
                "httpProtocolIpv6": Prop(default="disabled"),
                "httpPutResponseHopLimit": Prop(kind=INT, computed=True, low=1, high=64),
                "httpTokens": Prop(computed=True),
                "instanceMetadataTags": Prop(computed=True),
            }
        ),
        computed=True,
    ),
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
    "creditSpecification": Prop(kind=Block({"cpuCredits": Prop(choices=("standard", "unlimited"))}), computed=True),
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
    "launchTemplate": Prop(
        kind=Block(
            {
                "id": Prop(api="LaunchTemplateId", computed=True, conflicts=("name",)),
                "name": Prop(api="LaunchTemplateName", computed=True, conflicts=("id",)),
                "version": Prop(default="$Default"),
            }
        ),
        replace=True,
        kept="AWS shows in tags which template an instance came from, not how the launch named it",
    ),
}
"""Properties that go to RunInstances as they are."""


def architecture(instance_type: str) -> str:
    """The architecture of an instance type by its name ("Instance type naming conventions", Amazon EC2 user guide)."""
    return "arm64" if ON_GRAVITON.match(instance_type) else "x86_64"


def describe(account: Account, id_: str) -> dict[str, Any] | None:
    """The instance, or None when it is gone for good."""
    reservation = one(lambda: account.ec2.describe_instances(InstanceIds=[id_])["Reservations"])
    instance = reservation["Instances"][0] if reservation else None
    return None if instance is None or instance["State"]["Name"] == "terminated" else dict(instance)


class Instance(Ec2Resource):
    token = "aws:ec2/instance:Instance"
    kind = "instance"
    api = ("ec2", "RunInstances")
    props: ClassVar[Mapping[str, Prop]] = {
        **SENT,
        "availabilityZone": Prop(api=None, replace=True, computed=True),
        "tenancy": Prop(api=None, replace=True, computed=True),
        "placementGroup": Prop(api=None, replace=True, computed=True),
        "associatePublicIpAddress": Prop(kind=BOOL, api=None, replace=True, computed=True),
        "primaryNetworkInterface": Prop(
            kind=Block({"networkInterfaceId": Prop(required=True, replace=True)}),
            api=None,
            computed=True,
            conflicts=("subnetId", "vpcSecurityGroupIds", "associatePublicIpAddress", "privateIp"),
        ),
        "sourceDestCheck": Prop(kind=BOOL, api=None, default=True, conflicts=("primaryNetworkInterface",)),
        "iamInstanceProfile": Prop(api=None, computed=True),
        "userData": Prop(api=None, conflicts=("userDataBase64",)),
        "userDataBase64": Prop(api=None, computed=True, conflicts=("userData",)),
        "userDataReplaceOnChange": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "rootBlockDevice": Prop(kind=Block(block_devices.ROOT), api=None, computed=True),
        "ebsBlockDevices": Prop(kind=Many(Block(block_devices.OTHER)), api=None, computed=True),
        "volumeTags": Prop(kind=Map(), api=None),
        "monitoring": Prop(kind=BOOL, api=None, computed=True),
        "hibernation": Prop(kind=BOOL, api=None, replace=True),
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
        before, after = old.get("instanceType"), new.get("instanceType")
        if isinstance(before, str) and isinstance(after, str) and architecture(before) != architecture(after):
            yield "instanceType"
        if new.get("userDataReplaceOnChange"):
            yield from ("userData", "userDataBase64")

    def overlooked(self, old: Values, new: Values) -> Iterable[str]:
        """The check of source and destination is the interface's own affair where one is given."""
        return ("sourceDestCheck",) if new.get("primaryNetworkInterface") else ()

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.run_instances(MinCount=1, MaxCount=1, **self._launch(account, values))
        id_ = str(answer["Instances"][0]["InstanceId"])
        _wait(account, id_, "running")
        instance = describe(account, id_) or {}
        block_devices.tag(account, block_devices.read(account, instance, values), {}, {**values, "volumeTags": None})
        if values.get("sourceDestCheck") is False:
            account.ec2.modify_instance_attribute(InstanceId=id_, SourceDestCheck={"Value": False})
        return id_

    def _launch(self, account: Account, values: Values) -> dict[str, Any]:
        """The parameters of RunInstances."""
        request = to_api(SENT, values)
        placement = {
            "AvailabilityZone": values.get("availabilityZone"),
            "Tenancy": values.get("tenancy"),
            "GroupName": values.get("placementGroup"),
        }
        if any(placement.values()):
            request["Placement"] = {k: v for k, v in placement.items() if v}
        if values.get("iamInstanceProfile"):
            request["IamInstanceProfile"] = {"Name": values["iamInstanceProfile"]}
        if values.get("monitoring") is not None:
            request["Monitoring"] = {"Enabled": values["monitoring"]}
        if values.get("hibernation") is not None:
            request["HibernationOptions"] = {"Configured": values["hibernation"]}
        if script := _script(values):
            request["UserData"] = script
        _spell_out_interface(request, values)
        return request | block_devices.mappings(account, values) | self.tag_specifications(values)

    def tag_specifications(self, values: Values) -> dict[str, Any]:
        given = {"instance": values.get("tagsAll"), "volume": values.get("volumeTags")}
        specifications = [{"ResourceType": t, "Tags": tags.as_list(of)} for t, of in given.items() if of]
        return {"TagSpecifications": specifications} if specifications else {}

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        instance = describe(account, id_)
        if not instance:
            return None
        shown = {n: p for n, p in SENT.items() if not p.kept}
        return {
            **{
                n: "" if v is None and isinstance(shown[n].kind, str) else v
                for n, v in from_api(shown, instance).items()
            },
            **_attributes(account, id_, values),
            **_network(account, instance),
            **_placement(instance),
            **block_devices.read(account, instance, values),
            "iamInstanceProfile": instance.get("IamInstanceProfile", {}).get("Arn", "").rpartition("/")[2],
            "monitoring": instance.get("Monitoring", {}).get("State") in ("enabled", "pending"),
            "hibernation": bool(instance.get("HibernationOptions", {}).get("Configured")),
            "creditSpecification": _credits(account, instance),
            "arn": account.arn("ec2", f"instance/{id_}"),
            "ephemeralBlockDevices": [],
            "instanceLifecycle": instance.get("InstanceLifecycle", ""),
            "instanceState": instance["State"]["Name"],
            "outpostArn": "",
            "passwordData": "",
            "spotInstanceRequestId": instance.get("SpotInstanceRequestId", ""),
            "tagsAll": tags.as_map(instance.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        ec2, attribute = account.ec2, account.ec2.modify_instance_attribute
        if "iamInstanceProfile" in changed:
            _set_profile(account, id_, new["iamInstanceProfile"])
        if "sourceDestCheck" in changed:
            attribute(InstanceId=id_, SourceDestCheck={"Value": new["sourceDestCheck"]})
        if "vpcSecurityGroupIds" in changed:
            attribute(InstanceId=id_, Groups=new["vpcSecurityGroupIds"])
        if changed & {"instanceType", "userData", "userDataBase64", "cpuOptions"}:
            _change_stopped(account, id_, new, changed)
        for name in ("disableApiStop", "disableApiTermination"):
            if name in changed:
                attribute(InstanceId=id_, **{name[:1].upper() + name[1:]: {"Value": bool(new.get(name))}})
        if "instanceInitiatedShutdownBehavior" in changed:
            behaviour = new["instanceInitiatedShutdownBehavior"]
            attribute(InstanceId=id_, Attribute="instanceInitiatedShutdownBehavior", Value=behaviour)
        if "maintenanceOptions" in changed:
            ec2.modify_instance_maintenance_options(InstanceId=id_, **to_api(SENT, new)["MaintenanceOptions"])
        if "monitoring" in changed:
            (ec2.monitor_instances if new["monitoring"] else ec2.unmonitor_instances)(InstanceIds=[id_])
        if "creditSpecification" in changed:
            credits = {"InstanceId": id_, **to_api(SENT, new)["CreditSpecification"]}
            ec2.modify_instance_credit_specification(InstanceCreditSpecifications=[credits])
        if "metadataOptions" in changed:
            ec2.modify_instance_metadata_options(InstanceId=id_, **to_api(SENT, new)["MetadataOptions"])
        if "rootBlockDevice" in changed:
            block_devices.change_root(account, id_, old["rootBlockDevice"], new["rootBlockDevice"])
        if changed & {"rootBlockDevice", "ebsBlockDevices", "volumeTags"}:
            block_devices.tag(account, old, old, new)
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("publicIp", "publicDns") if changed & {"instanceType", "userData", "userDataBase64"} else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("forceDestroy"):
            for protection in ("DisableApiTermination", "DisableApiStop"):
                account.ec2.modify_instance_attribute(InstanceId=id_, **{protection: {"Value": False}})
        account.ec2.terminate_instances(InstanceIds=[id_])
        wait_for(lambda: describe(account, id_) is None, f"the end of instance {id_}", SETTLED_WITHIN)


def _wait(account: Account, id_: str, state: str) -> None:
    def there() -> bool:
        return bool((describe(account, id_) or {}).get("State", {}).get("Name") == state)

    wait_for(there, f"instance {id_} to be {state}", SETTLED_WITHIN)


def _script(values: Values) -> str:
    """User data as plain text, "" without any. boto3 encodes it on its way."""
    if values.get("userDataBase64"):
        return base64.b64decode(values["userDataBase64"]).decode(errors="surrogateescape")
    return str(values.get("userData") or "")


def _spell_out_interface(request: dict[str, Any], values: Values) -> None:
    """Say what the first network interface is, where it must be spelled out; that may then stand nowhere else."""
    if values.get("primaryNetworkInterface"):
        id_ = values["primaryNetworkInterface"]["networkInterfaceId"]
        request["NetworkInterfaces"] = [{"DeviceIndex": 0, "NetworkInterfaceId": id_}]
    elif values.get("associatePublicIpAddress") is not None:
        moved = {"SubnetId": "SubnetId", "SecurityGroupIds": "Groups", "PrivateIpAddress": "PrivateIpAddress"}
        interface = {there: request.pop(here) for here, there in moved.items() if here in request}
        public = {"DeviceIndex": 0, "AssociatePublicIpAddress": values["associatePublicIpAddress"]}
        request["NetworkInterfaces"] = [public | interface]


def _attributes(account: Account, id_: str, values: Values) -> Values:
    """What EC2 shows one attribute at a time."""

    def attribute(name: str) -> Any:
        answer = account.ec2.describe_instance_attribute(InstanceId=id_, Attribute=name)
        return answer[name[:1].upper() + name[1:]].get("Value")

    encoded = attribute("userData") or ""
    try:
        script = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        script = encoded
    return {
        "disableApiStop": bool(attribute("disableApiStop")),
        "disableApiTermination": bool(attribute("disableApiTermination")),
        "instanceInitiatedShutdownBehavior": attribute("instanceInitiatedShutdownBehavior"),
        "userData": script if values.get("userData") else "",
        "userDataBase64": encoded if values.get("userDataBase64") else "",
    }


def _network(account: Account, instance: Mapping[str, Any]) -> Values:
    interfaces = instance.get("NetworkInterfaces", [])
    first: Mapping[str, Any] = next((i for i in interfaces if i.get("Attachment", {}).get("DeviceIndex") == 0), {})
    public = instance.get("PublicIpAddress", "")
    ipv6 = [a["Ipv6Address"] for a in first.get("Ipv6Addresses", [])]
    return {
        "associatePublicIpAddress": bool(first.get("Association", {}).get("PublicIp")),
        "primaryNetworkInterface": {
            "networkInterfaceId": first.get("NetworkInterfaceId", ""),
            "deleteOnTermination": first.get("Attachment", {}).get("DeleteOnTermination", True),
        },
        "primaryNetworkInterfaceId": first.get("NetworkInterfaceId", ""),
        "vpcSecurityGroupIds": [group["GroupId"] for group in first.get("Groups", [])],
        "securityGroups": [],
        "sourceDestCheck": instance.get("SourceDestCheck", True),
        "ipv6Addresses": ipv6,
        "ipv6AddressCount": len(ipv6),
        "enablePrimaryIpv6": False,
        "secondaryPrivateIps": [
            a["PrivateIpAddress"] for a in first.get("PrivateIpAddresses", []) if not a.get("Primary")
        ],
        "privateDns": instance.get("PrivateDnsName", ""),
        "publicIp": public,
        "publicDns": public_dns(account, public) if public else "",
    }


def _placement(instance: Mapping[str, Any]) -> Values:
    placement = instance.get("Placement", {})
    return {
        "availabilityZone": placement.get("AvailabilityZone", ""),
        "tenancy": placement.get("Tenancy", "default"),
        "placementGroup": placement.get("GroupName", ""),
        "placementGroupId": placement.get("GroupId", ""),
        "placementPartitionNumber": placement.get("PartitionNumber", 0),
        "hostId": placement.get("HostId", ""),
        "hostResourceGroupArn": placement.get("HostResourceGroupArn", ""),
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
    }


def _credits(account: Account, instance: Mapping[str, Any]) -> Values | None:
    """The credits of a burstable instance. EC2 asks for none of another."""
    if not instance["InstanceType"].startswith("t"):
        return None
    answer = account.ec2.describe_instance_credit_specifications(InstanceIds=[instance["InstanceId"]])
    return {"cpuCredits": answer["InstanceCreditSpecifications"][0]["CpuCredits"]}


def _set_profile(account: Account, id_: str, name: str) -> None:
    """Give an instance that instance profile in place of the one it has."""
    wanted = [{"Name": "instance-id", "Values": [id_]}]
    answer = account.ec2.describe_iam_instance_profile_associations(Filters=wanted)
    there = [a for a in answer["IamInstanceProfileAssociations"] if a["State"] in ("associating", "associated")]
    if there:
        account.ec2.replace_iam_instance_profile_association(
            AssociationId=there[0]["AssociationId"], IamInstanceProfile={"Name": name}
        )
    else:
        account.ec2.associate_iam_instance_profile(InstanceId=id_, IamInstanceProfile={"Name": name})


def _change_stopped(account: Account, id_: str, new: Values, changed: set[str]) -> None:
    """Change what EC2 changes of a stopped instance only."""
    account.ec2.stop_instances(InstanceIds=[id_])
    _wait(account, id_, "stopped")
    if "instanceType" in changed:
        account.ec2.modify_instance_attribute(InstanceId=id_, InstanceType={"Value": new["instanceType"]})
    if changed & {"userData", "userDataBase64"}:
        account.ec2.modify_instance_attribute(InstanceId=id_, UserData={"Value": _script(new).encode()})
    if "cpuOptions" in changed:
        account.ec2.modify_instance_cpu_options(InstanceId=id_, **to_api(SENT, new)["CpuOptions"])
    account.ec2.start_instances(InstanceIds=[id_])
    _wait(account, id_, "running")


TYPES = (Instance(),)
FUNCTIONS = ()
