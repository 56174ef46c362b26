"""VPC endpoints, and the prefix lists that they and AWS's services are known by."""

import zlib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_lookup import FILTERS, TAGS, filters, ids, only
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, one
from sandbox.provider.schema import BOOL, JSON, Block, Function, Many, Prop, Resource, Values, from_api, to_api

SETTLED_WITHIN = 600
"""Seconds that the real provider waits for an endpoint."""


class VpcEndpoint(Ec2Resource):
    """A gateway endpoint (routes of S3 and DynamoDB) or an interface endpoint (network interfaces, private DNS)."""

    token = "aws:ec2/vpcEndpoint:VpcEndpoint"
    kind = "vpc-endpoint"
    api = ("ec2", "CreateVpcEndpoint")
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(required=True, replace=True),
        "serviceName": Prop(replace=True),
        "vpcEndpointType": Prop(replace=True, default="Gateway", choices=("Gateway", "Interface")),
        "policy": Prop(kind=JSON, api="PolicyDocument", computed=True),
        "routeTableIds": Prop(kind=Many(), computed=True),
        "subnetIds": Prop(kind=Many(), computed=True),
        "securityGroupIds": Prop(kind=Many(), computed=True),
        "privateDnsEnabled": Prop(kind=BOOL, computed=True),
        "ipAddressType": Prop(computed=True),
        "dnsOptions": Prop(kind=Block({"dnsRecordIpType": Prop(computed=True)}), computed=True),
    }
    outputs = (
        "arn",
        "cidrBlocks",
        "dnsEntries",
        "networkInterfaceIds",
        "ownerId",
        "prefixListId",
        "requesterManaged",
        "serviceRegion",
        "state",
        "subnetConfigurations",
    )

    _LISTS: ClassVar[Mapping[str, str]] = {
        "routeTableIds": "RouteTableIds",
        "subnetIds": "SubnetIds",
        "securityGroupIds": "SecurityGroupIds",
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        service = values.get("serviceName")
        if service is None:
            yield "serviceName", "serviceName must be given, e.g. com.amazonaws.sa-east-1.s3"
        if values.get("vpcEndpointType") == "Gateway":
            for name in ("subnetIds", "securityGroupIds"):
                if values.get(name):
                    yield name, f"a Gateway endpoint takes no {name}; vpcEndpointType=Interface does"
            if values.get("privateDnsEnabled") is True:
                yield "privateDnsEnabled", "a Gateway endpoint has no private DNS; vpcEndpointType=Interface has"
            if isinstance(service, str) and service.rsplit(".", 1)[-1] not in ("s3", "dynamodb", "s3express"):
                yield "vpcEndpointType", f"{service} has no Gateway endpoint: give vpcEndpointType=Interface"
        if values.get("vpcEndpointType") == "Interface" and values.get("routeTableIds"):
            yield "routeTableIds", "an Interface endpoint takes no routeTableIds; vpcEndpointType=Gateway does"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        return () if new.get("vpcEndpointType") == "Interface" else ("privateDnsEnabled",)

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_vpc_endpoint(
            **to_api(self.props, {"privateDnsEnabled": False, **values}), **self.tag_specifications(values)
        )
        id_ = str(answer["VpcEndpoint"]["VpcEndpointId"])
        self._wait(account, id_)
        return id_

    def _wait(self, account: Account, id_: str) -> None:
        def available() -> bool:
            return (_describe(account, id_) or {}).get("State") == "available"

        wait_for(available, f"VPC endpoint {id_}", SETTLED_WITHIN)

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        endpoint = _describe(account, id_)
        if not endpoint or endpoint["State"] in ("deleting", "deleted"):
            return None
        gateway = endpoint["VpcEndpointType"] == "Gateway"
        prefixes = _prefix_list(account, endpoint["ServiceName"]) if gateway else {}
        interfaces = endpoint.get("NetworkInterfaceIds", [])
        return {
            **from_api(self.props, endpoint),
            "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])],
            "privateDnsEnabled": bool(endpoint.get("PrivateDnsEnabled")),
            "arn": account.arn("ec2", f"vpc-endpoint/{id_}"),
            "cidrBlocks": prefixes.get("Cidrs", []),
            "prefixListId": prefixes.get("PrefixListId", ""),
            "dnsEntries": [
                {"dnsName": entry["DnsName"], "hostedZoneId": entry["HostedZoneId"]}
                for entry in endpoint.get("DnsEntries", [])
            ],
            "networkInterfaceIds": interfaces,
            "ownerId": endpoint["OwnerId"],
            "requesterManaged": bool(endpoint.get("RequesterManaged")),
            "serviceRegion": endpoint.get("ServiceRegion", account.region),
            "state": endpoint["State"],
            "subnetConfigurations": _subnet_configurations(account, interfaces),
            "tagsAll": tags.as_map(endpoint.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        plain = [
            n
            for n in ("privateDnsEnabled", "ipAddressType", "dnsOptions", "policy")
            if n in changed and new.get(n) is not None
        ]
        request = to_api(self.props, new, plain)
        for name, api in self._LISTS.items():
            if name in changed:
                request |= {f"Add{api}": added(old.get(name), new.get(name))}
                request |= {f"Remove{api}": added(new.get(name), old.get(name))}
        if request:
            account.ec2.modify_vpc_endpoint(VpcEndpointId=id_, **{k: v for k, v in request.items() if v != []})
            self._wait(account, id_)
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("networkInterfaceIds", "subnetConfigurations") if "subnetIds" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_vpc_endpoints(VpcEndpointIds=[id_])
        wait_for(lambda: self.read(account, id_, values) is None, f"the end of VPC endpoint {id_}", SETTLED_WITHIN)


def _describe(account: Account, id_: str) -> dict[str, Any] | None:
    return one(lambda: account.ec2.describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"])


def _prefix_list(account: Account, service_name: str) -> dict[str, Any]:
    wanted = [{"Name": "prefix-list-name", "Values": [service_name]}]
    return one(lambda: account.ec2.describe_prefix_lists(Filters=wanted)["PrefixLists"]) or {}


def _subnet_configurations(account: Account, interface_ids: list[str]) -> list[Values]:
    """The addresses of an interface endpoint, subnet by subnet."""
    if not interface_ids:
        return []
    answer = account.ec2.describe_network_interfaces(NetworkInterfaceIds=interface_ids)["NetworkInterfaces"]
    return [
        {
            "subnetId": interface["SubnetId"],
            "ipv4": interface.get("PrivateIpAddress", ""),
            "ipv6": next((a["Ipv6Address"] for a in interface.get("Ipv6Addresses", [])), ""),
        }
        for interface in answer
    ]


class _Association(Resource):
    """One more route table or subnet of an endpoint that is managed elsewhere."""

    member: ClassVar[str]
    """The property that names it, e.g. "subnetId"; EC2 calls them "SubnetIds"."""

    def _api(self) -> str:
        return f"{self.member[:1].upper()}{self.member[1:]}s"

    def create(self, account: Account, values: Values) -> str:
        endpoint_id, other_id = values["vpcEndpointId"], values[self.member]
        account.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint_id, **{f"Add{self._api()}": [other_id]})
        return f"a-{endpoint_id}{zlib.crc32(str(other_id).encode())}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        endpoint = _describe(account, values["vpcEndpointId"]) or {}
        if values[self.member] not in endpoint.get(self._api(), []):
            return None
        return {name: values[name] for name in self.props}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.modify_vpc_endpoint(
            VpcEndpointId=values["vpcEndpointId"], **{f"Remove{self._api()}": [values[self.member]]}
        )


class VpcEndpointRouteTableAssociation(_Association):
    token = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
    member = "routeTableId"
    props: ClassVar[Mapping[str, Prop]] = {
        "routeTableId": Prop(required=True, replace=True),
        "vpcEndpointId": Prop(required=True, replace=True),
    }


class VpcEndpointSubnetAssociation(_Association):
    token = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
    member = "subnetId"
    props: ClassVar[Mapping[str, Prop]] = {
        "subnetId": Prop(required=True, replace=True),
        "vpcEndpointId": Prop(required=True, replace=True),
    }


def get_prefix_list(account: Account, args: Values) -> Values:
    wanted = filters(args, prefix_list_name=args.get("name")) | ids("PrefixListIds", args.get("prefixListId"))
    found = only(account.ec2.describe_prefix_lists(**wanted)["PrefixLists"], "EC2 Prefix List")
    return {
        "id": found["PrefixListId"],
        "prefixListId": found["PrefixListId"],
        "name": found["PrefixListName"],
        "cidrBlocks": found.get("Cidrs", []),
    }


def get_managed_prefix_list(account: Account, args: Values) -> Values:
    wanted = filters(args, prefix_list_name=args.get("name")) | ids("PrefixListIds", args.get("id"))
    found = only(account.ec2.describe_managed_prefix_lists(**wanted)["PrefixLists"], "EC2 Managed Prefix List")
    entries = account.pages("ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=found["PrefixListId"])
    return {
        "id": found["PrefixListId"],
        "name": found["PrefixListName"],
        "arn": found["PrefixListArn"],
        "addressFamily": found["AddressFamily"],
        "entries": [{"cidr": e["Cidr"], "description": e.get("Description", "")} for e in entries],
        "maxEntries": found.get("MaxEntries", 0),
        "ownerId": found["OwnerId"],
        "tags": tags.as_map(found.get("Tags")),
        "version": found.get("Version", 0),
    }


TYPES = (VpcEndpoint(), VpcEndpointRouteTableAssociation(), VpcEndpointSubnetAssociation())
FUNCTIONS = (
    Function(
        "aws:ec2/getPrefixList:getPrefixList",
        {"name": Prop(), "prefixListId": Prop(), "filters": FILTERS},
        get_prefix_list,
    ),
    Function(
        "aws:ec2/getManagedPrefixList:getManagedPrefixList",
        {"id": Prop(), "name": Prop(), "filters": FILTERS, "tags": TAGS},
        get_managed_prefix_list,
    ),
)
