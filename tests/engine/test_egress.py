"""Switching the way out of a running network: every pair of modes, by the real engine on a real account."""

from collections.abc import Callable
from itertools import pairwise, permutations

import pytest

from tests.engine.conftest import World

MODES = ("none", "instance", "single", "per_zone", "regional")

PROGRAM = '''
"""A network alone, with the egress mode of its stack file."""
import pulumi
from components import Egress, Network, NetworkArgs

args = pulumi.Config().require_object("network")
network = Network("network", NetworkArgs(**{**args, "egress": Egress(args["egress"])}))
pulumi.export("private_subnet_ids", network.private_subnet_ids)
'''


def tour(modes: tuple[str, ...]) -> list[str]:
    """A way through the modes that goes over every ordered pair once (Hierholzer)."""
    left = {a: [b for b in modes if b != a] for a in modes}
    path, circuit = [modes[0]], []
    while path:
        if left[path[-1]]:
            path.append(left[path[-1]].pop())
        else:
            circuit.append(path.pop())
    return circuit[::-1]


def test_the_tour_visits_every_pair_once() -> None:
    visited = tour(MODES)
    assert sorted(pairwise(visited)) == sorted(permutations(MODES, 2))


@pytest.fixture(scope="module")
def network(world: World) -> World:
    (world.root / "__main__.py").write_text(PROGRAM)
    (world.root / "Pulumi.yaml").write_text("name: hotelaria\nruntime: python\n")
    return world


def switch(network: World, mode: str) -> dict[str, str]:
    def change(config: dict[str, object]) -> None:
        config["hotelaria:network"] = {
            "cidr_block": "10.30.0.0/16",
            "zones": ["sa-east-1a", "sa-east-1b"],
            "egress": mode,
            "flow_logs": "off",
            "image_release": config["hotelaria:image_release"],
            "protect": False,
        }

    network.edit("dev", change)
    return network.make("up", "--skip-preview").changes


def default_routes(network: World) -> list[str]:
    """Where the private subnets' default routes lead: nat, eni, or nothing where there is none."""
    found = []
    for subnet in network.client("ec2").describe_subnets()["Subnets"]:
        name = {t["Key"]: t["Value"] for t in subnet.get("Tags", [])}.get("Name", "")
        if "-private-" not in name:
            continue
        [table] = network.client("ec2").describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}]
        )["RouteTables"]
        route: dict[str, str] = next((r for r in table["Routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"), {})
        found.append(route.get("NatGatewayId") or route.get("NetworkInterfaceId") or "")
    return found


SHAPES: dict[str, Callable[[list[str]], bool]] = {
    "none": lambda routes: routes == ["", ""],
    "instance": lambda routes: routes[0].startswith("eni-") and routes[0] == routes[1],
    "single": lambda routes: routes[0].startswith("nat-") and routes[0] == routes[1],
    "per_zone": lambda routes: all(r.startswith("nat-") for r in routes) and routes[0] != routes[1],
    "regional": lambda routes: routes[0].startswith("nat-") and routes[0] == routes[1],
}


def test_switching_between_any_two_modes_moves_the_routes_and_touches_no_subnet(network: World) -> None:
    modes = tour(MODES)
    switch(network, modes[0])
    before = {s["SubnetId"]: s["CidrBlock"] for s in network.client("ec2").describe_subnets()["Subnets"]}
    for old, new in pairwise(modes):
        changes = switch(network, new)
        assert SHAPES[new](default_routes(network)), (old, new)
        touched = {name: op for name, op in changes.items() if "subnet" in name or "egress" in name}
        wanted = {"none": "delete", **dict.fromkeys(set(MODES) - {"none"}, "update")}[new]
        wanted = "create" if old == "none" else wanted
        routes = {f"network-private-{letter}-egress": wanted for letter in "ab"}
        # From and to `single` the first zone's gateway is the same, so its route stays as it is.
        if {old, new} == {"single", "per_zone"}:
            del routes["network-private-a-egress"]
        assert touched == routes, (old, new)
    assert {s["SubnetId"]: s["CidrBlock"] for s in network.client("ec2").describe_subnets()["Subnets"]} == before
