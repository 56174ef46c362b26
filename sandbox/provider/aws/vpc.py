"""VPCs, their subnets, gateways and DHCP options."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws import cidr, tags
from sandbox.provider.aws.ec2_lookup import FILTERS, TAGS, filters, ids, only
from sandbox.provider.aws.ec2_resource import Ec2Resource, once_unused, one
from sandbox.provider.schema import BOOL, Function, Many, Prop, Resource, Values, from_api, to_api


class Vpc(Ec2Resource):
    token = "aws:ec2/vpc:Vpc"
    kind = "vpc"
    api = ("ec2", "CreateVpc")
    props: ClassVar[Mapping[str, Prop]] = {
        "cidrBlock": Prop(replace=True, computed=True),
        "assignGeneratedIpv6CidrBlock": Prop(kind=BOOL, api=None),
        "enableDnsHostnames": Prop(kind=BOOL, api=None, computed=True),
        "enableDnsSupport": Prop(kind=BOOL, api=None, default=True),
        "enableNetworkAddressUsageMetrics": Prop(kind=BOOL, api=None, computed=True),
        "instanceTenancy": Prop(default="default", choices=("default", "dedicated")),
    }
    outputs = (
        "arn",
        "ownerId",
        "defaultNetworkAclId",
        "defaultRouteTableId",
        "defaultSecurityGroupId",
        "mainRouteTableId",
        "dhcpOptionsId",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "ipv6CidrBlockNetworkBorderGroup",
    )

    _ATTRIBUTES: ClassVar[Mapping[str, bool]] = {
        "enableDnsHostnames": False,
        "enableDnsSupport": True,
        "enableNetworkAddressUsageMetrics": False,
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from cidr.broken("cidrBlock", values.get("cidrBlock"), 4, 16, 28)
        if values.get("cidrBlock") is None:
            yield "cidrBlock", "one of cidrBlock and ipv4IpamPoolId must be given; the sandbox has no IPAM pools"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """AWS can give up dedicated tenancy of a VPC in place, and nothing else about it (ModifyVpcTenancy)."""
        return () if old.get("instanceTenancy") == "dedicated" else ("instanceTenancy",)

    def create(self, account: Account, values: Values) -> str:
        vpc = account.ec2.create_vpc(
            **to_api(self.props, values),
            AmazonProvidedIpv6CidrBlock=bool(values.get("assignGeneratedIpv6CidrBlock")),
            **self.tag_specifications(values),
        )["Vpc"]
        for name, preset in self._ATTRIBUTES.items():
            if values.get(name) not in (None, preset):
                self._set(account, vpc["VpcId"], name, values[name])
        return str(vpc["VpcId"])

    def _set(self, account: Account, id_: str, name: str, value: bool) -> None:
        account.ec2.modify_vpc_attribute(VpcId=id_, **{name[:1].upper() + name[1:]: {"Value": value}})

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        vpc = one(lambda: account.ec2.describe_vpcs(VpcIds=[id_])["Vpcs"])
        if not vpc:
            return None
        ipv6 = _ipv6_association(vpc)
        attributes = {
            name: account.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[name[:1].upper() + name[1:]]["Value"]
            for name in self._ATTRIBUTES
        }
        table = main_route_table(account, id_)["RouteTableId"]
        return {
            **from_api(self.props, vpc),
            **attributes,
            "assignGeneratedIpv6CidrBlock": bool(ipv6),
            "arn": account.arn("ec2", f"vpc/{id_}"),
            "ownerId": account.id,
            "defaultNetworkAclId": default_network_acl(account, id_)["NetworkAclId"],
            "defaultRouteTableId": table,
            "mainRouteTableId": table,
            "defaultSecurityGroupId": default_security_group(account, id_)["GroupId"],
            "dhcpOptionsId": vpc.get("DhcpOptionsId", ""),
            "ipv6AssociationId": ipv6.get("AssociationId", ""),
            "ipv6CidrBlock": ipv6.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockNetworkBorderGroup": account.region if ipv6 else "",
            "tagsAll": tags.as_map(vpc.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        for name in self._ATTRIBUTES:
            if name in changed:
                self._set(account, id_, name, bool(new.get(name)))
        if "instanceTenancy" in changed:
            account.ec2.modify_vpc_tenancy(VpcId=id_, InstanceTenancy=new["instanceTenancy"])
        if "assignGeneratedIpv6CidrBlock" in changed:
            if new.get("assignGeneratedIpv6CidrBlock"):
                account.ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True)
            else:
                account.ec2.disassociate_vpc_cidr_block(AssociationId=old["ipv6AssociationId"])
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        if "assignGeneratedIpv6CidrBlock" in changed:
            return ("ipv6AssociationId", "ipv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup")
        return ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        once_unused(lambda: account.ec2.delete_vpc(VpcId=id_))


def _ipv6_association(thing: Mapping[str, Any]) -> dict[str, Any]:
    """The IPv6 block that a VPC or subnet has, {} without one."""
    for association in thing.get("Ipv6CidrBlockAssociationSet", []):
        if association["Ipv6CidrBlockState"]["State"] == "associated":
            return dict(association)
    return {}


def _within(vpc_id: str, name: str, value: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": name, "Values": [value]}]


def default_network_acl(account: Account, vpc_id: str) -> dict[str, Any]:
    """The network ACL that a VPC came with."""
    return dict(account.ec2.describe_network_acls(Filters=_within(vpc_id, "default", "true"))["NetworkAcls"][0])


def main_route_table(account: Account, vpc_id: str) -> dict[str, Any]:
    """The route table of subnets that have none of their own."""
    answer = account.ec2.describe_route_tables(Filters=_within(vpc_id, "association.main", "true"))
    return dict(answer["RouteTables"][0])


def default_security_group(account: Account, vpc_id: str) -> dict[str, Any]:
    """The security group that a VPC came with."""
    answer = account.ec2.describe_security_groups(Filters=_within(vpc_id, "group-name", "default"))
    return dict(answer["SecurityGroups"][0])


class Subnet(Ec2Resource):
    token = "aws:ec2/subnet:Subnet"
    kind = "subnet"
    api = ("ec2", "CreateSubnet")
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(required=True, replace=True),
        "cidrBlock": Prop(replace=True, computed=True),
        "availabilityZone": Prop(replace=True, computed=True, conflicts=("availabilityZoneId",)),
        "availabilityZoneId": Prop(replace=True, computed=True, conflicts=("availabilityZone",)),
        "ipv6CidrBlock": Prop(),
        "ipv6Native": Prop(kind=BOOL, replace=True, default=False),
        "assignIpv6AddressOnCreation": Prop(kind=BOOL, api=None, default=False),
        "mapPublicIpOnLaunch": Prop(kind=BOOL, api=None, default=False),
        "enableDns64": Prop(kind=BOOL, api=None, default=False),
        "enableResourceNameDnsARecordOnLaunch": Prop(kind=BOOL, api=None, default=False),
        "enableResourceNameDnsAaaaRecordOnLaunch": Prop(kind=BOOL, api=None, default=False),
        "privateDnsHostnameTypeOnLaunch": Prop(api=None, computed=True, choices=("ip-name", "resource-name")),
    }
    outputs = ("arn", "ownerId", "ipv6CidrBlockAssociationId")

    _ATTRIBUTES: ClassVar[Mapping[str, str]] = {
        "enableDns64": "EnableDns64",
        "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecordOnLaunch",
        "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch",
        "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
        "privateDnsHostnameTypeOnLaunch": "PrivateDnsHostnameTypeOnLaunch",
        "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from cidr.broken("cidrBlock", values.get("cidrBlock"), 4, 16, 28)
        yield from cidr.broken("ipv6CidrBlock", values.get("ipv6CidrBlock"), 6, 44, 64)
        if values.get("cidrBlock") is None and not values.get("ipv6Native"):
            yield "cidrBlock", "a subnet needs a cidrBlock, or ipv6Native=true and an ipv6CidrBlock"
        if values.get("assignIpv6AddressOnCreation") is True and values.get("ipv6CidrBlock") is None:
            yield "assignIpv6AddressOnCreation", "a subnet without ipv6CidrBlock has no IPv6 addresses to assign"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        return ("ipv6CidrBlock",) if old.get("assignIpv6AddressOnCreation") else ()

    def create(self, account: Account, values: Values) -> str:
        subnet = account.ec2.create_subnet(**to_api(self.props, values), **self.tag_specifications(values))["Subnet"]
        now = _subnet_attributes(subnet)
        for name in self._ATTRIBUTES:
            if values.get(name) not in (None, now[name]):
                self._set(account, subnet["SubnetId"], name, values[name])
        return str(subnet["SubnetId"])

    def _set(self, account: Account, id_: str, name: str, value: Any) -> None:
        account.ec2.modify_subnet_attribute(
            SubnetId=id_, **{self._ATTRIBUTES[name]: value if isinstance(value, str) else {"Value": value}}
        )

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        subnet = one(lambda: account.ec2.describe_subnets(SubnetIds=[id_])["Subnets"])
        if not subnet:
            return None
        return {
            **from_api(self.props, subnet),
            **_subnet_attributes(subnet),
            "ipv6Native": bool(subnet.get("Ipv6Native")),
            "ipv6CidrBlock": _ipv6_association(subnet).get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": _ipv6_association(subnet).get("AssociationId", ""),
            "arn": subnet["SubnetArn"],
            "ownerId": subnet["OwnerId"],
            "tagsAll": tags.as_map(subnet.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "ipv6CidrBlock" in changed:
            if old.get("ipv6CidrBlockAssociationId"):
                account.ec2.disassociate_subnet_cidr_block(AssociationId=old["ipv6CidrBlockAssociationId"])
            if new.get("ipv6CidrBlock"):
                account.ec2.associate_subnet_cidr_block(SubnetId=id_, Ipv6CidrBlock=new["ipv6CidrBlock"])
        for name in self._ATTRIBUTES:
            if name in changed:
                self._set(account, id_, name, new.get(name))
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("ipv6CidrBlockAssociationId",) if "ipv6CidrBlock" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        once_unused(lambda: account.ec2.delete_subnet(SubnetId=id_))


def _subnet_attributes(subnet: Mapping[str, Any]) -> Values:
    on_launch = subnet.get("PrivateDnsNameOptionsOnLaunch", {})
    return {
        "assignIpv6AddressOnCreation": bool(subnet.get("AssignIpv6AddressOnCreation")),
        "mapPublicIpOnLaunch": bool(subnet.get("MapPublicIpOnLaunch")),
        "enableDns64": bool(subnet.get("EnableDns64")),
        "enableResourceNameDnsARecordOnLaunch": bool(on_launch.get("EnableResourceNameDnsARecord")),
        "enableResourceNameDnsAaaaRecordOnLaunch": bool(on_launch.get("EnableResourceNameDnsAAAARecord")),
        "privateDnsHostnameTypeOnLaunch": on_launch.get("HostnameType"),
    }


class InternetGateway(Ec2Resource):
    token = "aws:ec2/internetGateway:InternetGateway"
    kind = "internet-gateway"
    props: ClassVar[Mapping[str, Prop]] = {"vpcId": Prop(computed=True)}
    outputs = ("arn", "ownerId")

    def create(self, account: Account, values: Values) -> str:
        id_ = str(
            account.ec2.create_internet_gateway(**self.tag_specifications(values))["InternetGateway"][
                "InternetGatewayId"
            ]
        )
        if values.get("vpcId"):
            account.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=values["vpcId"])
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        gateway = one(lambda: account.ec2.describe_internet_gateways(InternetGatewayIds=[id_])["InternetGateways"])
        if not gateway:
            return None
        attachments = gateway.get("Attachments", [])
        return {
            "vpcId": attachments[0]["VpcId"] if attachments else "",
            "arn": account.arn("ec2", f"internet-gateway/{id_}"),
            "ownerId": account.id,
            "tagsAll": tags.as_map(gateway.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "vpcId" in changed:
            self._detach(account, id_, old)
            account.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=new["vpcId"])
        self.retag(account, id_, old, new)

    def _detach(self, account: Account, id_: str, values: Values) -> None:
        if values.get("vpcId"):
            once_unused(lambda: account.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=values["vpcId"]))

    def delete(self, account: Account, id_: str, values: Values) -> None:
        self._detach(account, id_, values)
        account.ec2.delete_internet_gateway(InternetGatewayId=id_)


class EgressOnlyInternetGateway(Ec2Resource):
    token = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
    kind = "egress-only-internet-gateway"
    props: ClassVar[Mapping[str, Prop]] = {"vpcId": Prop(required=True, replace=True)}

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_egress_only_internet_gateway(
            VpcId=values["vpcId"], **self.tag_specifications(values)
        )
        return str(answer["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        gateway = one(
            lambda: account.ec2.describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[id_])[
                "EgressOnlyInternetGateways"
            ]
        )
        if not gateway:
            return None
        return {"vpcId": gateway["Attachments"][0]["VpcId"], "tagsAll": tags.as_map(gateway.get("Tags"))}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=id_)


class VpcDhcpOptions(Ec2Resource):
    token = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
    kind = "dhcp-options"
    props: ClassVar[Mapping[str, Prop]] = {
        "domainName": Prop(api="domain-name", replace=True),
        "domainNameServers": Prop(kind=Many(ordered=True), api="domain-name-servers", replace=True),
        "ntpServers": Prop(kind=Many(ordered=True), api="ntp-servers", replace=True),
        "netbiosNameServers": Prop(kind=Many(ordered=True), api="netbios-name-servers", replace=True),
        "netbiosNodeType": Prop(api="netbios-node-type", replace=True),
    }
    outputs = ("arn", "ownerId")

    def create(self, account: Account, values: Values) -> str:
        given = to_api(self.props, values)
        configurations = [{"Key": k, "Values": v if isinstance(v, list) else [v]} for k, v in given.items()]
        answer = account.ec2.create_dhcp_options(DhcpConfigurations=configurations, **self.tag_specifications(values))
        return str(answer["DhcpOptions"]["DhcpOptionsId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        options = one(lambda: account.ec2.describe_dhcp_options(DhcpOptionsIds=[id_])["DhcpOptions"])
        if not options:
            return None
        seen = {c["Key"]: [v["Value"] for v in c["Values"]] for c in options["DhcpConfigurations"]}
        singles = {prop.api for prop in self.props.values() if not isinstance(prop.kind, Many)}
        return {
            **from_api(self.props, {k: v[0] if k in singles else v for k, v in seen.items()}),
            "arn": account.arn("ec2", f"dhcp-options/{id_}"),
            "ownerId": account.id,
            "tagsAll": tags.as_map(options.get("Tags")),
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        once_unused(lambda: account.ec2.delete_dhcp_options(DhcpOptionsId=id_))


class VpcDhcpOptionsAssociation(Resource):
    token = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(required=True, replace=True),
        "dhcpOptionsId": Prop(required=True),
    }

    def create(self, account: Account, values: Values) -> str:
        account.ec2.associate_dhcp_options(VpcId=values["vpcId"], DhcpOptionsId=values["dhcpOptionsId"])
        return f"{values['dhcpOptionsId']}-{values['vpcId']}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        vpc = one(lambda: account.ec2.describe_vpcs(VpcIds=[values["vpcId"]])["Vpcs"])
        if not vpc or vpc.get("DhcpOptionsId", "default") == "default":
            return None
        return {"vpcId": values["vpcId"], "dhcpOptionsId": vpc["DhcpOptionsId"]}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.ec2.associate_dhcp_options(VpcId=new["vpcId"], DhcpOptionsId=new["dhcpOptionsId"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.associate_dhcp_options(VpcId=values["vpcId"], DhcpOptionsId="default")


def get_vpc(account: Account, args: Values) -> Values:
    wanted = filters(
        args,
        cidr=args.get("cidrBlock"),
        dhcp_options_id=args.get("dhcpOptionsId"),
        is_default=args.get("default"),
        state=args.get("state"),
    )
    vpc = only(account.ec2.describe_vpcs(**ids("VpcIds", args.get("id")), **wanted)["Vpcs"], "EC2 VPC")
    id_ = vpc["VpcId"]
    seen = Vpc().read(account, id_, {}) or {}
    return {
        "id": id_,
        "state": vpc["State"],
        "default": vpc["IsDefault"],
        "tags": seen["tagsAll"],
        "cidrBlockAssociations": [
            {"associationId": a["AssociationId"], "cidrBlock": a["CidrBlock"], "state": a["CidrBlockState"]["State"]}
            for a in vpc["CidrBlockAssociationSet"]
        ],
        "ipv6CidrBlockAssociations": [
            {
                "associationId": a["AssociationId"],
                "ipv6CidrBlock": a["Ipv6CidrBlock"],
                "state": a["Ipv6CidrBlockState"]["State"],
                "ipSource": a.get("IpSource", ""),
                "ipv6AddressAttribute": a.get("Ipv6AddressAttribute", ""),
                "ipv6Pool": a.get("Ipv6Pool", ""),
                "networkBorderGroup": a.get("NetworkBorderGroup", ""),
            }
            for a in vpc.get("Ipv6CidrBlockAssociationSet", [])
        ],
        **{name: seen[name] for name in _GET_VPC},
    }


_GET_VPC = (
    "arn",
    "cidrBlock",
    "dhcpOptionsId",
    "enableDnsHostnames",
    "enableDnsSupport",
    "enableNetworkAddressUsageMetrics",
    "instanceTenancy",
    "ipv6AssociationId",
    "ipv6CidrBlock",
    "mainRouteTableId",
    "ownerId",
)


def get_vpcs(account: Account, args: Values) -> Values:
    found = account.pages("ec2", "describe_vpcs", "Vpcs", **filters(args))
    return {"id": account.region, "ids": [vpc["VpcId"] for vpc in found]}


def get_subnet(account: Account, args: Values) -> Values:
    wanted = filters(
        args,
        availability_zone=args.get("availabilityZone"),
        availabilityZoneId=args.get("availabilityZoneId"),
        cidr_block=args.get("cidrBlock"),
        default_for_az=args.get("defaultForAz"),
        state=args.get("state"),
        vpc_id=args.get("vpcId"),
    ) | ids("SubnetIds", args.get("id"))
    matches = [
        subnet
        for subnet in account.ec2.describe_subnets(**wanted)["Subnets"]
        if args.get("ipv6CidrBlock") in (None, _ipv6_association(subnet).get("Ipv6CidrBlock"))
    ]
    subnet = only(matches, "EC2 Subnet")
    seen = Subnet().read(account, subnet["SubnetId"], {}) or {}
    return {
        **{name: value for name, value in seen.items() if name != "tagsAll"},
        "id": subnet["SubnetId"],
        "tags": seen["tagsAll"],
        "state": subnet["State"],
        "defaultForAz": subnet["DefaultForAz"],
        "availableIpAddressCount": subnet["AvailableIpAddressCount"],
        "customerOwnedIpv4Pool": "",
        "enableLniAtDeviceIndex": 0,
        "mapCustomerOwnedIpOnLaunch": False,
        "outpostArn": "",
    }


def get_subnets(account: Account, args: Values) -> Values:
    found = account.pages("ec2", "describe_subnets", "Subnets", **filters(args))
    return {"id": account.region, "ids": [subnet["SubnetId"] for subnet in found]}


TYPES = (
    Vpc(),
    Subnet(),
    InternetGateway(),
    EgressOnlyInternetGateway(),
    VpcDhcpOptions(),
    VpcDhcpOptionsAssociation(),
)
FUNCTIONS = (
    Function(
        "aws:ec2/getVpc:getVpc",
        {
            "id": Prop(),
            "cidrBlock": Prop(),
            "default": Prop(kind=BOOL),
            "dhcpOptionsId": Prop(),
            "state": Prop(),
            "filters": FILTERS,
            "tags": TAGS,
        },
        get_vpc,
    ),
    Function("aws:ec2/getVpcs:getVpcs", {"filters": FILTERS, "tags": TAGS}, get_vpcs),
    Function(
        "aws:ec2/getSubnet:getSubnet",
        {
            "id": Prop(),
            "availabilityZone": Prop(),
            "availabilityZoneId": Prop(),
            "cidrBlock": Prop(),
            "defaultForAz": Prop(kind=BOOL),
            "ipv6CidrBlock": Prop(),
            "state": Prop(),
            "vpcId": Prop(),
            "filters": FILTERS,
            "tags": TAGS,
        },
        get_subnet,
    ),
    Function("aws:ec2/getSubnets:getSubnets", {"filters": FILTERS, "tags": TAGS}, get_subnets),
)
