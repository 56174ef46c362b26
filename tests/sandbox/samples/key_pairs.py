"""Samples for key pairs and placement groups."""

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench

KEY_PAIR = "aws:ec2/keyPair:KeyPair"
PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl front desk"


def key_pair(bench: Bench) -> list[Values]:
    return [
        {"keyName": "front-desk", "publicKey": PUBLIC_KEY, "tags": {"Name": "front desk"}},
        {"keyNamePrefix": "desk-", "publicKey": PUBLIC_KEY},
    ]


def placement_group(bench: Bench) -> list[Values]:
    return [
        {"name": "racks", "strategy": "partition", "partitionCount": 3, "tags": {"Name": "racks"}},
        {"strategy": "spread", "spreadLevel": "rack"},
    ]


SAMPLES = {KEY_PAIR: key_pair, PLACEMENT_GROUP: placement_group}
