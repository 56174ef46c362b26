"""A stand-in for Pulumi's Python language host, for a CLI built from its Go module: the vendor ships the host beside
its own CLI, and the host's module is not published.

The engine starts it, reads its port from standard output and asks it to run the program (LanguageRuntime in Pulumi's
`language.proto`). The Python SDK holds all of that but the program file: `LanguageServer`, made for inline programs.
A vendor's CLI uses its own host; nothing else differs between the two.
"""

import os
import runpy
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc


class Host(LanguageServer):
    """Runs the program of the project that the engine asks for, in this process."""

    def __init__(self, engine: str) -> None:
        super().__init__(self._program)
        self.engine = engine
        self.entry_point = "."

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def InstallDependencies(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Nothing to do: `make` has installed them."""
        return iter(())

    def RuntimeOptionsPrompts(self, request: Any, context: grpc.ServicerContext) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def Run(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.entry_point = os.path.join(request.info.program_directory, request.info.entry_point)  # noqa: PTH118
        os.chdir(request.pwd)
        sys.argv = [self.entry_point, *request.args]
        request.args.insert(0, self.engine)  # where the SDK's server expects it
        response = super().Run(request, context)
        if response.error:  # it has been logged, and the engine would show it again
            return language_pb2.RunResponse(bail=True)
        return response

    def _program(self) -> None:
        try:
            runpy.run_path(self.entry_point, run_name="__main__")
        except SystemExit as leave:
            if leave.code not in (None, 0):
                raise pulumi.RunError(str(leave.code)) from leave


def main() -> None:
    # The engine sends SIGINT when it is done; the default would print a traceback into the user's output.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(sys.argv[-1]), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
