"""The stand-in for Pulumi's language host: it runs the program, and a user's mistake is a sentence."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    language_pb2,
    language_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from tools.checkout import CODE

HOST = CODE / "sandbox" / "host" / "pulumi-language-python"


class Engine(engine_pb2_grpc.EngineServicer, resource_pb2_grpc.ResourceMonitorServicer):
    """As much of an engine as a program without resources needs; records errors and the stack's outputs."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.outputs: dict[str, Any] = {}

    def Log(self, request: Any, context: Any) -> Any:
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)
        return empty_pb2.Empty()

    def SupportsFeature(self, request: Any, context: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request: Any, context: Any) -> Any:
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:dev::hotelaria::{request.type}::{request.name}")

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:
        self.outputs.update(dict(request.outputs))
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[Engine, str]]:
    """An engine and its address."""
    servicer = Engine()
    server = grpc.server(ThreadPoolExecutor())
    engine_pb2_grpc.add_EngineServicer_to_server(servicer, server)
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(servicer, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield servicer, address
    server.stop(None)


@pytest.fixture
def host(tmp_path: Path, engine: tuple[Engine, str]) -> Iterator["subprocess.Popen[str]"]:
    """The host as the engine starts it: the program's Python first on PATH, the engine's address as its argument."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    process = subprocess.Popen(
        [HOST, engine[1]], cwd=tmp_path, env={"PATH": path}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    yield process
    process.kill()
    process.communicate()


def run(host: "subprocess.Popen[str]", address: str, folder: Path, program: str) -> Any:
    """Have the host run `program` as the engine asks for it, and return its response."""
    (folder / "__main__.py").write_text(program)
    assert host.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{host.stdout.readline().strip()}") as channel:
        return language_pb2_grpc.LanguageRuntimeStub(channel).Run(
            language_pb2.RunRequest(
                project="hotelaria",
                stack="dev",
                pwd=str(folder),
                monitor_address=address,
                config={"hotelaria:greeting": "olá"},
                info=language_pb2.ProgramInfo(
                    root_directory=str(folder), program_directory=str(folder), entry_point="."
                ),
            )
        )


def test_it_leaves_without_a_word_when_the_engine_is_done(host: "subprocess.Popen[str]") -> None:
    assert host.stdout is not None
    assert int(host.stdout.readline()) > 0
    host.send_signal(signal.SIGINT)
    assert host.communicate() == ("", "")
    assert host.returncode == 0


def test_it_runs_the_program_with_its_configuration_and_its_own_folder(
    host: "subprocess.Popen[str]", engine: tuple[Engine, str], tmp_path: Path
) -> None:
    (tmp_path / "beside.py").write_text("WORD = 'beside'\n")
    program = (
        "import os, pulumi, beside\n"
        "pulumi.export('greeting', pulumi.Config().require('greeting'))\n"
        "pulumi.export('beside', beside.WORD)\n"
        "pulumi.export('folder', os.getcwd())\n"
        "pulumi.export('where', f'{pulumi.get_project()}/{pulumi.get_stack()}')\n"
    )
    response = run(host, engine[1], tmp_path, program)
    assert (response.error, response.bail, engine[0].errors) == ("", False, [])
    assert engine[0].outputs == {
        "greeting": "olá",
        "beside": "beside",
        "folder": str(tmp_path),
        "where": "hotelaria/dev",
    }


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import pulumi\nraise pulumi.RunError('Pulumi.dev.yaml: wrong key')", "Pulumi.dev.yaml: wrong key"),
        ("import sys\nsys.exit('no such stack')", "no such stack"),
        ("import sys\nsys.exit(3)", "3"),
    ],
)
def test_a_user_s_mistake_is_shown_once_and_without_a_traceback(
    host: "subprocess.Popen[str]", engine: tuple[Engine, str], tmp_path: Path, program: str, sentence: str
) -> None:
    response = run(host, engine[1], tmp_path, program)
    assert (response.error, response.bail) == ("", True)  # the engine would show an error of the response once more
    assert engine[0].errors == [sentence]


def test_a_program_that_leaves_in_order_is_no_error(
    host: "subprocess.Popen[str]", engine: tuple[Engine, str], tmp_path: Path
) -> None:
    response = run(host, engine[1], tmp_path, "import sys\nsys.exit()")
    assert (response.error, response.bail, engine[0].errors) == ("", False, [])


def test_a_bug_in_the_program_is_shown_with_its_line(
    host: "subprocess.Popen[str]", engine: tuple[Engine, str], tmp_path: Path
) -> None:
    response = run(host, engine[1], tmp_path, "x = 1\nx / 0")
    assert response.bail
    [error] = engine[0].errors
    assert f'File "{tmp_path}/./__main__.py", line 2' in error
    assert error.rstrip().endswith("ZeroDivisionError: division by zero")
