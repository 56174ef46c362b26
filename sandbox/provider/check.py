"""The verb `check`: strict about names and types, defaults and automatic names as the real provider makes them."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.provider import rules
from sandbox.provider.schema import (
    ASSET,
    BOOL,
    BOOL_TEXT,
    FLOAT,
    INT,
    INT_TEXT,
    JSON,
    STR,
    UNKNOWN,
    Asset,
    AutoName,
    Block,
    Kind,
    Many,
    Map,
    Prop,
    Resource,
    Values,
    api_name,
    contains_unknown,
    table,
    to_api,
)

DEFAULTS = "__defaults"
Failure = tuple[str, str]
"""(property path, reason)."""


class NameTooLongError(Exception):
    """The automatic name would be longer than the service allows. The real provider fails the call, not the check."""


def check(
    resource: Resource,
    logical_name: str,
    olds: Values,
    news: Values,
    *,
    region: str,
    default_tags: Mapping[str, str],
    seed: bytes,
) -> tuple[Values, list[Failure]]:
    """Checked inputs and what is wrong with them. `olds` are the inputs checked last time (automatic names are kept)."""
    props = table(resource)
    given = {k: v for k, v in news.items() if v is not None and k != DEFAULTS}
    failures: list[Failure] = []
    values: Values = {}
    for name, value in given.items():
        if name not in props or (name == "tagsAll" and resource.tagged):
            failures.append((name, _untranslated(resource.token, name, props)))
        else:
            values[name] = _typed(props[name].kind, value, name, resource.token, failures)
    if failures:
        return values, failures

    defaulted = _fill(resource, props, logical_name, olds, values, seed)
    if resource.regional:
        values.setdefault("region", region)
    if resource.tagged:
        values["tagsAll"] = _all_tags(default_tags, values.get("tags"))
    failures += _missing(props, values)
    failures += _contradictions(props, values)
    if not failures:
        failures += _published_rules(resource, values)
        failures += list(resource.check(values))
    if resource.defaults_listed:
        values[DEFAULTS] = sorted(defaulted)
    return values, failures


def check_arguments(token: str, props: Mapping[str, Prop], given: Values) -> tuple[Values, list[Failure]]:
    """A function's arguments, as strictly."""
    failures: list[Failure] = []
    values: Values = {}
    for name, value in given.items():
        if value is None:
            continue
        if name not in props:
            failures.append((name, _untranslated(token, name, props)))
        else:
            values[name] = _typed(props[name].kind, value, name, token, failures)
    for name, prop in props.items():
        if values.get(name) is None and prop.default is not None:
            values[name] = prop.default
    return values, failures + _missing(props, values)


def _untranslated(token: str, name: str, props: Mapping[str, Prop]) -> str:
    known = ", ".join(sorted(k for k in props if k != "tagsAll"))
    return (
        f"the sandbox does not translate property {name!r} of {token} (nothing is dropped silently; "
        f"docs/sandbox.md). It translates: {known}"
    )


def _typed(kind: Kind, value: Any, path: str, token: str, failures: list[Failure]) -> Any:
    """`value` as `kind`, converted where the real provider converts, with a failure where it cannot be."""
    if value is UNKNOWN:
        return value
    match kind, value:
        case Many(item), list():
            return [_typed(item, v, f"{path}[{i}]", token, failures) for i, v in enumerate(value) if v is not None]
        case Map(item), dict():
            return {
                k: _typed(item, v, f"{path}.{k}", token, failures)
                for k, v in value.items()
                if v is not None and k != DEFAULTS
            }
        case Block(props), dict():
            inner: Values = {}
            for name, v in value.items():
                if v is None or name == DEFAULTS:
                    continue
                if name not in props:
                    failures.append((f"{path}.{name}", _untranslated(token, f"{path}.{name}", props)))
                else:
                    inner[name] = _typed(props[name].kind, v, f"{path}.{name}", token, failures)
            for name, prop in props.items():
                if prop.default is not None and name not in inner:
                    inner[name] = prop.default
            return inner
        case ((Many() | Map() | Block()), _):
            pass
        case _, Asset() if kind == ASSET:
            return value
        case _, bool() if kind == BOOL:
            return value
        case _, "true" | "false" if kind == BOOL:
            return value == "true"
        case _, bool() if kind in (STR, BOOL_TEXT):
            return str(value).lower()
        case _, "true" | "false" | "" if kind == BOOL_TEXT:
            return value
        case _, int() if kind in (INT, FLOAT) and not isinstance(value, bool):
            return value
        case _, float() if kind == FLOAT:
            return value
        case _, str() if kind == INT and re.fullmatch(r"-?\d+", value):
            return int(value)
        case _, int() if kind in (STR, INT_TEXT) and not isinstance(value, bool):
            return str(value)
        case _, float() if kind == STR:
            return repr(value)
        case _, str() if kind == STR or (kind == INT_TEXT and re.fullmatch(r"-?\d*", value)):
            return value
        case _, dict() if kind == JSON:
            return UNKNOWN if contains_unknown(value) else json.dumps(value, separators=(",", ":"))
        case _, str() if kind == JSON:
            try:
                json.loads(value)
            except ValueError as error:
                failures.append((path, f"{path} is no valid JSON: {error}"))
            return value
    failures.append((path, f"{path} must be {_describe(kind)}, got {type(value).__name__} {value!r}"))
    return value


def _describe(kind: Kind) -> str:
    match kind:
        case Many(item):
            return f"a list, each {_describe(item)}"
        case Map(item):
            return f"a map, each value {_describe(item)}"
        case Block():
            return "an object"
    return kind


def _fill(
    resource: Resource, props: Mapping[str, Prop], logical_name: str, olds: Values, values: Values, seed: bytes
) -> set[str]:
    """Put defaults and the automatic name into `values`; the names of what was put there."""
    old_defaults = set(olds.get(DEFAULTS, ()))
    defaulted: set[str] = set()
    auto = resource.auto_name
    if auto and auto.prop not in values and not any(c in values for c in auto.conflicts):
        kept = olds.get(auto.prop) if (auto.prop in old_defaults or DEFAULTS not in olds) else None
        ending = ".fifo" if auto.fifo and values.get(auto.fifo) is True else ""
        values[auto.prop] = kept or automatic_name(auto, resource.token, logical_name, seed) + ending
        defaulted.add(auto.prop)
    for name, prop in props.items():
        if prop.default is None or name in values or any(c in values for c in prop.conflicts):
            continue
        values[name] = olds[name] if name in old_defaults and name in olds else prop.default
        if prop.default not in (False, 0, ""):
            defaulted.add(name)
    return defaulted


def automatic_name(auto: AutoName, token: str, logical_name: str, seed: bytes) -> str:
    """Logical name, separator, random hex digits: deterministic for the engine's seed."""
    stem = (logical_name.lower() if auto.lower else logical_name) + auto.separator
    if len(stem) + auto.hex_digits > auto.limit:
        raise NameTooLongError(
            f"could not make instance of '{token}': name '{stem}' plus {auto.hex_digits} random chars "
            f"is longer than maximum length {auto.limit}"
        )
    return auto.prefix + stem + hashlib.sha256(seed + stem.encode()).hexdigest()[: auto.hex_digits]


def _all_tags(default_tags: Mapping[str, str], tags: Any) -> Any:
    return UNKNOWN if tags is UNKNOWN or contains_unknown(tags) else {**default_tags, **(tags or {})}


def _missing(props: Mapping[str, Prop], values: Values, path: str = "") -> list[Failure]:
    failures: list[Failure] = []
    for name, prop in props.items():
        here = f"{path}{name}"
        value = values.get(name)
        if value is None:
            if prop.required:
                failures.append(("", f"Missing required property '{here}'"))
        elif isinstance(prop.kind, Block) and isinstance(value, dict):
            failures += _missing(prop.kind.props, value, f"{here}.")
        elif isinstance(prop.kind, Many) and isinstance(prop.kind.item, Block) and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    failures += _missing(prop.kind.item.props, item, f"{here}[{index}].")
    return failures


def _contradictions(props: Mapping[str, Prop], values: Values, path: str = "") -> Iterator[Failure]:
    """Conflicting properties, and values outside a property's own choices and range."""
    for name, value in values.items():
        prop = props.get(name)
        if prop is None or value is None or value is UNKNOWN:
            continue
        here = f"{path}{name}"
        for other in prop.conflicts:
            if other in values and name < other:
                yield here, f"{here} conflicts with {path}{other}: give one of the two"
        if prop.choices and value not in prop.choices:
            yield here, f"expected {here} to be one of {list(prop.choices)}, got {value!r}"
        number = int(value) if prop.kind == INT_TEXT and value else value
        if (
            isinstance(number, (int, float))
            and not isinstance(number, bool)
            and not ((prop.low is None or number >= prop.low) and (prop.high is None or number <= prop.high))
        ):
            yield here, f"expected {here} to be between {prop.low} and {prop.high}, got {value}"
        if isinstance(prop.kind, Block) and isinstance(value, dict):
            yield from _contradictions(prop.kind.props, value, f"{here}.")
        if isinstance(prop.kind, Many) and isinstance(prop.kind.item, Block) and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from _contradictions(prop.kind.item.props, item, f"{here}[{index}].")


def _known(value: Any) -> Any:
    """`value` without what a preview does not know."""
    if isinstance(value, dict):
        return {k: _known(v) for k, v in value.items() if v is not UNKNOWN}
    if isinstance(value, list):
        return [_known(v) for v in value if v is not UNKNOWN]
    return value


def _published_rules(resource: Resource, values: Values) -> Iterator[Failure]:
    """AWS's published enums, patterns and ranges, for what is sent under its own name."""
    if resource.api is None:
        return
    service, operation = resource.api
    for name, prop in resource.props.items():
        value = values.get(name)
        if prop.api is None or value is None or value is UNKNOWN:
            continue
        partial = contains_unknown(value)
        sent = to_api({name: prop}, {name: _known(value)}).get(api_name(name, prop))
        for path, reason in rules.member_broken(service, operation, api_name(name, prop), sent):
            if not (partial and "items" in reason):  # a list that is not all known has no length yet
                yield name, f"{path}: {reason} ({service} {operation})"
