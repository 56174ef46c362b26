"""Between the engine's property values and plain Python."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
import pulumi.runtime.rpc
from pulumi.provider.experimental.property_value import Computed, PropertyValue

from sandbox.provider.schema import UNKNOWN, Values

UNKNOWN_ON_WIRE = pulumi.runtime.rpc.UNKNOWN
"""How an unknown travels. The SDK's PropertyValue neither reads nor writes it, so it passes here as the string it is."""


def plain(value: PropertyValue) -> Any:
    """A property value as plain Python: whole numbers as int, `UNKNOWN` for what is not known, secrets unwrapped."""
    inner = value.value
    if isinstance(inner, Computed) or inner == UNKNOWN_ON_WIRE:
        return UNKNOWN
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    if isinstance(inner, Mapping):
        return {k: plain(v) for k, v in inner.items()}
    if isinstance(inner, tuple):
        return [plain(v) for v in inner]
    return inner


def plain_map(values: Mapping[str, PropertyValue]) -> Values:
    return {k: plain(v) for k, v in values.items()}


def secret_names(values: Mapping[str, PropertyValue]) -> set[str]:
    """Top-level properties that hold a secret anywhere inside."""
    return {k for k, v in values.items() if v.contains_secret()}


def property_value(value: Any) -> PropertyValue:
    """Plain Python as a property value."""
    if value is UNKNOWN:
        return PropertyValue(UNKNOWN_ON_WIRE)
    if value is None or isinstance(value, (bool, str, float, pulumi.Asset, pulumi.Archive)):
        return PropertyValue(value)
    if isinstance(value, int):
        return PropertyValue(float(value))
    if isinstance(value, Mapping):
        return PropertyValue({str(k): property_value(v) for k, v in value.items()})
    return PropertyValue([property_value(v) for v in value])


def property_map(values: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, PropertyValue]:
    hidden = set(secrets)
    return {k: property_value(v).with_secret(k in hidden) for k, v in values.items()}
