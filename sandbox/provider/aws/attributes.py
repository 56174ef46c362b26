"""Attributes as SNS and SQS have them: a map from name to text, whatever the value is."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.provider.schema import BOOL, INT, Prop, Values, api_name


def to_text(props: Mapping[str, Prop], values: Values, names: Iterable[str] | None = None) -> dict[str, str]:
    """Attributes from wire values: those of `names`, or all; an unset one is the empty text, which clears it."""
    chosen = props if names is None else {name: props[name] for name in names if name in props}
    return {
        api_name(name, prop): _text(values.get(name))
        for name, prop in chosen.items()
        if prop.api is not None and (names is not None or values.get(name) is not None)
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (bool, int)) else str(value)


def from_text(props: Mapping[str, Prop], attributes: Mapping[str, str]) -> Values:
    """Wire values from attributes; None for one that is not there, nothing for what the account does not keep."""
    return {
        name: _value(prop, attributes.get(api_name(name, prop)))
        for name, prop in props.items()
        if prop.api is not None and not prop.kept
    }


def _value(prop: Prop, text: str | None) -> Any:
    if text is None or text == "":
        return None
    return json.loads(text.lower()) if prop.kind in (BOOL, INT) else text
