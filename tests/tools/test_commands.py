"""The commands as a person meets them, where no engine is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import __main__ as commands
from tools.__main__ import main
from tools.checkout import CODE, Checkout
from tools.image import available
from tools.pulumi_cli import PINNED


@pytest.fixture(autouse=True)
def here(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The commands work on the test's checkout."""
    monkeypatch.setattr(commands, "CHECKOUT", checkout)
    return checkout


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "destroy"])
def test_a_missing_stack_file_stops_a_command_before_anything_is_started(
    command: str, here: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--stack", "stage"]) == 1
    assert capsys.readouterr() == (
        "",
        "There is no stack file Pulumi.stage.yaml, and STACK=stage wants one. Stacks here: dev.\n",
    )
    assert not here.sandbox.exists()


def test_env_prints_nothing_to_evaluate_while_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env"]) == 1
    assert capsys.readouterr() == ("", "The sandbox does not run. Start it with `make up`, then repeat.\n")


def test_status_of_nothing_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    assert capsys.readouterr().out == "account  does not run; `make up` starts one\n"


def test_logs_of_nothing_are_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs"]) == 1
    assert capsys.readouterr().err == "There are no logs: nothing has run in this sandbox yet.\n"


def test_down_can_be_repeated(here: Checkout) -> None:
    assert main(["down"]) == 0
    assert main(["down"]) == 0
    assert not here.sandbox.exists()


@pytest.mark.parametrize("command", ["up", "preview", "refresh", "destroy", "down", "status", "env", "logs"])
def test_where_there_is_no_linux_the_sandbox_says_what_runs_instead(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert main([command]) == 1
    assert capsys.readouterr().err == (
        "The sandbox needs Linux. Here the program and its mock tests run: make test ARGS=tests/components\n"
    )


def test_an_interrupt_is_a_sentence_and_the_shell_s_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(commands.COMMANDS, "status", interrupted)
    assert main(["status"]) == 130
    assert (
        capsys.readouterr().err
        == "Interrupted. The same command goes on from here, and puts right what is half done.\n"
    )


def test_a_command_that_is_terminated_ends_what_it_started(tmp_path: Path) -> None:
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text('#!/bin/sh\n[ "$1" = env ] && { echo go1.26.8; exit; }\necho $$; exec sleep 600\n')
    go.chmod(0o755)
    env = {
        "PATH": f"{go.parent}:/usr/bin:/bin",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "https_proxy": "http://127.0.0.1:9",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tools", "test"], cwd=CODE, env=env, stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stderr is not None
        assert command.stderr.readline().startswith("==> Pulumi CLI")
        log = tmp_path / "cache" / "hotelaria" / "pulumi" / "build.log"
        while not log.exists() or not (pid := log.read_text().strip()):
            pass
        command.terminate()
        assert command.stderr.read().startswith("    stopped after ")
    assert command.returncode == 143
    assert not Path(f"/proc/{pid}").exists()
    assert sorted(path.name for path in log.parent.iterdir()) == [f"{PINNED}.lock", "build.log"]


class Images:
    """An EC2 client that offers two releases for both architectures."""

    def get_paginator(self, operation: str) -> "Images":
        assert operation == "describe_images"
        return self

    def paginate(self, **request: object) -> list[dict[str, object]]:
        assert request["Owners"] == ["amazon"]
        names = [
            f"al2023-ami-{r}-kernel-6.1-{a}"
            for r in ("2023.9.20251117.1", "2023.12.20260930.0")
            for a in ("arm64", "x86_64")
        ]
        return [{"Images": [{"Name": name} for name in names]}]


@pytest.fixture
def stacks(here: Checkout, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Two stack files, dev's and prod's, pinned to the older of two releases that are offered."""
    monkeypatch.setattr(commands, "_offered_images", lambda options: available(Images()))
    files = {name: here.stack_file(name) for name in ("dev", "prod")}
    for name, file in files.items():
        file.write_text(f"# {name}\nconfig:\n  hotelaria:image_release: 2023.9.20251117.1\n")
    return files


def test_image_shows_every_stack_and_changes_nothing(
    stacks: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: file.read_bytes() for name, file in stacks.items()}
    assert main(["image"]) == 0
    dev, prod = capsys.readouterr().out.splitlines()
    assert dev.startswith("dev    2023.9.20251117.1, ")
    assert prod.startswith("prod   2023.9.20251117.1, ")
    assert "; newest is 2023.12.20260930.0, " in prod
    assert {name: file.read_bytes() for name, file in stacks.items()} == before


def test_image_raises_the_stack_that_is_named_and_no_other(stacks: dict[str, Path]) -> None:
    assert main(["image", "--stack", "prod", "--release", "newest"]) == 0
    assert stacks["prod"].read_text() == "# prod\nconfig:\n  hotelaria:image_release: 2023.12.20260930.0\n"
    assert stacks["dev"].read_text() == "# dev\nconfig:\n  hotelaria:image_release: 2023.9.20251117.1\n"


def test_image_refuses_a_release_that_is_not_offered(
    stacks: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", "--release", "2023.1.20230101.0"]) == 1
    assert "Release 2023.1.20230101.0 is not offered" in capsys.readouterr().err
    assert "2023.9.20251117.1" in stacks["dev"].read_text()
