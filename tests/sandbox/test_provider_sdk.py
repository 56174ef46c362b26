"""The sandbox's tables against the SDK that programs are written with: same names, nothing missing that they read."""

import importlib
import inspect
import re
from typing import Any

import pytest

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.schema import table

PROVIDER = provider()
NOT_OURS = {"id", "urn"}


def sdk_module(token: str) -> Any:
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


def sdk_resource(token: str) -> tuple[set[str], set[str], set[str]]:
    """(inputs, outputs, secret outputs) of a resource type."""
    resource = getattr(sdk_module(token), token.split(":")[2])
    module = importlib.import_module(resource.__module__)
    name = resource.__name__
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    secret = re.search(r"additional_secret_outputs=\[(.*?)\]", inspect.getsource(resource))
    secrets = set(re.findall(r'"(\w+)"', secret[1])) if secret else set()
    return wire_names(arguments), wire_names(resource) - NOT_OURS, secrets


@pytest.mark.parametrize("token", sorted(PROVIDER.types))
def test_a_type_has_the_properties_and_all_outputs_that_the_sdk_knows(token: str) -> None:
    resource = PROVIDER.types[token]
    inputs, outputs, secrets = sdk_resource(token)
    ours = set(table(resource))
    assert ours - {"tagsAll"} - inputs == set(), "properties that the SDK does not have"
    assert outputs - inputs - ours - set(resource.outputs) == set(), "outputs that programs may read and would not find"
    assert set(resource.outputs) - outputs == set(), "outputs that the SDK does not have"
    hidden = {name for name, prop in table(resource).items() if prop.secret} | set(resource.secret_outputs)
    assert (secrets & (ours | set(resource.outputs))) - hidden == set(), "secrets that are not marked as such"


@pytest.mark.parametrize("token", sorted(PROVIDER.functions))
def test_a_function_has_the_arguments_that_the_sdk_knows(token: str) -> None:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", token.split(":")[2]).lower()
    source = inspect.getsource(getattr(sdk_module(token), name))
    assert set(PROVIDER.functions[token].args) - set(re.findall(r"__args__\['(\w+)'\]", source)) == set()
