"""A recording engine for the mock tests: what a program registers, with exactly which inputs and options."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi.runtime
import pytest
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs

REGION = "sa-east-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Registered:
    """One resource as the engine received it. `inputs` are wire names (camelCase); every number is a float."""

    type: str
    name: str
    urn: str
    parent: str
    inputs: dict[str, Any]
    protect: bool | None
    """True or False when the program says so (or a parent does), None when nobody does."""
    retain_on_delete: bool | None
    delete_before_replace: bool | None
    ignore_changes: list[str]
    depends_on: set[str]
    """URNs of all that must exist first: explicit `depends_on` and what flows in through inputs."""
    aliases: list[Any] = field(default_factory=list)
    provider: str = ""
    custom: bool = True
    timeouts: dict[str, str] = field(default_factory=dict)
    """How long the engine lets an operation take, by `create`, `update` and `delete`; empty for the provider's own."""


class _Monitor(MockMonitor):
    def __init__(self, engine: "Engine") -> None:
        super().__init__(engine)
        self.engine = engine

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.engine.created.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    inputs=self.engine.last_inputs.pop((request.type, request.name)),
                    protect=request.protect if request.HasField("protect") else None,
                    retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
                    delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
                    ignore_changes=list(request.ignoreChanges),
                    depends_on=set(request.dependencies),
                    aliases=list(request.aliases),
                    provider=request.provider,
                    custom=request.custom,
                    timeouts={operation.name: duration for operation, duration in request.customTimeouts.ListFields()},
                )
            )
        return answer

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self.engine.outputs[request.urn] = set(request.outputs.keys())
        return super().RegisterResourceOutputs(request)


class Engine(pulumi.runtime.Mocks):
    """Answers like AWS where a program needs an answer, and fails closed (KeyError) where nobody planned one."""

    def __init__(self) -> None:
        self.created: list[Registered] = []
        self.outputs: dict[str, set[str]] = {}
        self.last_inputs: dict[tuple[str, str], dict[str, Any]] = {}
        self.computed: dict[str, Callable[[MockResourceArgs], dict[str, Any]]] = {}
        self.identity: Callable[[MockResourceArgs], tuple[str, str]] = lambda made: (
            f"{made.name}-id",
            f"arn:aws:mock:{REGION}:{ACCOUNT}:{made.typ}/{made.name}",
        )
        """(id, ARN) of what is made: names that tests can spell, unless a test needs AWS's own shapes."""
        self.answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": lambda _: {
                "names": [f"{REGION}{letter}" for letter in "abcdef"],
                "zoneIds": [f"sae1-az{n}" for n in range(1, 7)],
            },
            "aws:index/getRegion:getRegion": lambda _: {"region": REGION, "name": REGION, "id": REGION},
            "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {"accountId": ACCOUNT, "id": ACCOUNT},
            "aws:index/getPartition:getPartition": lambda _: {"partition": "aws", "dnsSuffix": "amazonaws.com"},
            "aws:ec2/getAmi:getAmi": lambda args: {
                "id": "ami-0123456789abcdef0",
                "architecture": next(
                    (f["values"][0].rsplit("-", 1)[1] for f in args.get("filters", []) if f["name"] == "name"), "arm64"
                ),
            },
        }

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.last_inputs[args.typ, args.name] = dict(args.inputs)
        id_, arn = self.identity(args)
        computed = self.computed.get(args.typ, lambda _: {})(args)
        return id_, {"arn": arn, "name": f"{args.name}-0a1b2c3", **args.inputs, **computed}

    def call(self, args: MockCallArgs) -> Any:
        return self.answers[args.token](args.args)

    def deploy(self, program: Callable[[], Any]) -> None:
        """Run `program` and return once every registration has landed (only then is absence assertable)."""
        pulumi.runtime.test(program)()

    def all(self, type_: str) -> list[Registered]:
        """Every registered resource of a type, in order of registration."""
        return [r for r in self.created if r.type == type_]

    def one(self, type_: str, name: str | None = None) -> Registered:
        """The only resource of a type (and name)."""
        [found] = [r for r in self.all(type_) if name is None or r.name == name]
        return found

    def ancestors(self, urn: str) -> set[str]:
        """URNs of all that must exist before `urn` does, followed to the end."""
        by_urn = {r.urn: r for r in self.created}
        seen: set[str] = set()
        todo = [urn]
        while todo:
            for dependency in by_urn[todo.pop()].depends_on - seen:
                seen.add(dependency)
                if dependency in by_urn:
                    todo.append(dependency)
        return seen


@contextlib.contextmanager
def recording() -> Iterator[Engine]:
    """An engine that the program's registrations reach while the context lasts."""
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    pulumi.runtime.reset_options()  # forget the last test's root stack, which is tied to its loop
    engine = Engine()
    pulumi.runtime.set_mocks(engine, project="hotelaria", stack="test", monitor=_Monitor(engine))
    try:
        yield engine
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@pytest.fixture
def engine() -> Iterator[Engine]:
    with recording() as engine:
        yield engine
