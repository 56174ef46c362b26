"""Tags between Pulumi's map and AWS's lists."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.provider.schema import Values


def as_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    """[{"Key": ..., "Value": ...}]."""
    return [{"Key": k, "Value": v} for k, v in (tags or {}).items()]


def parameter(values: Values) -> dict[str, Any]:
    """The parameter that tags a resource as it is created; none without tags, because AWS takes no empty list."""
    return {"Tags": as_list(values["tagsAll"])} if values.get("tagsAll") else {}


def as_map(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """The map of an AWS list of tags, whichever way the service spells its keys."""
    return {t.get("Key", t.get("key")): t.get("Value", t.get("value")) for t in tags or ()}


def changes(old: Values, new: Values) -> tuple[dict[str, str], list[str]]:
    """(tags to set, keys to remove) between two states' `tagsAll`."""
    before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
    return {k: v for k, v in after.items() if before.get(k) != v}, [k for k in before if k not in after]


def bring(old: Values, new: Values, add: Callable[[dict[str, str]], Any], remove: Callable[[list[str]], Any]) -> None:
    """Bring a resource's tags from `old` to `new` with the service's two calls."""
    to_set, to_remove = changes(old, new)
    if to_remove:
        remove(to_remove)
    if to_set:
        add(to_set)
