"""Launch templates: every change of what they say is a new version."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider import rules
from sandbox.provider.account import Account
from sandbox.provider.aws import names, tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, one
from sandbox.provider.schema import (
    BOOL,
    BOOL_TEXT,
    FLOAT,
    INT,
    PROVIDER_SIDE,
    AutoName,
    Block,
    Kind,
    Many,
    Map,
    Prop,
    Values,
    contains_unknown,
    from_api,
    to_api,
)

NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
"""CreateLaunchTemplate (Amazon EC2 API Reference)."""

_WHOLE_RANGE = Block({"min": Prop(kind=INT), "max": Prop(kind=INT)})
_RANGE = Block({"min": Prop(kind=FLOAT), "max": Prop(kind=FLOAT)})
_WHOLE_RANGE_WITH_MINIMUM = Block({"min": Prop(kind=INT, required=True), "max": Prop(kind=INT)})

INSTANCE_REQUIREMENTS: Mapping[str, Prop] = {
    "memoryMib": Prop(kind=_WHOLE_RANGE_WITH_MINIMUM, api="MemoryMiB", required=True),
    "vcpuCount": Prop(kind=_WHOLE_RANGE_WITH_MINIMUM, api="VCpuCount", required=True),
    "acceleratorCount": Prop(kind=_WHOLE_RANGE),
    "acceleratorManufacturers": Prop(kind=Many()),
    "acceleratorNames": Prop(kind=Many()),
    "acceleratorTotalMemoryMib": Prop(kind=_WHOLE_RANGE, api="AcceleratorTotalMemoryMiB"),
    "acceleratorTypes": Prop(kind=Many()),
    "allowedInstanceTypes": Prop(kind=Many(), conflicts=("excludedInstanceTypes",)),
    "bareMetal": Prop(),
    "baselineEbsBandwidthMbps": Prop(kind=_WHOLE_RANGE),
    "burstablePerformance": Prop(),
    "cpuManufacturers": Prop(kind=Many()),
    "excludedInstanceTypes": Prop(kind=Many(), conflicts=("allowedInstanceTypes",)),
    "instanceGenerations": Prop(kind=Many()),
    "localStorage": Prop(),
    "localStorageTypes": Prop(kind=Many()),
    "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": Prop(
        kind=INT, low=1, conflicts=("spotMaxPricePercentageOverLowestPrice",)
    ),
    "memoryGibPerVcpu": Prop(kind=_RANGE, api="MemoryGiBPerVCpu"),
    "networkBandwidthGbps": Prop(kind=_RANGE),
    "networkInterfaceCount": Prop(kind=_WHOLE_RANGE),
    "onDemandMaxPricePercentageOverLowestPrice": Prop(kind=INT, low=1),
    "requireHibernateSupport": Prop(kind=BOOL),
    "spotMaxPricePercentageOverLowestPrice": Prop(
        kind=INT, low=1, conflicts=("maxSpotPriceAsPercentageOfOptimalOnDemandPrice",)
    ),
    "totalLocalStorageGb": Prop(kind=_RANGE, api="TotalLocalStorageGB"),
}
"""Which instance types will do (attribute-based selection)."""

_EBS = Block(
    {
        "deleteOnTermination": Prop(kind=BOOL_TEXT),
        "encrypted": Prop(kind=BOOL_TEXT),
        "iops": Prop(kind=INT, computed=True),
        "kmsKeyId": Prop(),
        "snapshotId": Prop(),
        "throughput": Prop(kind=INT, computed=True, low=125, high=2000),
        "volumeInitializationRate": Prop(kind=INT, low=100, high=300),
        "volumeSize": Prop(kind=INT, computed=True),
        "volumeType": Prop(computed=True),
    }
)

_NETWORK_INTERFACE = Block(
    {
        "associateCarrierIpAddress": Prop(kind=BOOL_TEXT),
        "associatePublicIpAddress": Prop(kind=BOOL_TEXT),
        "deleteOnTermination": Prop(kind=BOOL_TEXT),
        "description": Prop(),
        "deviceIndex": Prop(kind=INT),
        "interfaceType": Prop(choices=("efa", "efa-only", "interface")),
        "ipv4AddressCount": Prop(kind=INT, api="SecondaryPrivateIpAddressCount"),
        "ipv4Addresses": Prop(kind=Many(), api="PrivateIpAddresses"),
        "ipv4PrefixCount": Prop(kind=INT),
        "ipv4Prefixes": Prop(kind=Many()),
        "ipv6AddressCount": Prop(kind=INT),
        "ipv6Addresses": Prop(kind=Many()),
        "ipv6PrefixCount": Prop(kind=INT),
        "ipv6Prefixes": Prop(kind=Many()),
        "networkCardIndex": Prop(kind=INT),
        "networkInterfaceId": Prop(),
        "primaryIpv6": Prop(kind=BOOL_TEXT),
        "privateIpAddress": Prop(),
        "securityGroups": Prop(kind=Many(), api="Groups"),
        "subnetId": Prop(),
    }
)

CONTENT: Mapping[str, Prop] = {
    "blockDeviceMappings": Prop(
        kind=Many(
            Block({"deviceName": Prop(), "ebs": Prop(kind=_EBS), "noDevice": Prop(), "virtualName": Prop()}),
            ordered=True,
        )
    ),
    "capacityReservationSpecification": Prop(
        kind=Block(
            {
                "capacityReservationPreference": Prop(),
                "capacityReservationTarget": Prop(
                    kind=Block({"capacityReservationId": Prop(), "capacityReservationResourceGroupArn": Prop()})
                ),
            }
        )
    ),
    "cpuOptions": Prop(
        kind=Block({"amdSevSnp": Prop(), "coreCount": Prop(kind=INT), "threadsPerCore": Prop(kind=INT)})
    ),
    "creditSpecification": Prop(kind=Block({"cpuCredits": Prop(choices=("standard", "unlimited"))})),
    "disableApiStop": Prop(kind=BOOL),
    "disableApiTermination": Prop(kind=BOOL),
    "ebsOptimized": Prop(kind=BOOL_TEXT),
    "enclaveOptions": Prop(kind=Block({"enabled": Prop(kind=BOOL)})),
    "hibernationOptions": Prop(kind=Block({"configured": Prop(kind=BOOL, required=True)})),
    "iamInstanceProfile": Prop(kind=Block({"arn": Prop(conflicts=("name",)), "name": Prop(conflicts=("arn",))})),
    "imageId": Prop(),
    "instanceInitiatedShutdownBehavior": Prop(),
    "instanceMarketOptions": Prop(
        kind=Block(
            {
                "marketType": Prop(),
                "spotOptions": Prop(
                    kind=Block(
                        {
                            "blockDurationMinutes": Prop(kind=INT),
                            "instanceInterruptionBehavior": Prop(),
                            "maxPrice": Prop(),
                            "spotInstanceType": Prop(),
                            "validUntil": Prop(computed=True),
                        }
                    )
                ),
            }
        )
    ),
    "instanceRequirements": Prop(kind=Block(INSTANCE_REQUIREMENTS), conflicts=("instanceType",)),
    "instanceType": Prop(conflicts=("instanceRequirements",)),
    "kernelId": Prop(),
    "keyName": Prop(),
    "licenseSpecifications": Prop(kind=Many(Block({"licenseConfigurationArn": Prop(required=True)}))),
    "maintenanceOptions": Prop(kind=Block({"autoRecovery": Prop()})),
    "metadataOptions": Prop(
        kind=Block(
            {
                "httpEndpoint": Prop(computed=True),
                "httpProtocolIpv6": Prop(computed=True),
                "httpPutResponseHopLimit": Prop(kind=INT, computed=True, low=1, high=64),
                "httpTokens": Prop(computed=True),
                "instanceMetadataTags": Prop(computed=True),
            }
        ),
        computed=True,
    ),
    "monitoring": Prop(kind=Block({"enabled": Prop(kind=BOOL)})),
    "networkInterfaces": Prop(kind=Many(_NETWORK_INTERFACE, ordered=True)),
    "networkPerformanceOptions": Prop(kind=Block({"bandwidthWeighting": Prop()})),
    "placement": Prop(
        kind=Block(
            {
                "affinity": Prop(),
                "availabilityZone": Prop(),
                "groupId": Prop(conflicts=("groupName",)),
                "groupName": Prop(conflicts=("groupId",)),
                "hostId": Prop(),
                "hostResourceGroupArn": Prop(conflicts=("hostId",)),
                "partitionNumber": Prop(kind=INT),
                "spreadDomain": Prop(),
                "tenancy": Prop(),
            }
        )
    ),
    "privateDnsNameOptions": Prop(
        kind=Block(
            {
                "enableResourceNameDnsARecord": Prop(kind=BOOL),
                "enableResourceNameDnsAaaaRecord": Prop(kind=BOOL, api="EnableResourceNameDnsAAAARecord"),
                "hostnameType": Prop(),
            }
        )
    ),
    "ramDiskId": Prop(),
    "securityGroupNames": Prop(kind=Many(), api="SecurityGroups", conflicts=("vpcSecurityGroupIds",)),
    "tagSpecifications": Prop(kind=Many(Block({"resourceType": Prop(), "tags": Prop(kind=Map())}), ordered=True)),
    "userData": Prop(),
    "vpcSecurityGroupIds": Prop(kind=Many(), api="SecurityGroupIds", conflicts=("securityGroupNames",)),
}
"""What a version of a template says: LaunchTemplateData in the API."""

_LISTED = {
    "PrivateIpAddresses": "PrivateIpAddress",
    "Ipv6Addresses": "Ipv6Address",
    "Ipv4Prefixes": "Ipv4Prefix",
    "Ipv6Prefixes": "Ipv6Prefix",
}
"""Lists of a network interface that the API makes of one-member structures."""


def to_data(values: Values) -> dict[str, Any]:
    """LaunchTemplateData from a template's properties. It always says something, as the API demands."""
    data = {"UserData": "", **to_api(CONTENT, values)}
    for specification in data.get("TagSpecifications", []):
        specification["Tags"] = tags.as_list(specification.get("Tags"))
    for interface in data.get("NetworkInterfaces", []):
        for name, member in _LISTED.items():
            if name in interface:
                interface[name] = [{member: item} for item in interface[name]]
        for index, address in enumerate(interface.get("PrivateIpAddresses", [])):
            address["Primary"] = index == 0
    return data


def from_data(data: Mapping[str, Any]) -> Values:
    """A template's properties from ResponseLaunchTemplateData."""
    plain = {
        **data,
        "TagSpecifications": [{**s, "Tags": tags.as_map(s.get("Tags"))} for s in data.get("TagSpecifications", [])],
        "NetworkInterfaces": [
            {
                **interface,
                **{n: [i[m] for i in interface[n]] for n, m in _LISTED.items() if n in interface},
                "Groups": interface.get("Groups"),
            }
            for interface in data.get("NetworkInterfaces", [])
        ],
    }
    return {
        name: _empty(CONTENT[name].kind) if value is None else value for name, value in from_api(CONTENT, plain).items()
    }


def _empty(kind: Kind) -> Any:
    """What the provider's state says of a property that a version leaves out."""
    if isinstance(kind, Many):
        return []
    return None if isinstance(kind, Block) else False if kind == BOOL else ""


class LaunchTemplate(Ec2Resource):
    token = "aws:ec2/launchTemplate:LaunchTemplate"
    kind = "launch-template"
    api = ("ec2", "CreateLaunchTemplate")
    auto_name = AutoName()
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("LaunchTemplateName"),
        "description": Prop(api="VersionDescription"),
        "defaultVersion": Prop(kind=INT, api=None, computed=True, low=1, conflicts=("updateDefaultVersion",)),
        "updateDefaultVersion": Prop(kind=BOOL, api=None, conflicts=("defaultVersion",), kept=PROVIDER_SIDE),
        **CONTENT,
    }
    outputs = ("arn", "latestVersion")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        name = values.get("name") or values.get("namePrefix")
        if isinstance(name, str) and not NAME.fullmatch(name):
            yield "name", f"a launch template's name has 3 to 128 letters, digits, and ( ) . - / _, got {name!r}"
        for name in CONTENT:
            if name in values and not contains_unknown(values[name]):
                data = {k: v for k, v in to_data({name: values[name]}).items() if k != "UserData" or name == "userData"}
                for path, reason in rules.member_broken("ec2", "CreateLaunchTemplate", "LaunchTemplateData", data):
                    yield name, f"{path}: {reason} (ec2 CreateLaunchTemplate)"
        interfaces = values.get("networkInterfaces")
        if interfaces and values.get("vpcSecurityGroupIds"):
            yield (
                "vpcSecurityGroupIds",
                "AWS launches nothing from a template with both network interfaces and security groups of its own: "
                "give the groups as securityGroups of the first network interface",
            )

    def create(self, account: Account, values: Values) -> str:
        description = {"VersionDescription": values["description"]} if values.get("description") else {}
        answer = account.ec2.create_launch_template(
            LaunchTemplateName=names.chosen(values),
            LaunchTemplateData=to_data(values),
            **description,
            **self.tag_specifications(values),
        )
        id_ = str(answer["LaunchTemplate"]["LaunchTemplateId"])
        if values.get("defaultVersion") not in (None, 1):
            self._set_default(account, id_, values["defaultVersion"])
        return id_

    def _set_default(self, account: Account, id_: str, version: int) -> None:
        account.ec2.modify_launch_template(LaunchTemplateId=id_, DefaultVersion=str(version))

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        template = one(lambda: account.ec2.describe_launch_templates(LaunchTemplateIds=[id_])["LaunchTemplates"])
        if not template:
            return None
        latest = template["LatestVersionNumber"]
        version = account.ec2.describe_launch_template_versions(LaunchTemplateId=id_, Versions=[str(latest)])[
            "LaunchTemplateVersions"
        ][0]
        return {
            **from_data(version["LaunchTemplateData"]),
            "name": template["LaunchTemplateName"],
            "namePrefix": names.prefix_of(template["LaunchTemplateName"]),
            "description": version.get("VersionDescription", ""),
            "defaultVersion": template["DefaultVersionNumber"],
            "latestVersion": latest,
            "arn": account.arn("ec2", f"launch-template/{id_}"),
            "tagsAll": tags.as_map(template.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        latest = old["latestVersion"]
        if changed & {*CONTENT, "description"}:
            description = {"VersionDescription": new["description"]} if new.get("description") else {}
            answer = account.ec2.create_launch_template_version(
                LaunchTemplateId=id_, LaunchTemplateData=to_data(new), **description
            )
            latest = answer["LaunchTemplateVersion"]["VersionNumber"]
        if new.get("updateDefaultVersion"):
            self._set_default(account, id_, latest)
        elif "defaultVersion" in changed:
            self._set_default(account, id_, new["defaultVersion"])
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        """The real provider foresees a new version for a change of tags too, though none comes of it."""
        plainly = changed - {"name", "namePrefix", "description"}
        if plainly - {"defaultVersion", "updateDefaultVersion"}:
            yield "latestVersion"
        if plainly and new.get("updateDefaultVersion"):
            yield "defaultVersion"

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_launch_template(LaunchTemplateId=id_)


TYPES = (LaunchTemplate(),)
FUNCTIONS = ()
