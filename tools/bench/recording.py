"""What one engine run said to the program and to the providers, and what those answered: PULUMI_DEBUG_GRPC's log.

From it the bench makes its counterparts: a provider that does nothing but answer as recorded, mocks for the program,
and a flat script of the same resources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 Pulumi's mark of a secret on the wire, not one
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"


@dataclass(frozen=True)
class Recording:
    """Requests and responses, in Pulumi's JSON of them, in the order in which the engine got the answers."""

    calls: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]
    """Method ("Create"), request, response."""

    @classmethod
    def load(cls, path: Path) -> "Recording":
        """Read a log that PULUMI_DEBUG_GRPC wrote."""
        calls = []
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                told = json.loads(line)
                if told.get("progress") == "response_completed":
                    calls.append((told["method"].rpartition("/")[2], told["request"], told.get("response") or {}))
        return cls(tuple(calls))

    def responses(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The last response to each method about each thing (`key`)."""
        return {(method, key(request)): response for method, request, response in self.calls}

    def registered(self) -> list[dict[str, Any]]:
        """The resources that the program registered: "type", "name", "custom" and plain "object" (its inputs).

        Each one once, as it was last: an `up` begins with its preview, which registers them all with less known.
        """
        made = {(r["type"], r["name"]): r for method, r, _ in self.calls if method == "RegisterResource"}
        return [{**request, "object": plain(request.get("object") or {})} for request in made.values()]

    def created(self) -> dict[tuple[str, str], tuple[str, dict[str, Any]]]:
        """Id and plain outputs of each resource, by type and name."""
        return {
            (request["type"], request["name"]): (response["id"], plain(response["properties"]))
            for method, request, response in self.calls
            if method == "Create" and not request.get("preview")
        }

    def invoked(self) -> dict[str, dict[str, Any]]:
        """The plain answers to the program's functions, by `key`."""
        return {
            key({**request, "args": plain(request["args"])}): plain(response["return"])
            for method, request, response in self.calls
            if method == "Invoke"
        }


def key(request: Mapping[str, Any]) -> str:
    """What a request is about: a resource, a function with its arguments, or the provider itself."""
    if "tok" in request:
        return f"{request['tok']} {json.dumps(request.get('args') or {}, sort_keys=True)}"
    return str(request.get("urn", ""))


def plain(value: Any) -> Any:
    """A wire value without the marks of secrets and outputs."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) in (_SECRET, _OUTPUT):
            return plain(value.get("value"))
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
