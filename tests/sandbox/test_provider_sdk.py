"""The sandbox's tables against the SDK that programs are written with: same names, nothing missing that they read."""

import pytest

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.schema import table
from tests.sandbox import sdk

PROVIDER = provider()


@pytest.mark.parametrize("token", sorted(PROVIDER.types))
def test_a_type_has_the_properties_and_all_outputs_that_the_sdk_knows(token: str) -> None:
    resource = PROVIDER.types[token]
    inputs, outputs, secrets = sdk.resource(token)
    ours = set(table(resource))
    assert ours - {"tagsAll"} - inputs == set(), "properties that the SDK does not have"
    assert outputs - inputs - ours - set(resource.outputs) == set(), "outputs that programs may read and would not find"
    assert set(resource.outputs) - outputs == set(), "outputs that the SDK does not have"
    hidden = {name for name, prop in table(resource).items() if prop.secret} | set(resource.secret_outputs)
    assert (secrets & (ours | set(resource.outputs))) - hidden == set(), "secrets that are not marked as such"


@pytest.mark.parametrize("token", sorted(PROVIDER.functions))
def test_a_function_has_the_arguments_that_the_sdk_knows(token: str) -> None:
    arguments, _ = sdk.function(token)
    assert set(PROVIDER.functions[token].args) - arguments == set()
