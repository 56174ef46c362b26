"""EC2's networking: VPC, subnets, gateways, routes, addresses, endpoints, flow logs."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.schema import BOOL, INT, Block, Many, Prop, Resource, Values, from_api, to_api


class Ec2Resource(Resource):
    """What EC2's types share: tags on creation, tags changed by id."""

    tagged = True
    kind: ClassVar[str]
    """EC2's name of the type in tag specifications, e.g. "subnet"."""

    def tag_specifications(self, values: Values) -> dict[str, Any]:
        """Parameter that tags the resource as it is created."""
        all_tags = values.get("tagsAll")
        if not all_tags:
            return {}
        return {"TagSpecifications": [{"ResourceType": self.kind, "Tags": tags.as_list(all_tags)}]}

    def retag(self, account: Account, id_: str, old: Values, new: Values) -> None:
        """Bring the resource's tags from `old` to `new`."""
        to_set, to_remove = tags.changes(old, new)
        if to_set:
            account.ec2.create_tags(Resources=[id_], Tags=tags.as_list(to_set))
        if to_remove:
            account.ec2.delete_tags(Resources=[id_], Tags=[{"Key": k} for k in to_remove])

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        """Types with nothing but tags to change in place need no more."""
        self.retag(account, id_, old, new)


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
        "instanceTenancy": Prop(default="default", replace=True),
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
    )

    _ATTRIBUTES: ClassVar[Mapping[str, bool]] = {
        "enableDnsHostnames": False,
        "enableDnsSupport": True,
        "enableNetworkAddressUsageMetrics": False,
    }

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
        answer = found(lambda: account.ec2.describe_vpcs(VpcIds=[id_])["Vpcs"])
        if not answer:
            return None
        vpc = answer[0]
        ipv6 = next(
            (a for a in vpc.get("Ipv6CidrBlockAssociationSet", []) if a["Ipv6CidrBlockState"]["State"] == "associated"),
            None,
        )
        attributes = {
            name: account.ec2.describe_vpc_attribute(VpcId=id_, Attribute=name)[name[:1].upper() + name[1:]]["Value"]
            for name in self._ATTRIBUTES
        }
        within = [{"Name": "vpc-id", "Values": [id_]}]
        [acl] = account.ec2.describe_network_acls(Filters=[*within, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
        [table] = account.ec2.describe_route_tables(
            Filters=[*within, {"Name": "association.main", "Values": ["true"]}]
        )["RouteTables"]
        [group] = account.ec2.describe_security_groups(
            Filters=[*within, {"Name": "group-name", "Values": ["default"]}]
        )["SecurityGroups"]
        return {
            **from_api(self.props, vpc),
            **attributes,
            "assignGeneratedIpv6CidrBlock": ipv6 is not None,
            "arn": account.arn("ec2", f"vpc/{id_}"),
            "ownerId": account.id,
            "defaultNetworkAclId": acl["NetworkAclId"],
            "defaultRouteTableId": table["RouteTableId"],
            "mainRouteTableId": table["RouteTableId"],
            "defaultSecurityGroupId": group["GroupId"],
            "dhcpOptionsId": vpc.get("DhcpOptionsId"),
            "ipv6AssociationId": ipv6["AssociationId"] if ipv6 else "",
            "ipv6CidrBlock": ipv6["Ipv6CidrBlock"] if ipv6 else "",
            "tagsAll": tags.as_map(vpc.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        for name in self._ATTRIBUTES:
            if name in changed:
                self._set(account, id_, name, bool(new.get(name)))
        if "assignGeneratedIpv6CidrBlock" in changed:
            if new.get("assignGeneratedIpv6CidrBlock"):
                account.ec2.associate_vpc_cidr_block(VpcId=id_, AmazonProvidedIpv6CidrBlock=True)
            else:
                account.ec2.disassociate_vpc_cidr_block(AssociationId=old["ipv6AssociationId"])
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str]) -> Iterable[str]:
        return ("ipv6AssociationId", "ipv6CidrBlock") if "assignGeneratedIpv6CidrBlock" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_vpc(VpcId=id_)


class InternetGateway(Ec2Resource):
    token = "aws:ec2/internetGateway:InternetGateway"
    kind = "internet-gateway"
    props: ClassVar[Mapping[str, Prop]] = {"vpcId": Prop(computed=True)}
    outputs = ("arn", "ownerId")

    def create(self, account: Account, values: Values) -> str:
        id_ = str(
            account.ec2.create_internet_gateway(**self.tag_specifications(values))["InternetGateway"]["InternetGatewayId"]
        )
        if values.get("vpcId"):
            account.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=values["vpcId"])
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        answer = found(lambda: account.ec2.describe_internet_gateways(InternetGatewayIds=[id_])["InternetGateways"])
        if not answer:
            return None
        attachments = answer[0].get("Attachments", [])
        return {
            "vpcId": attachments[0]["VpcId"] if attachments else "",
            "arn": account.arn("ec2", f"internet-gateway/{id_}"),
            "ownerId": account.id,
            "tagsAll": tags.as_map(answer[0].get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "vpcId" in changed:
            if old.get("vpcId"):
                account.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=old["vpcId"])
            account.ec2.attach_internet_gateway(InternetGatewayId=id_, VpcId=new["vpcId"])
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("vpcId"):
            account.ec2.detach_internet_gateway(InternetGatewayId=id_, VpcId=values["vpcId"])
        account.ec2.delete_internet_gateway(InternetGatewayId=id_)


TYPES = (Vpc(), InternetGateway())
FUNCTIONS = ()

