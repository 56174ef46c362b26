"""Security groups and their rules: in the group, as older single rules, as rules of their own."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from sandbox.provider.account import Account, found
from sandbox.provider.aws import cidr, names, tags
from sandbox.provider.aws.ec2_lookup import FILTERS, TAGS, filters, ids, only
from sandbox.provider.aws.ec2_resource import Ec2Resource, added, once_unused, one
from sandbox.provider.aws.vpc import default_security_group
from sandbox.provider.schema import BOOL, INT, PROVIDER_SIDE, UNKNOWN, AutoName, Block, Function, Many, Prop, Values

Direction = Literal["ingress", "egress"]

DESCRIPTION = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
"""CreateSecurityGroup and IpRange (Amazon EC2 API Reference): what a description may hold."""

PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
"""How AWS and the provider spell a protocol that may be given in several ways."""


def protocol_name(protocol: str) -> str:
    """The protocol as AWS spells it, e.g. "tcp" for "6" and "-1" for "all"."""
    return PROTOCOLS.get(protocol.lower(), protocol.lower())


def _described(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not DESCRIPTION.fullmatch(value):
        yield (
            name,
            (
                f"{name} {value!r} holds more than 255 characters or other ones than AWS allows: "
                "a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$*"
            ),
        )


@dataclass(frozen=True)
class Rule:
    """One rule as AWS counts them: a protocol with ports, and one peer."""

    protocol: str
    ports: tuple[int, int]
    """(0, 0) for all protocols, which have none; (-1, -1) where AWS says so."""
    peer_kind: Literal["CidrIp", "CidrIpv6", "PrefixListId", "GroupId"]
    peer: str
    description: str = ""

    def permission(self) -> dict[str, Any]:
        """The rule as a parameter of EC2's calls. Ports are not sent for all protocols."""
        lists = {
            "CidrIp": "IpRanges",
            "CidrIpv6": "Ipv6Ranges",
            "PrefixListId": "PrefixListIds",
            "GroupId": "UserIdGroupPairs",
        }
        peer = {self.peer_kind: self.peer} | ({"Description": self.description} if self.description else {})
        ports = {} if self.protocol == "-1" else {"FromPort": self.ports[0], "ToPort": self.ports[1]}
        return {"IpProtocol": self.protocol, **ports, lists[self.peer_kind]: [peer]}

    @staticmethod
    def seen(answer: Mapping[str, Any]) -> "Rule":
        """A rule from an item of DescribeSecurityGroupRules."""
        protocol = answer["IpProtocol"]
        ports = (0, 0) if protocol == "-1" else (answer["FromPort"], answer["ToPort"])
        group = answer.get("ReferencedGroupInfo", {}).get("GroupId")
        description = answer.get("Description", "")
        if "CidrIpv4" in answer:
            return Rule(protocol, ports, "CidrIp", answer["CidrIpv4"], description)
        if "CidrIpv6" in answer:
            return Rule(protocol, ports, "CidrIpv6", answer["CidrIpv6"], description)
        if "PrefixListId" in answer:
            return Rule(protocol, ports, "PrefixListId", answer["PrefixListId"], description)
        return Rule(protocol, ports, "GroupId", group, description)


def seen_rules(account: Account, group_id: str) -> dict[Direction, list[Rule]]:
    """The rules a group has in each direction."""
    wanted = [{"Name": "group-id", "Values": [group_id]}]
    answer = account.pages("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=wanted)
    rules: dict[Direction, list[Rule]] = {"ingress": [], "egress": []}
    for rule in answer:
        rules["egress" if rule["IsEgress"] else "ingress"].append(Rule.seen(rule))
    return rules


def authorize(account: Account, group_id: str, direction: Direction, rules: list[Rule]) -> dict[str, Any]:
    """Add rules to a group."""
    call = getattr(account.ec2, f"authorize_security_group_{direction}")
    return dict(call(GroupId=group_id, IpPermissions=[rule.permission() for rule in rules])) if rules else {}


def revoke(account: Account, group_id: str, direction: Direction, rules: list[Rule]) -> None:
    """Take rules from a group."""
    if rules:
        call = getattr(account.ec2, f"revoke_security_group_{direction}")
        call(GroupId=group_id, IpPermissions=[rule.permission() for rule in rules])


INLINE_RULE: Mapping[str, Prop] = {
    "fromPort": Prop(kind=INT, required=True),
    "toPort": Prop(kind=INT, required=True),
    "protocol": Prop(required=True),
    "cidrBlocks": Prop(kind=Many()),
    "ipv6CidrBlocks": Prop(kind=Many()),
    "prefixListIds": Prop(kind=Many()),
    "securityGroups": Prop(kind=Many()),
    "self": Prop(kind=BOOL, default=False),
    "description": Prop(),
}


def expand(group_id: str, block: Values) -> Iterator[Rule]:
    """The single rules that a block of several peers stands for."""
    protocol = protocol_name(block["protocol"])
    ports = (0, 0) if protocol == "-1" else (block["fromPort"], block["toPort"])
    description = block.get("description") or ""
    for name in block.get("cidrBlocks") or []:
        yield Rule(protocol, ports, "CidrIp", name, description)
    for name in block.get("ipv6CidrBlocks") or []:
        yield Rule(protocol, ports, "CidrIpv6", name, description)
    for name in block.get("prefixListIds") or []:
        yield Rule(protocol, ports, "PrefixListId", name, description)
    for name in block.get("securityGroups") or []:
        yield Rule(protocol, ports, "GroupId", name, description)
    if block.get("self"):
        yield Rule(protocol, ports, "GroupId", group_id, description)


def gather(group_id: str, rules: list[Rule], known: list[Values]) -> list[Values]:
    """Rules as blocks: those that the program gave as it gave them, where all is there; the others by protocol."""
    left = list(rules)
    blocks: list[Values] = []
    for block in known:
        stands_for = list(expand(group_id, block))
        if stands_for and all(rule in left for rule in stands_for):
            blocks.append(block)
            left = [rule for rule in left if rule not in stands_for]
    others: dict[tuple[Any, ...], Values] = {}
    for rule in left:
        key = (rule.protocol, rule.ports, rule.description)
        block = others.setdefault(
            key,
            {
                "protocol": rule.protocol,
                "fromPort": rule.ports[0],
                "toPort": rule.ports[1],
                "description": rule.description,
                "self": False,
            },
        )
        if rule.peer_kind == "GroupId" and rule.peer == group_id:
            block["self"] = True
        else:
            block.setdefault(_PEERS[rule.peer_kind], []).append(rule.peer)
    return blocks + list(others.values())


_PEERS = {
    "CidrIp": "cidrBlocks",
    "CidrIpv6": "ipv6CidrBlocks",
    "PrefixListId": "prefixListIds",
    "GroupId": "securityGroups",
}


def _check_block(block: Values, path: str) -> Iterator[tuple[str, str]]:
    """The rules of a block of peers that AWS or the provider refuses."""
    protocol = block.get("protocol")
    ports = (block.get("fromPort"), block.get("toPort"))
    if isinstance(protocol, str) and UNKNOWN not in ports:
        yield from _check_ports(protocol, *ports, path)
    for name in ("cidrBlocks", "ipv6CidrBlocks"):
        value = block.get(name)
        for index, network in enumerate(value if isinstance(value, list) else []):
            yield from cidr.broken(f"{path}{name}[{index}]", network, 4 if name == "cidrBlocks" else 6)
    yield from _described(f"{path}description", block.get("description"))


def _check_ports(protocol: str, from_port: Any, to_port: Any, path: str = "") -> Iterator[tuple[str, str]]:
    protocol = protocol_name(protocol)
    if protocol == "-1" and (from_port or to_port):
        yield (
            f"{path}fromPort",
            f"from_port ({from_port}) and to_port ({to_port}) must both be 0 for all protocols (-1)",
        )
    elif protocol in ("tcp", "udp"):
        for name, port in (("fromPort", from_port), ("toPort", to_port)):
            if not isinstance(port, int) or not 0 <= port <= 65535:
                yield f"{path}{name}", f"{protocol} needs a port between 0 and 65535, got {port}"
                return
        if from_port > to_port:
            yield f"{path}fromPort", f"invalid {protocol} port range ({from_port}:{to_port}): it ends before it begins"


class _Group(Ec2Resource):
    """What a group of one's own and the default group of a VPC have in common: rules given in the group.

    Without any given, rules that are resources of their own are left alone; an empty list takes all away.
    """

    kind = "security-group"
    _RULES: ClassVar[Mapping[str, Prop]] = {
        "ingress": Prop(kind=Many(Block(INLINE_RULE)), computed=True),
        "egress": Prop(kind=Many(Block(INLINE_RULE)), computed=True),
        "revokeRulesOnDelete": Prop(kind=BOOL, default=False, kept=PROVIDER_SIDE),
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        for direction in ("ingress", "egress"):
            value = values.get(direction)
            for index, block in enumerate(value if isinstance(value, list) else []):
                if isinstance(block, dict):
                    yield from _check_block(block, f"{direction}[{index}].")
        yield from _described("description", values.get("description"))

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        group = one(lambda: account.ec2.describe_security_groups(GroupIds=[id_])["SecurityGroups"])
        if not group:
            return None
        rules = seen_rules(account, id_)
        return {
            "name": group["GroupName"],
            "namePrefix": names.prefix_of(group["GroupName"]),
            "description": group["Description"],
            "vpcId": group.get("VpcId", ""),
            "ingress": gather(id_, rules["ingress"], values.get("ingress") or []),
            "egress": gather(id_, rules["egress"], values.get("egress") or []),
            "arn": account.arn("ec2", f"security-group/{id_}"),
            "ownerId": group["OwnerId"],
            "tagsAll": tags.as_map(group.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        for direction in ("ingress", "egress"):
            if direction in changed:
                _bring(account, id_, direction, old.get(direction), new.get(direction))
        self.retag(account, id_, old, new)


def _bring(
    account: Account, id_: str, direction: Direction, old: list[Values] | None, new: list[Values] | None
) -> None:
    """Bring a group's rules from `old` blocks to `new` ones: first those that go, then those that come."""
    before = [rule for block in old or [] for rule in expand(id_, block)]
    after = [rule for block in new or [] for rule in expand(id_, block)]
    revoke(account, id_, direction, added(after, before))
    authorize(account, id_, direction, added(before, after))


class SecurityGroup(_Group):
    token = "aws:ec2/securityGroup:SecurityGroup"
    api = ("ec2", "CreateSecurityGroup")
    auto_name = AutoName()
    props: ClassVar[Mapping[str, Prop]] = {
        **names.properties("GroupName"),
        "description": Prop(replace=True, default="Managed by Pulumi"),
        "vpcId": Prop(replace=True, computed=True),
        **_Group._RULES,
    }
    outputs = ("arn", "ownerId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from super().check(values)
        name = values.get("name") or values.get("namePrefix")
        if isinstance(name, str) and (name.startswith("sg-") or len(name) > 255):
            yield "name", f"a group's name has at most 255 characters and does not begin with sg-, got {name!r}"

    def create(self, account: Account, values: Values) -> str:
        vpc = {"VpcId": values["vpcId"]} if values.get("vpcId") else {}
        id_ = str(
            account.ec2.create_security_group(
                GroupName=names.chosen(values),
                Description=values["description"],
                **vpc,
                **self.tag_specifications(values),
            )["GroupId"]
        )
        # AWS opens every way out of a new group; the provider closes it, so that a group does what the program says.
        revoke(account, id_, "egress", [Rule("-1", (0, 0), "CidrIp", "0.0.0.0/0")])
        found(lambda: revoke(account, id_, "egress", [Rule("-1", (0, 0), "CidrIpv6", "::/0")]))
        for direction in ("ingress", "egress"):
            _bring(account, id_, direction, [], values.get(direction))
        return id_

    def delete(self, account: Account, id_: str, values: Values) -> None:
        if values.get("revokeRulesOnDelete"):
            _forget_everywhere(account, id_)
        once_unused(lambda: account.ec2.delete_security_group(GroupId=id_))


def _forget_everywhere(account: Account, id_: str) -> None:
    """Take a group's own rules away, and those of other groups that name it."""
    filters_: Mapping[Direction, str] = {
        "ingress": "ip-permission.group-id",
        "egress": "egress.ip-permission.group-id",
    }
    for direction, name in filters_.items():
        revoke(account, id_, direction, seen_rules(account, id_)[direction])
        wanted = [{"Name": name, "Values": [id_]}]
        for group in account.pages("ec2", "describe_security_groups", "SecurityGroups", Filters=wanted):
            rules = seen_rules(account, group["GroupId"])[direction]
            revoke(account, group["GroupId"], direction, [rule for rule in rules if rule.peer == id_])


class DefaultSecurityGroup(_Group):
    """The group that a VPC came with: adopted and emptied, given the rules that the program says, never deleted."""

    adopted = True
    token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    props: ClassVar[Mapping[str, Prop]] = {
        "vpcId": Prop(replace=True, computed=True),
        **_Group._RULES,
    }
    outputs = ("arn", "ownerId", "name", "namePrefix", "description")

    def create(self, account: Account, values: Values) -> str:
        vpc_id = values.get("vpcId")
        if not vpc_id:
            vpc_id = account.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
        group = default_security_group(account, vpc_id)
        id_ = str(group["GroupId"])
        for direction, rules in seen_rules(account, id_).items():
            revoke(account, id_, direction, rules)
            _bring(account, id_, direction, [], values.get(direction))
        self.retag(account, id_, {"tagsAll": tags.as_map(group.get("Tags"))}, values)
        return id_

    def delete(self, account: Account, id_: str, values: Values) -> None:
        """Forget it."""


class SecurityGroupRule(Ec2Resource):
    """The older kind of rule, which may stand for several peers. Only its description changes in place."""

    token = "aws:ec2/securityGroupRule:SecurityGroupRule"
    tagged = False
    delete_before_replace = True
    props: ClassVar[Mapping[str, Prop]] = {
        "type": Prop(required=True, replace=True, choices=("ingress", "egress")),
        "securityGroupId": Prop(required=True, replace=True),
        "fromPort": Prop(kind=INT, required=True, replace=True),
        "toPort": Prop(kind=INT, required=True, replace=True),
        "protocol": Prop(required=True, replace=True),
        "cidrBlocks": Prop(kind=Many(ordered=True), replace=True, conflicts=("self", "sourceSecurityGroupId")),
        "ipv6CidrBlocks": Prop(kind=Many(ordered=True), replace=True, conflicts=("self", "sourceSecurityGroupId")),
        "prefixListIds": Prop(kind=Many(ordered=True), replace=True),
        "self": Prop(kind=BOOL, replace=True, conflicts=("cidrBlocks", "ipv6CidrBlocks", "sourceSecurityGroupId")),
        "sourceSecurityGroupId": Prop(replace=True, computed=True, conflicts=("cidrBlocks", "ipv6CidrBlocks", "self")),
        "description": Prop(),
    }
    outputs = ("securityGroupRuleId",)

    _PEERS = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "sourceSecurityGroupId")

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        yield from _check_block(values, "")
        if not any(values.get(name) for name in self._PEERS):
            yield "cidrBlocks", f"one of {', '.join(self._PEERS)} must be given"

    def _rules(self, values: Values) -> list[Rule]:
        source = values.get("sourceSecurityGroupId")
        return list(expand(values["securityGroupId"], {**values, "securityGroups": [source] if source else []}))

    def create(self, account: Account, values: Values) -> str:
        rules = self._rules(values)
        authorize(account, values["securityGroupId"], values["type"], rules)
        ports = [str(port) for port in rules[0].ports if port > 0]
        ordered = sorted(rules, key=lambda rule: (list(_PEERS).index(rule.peer_kind), rule.peer))
        peers = [f"{rule.peer}-" if rule.peer_kind == "GroupId" else rule.peer for rule in ordered]
        text = "-".join([values["securityGroupId"], *ports, rules[0].protocol, values["type"], *peers, ""])
        return f"sgrule-{zlib.crc32(text.encode())}"

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        if not found(lambda: account.ec2.describe_security_groups(GroupIds=[values["securityGroupId"]])):
            return None
        wanted = [{"Name": "group-id", "Values": [values["securityGroupId"]]}]
        answer = account.pages("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=wanted)
        here = {
            replace(Rule.seen(rule), description=""): rule
            for rule in answer
            if rule["IsEgress"] == (values["type"] == "egress")
        }
        mine = [here.get(replace(rule, description="")) for rule in self._rules(values)]
        if None in mine:
            return None
        return {
            **{name: values.get(name) for name in self.props},
            "self": bool(values.get("self")),
            "sourceSecurityGroupId": values.get("sourceSecurityGroupId") or "",
            "description": (mine[0] or {}).get("Description", ""),
            "securityGroupRuleId": (mine[0] or {}).get("SecurityGroupRuleId", "") if len(mine) == 1 else "",
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        call = getattr(account.ec2, f"update_security_group_rule_descriptions_{new['type']}")
        call(GroupId=new["securityGroupId"], IpPermissions=[rule.permission() for rule in self._rules(new)])

    def delete(self, account: Account, id_: str, values: Values) -> None:
        revoke(account, values["securityGroupId"], values["type"], self._rules(values))


class _SingleRule(Ec2Resource):
    """One rule with an id of its own. The kind of its peer is what it is; all else changes in place."""

    kind = "security-group-rule"
    defaults_listed = False
    props: ClassVar[Mapping[str, Prop]] = {
        "securityGroupId": Prop(api="GroupId", required=True, replace=True),
        "ipProtocol": Prop(required=True),
        "fromPort": Prop(kind=INT, low=-1, high=65535),
        "toPort": Prop(kind=INT, low=-1, high=65535),
        "cidrIpv4": Prop(),
        "cidrIpv6": Prop(),
        "prefixListId": Prop(),
        "referencedSecurityGroupId": Prop(api=None),
        "description": Prop(),
    }
    outputs = ("arn", "securityGroupRuleId")
    direction: ClassVar[Direction]

    _PEERS: ClassVar[Mapping[str, Any]] = {
        "cidrIpv4": "CidrIp",
        "cidrIpv6": "CidrIpv6",
        "prefixListId": "PrefixListId",
        "referencedSecurityGroupId": "GroupId",
    }

    def check(self, values: Values) -> Iterable[tuple[str, str]]:
        given = [name for name in self._PEERS if values.get(name) is not None]
        if len(given) != 1:
            yield "cidrIpv4", f"exactly one of {', '.join(self._PEERS)} must be given, got {given}"
        yield from cidr.broken("cidrIpv4", values.get("cidrIpv4"), 4)
        yield from cidr.broken("cidrIpv6", values.get("cidrIpv6"), 6)
        yield from _described("description", values.get("description"))
        protocol, ports = values.get("ipProtocol"), (values.get("fromPort"), values.get("toPort"))
        if protocol == "-1" and ports != (None, None):
            yield "fromPort", "all protocols (-1) have no ports: leave fromPort and toPort out"
        elif isinstance(protocol, str) and UNKNOWN not in ports:
            yield from _check_ports(protocol, *ports)

    def replaced(self, old: Values, new: Values) -> Iterable[str]:
        """Another kind of peer is another rule."""
        kinds = [{name for name in self._PEERS if values.get(name)} for values in (old, new)]
        return kinds[0] | kinds[1] if kinds[0] != kinds[1] else ()

    def _rule(self, values: Values) -> Rule:
        kind = next(name for name in self._PEERS if values.get(name))
        ports = (_port(values.get("fromPort")), _port(values.get("toPort")))
        protocol = protocol_name(values["ipProtocol"])
        return Rule(protocol, ports, self._PEERS[kind], values[kind], values.get("description") or "")

    def create(self, account: Account, values: Values) -> str:
        answer = authorize(account, values["securityGroupId"], self.direction, [self._rule(values)])
        id_ = str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])
        self.retag(account, id_, {}, values)
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        rule = one(lambda: account.ec2.describe_security_group_rules(SecurityGroupRuleIds=[id_])["SecurityGroupRules"])
        if not rule:
            return None
        given = values.get("ipProtocol")
        protocol = rule["IpProtocol"]
        ports = {name: rule.get(name[:1].upper() + name[1:], -1) for name in ("fromPort", "toPort")}
        return {
            "securityGroupId": rule["GroupId"],
            "ipProtocol": given if given and protocol_name(given) == protocol else protocol,
            **{n: port if port != -1 or values.get(n) is not None else None for n, port in ports.items()},
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "prefixListId": rule.get("PrefixListId"),
            "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "description": rule.get("Description"),
            "arn": account.arn("ec2", f"security-group-rule/{id_}"),
            "securityGroupRuleId": id_,
            "tagsAll": tags.as_map(rule.get("Tags")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if changed - {"tags", "tagsAll"}:
            request = {
                "IpProtocol": protocol_name(new["ipProtocol"]),
                "FromPort": new.get("fromPort"),
                "ToPort": new.get("toPort"),
                "CidrIpv4": new.get("cidrIpv4"),
                "CidrIpv6": new.get("cidrIpv6"),
                "PrefixListId": new.get("prefixListId"),
                "ReferencedGroupId": new.get("referencedSecurityGroupId"),
                "Description": new.get("description"),
            }
            account.ec2.modify_security_group_rules(
                GroupId=new["securityGroupId"],
                SecurityGroupRules=[
                    {
                        "SecurityGroupRuleId": id_,
                        "SecurityGroupRule": {k: v for k, v in request.items() if v is not None},
                    }
                ],
            )
        self.retag(account, id_, old, new)

    def delete(self, account: Account, id_: str, values: Values) -> None:
        call = getattr(account.ec2, f"revoke_security_group_{self.direction}")
        call(GroupId=values["securityGroupId"], SecurityGroupRuleIds=[id_])


def _port(value: Any) -> int:
    return -1 if value is None else int(value)


class SecurityGroupIngressRule(_SingleRule):
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    direction = "ingress"


class SecurityGroupEgressRule(_SingleRule):
    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    direction = "egress"


def get_security_group(account: Account, args: Values) -> Values:
    wanted = filters(args, vpc_id=args.get("vpcId"), group_name=args.get("name")) | ids("GroupIds", args.get("id"))
    group = only(account.ec2.describe_security_groups(**wanted)["SecurityGroups"], "EC2 Security Group")
    return {
        "id": group["GroupId"],
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group.get("VpcId", ""),
        "arn": account.arn("ec2", f"security-group/{group['GroupId']}"),
        "tags": tags.as_map(group.get("Tags")),
    }


def get_security_groups(account: Account, args: Values) -> Values:
    groups = account.pages("ec2", "describe_security_groups", "SecurityGroups", **filters(args))
    return {
        "id": account.region,
        "ids": [group["GroupId"] for group in groups],
        "arns": [account.arn("ec2", f"security-group/{group['GroupId']}") for group in groups],
        "vpcIds": [group.get("VpcId", "") for group in groups],
    }


TYPES = (
    SecurityGroup(),
    DefaultSecurityGroup(),
    SecurityGroupRule(),
    SecurityGroupIngressRule(),
    SecurityGroupEgressRule(),
)
FUNCTIONS = (
    Function(
        "aws:ec2/getSecurityGroup:getSecurityGroup",
        {"id": Prop(), "name": Prop(), "vpcId": Prop(), "filters": FILTERS, "tags": TAGS},
        get_security_group,
    ),
    Function("aws:ec2/getSecurityGroups:getSecurityGroups", {"filters": FILTERS, "tags": TAGS}, get_security_groups),
)
