"""Key pairs and placement groups."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws import names, tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, once_unused, one
from sandbox.provider.schema import INT, AutoName, Prop, Values, from_api, to_api


class KeyPair(Ec2Resource):
    """A public key, known by its name. Nothing but its tags changes in place."""

    token = "aws:ec2/keyPair:KeyPair"
    kind = "key-pair"
    auto_name = AutoName(prop="keyName", conflicts=("keyNamePrefix",))
    props: ClassVar[Mapping[str, Prop]] = {
        "keyName": Prop(replace=True, computed=True, conflicts=("keyNamePrefix",)),
        "keyNamePrefix": Prop(replace=True, computed=True, conflicts=("keyName",)),
        "publicKey": Prop(required=True, replace=True),
    }
    outputs = ("arn", "fingerprint", "keyPairId", "keyType")

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.import_key_pair(
            KeyName=names.chosen(values, "keyName", "keyNamePrefix"),
            PublicKeyMaterial=values["publicKey"].encode(),
            **self.tag_specifications(values),
        )
        return str(answer["KeyName"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        pair = one(lambda: account.ec2.describe_key_pairs(KeyNames=[id_], IncludePublicKey=True)["KeyPairs"])
        if not pair:
            return None
        given, seen = values.get("publicKey", ""), pair["PublicKey"].strip()
        return {
            "keyName": pair["KeyName"],
            "keyNamePrefix": names.prefix_of(pair["KeyName"]),
            "publicKey": given if given.split()[:2] == seen.split()[:2] else seen,  # the comment is no part of the key
            "arn": account.arn("ec2", f"key-pair/{id_}"),
            "fingerprint": pair["KeyFingerprint"],
            "keyPairId": pair["KeyPairId"],
            "keyType": pair.get("KeyType", ""),
            "tagsAll": tags.as_map(pair.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self.retag(account, old["keyPairId"], old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        account.ec2.delete_key_pair(KeyName=id_)


class PlacementGroup(Ec2Resource):
    """Where instances stand to each other. Nothing but its tags changes in place."""

    token = "aws:ec2/placementGroup:PlacementGroup"
    kind = "placement-group"
    api = ("ec2", "CreatePlacementGroup")
    auto_name = AutoName(conflicts=())
    props: ClassVar[Mapping[str, Prop]] = {
        "name": Prop(api="GroupName", replace=True, computed=True),
        "strategy": Prop(required=True, replace=True),
        "partitionCount": Prop(kind=INT, replace=True, computed=True, low=0, high=7),
        "spreadLevel": Prop(replace=True, computed=True),
    }
    outputs = ("arn", "placementGroupId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        strategy = values.get("strategy")
        for name, of in (("partitionCount", "partition"), ("spreadLevel", "spread")):
            if values.get(name) is not None and isinstance(strategy, str) and strategy != of:
                yield name, f"{name} must not be set when strategy is {strategy!r}, only when it is {of!r}"

    def create(self, account: Account, values: Values) -> str:
        account.ec2.create_placement_group(**to_api(self.props, values), **self.tag_specifications(values))
        return str(values["name"])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group: dict[str, Any] | None = one(
            lambda: account.ec2.describe_placement_groups(GroupNames=[id_])["PlacementGroups"]
        )
        if not group:
            return None
        return {
            **from_api(self.props, group),
            "partitionCount": group.get("PartitionCount", 0),
            "spreadLevel": group.get("SpreadLevel", ""),
            "arn": account.arn("ec2", f"placement-group/{id_}"),
            "placementGroupId": group["GroupId"],
            "tagsAll": tags.as_map(group.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        self.retag(account, old["placementGroupId"], old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        once_unused(lambda: account.ec2.delete_placement_group(GroupName=id_))


TYPES = (KeyPair(), PlacementGroup())
FUNCTIONS = ()
