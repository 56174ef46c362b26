"""What the SDK that programs are written with says of resource types and functions."""

import importlib
import inspect
import re
from typing import Any

NOT_OURS = {"id", "urn"}


def module(token: str) -> Any:
    """The SDK's module of a token such as aws:lambda/function:Function."""
    name = token.split(":")[1].partition("/")[0]
    return importlib.import_module(
        "pulumi_aws" if name == "index" else f"pulumi_aws.{name.replace('lambda', 'lambda_')}"
    )


def wire_names(owner: type) -> set[str]:
    """Names on the wire of a class's properties."""
    return {
        getattr(value.fget, "_pulumi_name", name) for name, value in vars(owner).items() if isinstance(value, property)
    }


def resource(token: str) -> tuple[set[str], set[str], set[str]]:
    """(inputs, outputs, secret outputs) of a resource type."""
    class_ = getattr(module(token), token.split(":")[2])
    home = importlib.import_module(class_.__module__)
    arguments = getattr(home, f"{class_.__name__}InitArgs", None) or getattr(home, f"{class_.__name__}Args")
    secret = re.search(r"additional_secret_outputs=\[(.*?)\]", inspect.getsource(class_))
    secrets = set(re.findall(r'"(\w+)"', secret[1])) if secret else set()
    return wire_names(arguments), wire_names(class_) - NOT_OURS, secrets


def function(token: str) -> tuple[set[str], set[str]]:
    """(arguments, results) of a function."""
    call = getattr(module(token), re.sub(r"(?<!^)(?=[A-Z])", "_", token.split(":")[2]).lower())
    source = inspect.getsource(call)
    result = getattr(importlib.import_module(call.__module__), re.findall(r"-> Awaitable(\w+)", source)[0])
    return set(re.findall(r"__args__\['(\w+)'\]", source)), wire_names(result)
