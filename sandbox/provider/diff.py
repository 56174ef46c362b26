"""The verb `diff`: what differs between the state and the checked inputs, and what that replaces."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.provider.check import DEFAULTS
from sandbox.provider.schema import (
    ASSET,
    BOOL_TEXT,
    INT_TEXT,
    JSON,
    UNKNOWN,
    Asset,
    Block,
    Kind,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    table,
)

Change = Literal["add", "update", "delete"]


@dataclass(frozen=True)
class Difference:
    """One property that differs. `path` as Pulumi writes it: tags.Name, ingress[0].fromPort."""

    path: str
    change: Change
    replaces: bool

    @property
    def name(self) -> str:
        """The top-level property it is in."""
        return self.path.split(".")[0].split("[")[0]


def diff(resource: Resource, state: Values, news: Values, ignore: list[str] | None = None) -> list[Difference]:
    """All differences between `state` (what was last read) and `news` (checked inputs), without those under `ignore`.

    A property the program does not give is no difference when AWS chooses its value (computed) or when it is unset
    anyway; else it is a deletion.
    """
    replaced = set(resource.replaced(state, news))
    found = [
        Difference(difference.path, difference.change, difference.replaces or name in replaced)
        for name, prop in table(resource).items()
        for difference in _property(prop, state.get(name), news.get(name), name)
    ]
    ignored = [*(ignore or ()), *resource.overlooked(state, news)]
    return [d for d in found if not any(_under(d.path, path) for path in ignored)]


def delete_before_replace(resource: Resource, news: Values, differences: list[Difference]) -> bool:
    """Whether a replacement ends the old one first: the type's flag, or a name the program fixed itself."""
    if not any(d.replaces for d in differences):
        return False
    auto = resource.auto_name
    fixed_name = (
        auto is not None
        and auto.hex_digits > 0  # a name that is the plain logical name by default counts as no automatic one
        and DEFAULTS in news
        and news.get(auto.prop) is not None
        and auto.prop not in news[DEFAULTS]
    )
    return resource.delete_before_replace or fixed_name


def _under(path: str, ignored: str) -> bool:
    return path == ignored or path.startswith((f"{ignored}.", f"{ignored}["))


def _empty(value: Any) -> bool:
    """What Terraform treats as unset."""
    return value is None or value is False or value in ("", 0, [], {})


def _set(prop: Prop, value: Any) -> bool:
    return value is not None if prop.presence else not _empty(value)


def _property(prop: Prop, old: Any, new: Any, path: str) -> Iterator[Difference]:
    if new is None:
        if not prop.computed and _set(prop, old):
            yield Difference(path, "delete", prop.replace)
        return
    if old is None:
        if new is UNKNOWN or _set(prop, new):
            yield Difference(path, "add", prop.replace)
        return
    yield from _value(prop.kind, old, new, path, prop.replace)


def _value(kind: Kind, old: Any, new: Any, path: str, replaces: bool) -> Iterator[Difference]:
    if new is UNKNOWN or old is UNKNOWN:
        yield Difference(path, "update", replaces)
        return
    match kind:
        case Block(props) if isinstance(old, dict) and isinstance(new, dict):
            yield from _block(props, old, new, path, replaces)
        case Map(item) if isinstance(old, dict) and isinstance(new, dict):
            for key in sorted(old.keys() | new.keys()):
                yield from _property(Prop(kind=item, replace=replaces), old.get(key), new.get(key), f"{path}.{key}")
        case Many(item, ordered) if isinstance(old, list) and isinstance(new, list):
            yield from _list(item, ordered, old, new, path, replaces)
        case _ if not _same(kind, old, new):
            yield Difference(path, "update", replaces)


def _block(props: Mapping[str, Prop], old: Values, new: Values, path: str, replaces: bool) -> Iterator[Difference]:
    for name, prop in props.items():
        for d in _property(prop, old.get(name), new.get(name), f"{path}.{name}"):
            yield Difference(d.path, d.change, d.replaces or replaces)


def _list(item: Kind, ordered: bool, old: list[Any], new: list[Any], path: str, replaces: bool) -> Iterator[Difference]:
    if ordered:
        pairs = list(enumerate(zip(old, new, strict=False)))
        rest_new = list(enumerate(new))[len(old) :]
        rest_old = list(enumerate(old))[len(new) :]
    else:
        left, unmatched = list(enumerate(old)), []
        for index, value in enumerate(new):
            match = next((pair for pair in left if not any(_value(item, pair[1], value, "", False))), None)
            if match is None:
                unmatched.append((index, value))
            else:
                left.remove(match)
        pairs = [(i, (o, n)) for (i, n), (_, o) in zip(unmatched, left, strict=False)]
        rest_new, rest_old = unmatched[len(left) :], left[len(unmatched) :]
    for index, (before, after) in pairs:
        yield from _value(item, before, after, f"{path}[{index}]", replaces)
    for index, _ in rest_new:
        yield Difference(f"{path}[{index}]", "add", replaces)
    for index, _ in rest_old:
        yield Difference(f"{path}[{index}]", "delete", replaces)


def _same(kind: Kind, old: Any, new: Any) -> bool:
    if kind == ASSET:
        return isinstance(old, Asset) and isinstance(new, Asset) and old.hash == new.hash != ""
    if kind == JSON:
        return same_document(str(old), str(new))
    if kind in (BOOL_TEXT, INT_TEXT):
        return str(old).lower() == str(new).lower()
    return bool(old == new)


def same_document(old: str, new: str) -> bool:
    """Whether two JSON documents mean the same to AWS: order of keys, and a list of one against its item, do not count."""
    try:
        return bool(_canonical(json.loads(old)) == _canonical(json.loads(new)))
    except ValueError:
        return old == new


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _canonical(v) for k, v in value.items()}
    if isinstance(value, list):
        items = sorted((_canonical(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
        return items[0] if len(items) == 1 else items
    return value
