"""`python -m tools.bench.evaluate SCRIPT CONFIG [RECORD]`: evaluate a Pulumi program once, against mocks in this process.

CONFIG is a JSON file with the stack's configuration as the engine hands it over. With RECORD, what the program asked of
the engine is written there (`Recording`), for a flat script to be made from.
"""

import json
import runpy
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pulumi.runtime
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

from tools.bench import answers


@dataclass(frozen=True)
class Registered:
    """One resource as the engine received it."""

    type: str
    name: str
    custom: bool
    """False for a component, which is nothing but a name in the engine."""
    id: str
    inputs: dict[str, Any]
    """By wire name (camelCase); every number is a float."""
    outputs: dict[str, Any]
    options: dict[str, Any]
    """Keyword arguments of `pulumi.ResourceOptions` that the program set or passed down to it."""
    depends_on: list[str]
    """Ids of the resources that it names in `depends_on`; those that flow in through inputs are not among them."""


@dataclass
class Recording:
    """What a program asked of the engine, in order."""

    resources: list[Registered] = field(default_factory=list)
    lookups: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Token and arguments of each lookup, the repeated ones too."""


class _Mocks(Mocks):
    def __init__(self) -> None:
        self.recording = Recording()

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return answers.identifier(args.typ, args.name), answers.outputs(args.typ, args.name, args.inputs)

    def call(self, args: MockCallArgs) -> Any:
        return answers.LOOKUPS[args.token](args.args)


class _Recorder(MockMonitor):
    def __init__(self, mocks: _Mocks) -> None:
        super().__init__(mocks)
        self.recording = mocks.recording

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 gRPC names its methods
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            flowing = {urn for names in request.propertyDependencies.values() for urn in names.urns}
            state = self.resources[answer.urn].state
            inputs = pulumi.runtime.rpc.deserialize_properties(request.object)
            self.recording.resources.append(
                Registered(
                    request.type, request.name, request.custom, answer.id, inputs, state, _options(request),
                    sorted(self.resources[urn].id for urn in set(request.dependencies) - flowing if urn in self.resources),
                )
            )  # fmt: skip
        return answer

    def Invoke(self, request: Any) -> Any:  # noqa: N802 as above
        self.recording.lookups.append((request.tok, pulumi.runtime.rpc.deserialize_properties(request.args)))
        return super().Invoke(request)


def _options(request: Any) -> dict[str, Any]:
    timeouts = {operation.name: duration for operation, duration in request.customTimeouts.ListFields()}
    options = {
        "protect": request.protect if request.HasField("protect") else None,
        "retain_on_delete": request.retainOnDelete if request.HasField("retainOnDelete") else None,
        "delete_before_replace": request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        "ignore_changes": list(request.ignoreChanges) or None,
        "custom_timeouts": timeouts or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def main() -> None:
    script, config, *record = sys.argv[1:]
    pulumi.runtime.set_all_config(json.loads(Path(config).read_text(encoding="utf-8")))
    mocks = _Mocks()
    pulumi.runtime.set_mocks(mocks, "hotelaria", "bench", monitor=_Recorder(mocks) if record else None)

    def program() -> None:
        runpy.run_path(script, run_name="__main__")

    pulumi.runtime.test(program)()
    for file in record:
        Path(file).write_text(json.dumps(asdict(mocks.recording)), encoding="utf-8")


if __name__ == "__main__":
    main()
