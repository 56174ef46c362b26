"""Network interfaces and their attachment to instances."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, once_unused, one
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Many, Prop, Resource, Values, from_api, to_api


class NetworkInterface(Ec2Resource):
    token = "aws:ec2/networkInterface:NetworkInterface"
    kind = "network-interface"
    api = ("ec2", "CreateNetworkInterface")
    props: ClassVar[Mapping[str, Prop]] = {
        "subnetId": Prop(required=True, replace=True),
        "description": Prop(),
        "privateIps": Prop(kind=Many(), api=None, computed=True),
        "privateIpsCount": Prop(kind=INT, api=None, computed=True),
        "ipv6Addresses": Prop(kind=Many(), api=None, computed=True, conflicts=("ipv6AddressCount",)),
        "ipv6AddressCount": Prop(kind=INT, computed=True, conflicts=("ipv6Addresses",)),
        "securityGroups": Prop(kind=Many(), api="Groups", computed=True),
        "sourceDestCheck": Prop(kind=BOOL, api=None, default=True),
        "attachments": Prop(
            kind=Many(
                Block(
                    {
                        "instance": Prop(api="InstanceId", required=True),
                        "deviceIndex": Prop(kind=INT, required=True),
                    }
                )
            ),
            api=None,
            computed=True,
        ),
    }
    outputs = (
        "arn",
        "enablePrimaryIpv6",
        "interfaceType",
        "ipv4PrefixCount",
        "ipv4Prefixes",
        "ipv6AddressListEnabled",
        "ipv6AddressLists",
        "ipv6PrefixCount",
        "ipv6Prefixes",
        "macAddress",
        "outpostArn",
        "ownerId",
        "privateDnsName",
        "privateIp",
        "privateIpListEnabled",
        "privateIpLists",
    )

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """An interface keeps its primary address for life."""
        return () if old.get("privateIp") in _known_list(new.get("privateIps")) else ("privateIps",)

    def create(self, account: Account, values: Values) -> str:
        request = to_api(self.props, values)
        addresses = values.get("privateIps") or []
        count = values.get("privateIpsCount")
        if addresses:
            request["PrivateIpAddresses"] = [
                {"PrivateIpAddress": address, "Primary": index == 0} for index, address in enumerate(addresses)
            ]
        elif count:
            request["SecondaryPrivateIpAddressCount"] = count
        if values.get("ipv6Addresses"):
            request["Ipv6Addresses"] = [{"Ipv6Address": address} for address in values["ipv6Addresses"]]
        answer = account.ec2.create_network_interface(**request, **self.tag_specifications(values))
        id_ = str(answer["NetworkInterface"]["NetworkInterfaceId"])
        if addresses and count is not None and count >= len(addresses):
            account.ec2.assign_private_ip_addresses(
                NetworkInterfaceId=id_, SecondaryPrivateIpAddressCount=count + 1 - len(addresses)
            )
        if values.get("sourceDestCheck") is False:
            self._modify(account, id_, SourceDestCheck={"Value": False})
        for attachment in values.get("attachments") or []:
            self._attach(account, id_, attachment)
        return id_

    def _modify(self, account: Account, id_: str, **attribute: Any) -> None:
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=id_, **attribute)

    def _attach(self, account: Account, id_: str, attachment: Values) -> None:
        account.ec2.attach_network_interface(
            NetworkInterfaceId=id_, InstanceId=attachment["instance"], DeviceIndex=attachment["deviceIndex"]
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        interface = describe(account, id_)
        if not interface:
            return None
        addresses = [a["PrivateIpAddress"] for a in interface.get("PrivateIpAddresses", [])]
        ipv6 = [a["Ipv6Address"] for a in interface.get("Ipv6Addresses", [])]
        attachment = interface.get("Attachment")
        return {
            **from_api(self.props, interface),
            "privateIps": addresses,
            "privateIpsCount": len(addresses) - 1,
            "privateIp": interface.get("PrivateIpAddress", ""),
            "privateIpListEnabled": False,
            "privateIpLists": addresses,
            "ipv6Addresses": ipv6,
            "ipv6AddressCount": len(ipv6),
            "ipv6AddressListEnabled": False,
            "ipv6AddressLists": ipv6,
            "enablePrimaryIpv6": any(a.get("IsPrimaryIpv6") for a in interface.get("Ipv6Addresses", [])),
            "ipv4PrefixCount": len(interface.get("Ipv4Prefixes", [])),
            "ipv4Prefixes": [p["Ipv4Prefix"] for p in interface.get("Ipv4Prefixes", [])],
            "ipv6PrefixCount": len(interface.get("Ipv6Prefixes", [])),
            "ipv6Prefixes": [p["Ipv6Prefix"] for p in interface.get("Ipv6Prefixes", [])],
            "securityGroups": [group["GroupId"] for group in interface.get("Groups", [])],
            "sourceDestCheck": interface["SourceDestCheck"],
            "attachments": [_attachment(attachment)] if attachment and attachment.get("InstanceId") else [],
            "arn": account.arn("ec2", f"network-interface/{id_}"),
            "interfaceType": interface.get("InterfaceType", "interface"),
            "macAddress": interface.get("MacAddress", ""),
            "outpostArn": interface.get("OutpostArn", ""),
            "ownerId": interface["OwnerId"],
            "privateDnsName": interface.get("PrivateDnsName", ""),
            "tagsAll": tags.as_map(interface.get("TagSet")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "attachments" in changed:
            for attachment in old.get("attachments") or []:
                account.ec2.detach_network_interface(AttachmentId=attachment["attachmentId"], Force=True)
            for attachment in new["attachments"]:
                self._attach(account, id_, attachment)
        if "privateIps" in changed:
            _bring(account, id_, "private_ip_addresses", "PrivateIpAddresses", old["privateIps"], new["privateIps"])
        if "privateIpsCount" in changed and "privateIps" not in changed:
            self._recount(account, id_, old, new["privateIpsCount"])
        if "ipv6Addresses" in changed:
            _bring(account, id_, "ipv6_addresses", "Ipv6Addresses", old["ipv6Addresses"], new["ipv6Addresses"])
        if "ipv6AddressCount" in changed:
            missing = new["ipv6AddressCount"] - old["ipv6AddressCount"]
            if missing > 0:
                account.ec2.assign_ipv6_addresses(NetworkInterfaceId=id_, Ipv6AddressCount=missing)
            else:
                account.ec2.unassign_ipv6_addresses(
                    NetworkInterfaceId=id_, Ipv6Addresses=old["ipv6Addresses"][missing:]
                )
        if "sourceDestCheck" in changed:
            self._modify(account, id_, SourceDestCheck={"Value": new["sourceDestCheck"]})
        if "securityGroups" in changed:
            self._modify(account, id_, Groups=new["securityGroups"])
        if "description" in changed:
            self._modify(account, id_, Description={"Value": new.get("description") or ""})
        self.retag(account, id_, old, new)

    def _recount(self, account: Account, id_: str, old: Values, count: int) -> None:
        """Give or take secondary addresses until there are `count`."""
        missing = count - old["privateIpsCount"]
        if missing > 0:
            account.ec2.assign_private_ip_addresses(NetworkInterfaceId=id_, SecondaryPrivateIpAddressCount=missing)
        else:
            secondary = [address for address in old["privateIps"] if address != old["privateIp"]]
            account.ec2.unassign_private_ip_addresses(NetworkInterfaceId=id_, PrivateIpAddresses=secondary[missing:])

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        if changed & {"privateIps", "privateIpsCount"}:
            yield from ("privateIps", "privateIpsCount", "privateIpLists")
        if changed & {"ipv6Addresses", "ipv6AddressCount"}:
            yield from ("ipv6Addresses", "ipv6AddressCount", "ipv6AddressLists")

    def delete(self, account: Account, id_: str, values: Values) -> None:
        for attachment in values.get("attachments") or []:
            found(lambda: account.ec2.detach_network_interface(AttachmentId=attachment["attachmentId"], Force=True))  # noqa: B023
        once_unused(lambda: account.ec2.delete_network_interface(NetworkInterfaceId=id_))


def describe(account: Account, id_: str) -> dict[str, Any] | None:
    """The interface, or None when it is gone."""
    return one(lambda: account.ec2.describe_network_interfaces(NetworkInterfaceIds=[id_])["NetworkInterfaces"])


def _attachment(attachment: Mapping[str, Any]) -> Values:
    return {
        "instance": attachment["InstanceId"],
        "deviceIndex": attachment["DeviceIndex"],
        "attachmentId": attachment["AttachmentId"],
    }


def _known_list(value: Any) -> list[Any]:
    return [] if value is None or value is UNKNOWN else list(value)


def _bring(account: Account, id_: str, call: str, parameter: str, old: list[str], new: list[str]) -> None:
    """Bring addresses from `old` to `new`: those that go first, for an interface holds only so many."""
    if gone := added(new, old):
        getattr(account.ec2, f"unassign_{call}")(NetworkInterfaceId=id_, **{parameter: gone})
    if fresh := added(old, new):
        getattr(account.ec2, f"assign_{call}")(NetworkInterfaceId=id_, **{parameter: fresh})


class NetworkInterfaceAttachment(Resource):
    token = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
    props: ClassVar[Mapping[str, Prop]] = {
        "instanceId": Prop(required=True, replace=True),
        "networkInterfaceId": Prop(required=True, replace=True),
        "deviceIndex": Prop(kind=INT, required=True, replace=True),
    }
    outputs = ("attachmentId", "networkCardIndex", "status")

    def create(self, account: Account, values: Values) -> str:
        return str(account.ec2.attach_network_interface(**to_api(self.props, values))["AttachmentId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        wanted = [{"Name": "attachment.attachment-id", "Values": [id_]}]
        interface = one(lambda: account.ec2.describe_network_interfaces(Filters=wanted)["NetworkInterfaces"])
        if not interface:
            return None
        attachment = interface["Attachment"]
        return {
            **from_api(self.props, attachment),
            "networkInterfaceId": interface["NetworkInterfaceId"],
            "attachmentId": id_,
            "networkCardIndex": attachment.get("NetworkCardIndex", 0),
            "status": attachment.get("Status", ""),
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.detach_network_interface(AttachmentId=id_, Force=True)


class NetworkInterfaceSecurityGroupAttachment(Resource):
    """One more security group of an interface that is managed elsewhere."""

    token = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
    props: ClassVar[Mapping[str, Prop]] = {
        "networkInterfaceId": Prop(required=True, replace=True),
        "securityGroupId": Prop(required=True, replace=True),
    }

    def _groups(self, account: Account, values: Values) -> list[str]:
        interface = describe(account, values["networkInterfaceId"]) or {}
        return [group["GroupId"] for group in interface.get("Groups", [])]

    def _set(self, account: Account, values: Values, groups: list[str]) -> None:
        account.ec2.modify_network_interface_attribute(NetworkInterfaceId=values["networkInterfaceId"], Groups=groups)

    def create(self, account: Account, values: Values) -> str:
        self._set(account, values, [*self._groups(account, values), values["securityGroupId"]])
        return f"{values['securityGroupId']}_{values['networkInterfaceId']}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        if values["securityGroupId"] not in self._groups(account, values):
            return None
        return {name: values[name] for name in self.props}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        groups = self._groups(account, values)
        self._set(account, values, [group for group in groups if group != values["securityGroupId"]])


TYPES = (NetworkInterface(), NetworkInterfaceAttachment(), NetworkInterfaceSecurityGroupAttachment())
FUNCTIONS = ()
