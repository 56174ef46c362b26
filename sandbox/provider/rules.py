"""AWS's own published rules (botocore's service models), held against every request before it is sent.

botocore itself checks only types, required members and lower bounds. Its models also carry enums, patterns and upper
bounds, which moto ignores and AWS enforces.
"""

import functools
import re
import threading
from collections.abc import Iterator
from typing import Any

_reading = threading.Lock()  # many checks begin at once, and each would parse the model it waits for


class BrokenRuleError(Exception):
    """A request that AWS would refuse: which member, which value, what the model allows."""


def enforce(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Botocore event handler for `before-parameter-build`: raise BrokenRuleError for the first broken rule."""
    if model.input_shape is not None:
        for path, reason in broken(model.input_shape, params):
            raise BrokenRuleError(f"{model.service_model.service_id}.{model.name}: {path}: {reason}")


@functools.cache
def models() -> Any:
    """The one reader of the service models, for clients too: EC2's alone takes longer to parse than a hundred checks.

    What reads them is imported with the first: the random provider wants none, and an `up` starts it twice.
    """
    from botocore.loaders import create_loader  # noqa: PLC0415

    return create_loader()


def _input_shape(service: str, operation: str) -> Any:
    with _reading:
        return _service_model(service).operation_model(operation).input_shape


@functools.cache
def _service_model(service: str) -> Any:
    from botocore.model import ServiceModel  # noqa: PLC0415 see `models`

    return ServiceModel(models().load_service_model(service, "service-2"))


def member_broken(service: str, operation: str, member: str, value: Any) -> Iterator[tuple[str, str]]:
    """(path, reason) for each rule that `value` breaks as `member` of the operation's input."""
    shape = _input_shape(service, operation).members.get(member)
    if shape is not None:
        yield from broken(shape, value, member)


def broken(shape: Any, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, reason) for each enum, pattern or range of `shape` that `value` breaks, nested ones included."""
    if value is None:
        return
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for name, inner in value.items():
                if name in shape.members:
                    yield from broken(shape.members[name], inner, f"{path}.{name}" if path else name)
        case "list" if isinstance(value, (list, tuple)):
            yield from _length(shape, len(value), path, "items")
            for index, inner in enumerate(value):
                yield from broken(shape.member, inner, f"{path}[{index}]")
        case "map" if isinstance(value, dict):
            for key, inner in value.items():
                yield from broken(shape.value, inner, f"{path}.{key}")
        case "string" if isinstance(value, str):
            if getattr(shape, "enum", None) and value not in shape.enum:
                yield path, f"{value!r} is none of {', '.join(shape.enum)}"
            yield from _length(shape, len(value), path, "characters")
            pattern = shape.metadata.get("pattern")
            if pattern and (compiled := _compiled(pattern)) and not compiled.search(value):
                yield path, f"{value!r} does not match {pattern}"
        case "integer" | "long" | "float" | "double" if not isinstance(value, bool):
            low, high = shape.metadata.get("min"), shape.metadata.get("max")
            if (low is not None and value < low) or (high is not None and value > high):
                yield path, f"{value} is not between {low} and {high}"


def _length(shape: Any, length: int, path: str, unit: str) -> Iterator[tuple[str, str]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and length < low) or (high is not None and length > high):
        yield path, f"{length} {unit}, wants {low if low is not None else 0} to {high if high is not None else 'any'}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern for Python, or None where the model's Java syntax has no counterpart (then it is not checked)."""
    try:
        return re.compile(f"^(?:{pattern})$" if not pattern.startswith("^") else pattern, re.DOTALL)
    except re.error:
        return None
