"""A preview knows some values only when they are made: checks and diffs must take that for any of them."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.provider import server
from sandbox.provider.check import check
from sandbox.provider.diff import diff
from sandbox.provider.schema import UNKNOWN, Values
from tests.sandbox.harness import REGION, TYPES, Bench
from tests.sandbox.samples import SAMPLES

TRIED = 100
"""Places tried in one set of inputs."""
LENGTH = 10
"""Items left of a list: the rules of a web ACL's sample, several hundred, differ in nothing here."""


def shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in value.items()}
    return [shortened(inner) for inner in value[:LENGTH]] if isinstance(value, list) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a set of inputs that a program may fill with an output of another resource."""
    if path:
        yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))


def without(values: Values, path: tuple[Any, ...]) -> Values:
    """A copy of `values` in which what is at `path` is not known."""
    result = copy.copy(values)
    inner: Any = result
    for step in path[:-1]:
        inner[step] = copy.copy(inner[step])
        inner = inner[step]
    inner[path[-1]] = UNKNOWN
    return result


@pytest.mark.parametrize("token", sorted(SAMPLES))
def test_any_value_may_be_unknown_in_a_preview(token: str, bench: Bench) -> None:
    resource = TYPES[token]
    for values in map(shortened, SAMPLES[token](bench)):
        state, _ = bench.check(token, values)
        every = list(places(values))
        for path in every[:: max(1, len(every) // TRIED)]:
            inputs, failures = check(
                resource, "thing", {}, without(values, path), region=REGION, default_tags={}, seed=b"seed"
            )
            assert failures == [], path
            diff(resource, state, inputs)
            server._planned(resource, inputs, state, [path[0]])
