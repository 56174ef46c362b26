"""A resource type put through the provider's verbs on a real account, without an engine."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.provider import server
from sandbox.provider.account import Account
from sandbox.provider.aws.__main__ import provider
from sandbox.provider.check import DEFAULTS, check, check_arguments
from sandbox.provider.diff import Difference, diff
from sandbox.provider.schema import Block, Kind, Many, Map, Prop, Resource, Values, table
from tests.sandbox import sdk

REGION = "sa-east-1"
TYPES: dict[str, Resource] = provider().types


@dataclass
class Made:
    """A resource that was made: its id, its checked inputs, and its state as read back."""

    token: str
    id: str
    inputs: Values
    state: Values

    def __getitem__(self, name: str) -> Any:
        return self.id if name == "id" else self.state[name]


class Bench:
    """Makes, changes and ends resources the way the engine would ask for it, and checks that they hold still."""

    def __init__(self) -> None:
        self.account = Account(REGION)
        self._count = 0

    def check(self, token: str, values: Values, olds: Values | None = None) -> tuple[Values, list[tuple[str, str]]]:
        """Checked inputs and failures."""
        self._count += 1
        return check(
            TYPES[token], f"thing{self._count}", olds or {}, values, region=REGION, default_tags={}, seed=b"seed"
        )

    def refused(self, token: str, /, **values: Any) -> list[str]:
        """The reasons for which `check` refuses these values."""
        return [reason for _, reason in self.check(token, values)[1]]

    def make(self, token: str, /, **values: Any) -> Made:
        """Check, create, read; it must then be what was asked for."""
        inputs, failures = self.check(token, values)
        assert failures == [], failures
        known = dict(inputs)
        id_ = TYPES[token].create(self.account, known)
        state = self.read(token, id_, known)
        assert state is not None, f"{token} {id_} is gone"
        assert diff(TYPES[token], state, inputs) == []
        return Made(token, id_, inputs, state)

    def read(self, token: str, id_: str, known: Values) -> Values | None:
        """State read from the account; reading twice must give the same."""
        seen = TYPES[token].read(self.account, id_, known)
        return None if seen is None else server.state(TYPES[token], known, seen, self.account)

    def differences(self, made: Made, /, **values: Any) -> list[Difference]:
        """What `diff` says if the program changed these values (None removes one)."""
        return self._changed(made, values)[1]

    def replaced(self, made: Made, /, **values: Any) -> set[str]:
        """Properties for which the resource would be replaced if the program changed these values."""
        return {d.name for d in self.differences(made, **values) if d.replaces}

    def change(self, made: Made, /, **values: Any) -> Made:
        """Update in place; it must then be what was asked for."""
        inputs, differences = self._changed(made, values)
        assert not [d for d in differences if d.replaces], differences
        changed = {d.name for d in differences}
        known = dict(inputs)
        TYPES[made.token].update(self.account, made.id, made.state, known, changed)
        state = self.read(made.token, made.id, known)
        assert state is not None
        assert diff(TYPES[made.token], state, inputs) == []
        return Made(made.token, made.id, inputs, state)

    def end(self, made: Made) -> None:
        """Delete; it must then be gone, unless it is AWS's own."""
        TYPES[made.token].delete(self.account, made.id, made.state)
        assert (self.read(made.token, made.id, made.state) is not None) == TYPES[made.token].adopted

    def call(self, token: str, /, **args: Any) -> Values:
        """What a function answers, its arguments checked; it must be all that the SDK reads, and no more."""
        function = provider().functions[token]
        given, failures = check_arguments(token, function.args, args)
        assert failures == [], failures
        answer: Values = function.answer(self.account, given)
        arguments, results = sdk.function(token)
        assert results - arguments - answer.keys() == set()
        assert answer.keys() - results == set()
        return {**given, **answer}

    def _changed(self, made: Made, values: Values) -> tuple[Values, list[Difference]]:
        given = {k: v for k, v in made.inputs.items() if k not in (DEFAULTS, "tagsAll")}
        news = {k: v for k, v in {**given, **values}.items() if v is not None}
        inputs, failures = check(
            TYPES[made.token], "thing", made.inputs, news, region=REGION, default_tags={}, seed=b"seed"
        )
        assert failures == [], failures
        return inputs, diff(TYPES[made.token], made.state, inputs)


Sample = Callable[[Bench], list[Values]]
"""Makes what a type needs and answers sets of inputs which together use every property of the type."""


def paths(props: Mapping[str, Prop], prefix: str = "") -> Iterator[str]:
    """Every property path of a table: healthCheck.path, ingress.fromPort."""
    for name, prop in props.items():
        yield prefix + name
        yield from _inner(prop.kind, f"{prefix}{name}.")


def _inner(kind: Kind, prefix: str) -> Iterator[str]:
    match kind:
        case Block(props):
            yield from paths(props, prefix)
        case Many(item) | Map(item):
            yield from _inner(item, prefix)


def used(value: Any, prefix: str = "") -> Iterator[str]:
    """Every path that a set of inputs uses."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield prefix + name
            yield from used(inner, f"{prefix}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from used(inner, prefix)


def unused(token: str, samples: list[Values]) -> set[str]:
    """Properties of a type that none of the samples uses."""
    shared = {"region", "tagsAll"}
    return set(paths(table(TYPES[token]))) - {p for s in samples for p in used(s)} - shared
