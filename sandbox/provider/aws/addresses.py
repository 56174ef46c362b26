"""Public addresses and the gateways that need them: Elastic IP addresses, NAT gateways."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account, found, wait_for
from sandbox.provider.aws import tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, once_unused, one
from sandbox.provider.schema import BOOL, UNKNOWN, Block, Incomplete, Many, Prop, Resource, Values, from_api, to_api

CREATED_WITHIN = 600
"""Seconds that the real provider waits for a NAT gateway."""


class Eip(Ec2Resource):
    token = "aws:ec2/eip:Eip"
    kind = "elastic-ip"
    api = ("ec2", "AllocateAddress")
    props: ClassVar[Mapping[str, Prop]] = {
        "domain": Prop(replace=True, computed=True),
        "instance": Prop(api=None, computed=True),
        "networkInterface": Prop(api=None, computed=True),
        "associateWithPrivateIp": Prop(api=None),
    }
    outputs = (
        "allocationId",
        "arn",
        "associationId",
        "carrierIp",
        "customerOwnedIp",
        "ipamPoolId",
        "networkBorderGroup",
        "privateDns",
        "privateIp",
        "ptrRecord",
        "publicDns",
        "publicIp",
        "publicIpv4Pool",
    )

    def create(self, account: Account, values: Values) -> str:
        id_ = str(
            account.ec2.allocate_address(**to_api(self.props, values), **self.tag_specifications(values))[
                "AllocationId"
            ]
        )
        self._associate(account, id_, values)
        return id_

    def _associate(self, account: Account, id_: str, values: Values) -> None:
        target = {
            "InstanceId": values.get("instance"),
            "NetworkInterfaceId": values.get("networkInterface"),
            "PrivateIpAddress": values.get("associateWithPrivateIp"),
        }
        if values.get("instance") or values.get("networkInterface"):
            account.ec2.associate_address(AllocationId=id_, **{k: v for k, v in target.items() if v})

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        address = one(lambda: account.ec2.describe_addresses(AllocationIds=[id_])["Addresses"])
        if not address:
            return None
        return {
            "domain": address["Domain"],
            "instance": address.get("InstanceId", ""),
            "networkInterface": address.get("NetworkInterfaceId", ""),
            # Where the program leaves it to AWS, the address that AWS chose is no wish of the program.
            "associateWithPrivateIp": address.get("PrivateIpAddress", "")
            if values.get("associateWithPrivateIp")
            else "",
            "allocationId": id_,
            "arn": account.arn("ec2", f"elastic-ip/{id_}"),
            "associationId": address.get("AssociationId", ""),
            "carrierIp": address.get("CarrierIp", ""),
            "customerOwnedIp": address.get("CustomerOwnedIp", ""),
            "ipamPoolId": "",
            "networkBorderGroup": address.get("NetworkBorderGroup", account.region),
            "privateIp": address.get("PrivateIpAddress", ""),
            "privateDns": private_dns(account, address.get("PrivateIpAddress", "")),
            "ptrRecord": "",
            "publicIp": address["PublicIp"],
            "publicDns": public_dns(account, address["PublicIp"]),
            "publicIpv4Pool": address.get("PublicIpv4Pool", "amazon"),
            "tagsAll": tags.as_map(address.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed & {"instance", "networkInterface", "associateWithPrivateIp"}:
            disassociate(account, old.get("associationId"))
            self._associate(account, id_, new)
        self.retag(account, id_, old, new)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        if changed & {"instance", "networkInterface", "associateWithPrivateIp"}:
            return ("associationId", "instance", "networkInterface", "privateDns", "privateIp")
        return ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        address = account.ec2.describe_addresses(AllocationIds=[id_])["Addresses"][0]
        disassociate(account, address.get("AssociationId"))
        once_unused(lambda: account.ec2.release_address(AllocationId=id_))


def disassociate(account: Account, association_id: str | None) -> None:
    """End an address's association, if there is one."""
    if association_id:
        found(lambda: account.ec2.disassociate_address(AssociationId=association_id))


def private_dns(account: Account, address: str) -> str:
    """The name that EC2 gives to a private address."""
    region = "ec2" if account.region == "us-east-1" else f"{account.region}.compute"
    return f"ip-{address.replace('.', '-')}.{region}.internal" if address else ""


def public_dns(account: Account, address: str) -> str:
    """The name that EC2 gives to a public address."""
    region = "compute-1" if account.region == "us-east-1" else f"{account.region}.compute"
    return f"ec2-{address.replace('.', '-')}.{region}.amazonaws.com"


class EipAssociation(Resource):
    token = "aws:ec2/eipAssociation:EipAssociation"
    props: ClassVar[Mapping[str, Prop]] = {
        "allocationId": Prop(replace=True, computed=True),
        "instanceId": Prop(replace=True, computed=True),
        "networkInterfaceId": Prop(replace=True, computed=True),
        "privateIpAddress": Prop(replace=True, computed=True),
        "publicIp": Prop(replace=True, computed=True),
        "allowReassociation": Prop(
            kind=BOOL, replace=True, kept="an instruction for the association, which AWS does not keep"
        ),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if values.get("allocationId") is None and values.get("publicIp") is None:
            yield "allocationId", "an address must be given, by allocationId or publicIp"
        if values.get("instanceId") is None and values.get("networkInterfaceId") is None:
            yield "instanceId", "one of instanceId and networkInterfaceId must be given"

    def create(self, account: Account, values: Values) -> str:
        return str(account.ec2.associate_address(**to_api(self.props, values))["AssociationId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        wanted = [{"Name": "association-id", "Values": [id_]}]
        address = one(lambda: account.ec2.describe_addresses(Filters=wanted)["Addresses"])
        if not address:
            return None
        seen = from_api({n: p for n, p in self.props.items() if not p.kept}, address)
        return {name: value or "" for name, value in seen.items()}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.disassociate_address(AssociationId=id_)


class NatGateway(Ec2Resource):
    """A NAT gateway of one zone in a subnet, or a regional one of a whole VPC."""

    token = "aws:ec2/natGateway:NatGateway"
    kind = "natgateway"
    api = ("ec2", "CreateNatGateway")
    props: ClassVar[Mapping[str, Prop]] = {
        "allocationId": Prop(replace=True),
        "availabilityMode": Prop(replace=True, computed=True),
        "availabilityZoneAddresses": Prop(
            kind=Many(
                Block(
                    {
                        "allocationIds": Prop(kind=Many(), required=True),
                        "availabilityZone": Prop(computed=True),
                        "availabilityZoneId": Prop(computed=True),
                    }
                )
            )
        ),
        "connectivityType": Prop(replace=True, default="public"),
        "subnetId": Prop(replace=True),
        "vpcId": Prop(replace=True, computed=True),
    }
    outputs = (
        "associationId",
        "autoProvisionZones",
        "autoScalingIps",
        "networkInterfaceId",
        "privateIp",
        "publicIp",
        "regionalNatGatewayAddresses",
        "regionalNatGatewayAutoMode",
        "routeTableId",
        "secondaryAllocationIds",
        "secondaryPrivateIpAddressCount",
        "secondaryPrivateIpAddresses",
    )

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if values.get("availabilityMode") is UNKNOWN:
            return
        if values.get("availabilityMode") == "regional":
            if values.get("subnetId") is not None:
                yield "subnetId", "a regional NAT gateway stands in no subnet: give vpcId alone"
            if values.get("vpcId") is None:
                yield "vpcId", "a regional NAT gateway needs vpcId"
            if values.get("allocationId") is not None:
                yield "allocationId", "a regional NAT gateway takes its addresses from availabilityZoneAddresses"
            if values.get("connectivityType") == "private":
                yield "connectivityType", "a regional NAT gateway is public"
            return
        if values.get("subnetId") is None:
            yield "subnetId", "a zonal NAT gateway needs subnetId; availabilityMode=regional needs vpcId instead"
        if values.get("availabilityZoneAddresses"):
            yield "availabilityZoneAddresses", "only a NAT gateway of availabilityMode=regional takes these"
        if values.get("connectivityType") == "private" and values.get("allocationId") is not None:
            yield "allocationId", 'allocation_id is not supported with connectivity_type = "private"'
        if values.get("connectivityType") == "public" and values.get("allocationId") is None:
            yield "allocationId", "a public NAT gateway needs the allocationId of an Elastic IP address"

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """Between addresses that AWS manages and one's own there is no way in place."""
        switched = bool(old.get("availabilityZoneAddresses")) != bool(new.get("availabilityZoneAddresses"))
        return ("availabilityZoneAddresses",) if switched else ()

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_nat_gateway(**to_api(self.props, values), **self.tag_specifications(values))
        id_ = str(answer["NatGateway"]["NatGatewayId"])

        def settled() -> dict[str, Any] | None:
            gateway = _nat_gateway(account, id_)
            return gateway if gateway and gateway["State"] != "pending" else None

        gateway = wait_for(settled, f"NAT gateway {id_}", CREATED_WITHIN)
        if gateway["State"] == "failed":
            raise Incomplete(id_, f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}")
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        gateway = _nat_gateway(account, id_)
        if not gateway or gateway["State"] in ("deleting", "deleted"):
            return None
        addresses = gateway.get("NatGatewayAddresses", [])
        regional = gateway.get("AvailabilityMode") == "regional"
        primary: dict[str, Any] = {} if regional else next((a for a in addresses if a.get("IsPrimary")), {})
        managed = gateway.get("AutoProvisionZones") == "enabled"
        return {
            "availabilityMode": gateway["AvailabilityMode"],
            "availabilityZoneAddresses": _zones(addresses) if regional and not managed else [],
            "connectivityType": gateway["ConnectivityType"],
            "subnetId": gateway.get("SubnetId", ""),
            "vpcId": gateway["VpcId"],
            "allocationId": primary.get("AllocationId", ""),
            "associationId": primary.get("AssociationId", ""),
            "networkInterfaceId": primary.get("NetworkInterfaceId", ""),
            "privateIp": primary.get("PrivateIp", ""),
            "publicIp": primary.get("PublicIp", ""),
            "autoProvisionZones": gateway.get("AutoProvisionZones", ""),
            "autoScalingIps": gateway.get("AutoScalingIps", ""),
            "regionalNatGatewayAddresses": [from_api(_REGIONAL_ADDRESS, a) for a in addresses] if regional else [],
            "regionalNatGatewayAutoMode": gateway.get("AutoProvisionZones", ""),
            "routeTableId": gateway.get("RouteTableId", ""),
            "secondaryAllocationIds": [],
            "secondaryPrivateIpAddressCount": 0,
            "secondaryPrivateIpAddresses": [],
            "tagsAll": tags.as_map(gateway.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "availabilityZoneAddresses" in changed:
            self._readdress(account, id_, old["availabilityZoneAddresses"], new["availabilityZoneAddresses"])
        self.retag(account, id_, old, new)

    def _readdress(self, account: Account, id_: str, old: list[Values], new: list[Values]) -> None:
        """Bring the addresses of a regional gateway from `old` to `new`: the new ones first."""
        before = [a for zone in old for a in zone["allocationIds"]]
        for zone in new:
            if fresh := added(before, zone["allocationIds"]):
                where = to_api(_ZONE, {n: zone.get(n) for n in _ZONE})
                account.ec2.associate_nat_gateway_address(NatGatewayId=id_, AllocationIds=fresh, **where)
        superfluous = added([a for zone in new for a in zone["allocationIds"]], before)
        gateway = _nat_gateway(account, id_) or {}
        associations = [
            a["AssociationId"] for a in gateway["NatGatewayAddresses"] if a.get("AllocationId") in superfluous
        ]
        if associations:
            account.ec2.disassociate_nat_gateway_address(NatGatewayId=id_, AssociationIds=associations)

    def recomputed(self, changed: set[str], new: Values) -> Iterable[str]:
        return ("regionalNatGatewayAddresses",) if "availabilityZoneAddresses" in changed else ()

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_nat_gateway(NatGatewayId=id_)
        wait_for(lambda: self.read(account, id_, values) is None, f"the end of NAT gateway {id_}", CREATED_WITHIN)


_ZONE = {"availabilityZone": Prop(), "availabilityZoneId": Prop()}
_REGIONAL_ADDRESS = {
    "allocationId": Prop(),
    "associationId": Prop(),
    **_ZONE,
    "networkInterfaceId": Prop(),
    "publicIp": Prop(),
    "status": Prop(),
}


def _nat_gateway(account: Account, id_: str) -> dict[str, Any] | None:
    return one(lambda: account.ec2.describe_nat_gateways(NatGatewayIds=[id_])["NatGateways"])


def _zones(addresses: list[dict[str, Any]]) -> list[Values]:
    """Addresses by zone, as the program gives them."""
    zones: dict[str, Values] = {}
    for address in addresses:
        place = {n: v for n, v in from_api(_ZONE, address).items() if v is not None}
        zone = zones.setdefault(str(sorted(place.items())), {**place, "allocationIds": []})
        zone["allocationIds"].append(address["AllocationId"])
    return list(zones.values())


TYPES = (Eip(), EipAssociation(), NatGateway())
FUNCTIONS = ()
