"""Between the engine's property values and plain Python."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi
import pulumi.runtime.rpc
from google.protobuf import json_format, struct_pb2
from google.protobuf.message import Message
from pulumi.provider.experimental.property_value import Computed, PropertyValue

from sandbox.provider.schema import UNKNOWN, Asset, Values

UNKNOWN_ON_WIRE = pulumi.runtime.rpc.UNKNOWN
"""How an unknown travels. The SDK's PropertyValue neither reads nor writes it, so it passes here as the string it is."""


SIGNATURE = pulumi.runtime.rpc._special_sig_key
ASSETS = (pulumi.runtime.rpc._special_asset_sig, pulumi.runtime.rpc._special_archive_sig)
HIDDEN = "hotelaria:asset:"
"""How assets and archives pass the SDK, whose PropertyValue drops their hash and cannot read one without content, as the
engine sends them to `diff`: as strings of this beginning, the rest being their fields in JSON."""


def hide_assets(message: Message) -> None:
    """Turn the assets in a request into strings."""
    for value in _values(message):
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value in ASSETS:
            value.string_value = HIDDEN + json_format.MessageToJson(value.struct_value)


def show_assets(message: Message) -> None:
    """Turn the strings of `hide_assets` in an answer into assets again."""
    for value in _values(message):
        if value.string_value.startswith(HIDDEN):
            value.struct_value.update(json.loads(value.string_value.removeprefix(HIDDEN)))


def _values(message: Message) -> Iterator[struct_pb2.Value]:
    """Every value inside the structures of a message."""
    found = [
        v for _, field in message.ListFields() if isinstance(field, struct_pb2.Struct) for v in field.fields.values()
    ]
    while found:
        value = found.pop()
        yield value
        found += value.struct_value.fields.values() if value.HasField("struct_value") else ()
        found += value.list_value.values if value.HasField("list_value") else ()


def plain(value: PropertyValue) -> Any:
    """A property value as plain Python: whole numbers as int, `UNKNOWN` for what is not known, secrets unwrapped."""
    inner = value.value
    if isinstance(inner, Computed) or inner == UNKNOWN_ON_WIRE:
        return UNKNOWN
    if isinstance(inner, str) and inner.startswith(HIDDEN):
        return Asset(json.loads(inner.removeprefix(HIDDEN)))
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
    if isinstance(value, Asset):
        return PropertyValue(HIDDEN + json.dumps(value.fields))
    if value is None or isinstance(value, (bool, str, float)):
        return PropertyValue(value)
    if isinstance(value, int):
        return PropertyValue(float(value))
    if isinstance(value, Mapping):
        return PropertyValue({str(k): property_value(v) for k, v in value.items()})
    return PropertyValue([property_value(v) for v in value])


def property_map(values: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, PropertyValue]:
    hidden = set(secrets)
    return {k: property_value(v).with_secret(k in hidden) for k, v in values.items()}
