"""`python -m tools.bench.nothing STATE VERSION ENGINE_ADDRESS`: a provider that does nothing, and that at once.

It answers with what a resource was asked to be, and with what an account once added to that: STATE is a JSON file of
each resource's id and outputs by URN (`recorded`). Built on the SDK's server, as are the sandbox's providers; what is
left of a deployment's time is the engine, the language host and the program.
"""

import asyncio
import contextlib
import gc
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import grpc.aio
import pulumi.provider.experimental.provider as verbs
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.provider import wire
from tools.bench import answers

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 Pulumi's mark of a special value, not a secret


def recorded(resources: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Id and outputs of a stack's resources by URN, from its state; encrypted values become the text "secret"."""
    return {
        resource["urn"]: {"id": resource["id"], "outputs": _readable(resource.get("outputs") or {})}
        for resource in resources
        if resource.get("id")
    }


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return "secret" if _SECRET in value else {name: _readable(item) for name, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list) else value


class Nothing(verbs.Provider):
    """Makes, changes and deletes nothing, and finds nothing changed."""

    def __init__(self, state: Mapping[str, Mapping[str, Any]]) -> None:
        self.state = state

    async def check_config(self, request: verbs.CheckRequest) -> verbs.CheckResponse:
        return verbs.CheckResponse(inputs=request.new_inputs)

    async def diff_config(self, _: verbs.DiffRequest) -> verbs.DiffResponse:
        return verbs.DiffResponse(changes=False)

    async def configure(self, _: verbs.ConfigureRequest) -> verbs.ConfigureResponse:
        return verbs.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: verbs.CheckRequest) -> verbs.CheckResponse:
        return verbs.CheckResponse(inputs=request.new_inputs)

    async def diff(self, _: verbs.DiffRequest) -> verbs.DiffResponse:
        return verbs.DiffResponse(changes=False)

    async def create(self, request: verbs.CreateRequest) -> verbs.CreateResponse:
        if request.preview:
            return verbs.CreateResponse("", request.properties)
        once = self.state[request.urn]
        return verbs.CreateResponse(once["id"], {**wire.property_map(once["outputs"]), **request.properties})

    async def delete(self, request: verbs.DeleteRequest) -> None:
        pass

    async def invoke(self, request: verbs.InvokeRequest) -> verbs.InvokeResponse:
        args = wire.plain_map(request.args)
        return verbs.InvokeResponse(wire.property_map({**args, **answers.LOOKUPS[request.tok](args)}))


async def _serve(state: Path, version: str, engine: str) -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    provider = Nothing(json.loads(state.read_text(encoding="utf-8")))
    servicer = ProviderServicer([], version, provider, engine_address=engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    gc.disable()  # as the sandbox's providers do
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1]), *sys.argv[2:4]))
    os._exit(0)  # as they do
