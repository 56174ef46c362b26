"""A flat script of the raw resources that a program made: what somebody would write without components."""

import importlib
import inspect
import re
from typing import Any

from tools.bench.recording import Recording


def script(recording: Recording) -> str:
    """Python that registers every custom resource of the recording, one after the other, ids flowing between them."""
    lines = ["import pulumi_aws as aws", "import pulumi_random as random", ""]
    created = recording.created()
    known: dict[str, str] = {}
    for number, made in enumerate(made for made in recording.registered() if made.get("custom")):
        if (made["type"], made["name"]) not in created:
            continue  # the providers themselves
        variable = f"r{number}"
        arguments = "".join(f", {name}={_expression(value, known)}" for name, value in _arguments(made))
        lines.append(f"{variable} = {_constructor(made['type'])}({made['name']!r}{arguments})")
        id_, outputs = created[made["type"], made["name"]]
        for attribute, value in (("arn", outputs.get("arn")), ("id", id_)):
            if isinstance(value, str) and value:
                known.setdefault(value, f"{variable}.{attribute}")
    return "\n".join(lines) + "\n"


def _constructor(token: str) -> str:
    """aws:ec2/vpc:Vpc → aws.ec2.Vpc."""
    package, module, name = token.split(":")
    folder = module.split("/")[0]
    return f"{package}.{name}" if folder == "index" else f"{package}.{folder.lower()}.{name}"


def _arguments(made: dict[str, Any]) -> list[tuple[str, Any]]:
    """The inputs under the names that the SDK's constructor takes."""
    path = _constructor(made["type"]).split(".")
    module = importlib.import_module(f"pulumi_{'.'.join(path[:-1])}")
    taken = inspect.signature(getattr(module, path[-1])._internal_init).parameters
    by_wire_name = {re.sub(r"_(.)", lambda match: match[1].upper(), name): name for name in taken}
    return [(by_wire_name[name], value) for name, value in made["object"].items()]


def _expression(value: Any, known: dict[str, str]) -> str:
    """A value as source text, with what another resource gives taken from that resource."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_expression(item, known)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_expression(item, known) for item in value) + "]"
    if isinstance(value, str) and value in known:
        return known[value]
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)
