"""What the resource types of Elastic Load Balancing share: tags by ARN, names, attributes by key."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.provider.account import Account
from sandbox.provider.aws import tags
from sandbox.provider.schema import BOOL, INT, UNKNOWN, Kind, Prop, Resource, Values

NAME_LIMIT = 32
"""Characters of a name."""


class Elbv2Resource(Resource):
    """What the types of this service share: the ARN as id, tags by ARN."""

    tagged = True

    def tags_of(self, account: Account, arn: str) -> dict[str, str]:
        [described] = account.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
        return tags.as_map(described["Tags"])

    def retag(self, account: Account, arn: str, old: Values, new: Values) -> None:
        tags.bring(
            old,
            new,
            lambda added: account.elbv2.add_tags(ResourceArns=[arn], Tags=tags.as_list(added)),
            lambda keys: account.elbv2.remove_tags(ResourceArns=[arn], TagKeys=keys),
        )


def name_broken(values: Values, prefix_limit: int, reserved: str = "") -> Iterator[tuple[str, str]]:
    """The rules of a name: CreateLoadBalancer and CreateTargetGroup, API reference."""
    for prop, limit in (("name", NAME_LIMIT), ("namePrefix", prefix_limit)):
        name = values.get(prop)
        if name is None or name is UNKNOWN:
            continue
        ends_badly = prop == "name" and name.endswith("-")
        if not re.fullmatch(rf"[0-9A-Za-z-]{{1,{limit}}}", name) or name.startswith("-") or ends_badly:
            yield (
                prop,
                f"{prop} wants 1 to {limit} letters, digits and hyphens, no hyphen at either end, "
                f"got {name!r} ({len(name)} characters): shorten the logical name or set {prop}",
            )
        if reserved and name.startswith(reserved):
            yield prop, f"{prop} must not begin with {reserved!r}, got {name!r}"


# Attributes

Attributes = Mapping[str, str]
"""Property path -> the service's key, e.g. "accessLogs.bucket" -> "access_logs.s3.bucket"."""


def to_attributes(keys: Attributes, values: Values) -> list[dict[str, str]]:
    """Key and value of every attribute that `values` gives."""
    found_values = ((key, at(values, path)) for path, key in keys.items())
    return [{"Key": key, "Value": _text(value)} for key, value in found_values if value is not None]


def from_attributes(keys: Attributes, props: Mapping[str, Prop], answer: Iterable[Mapping[str, str]]) -> Values:
    """Properties from the service's attributes; those it does not answer are left out."""
    given = {attribute["Key"]: attribute.get("Value", "") for attribute in answer}
    values: Values = {}
    for path, key in keys.items():
        if key in given:
            *parents, last = path.split(".")
            block, table = values, props
            for parent in parents:
                block = block.setdefault(parent, {})
                table = table[parent].kind.props  # type: ignore[union-attr]
            block[last] = _from_text(table[last].kind, given[key])
    return values


def at(values: Values, path: str) -> Any:
    value: Any = values
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _from_text(kind: Kind, text: str) -> Any:
    if kind == BOOL:
        return text == "true"
    return int(text or 0) if kind == INT else text


def only(keys: Attributes, names_: Iterable[str]) -> Attributes:
    """Those of `keys` whose top-level property is among `names_`."""
    wanted = set(names_)
    return {path: key for path, key in keys.items() if path.split(".")[0] in wanted}


def others(keys: Attributes, values: Values) -> Values:
    """What the program says about attributes that this kind of balancer, group or listener does not have.

    The real provider sees no difference there either, whatever the program says.
    """
    return {name: values.get(name) for name in {path.split(".")[0] for path in keys}}
