"""A flat script of the raw resources that a program registers: what somebody would write without components."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tools.bench.evaluate import Recording, Registered


def script(recording: Recording) -> str:
    """Python that registers the recording's resources and looks up what it looked up.

    One constructor call for each resource, with the same options, and one call for each different lookup. Values are
    literals, nested ones dictionaries by wire name; where a value holds what another resource gives, it is taken from
    that resource.
    """
    calls = [_call(token, args) for token, args in recording.lookups]
    lines = ["import pulumi", "import pulumi_aws as aws", "import pulumi_random as random", "", *dict.fromkeys(calls)]
    given: dict[str, str] = {}
    for number, made in enumerate(resource for resource in recording.resources if resource.custom):
        variable = f"r{number}"
        lines.append(f"{variable} = {_constructor(made, given)}")
        given |= {made.id: f"{variable}.id"}
        given |= {value: f"{variable}.{path}" for path, value in _texts(_added(made))}
    return "\n".join(lines) + "\n"


def _call(token: str, args: Mapping[str, Any]) -> str:
    """aws:ec2/getAmi:getAmi with {"mostRecent": true} → aws.ec2.get_ami(most_recent=True)."""
    *path, name = _path(token)
    arguments = ", ".join(f"{snake_case(key)}={expression(value, {})}" for key, value in args.items())
    return f"{'.'.join([*path, snake_case(name)])}({arguments})"


def _constructor(made: Registered, given: Mapping[str, str]) -> str:
    arguments = [repr(made.name)]
    arguments += [f"{snake_case(key)}={expression(value, given)}" for key, value in made.inputs.items()]
    options = [f"{key}={value!r}" for key, value in made.options.items()]
    if depends_on := [given[id_].removesuffix(".id") for id_ in made.depends_on if id_ in given]:
        options.append(f"depends_on=[{', '.join(depends_on)}]")
    if options:
        arguments.append(f"opts=pulumi.ResourceOptions({', '.join(options)})")
    return f"{'.'.join(_path(made.type))}({', '.join(arguments)})"


def _path(token: str) -> list[str]:
    """Where the SDK has what a token names: aws:ec2/vpc:Vpc → aws, ec2, Vpc."""
    package, module, name = token.split(":")
    folder = module.partition("/")[0]
    return [package, name] if folder == "index" else [package, folder, name]


def _added(made: Registered) -> dict[str, Any]:
    """What a resource gives beyond its inputs."""
    return {name: value for name, value in made.outputs.items() if name not in made.inputs}


def _texts(outputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text in a resource's outputs, with the Python that leads there from the resource."""
    found: list[tuple[str, str]] = []
    for name, value in outputs.items():
        items: Sequence[Any] = value if isinstance(value, list) else ()
        found += [
            (f"{snake_case(name)}[{number}].{path}", text)
            for number, item in enumerate(items)
            for path, text in _texts(item)
        ]
        if isinstance(value, str):
            found.append((snake_case(name), value))
    return found


def expression(value: Any, given: Mapping[str, str]) -> str:
    """A value as Python, with every text that is in `given` replaced by what gives it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {expression(item, given)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(expression(item, given) for item in value) + "]"
    if isinstance(value, str):
        return _text(value, given)
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def _text(value: str, given: Mapping[str, str]) -> str:
    if not any(text in value for text in given):
        return repr(value)
    pattern = "|".join(re.escape(text) for text in sorted(given, key=len, reverse=True))
    parts = [given.get(part, repr(part)) for part in re.split(f"({pattern})", value) if part]
    return parts[0] if len(parts) == 1 else f"pulumi.Output.concat({', '.join(parts)})"


def snake_case(name: str) -> str:
    """A wire name as the Python SDK spells it: assignIpv6AddressOnCreation → assign_ipv6_address_on_creation."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda letter: f"_{letter[0]}", name).lower()
