"""Route tables, their routes and what they are associated with."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws import cidr, tags
from sandbox.provider.aws.ec2_lookup import FILTERS, TAGS, filters, ids, only
from sandbox.provider.aws.ec2_resource import Ec2Resource, once_unused, one
from sandbox.provider.aws.vpc import main_route_table
from sandbox.provider.schema import Block, Function, Many, Prop, Resource, Values, from_api, to_api

TARGETS: Mapping[str, Prop] = {
    "gatewayId": Prop(),
    "natGatewayId": Prop(),
    "egressOnlyGatewayId": Prop(api="EgressOnlyInternetGatewayId"),
    "networkInterfaceId": Prop(),
    "transitGatewayId": Prop(),
    "vpcPeeringConnectionId": Prop(),
    "carrierGatewayId": Prop(),
}
"""Where a route may lead, by its property."""

ROUTE: Mapping[str, Prop] = {
    "cidrBlock": Prop(api="DestinationCidrBlock"),
    "ipv6CidrBlock": Prop(api="DestinationIpv6CidrBlock"),
    "destinationPrefixListId": Prop(),
    **TARGETS,
}
"""A route as route tables hold it in themselves."""


def describe(account: Account, id_: str) -> dict[str, Any] | None:
    """The route table, or None when it is gone."""
    return one(lambda: account.ec2.describe_route_tables(RouteTableIds=[id_])["RouteTables"])


def _own_routes(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Routes that somebody put there: not the VPC's own, not those of gateway endpoints, not propagated ones."""
    for route in table["Routes"]:
        if route.get("Origin") == "CreateRoute" and not route.get("GatewayId", "").startswith("vpce-"):
            yield route


def _routes(table: Mapping[str, Any]) -> list[Values]:
    return [{k: v for k, v in from_api(ROUTE, route).items() if v is not None} for route in _own_routes(table)]


def _destination(route: Values) -> str:
    return str(route.get("cidrBlock") or route.get("ipv6CidrBlock") or route.get("destinationPrefixListId"))


def _check_route(route: Values, path: str) -> Iterator[tuple[str, str]]:
    destinations = [n for n in ("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId") if route.get(n) is not None]
    targets = [n for n in TARGETS if route.get(n) is not None]
    yield from cidr.broken(f"{path}cidrBlock", route.get("cidrBlock"), 4)
    yield from cidr.broken(f"{path}ipv6CidrBlock", route.get("ipv6CidrBlock"), 6)
    if len(destinations) != 1:
        yield path, f"one of cidrBlock, ipv6CidrBlock and destinationPrefixListId must be given, got {destinations}"
    if len(targets) != 1:
        yield path, f"one of {', '.join(TARGETS)} must be given, got {targets}"


def _set_routes(account: Account, table_id: str, old: list[Values], new: list[Values]) -> None:
    """Bring a table's routes from `old` to `new`: another target in place, new ones before those that go."""
    before = {_destination(route): route for route in old}
    after = {_destination(route): route for route in new}
    for destination, route in after.items():
        call = account.ec2.replace_route if destination in before else account.ec2.create_route
        if before.get(destination) != route:
            call(RouteTableId=table_id, **to_api(ROUTE, route))
    for destination, route in before.items():
        if destination not in after:
            _delete_route(account, table_id, {n: route[n] for n in route if n not in TARGETS})


def _delete_route(account: Account, table_id: str, destination: Values) -> None:
    account.ec2.delete_route(RouteTableId=table_id, **to_api(ROUTE, destination))


class RouteTable(Ec2Resource):
    """Routes given here belong to it; without any, those that `Route` resources put there are left alone."""

    token = "aws:ec2/routeTable:RouteTable"
    kind = "route-table"
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(required=True, replace=True),
        "routes": Prop(kind=Many(Block(ROUTE)), api=None, computed=True),
    }
    outputs: ClassVar[tuple[str, ...]] = ("arn", "ownerId", "propagatingVgws")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for index, route in enumerate(_listed(values.get("routes"))):
            yield from _check_route(route, f"routes[{index}].")

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_route_table(VpcId=values["vpcId"], **self.tag_specifications(values))
        id_ = str(answer["RouteTable"]["RouteTableId"])
        _set_routes(account, id_, [], values.get("routes") or [])
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        table = describe(account, id_)
        if not table:
            return None
        return {
            "vpcId": table["VpcId"],
            "routes": _routes(table),
            "arn": account.arn("ec2", f"route-table/{id_}"),
            "ownerId": table.get("OwnerId", account.id),
            "propagatingVgws": [v["GatewayId"] for v in table.get("PropagatingVgws", [])],
            "tagsAll": tags.as_map(table.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "routes" in changed:
            _set_routes(account, id_, old.get("routes") or [], new["routes"])
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        for association in (describe(account, id_) or {}).get("Associations", []):
            if not association.get("Main"):
                account.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        once_unused(lambda: account.ec2.delete_route_table(RouteTableId=id_))


def _listed(value: Any) -> list[Values]:
    """The blocks of a list that are known."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


class DefaultRouteTable(RouteTable):
    """The main route table that a VPC came with: its routes are made those that the program says."""

    adopted = True
    token = "aws:ec2/defaultRouteTable:DefaultRouteTable"
    props: ClassVar[Mapping[str, Prop]] = {
        "defaultRouteTableId": Prop(api="RouteTableId", required=True, replace=True),
        "routes": RouteTable.props["routes"],
    }
    outputs = (*RouteTable.outputs, "vpcId")

    def create(self, account: Account, values: Values) -> str:
        id_ = str(values["defaultRouteTableId"])
        table = describe(account, id_) or {"Routes": []}
        _set_routes(account, id_, _routes(table), values.get("routes") or [])
        self.retag(account, id_, {"tagsAll": tags.as_map(table.get("Tags"))}, values)
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        seen = super().read(account, id_, values)
        return None if seen is None else {**seen, "defaultRouteTableId": id_}

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Forget it."""


class Route(Resource):
    """A single route. Its target changes in place; its table and destination are what it is."""

    token = "aws:ec2/route:Route"
    props: ClassVar[Mapping[str, Prop]] = {
        "routeTableId": Prop(required=True, replace=True),
        "destinationCidrBlock": Prop(replace=True),
        "destinationIpv6CidrBlock": Prop(replace=True),
        "destinationPrefixListId": Prop(replace=True),
        **TARGETS,
        "networkInterfaceId": Prop(computed=True),
    }
    outputs = ("instanceId", "instanceOwnerId", "origin", "state")

    _DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        renamed = {"destinationCidrBlock": "cidrBlock", "destinationIpv6CidrBlock": "ipv6CidrBlock"}
        yield from _check_route({renamed.get(k, k): v for k, v in values.items()}, "")
        if values.get("egressOnlyGatewayId") is not None and values.get("destinationCidrBlock") is not None:
            yield (
                "egressOnlyGatewayId",
                "an egress-only internet gateway carries IPv6 only: give destinationIpv6CidrBlock",
            )

    def create(self, account: Account, values: Values) -> str:
        account.ec2.create_route(**to_api(self.props, values))
        destination = next(values[n] for n in self._DESTINATIONS if values.get(n))
        return f"r-{values['routeTableId']}{zlib.crc32(str(destination).encode())}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        table = describe(account, values["routeTableId"])
        route = self._find(table, values) if table else None
        if route is None:
            return None
        seen = from_api(self.props, route)
        return {
            **{name: value if value is not None else "" for name, value in seen.items()},
            "routeTableId": values["routeTableId"],
            "destinationIpv6CidrBlock": values.get("destinationIpv6CidrBlock", ""),
            "instanceId": route.get("InstanceId", ""),
            "instanceOwnerId": route.get("InstanceOwnerId", ""),
            "origin": route["Origin"],
            "state": route["State"],
        }

    def _find(self, table: Mapping[str, Any], values: Values) -> dict[str, Any] | None:
        for route in table["Routes"]:
            here = from_api(self.props, route)
            if any(values.get(n) and cidr.same(values[n], here[n]) for n in self._DESTINATIONS):
                return dict(route)
        return None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        account.ec2.replace_route(**to_api(self.props, new))

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_route(
            **to_api(self.props, {n: v for n, v in values.items() if n in ("routeTableId", *self._DESTINATIONS) and v})
        )


class RouteTableAssociation(Resource):
    """What a subnet or gateway routes by. AWS gives it a new id with each table, Pulumi keeps the first."""

    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    props: ClassVar[Mapping[str, Prop]] = {
        "routeTableId": Prop(required=True),
        "subnetId": Prop(replace=True),
        "gatewayId": Prop(replace=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        if (values.get("subnetId") is None) == (values.get("gatewayId") is None):
            yield "subnetId", "one of subnetId and gatewayId must be given"

    def create(self, account: Account, values: Values) -> str:
        return str(account.ec2.associate_route_table(**to_api(self.props, values))["AssociationId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        association = self._find(account, id_, values)
        if association is None:
            return None
        return {name: value or "" for name, value in from_api(self.props, association).items()}

    def _find(self, account: Account, id_: str, values: Values) -> dict[str, Any] | None:
        """The association of that id, or the one that took its place."""
        for table in account.pages("ec2", "describe_route_tables", "RouteTables"):
            for association in table["Associations"]:
                targets = {association.get("SubnetId"), association.get("GatewayId")} - {None}
                if association["RouteTableAssociationId"] == id_ or targets & {
                    values.get("subnetId"),
                    values.get("gatewayId"),
                }:
                    return dict(association)
        return None

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        association = self._find(account, id_, old)
        if association is None:
            self.create(account, new)
        else:
            account.ec2.replace_route_table_association(
                AssociationId=association["RouteTableAssociationId"], RouteTableId=new["routeTableId"]
            )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        association = self._find(account, id_, values)
        if association:
            account.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])


class MainRouteTableAssociation(Resource):
    """Which table is a VPC's main one. Its end makes the original the main one again."""

    token = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
    props: ClassVar[Mapping[str, Prop]] = {"vpcId": Prop(required=True), "routeTableId": Prop(required=True)}
    outputs = ("originalRouteTableId",)

    def create(self, account: Account, values: Values) -> str:
        # AWS does not remember which table was the main one before, so this goes into state by way of the values.
        values["originalRouteTableId"] = main_route_table(account, values["vpcId"])["RouteTableId"]
        return _make_main(account, values["vpcId"], values["routeTableId"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        if not one(lambda: account.ec2.describe_vpcs(VpcIds=[values["vpcId"]])["Vpcs"]):
            return None
        main, original = main_route_table(account, values["vpcId"])["RouteTableId"], values["originalRouteTableId"]
        if main == original != values["routeTableId"]:
            return None
        return {"vpcId": values["vpcId"], "routeTableId": main, "originalRouteTableId": original}

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        new["originalRouteTableId"] = old["originalRouteTableId"]
        _make_main(account, new["vpcId"], new["routeTableId"])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        _make_main(account, values["vpcId"], values["originalRouteTableId"])


def _make_main(account: Account, vpc_id: str, table_id: str) -> str:
    """Make a table the main one of its VPC; the id of that association."""
    association = next(a for a in main_route_table(account, vpc_id)["Associations"] if a.get("Main"))
    answer = account.ec2.replace_route_table_association(
        AssociationId=association["RouteTableAssociationId"], RouteTableId=table_id
    )
    return str(answer["NewAssociationId"])


def get_route_table(account: Account, args: Values) -> Values:
    wanted = filters(
        args,
        vpc_id=args.get("vpcId"),
        **{"association.subnet_id": args.get("subnetId"), "association.gateway_id": args.get("gatewayId")},
    ) | ids("RouteTableIds", args.get("routeTableId"))
    table = only(account.ec2.describe_route_tables(**wanted)["RouteTables"], "EC2 Route Table")
    first = (table["Associations"] or [{}])[0]
    return {
        "id": table["RouteTableId"],
        "routeTableId": table["RouteTableId"],
        "vpcId": table["VpcId"],
        "subnetId": args.get("subnetId") or first.get("SubnetId", ""),
        "gatewayId": args.get("gatewayId") or first.get("GatewayId", ""),
        "arn": account.arn("ec2", f"route-table/{table['RouteTableId']}"),
        "ownerId": table.get("OwnerId", account.id),
        "tags": tags.as_map(table.get("Tags")),
        "routes": [dict.fromkeys(_GET_ROUTE, "") | route for route in _routes(table)],
        "associations": [
            {
                "main": bool(a.get("Main")),
                "routeTableAssociationId": a["RouteTableAssociationId"],
                "routeTableId": a["RouteTableId"],
                "subnetId": a.get("SubnetId", ""),
                "gatewayId": a.get("GatewayId", ""),
            }
            for a in table["Associations"]
        ],
    }


_GET_ROUTE = (*ROUTE, "coreNetworkArn", "instanceId", "localGatewayId", "vpcEndpointId")


def get_route_tables(account: Account, args: Values) -> Values:
    tables = account.pages("ec2", "describe_route_tables", "RouteTables", **filters(args, vpc_id=args.get("vpcId")))
    return {"id": account.region, "ids": [table["RouteTableId"] for table in tables]}


TYPES = (
    RouteTable(),
    DefaultRouteTable(),
    Route(),
    RouteTableAssociation(),
    MainRouteTableAssociation(),
)
FUNCTIONS = (
    Function(
        "aws:ec2/getRouteTable:getRouteTable",
        {
            "routeTableId": Prop(),
            "vpcId": Prop(),
            "subnetId": Prop(),
            "gatewayId": Prop(),
            "filters": FILTERS,
            "tags": TAGS,
        },
        get_route_table,
    ),
    Function(
        "aws:ec2/getRouteTables:getRouteTables", {"vpcId": Prop(), "filters": FILTERS, "tags": TAGS}, get_route_tables
    ),
)
