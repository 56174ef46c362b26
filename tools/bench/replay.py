"""A provider that does nothing: `python -m tools.bench.replay` answers as recorded in BENCH_RECORDING, at once.

What remains of a deployment's time is the engine, the language host and the program.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2, json_format  # type: ignore[import-untyped]
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tools.bench.recording import Recording, key


class Replay(provider_pb2_grpc.ResourceProviderServicer):
    """Answers each request about a thing as it was answered when it was recorded."""

    def __init__(self, recording: Recording) -> None:
        self.responses = recording.responses()

    def _recorded(self, method: str, request: Any, response: Any) -> Any:
        about = key(json_format.MessageToDict(request))
        return json_format.ParseDict(self.responses[method, about], response, ignore_unknown_fields=True)

    async def Handshake(self, _: Any, __: Any) -> Any:  # noqa: N802 gRPC names the methods
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    async def GetPluginInfo(self, _: Any, __: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=os.environ["BENCH_VERSION"])

    async def CheckConfig(self, request: Any, _: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, _: Any, __: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, _: Any, __: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(self, request: Any, _: Any) -> Any:  # noqa: N802
        return self._recorded("Check", request, provider_pb2.CheckResponse())

    async def Diff(self, _: Any, __: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Create(self, request: Any, _: Any) -> Any:  # noqa: N802
        return self._recorded("Create", request, provider_pb2.CreateResponse())

    async def Invoke(self, request: Any, _: Any) -> Any:  # noqa: N802
        return self._recorded("Invoke", request, provider_pb2.InvokeResponse())

    async def Delete(self, _: Any, __: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    async def Cancel(self, _: Any, __: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


async def serve() -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    replay = Replay(Recording.load(Path(os.environ["BENCH_RECORDING"])))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(replay, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        sys.exit(0)
