"""Network ACLs, with their rules inside or as resources of their own."""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.provider.account import Account
from sandbox.provider.aws import cidr, tags
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, once_unused, one
from sandbox.provider.aws.vpc import default_network_acl
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Block, Many, Prop, Resource, Values
from sandbox.provider.server import RefusedError

PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1", "ipv6-icmp": "58", "icmpv6": "58"}
"""The names that matter here; ACLs know protocols by their number alone (IANA, "Protocol Numbers")."""

AWS_OWN = (32767, 32768)
"""Numbers of the rules that refuse what nothing else allows. They can be neither changed nor deleted."""

RULE: Mapping[str, Prop] = {
    "ruleNo": Prop(kind=INT, required=True, low=1, high=32766),
    "action": Prop(required=True, choices=("allow", "deny")),
    "protocol": Prop(required=True),
    "fromPort": Prop(kind=INT, required=True, low=0, high=65535),
    "toPort": Prop(kind=INT, required=True, low=0, high=65535),
    "cidrBlock": Prop(),
    "ipv6CidrBlock": Prop(),
    "icmpType": Prop(kind=INT),
    "icmpCode": Prop(kind=INT),
}


def protocol_number(protocol: str) -> str:
    """A protocol as ACLs know it, e.g. "6" for "tcp"."""
    return PROTOCOLS.get(protocol.lower(), protocol)


def describe(account: Account, id_: str) -> dict[str, Any] | None:
    """The ACL, or None when it is gone."""
    return one(lambda: account.ec2.describe_network_acls(NetworkAclIds=[id_])["NetworkAcls"])


def _entry(rule: Values, egress: bool) -> dict[str, Any]:
    """A rule as a parameter of CreateNetworkAclEntry."""
    protocol = protocol_number(rule["protocol"])
    entry: dict[str, Any] = {
        "Egress": egress,
        "RuleNumber": rule["ruleNo"],
        "RuleAction": rule["action"],
        "Protocol": protocol,
        "PortRange": {"From": rule.get("fromPort") or 0, "To": rule.get("toPort") or 0},
    }
    if protocol in ("1", "58"):
        entry["IcmpTypeCode"] = {"Type": rule.get("icmpType") or 0, "Code": rule.get("icmpCode") or 0}
    if rule.get("cidrBlock"):
        entry["CidrBlock"] = rule["cidrBlock"]
    if rule.get("ipv6CidrBlock"):
        entry["Ipv6CidrBlock"] = rule["ipv6CidrBlock"]
    return entry


def _rule(entry: Mapping[str, Any]) -> Values:
    """A rule from an item of DescribeNetworkAcls."""
    ports, icmp = entry.get("PortRange", {}), entry.get("IcmpTypeCode", {})
    return {
        "ruleNo": entry["RuleNumber"],
        "action": entry["RuleAction"],
        "protocol": protocol_number(str(entry["Protocol"])),
        "fromPort": ports.get("From", 0),
        "toPort": ports.get("To", 0),
        "icmpType": icmp.get("Type", 0),
        "icmpCode": icmp.get("Code", 0),
        "cidrBlock": entry.get("CidrBlock", ""),
        "ipv6CidrBlock": entry.get("Ipv6CidrBlock", ""),
    }


def _rules(acl: Mapping[str, Any], egress: bool, known: list[Values] | None) -> list[Values]:
    """The rules of an ACL in one direction, each protocol as the program spells it where it means the same."""
    spelling = {(rule["ruleNo"], protocol_number(rule["protocol"])): rule["protocol"] for rule in known or []}
    rules = [_rule(e) for e in acl["Entries"] if e["Egress"] == egress and e["RuleNumber"] not in AWS_OWN]
    return [{**r, "protocol": spelling.get((r["ruleNo"], r["protocol"]), r["protocol"])} for r in rules]


def _check_rule(rule: Values, path: str = "") -> Iterator[tuple[str, str]]:
    yield from cidr.broken(f"{path}cidrBlock", rule.get("cidrBlock"), 4)
    yield from cidr.broken(f"{path}ipv6CidrBlock", rule.get("ipv6CidrBlock"), 6)
    if bool(rule.get("cidrBlock")) == bool(rule.get("ipv6CidrBlock")):
        yield f"{path}cidrBlock", "one of cidrBlock and ipv6CidrBlock must be given"
    protocol = rule.get("protocol")
    if isinstance(protocol, str):
        number = protocol_number(protocol)
        if not number.lstrip("-").isdigit():
            yield f"{path}protocol", f"{protocol!r} is neither a protocol's number nor one of {', '.join(PROTOCOLS)}"
        elif number == "-1" and any(rule.get(name) not in (None, 0, UNKNOWN) for name in ("fromPort", "toPort")):
            yield f"{path}fromPort", "fromPort and toPort must both be 0 for all protocols (-1)"


def _create(account: Account, id_: str, rules: Iterable[Values], egress: bool) -> None:
    for rule in rules:
        account.ec2.create_network_acl_entry(NetworkAclId=id_, **_entry(rule, egress))


def _delete(account: Account, id_: str, rules: Iterable[Values], egress: bool) -> None:
    for rule in rules:
        account.ec2.delete_network_acl_entry(NetworkAclId=id_, Egress=egress, RuleNumber=rule["ruleNo"])


def _associate(account: Account, id_: str, subnet_ids: list[str]) -> None:
    """Give subnets this ACL in place of the one they have."""
    for subnet_id in subnet_ids:
        wanted = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
        acl = account.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"][0]
        association = next(a for a in acl["Associations"] if a["SubnetId"] == subnet_id)
        account.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=id_
        )


class NetworkAcl(Ec2Resource):
    """Rules and subnets given here belong to it; without any, those that are there are left alone."""

    token = "aws:ec2/networkAcl:NetworkAcl"
    kind = "network-acl"
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(required=True, replace=True),
        "ingress": Prop(kind=Many(Block(RULE)), computed=True),
        "egress": Prop(kind=Many(Block(RULE)), computed=True),
        "subnetIds": Prop(kind=Many(), computed=True),
    }
    outputs: ClassVar[tuple[str, ...]] = ("arn", "ownerId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for direction in ("ingress", "egress"):
            rules = values.get(direction)
            for index, rule in enumerate(rules if isinstance(rules, list) else []):
                if isinstance(rule, dict):
                    yield from _check_rule(rule, f"{direction}[{index}].")

    def create(self, account: Account, values: Values) -> str:
        answer = account.ec2.create_network_acl(VpcId=values["vpcId"], **self.tag_specifications(values))
        id_ = str(answer["NetworkAcl"]["NetworkAclId"])
        self._fill(account, id_, values)
        return id_

    def _fill(self, account: Account, id_: str, values: Values) -> None:
        _create(account, id_, values.get("egress") or [], True)
        _create(account, id_, values.get("ingress") or [], False)
        _associate(account, id_, values.get("subnetIds") or [])

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        acl = describe(account, id_)
        if not acl:
            return None
        return {
            "vpcId": acl["VpcId"],
            "ingress": _rules(acl, False, values.get("ingress")),
            "egress": _rules(acl, True, values.get("egress")),
            "subnetIds": [a["SubnetId"] for a in acl["Associations"]],
            "arn": account.arn("ec2", f"network-acl/{id_}"),
            "ownerId": acl.get("OwnerId", account.id),
            "tagsAll": tags.as_map(acl.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        for direction, egress in (("ingress", False), ("egress", True)):
            if direction in changed:
                before = [_entry(rule, egress) for rule in old.get(direction) or []]
                after = [_entry(rule, egress) for rule in new.get(direction) or []]
                _delete(account, id_, [{"ruleNo": e["RuleNumber"]} for e in added(after, before)], egress)
                for entry in added(before, after):
                    account.ec2.create_network_acl_entry(NetworkAclId=id_, **entry)
        if "subnetIds" in changed:
            self._release(account, old["vpcId"], added(new.get("subnetIds"), old.get("subnetIds")))
            _associate(account, id_, added(old.get("subnetIds"), new.get("subnetIds")))
        self.retag(account, id_, old, new)

    def _release(self, account: Account, vpc_id: str, subnet_ids: list[str]) -> None:
        """Give subnets back to the ACL that the VPC came with."""
        if subnet_ids:
            _associate(account, default_network_acl(account, vpc_id)["NetworkAclId"], subnet_ids)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        acl = describe(account, id_)
        if acl:
            self._release(account, acl["VpcId"], [a["SubnetId"] for a in acl["Associations"]])
            once_unused(lambda: account.ec2.delete_network_acl(NetworkAclId=id_))


class DefaultNetworkAcl(NetworkAcl):
    """The ACL that a VPC came with: emptied, then given the rules that the program says.

    Subnets leave it by taking another ACL, not by being left out here.
    """

    adopted = True
    token = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
    props: ClassVar[Mapping[str, Prop]] = {
        "defaultNetworkAclId": Prop(required=True, replace=True),
        "ingress": Prop(kind=Many(Block(RULE))),
        "egress": Prop(kind=Many(Block(RULE))),
        "subnetIds": Prop(kind=Many()),
    }
    outputs = (*NetworkAcl.outputs, "vpcId")

    def create(self, account: Account, values: Values) -> str:
        id_ = str(values["defaultNetworkAclId"])
        acl = describe(account, id_)
        if acl is None:
            raise RefusedError(f"there is no network ACL {id_}")
        for egress in (False, True):
            _delete(account, id_, _rules(acl, egress, None), egress)
        self._fill(account, id_, values)
        self.retag(account, id_, {"tagsAll": tags.as_map(acl.get("Tags"))}, values)
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        seen = super().read(account, id_, values)
        return None if seen is None else {**seen, "defaultNetworkAclId": id_}

    def _release(self, account: Account, vpc_id: str, subnet_ids: list[str]) -> None:
        """Nowhere to release them to."""

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Forget it."""


class NetworkAclRule(Resource):
    """A single rule. Nothing of it changes in place."""

    token = "aws:ec2/networkAclRule:NetworkAclRule"
    props: ClassVar[Mapping[str, Prop]] = {
        "networkAclId": Prop(required=True, replace=True),
        "ruleNumber": Prop(kind=INT, required=True, replace=True),
        "ruleAction": Prop(required=True, replace=True, choices=("allow", "deny")),
        "protocol": Prop(required=True, replace=True),
        "egress": Prop(kind=BOOL, replace=True, default=False),
        "fromPort": Prop(kind=INT, replace=True),
        "toPort": Prop(kind=INT, replace=True),
        "cidrBlock": Prop(replace=True),
        "ipv6CidrBlock": Prop(replace=True),
        "icmpType": Prop(kind=INT, replace=True),
        "icmpCode": Prop(kind=INT, replace=True),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        return _check_rule(values)

    def create(self, account: Account, values: Values) -> str:
        acl_id, number, egress = values["networkAclId"], values["ruleNumber"], bool(values["egress"])
        if self._find(account, values):
            raise RefusedError(f"network ACL {acl_id} (egress: {str(egress).lower()}) has a rule {number} already")
        rule = {**values, "ruleNo": number, "action": values["ruleAction"]}
        account.ec2.create_network_acl_entry(NetworkAclId=acl_id, **_entry(rule, egress))
        text = f"{acl_id}-{number}-{str(egress).lower()}-{values['protocol']}-"
        return f"nacl-{zlib.crc32(text.encode())}"

    def _find(self, account: Account, values: Values) -> Values | None:
        acl = describe(account, values["networkAclId"]) or {"Entries": []}
        for rule in _rules(acl, bool(values["egress"]), None):
            if rule["ruleNo"] == values["ruleNumber"]:
                return rule
        return None

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        rule = self._find(account, values)
        if rule is None:
            return None
        same = protocol_number(values["protocol"]) == rule["protocol"]
        return {
            **{name: rule.get(name) for name in self.props},
            "networkAclId": values["networkAclId"],
            "egress": values["egress"],
            "ruleNumber": rule["ruleNo"],
            "ruleAction": rule["action"],
            "protocol": values["protocol"] if same else rule["protocol"],
        }

    def delete(self, account: Account, id_: str, values: Values) -> None:
        rule = {"ruleNo": values["ruleNumber"]}
        _delete(account, values["networkAclId"], [rule], bool(values["egress"]))


TYPES = (NetworkAcl(), DefaultNetworkAcl(), NetworkAclRule())
FUNCTIONS = ()
