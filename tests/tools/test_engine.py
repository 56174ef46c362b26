"""Engine runs with a stand-in for the CLI: what it is given, and what is put right when it does not end in order."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.test_state import VPC, write_lock
from tools import engine, environment, processes, state
from tools.account import Account
from tools.checkout import Checkout
from tools.processes import Process
from tools.pulumi_cli import PINNED
from tools.steps import Failure

ACCOUNT = Account("http://127.0.0.1:4566", 1, "an incarnation", "2026-11-24T08:00:00+00:00")

PULUMI = f"""#!{sys.executable}
import json, os, pathlib, signal, subprocess, sys, time
home, arguments = pathlib.Path(os.environ["PULUMI_HOME"]), sys.argv[1:]
with (home / "calls").open("a") as calls:
    print(json.dumps([os.getcwd(), arguments, dict(os.environ)]), file=calls)
if arguments[:2] == ["stack", "init"]:
    folder = pathlib.Path(arguments[arguments.index("--cwd") + 1])
    if arguments[2] == "refused":
        sys.exit("error: no such luck")
    with (folder / f"Pulumi.{{arguments[2]}}.yaml").open("a") as file:
        file.write("encryptionsalt: v1:salt\\n")
    path = pathlib.Path(os.environ["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi/stacks/hotelaria"
    path.mkdir(parents=True, exist_ok=True)
    (path / f"{{arguments[2]}}.json").write_text(json.dumps({{"checkpoint": {{}}}}))
    sys.exit()
behaviour = (home / "behaviour").read_text() if (home / "behaviour").exists() else ""
exec(behaviour)
"""

WITH_A_PLUGIN = """
plugin = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
(home / "plugin").write_text(str(plugin.pid))
"""


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    binary = tmp_path / "cli" / "pulumi"
    binary.parent.mkdir()
    binary.write_text(PULUMI)
    binary.chmod(0o755)
    return binary


@pytest.fixture
def checkout(checkout: Checkout) -> Iterator[Checkout]:
    """A checkout of which no process is left behind by a test."""
    checkout.logs.mkdir(parents=True)
    yield checkout
    if checkout.run.is_file():
        processes.end(processes.marked(environment.RUN, json.loads(checkout.run.read_text())["id"]), grace=1)


def calls(checkout: Checkout) -> list[tuple[str, list[str], dict[str, str]]]:
    return [json.loads(line) for line in (checkout.pulumi_home / "calls").read_text().splitlines()]


def behave(checkout: Checkout, program: str) -> None:
    (checkout.pulumi_home / "behaviour").write_text(program)


def deploy(checkout: Checkout, pulumi: Path, command: str = "up", stack: str = "dev", *extra: str) -> int:
    engine.prepare(checkout, stack, pulumi, ACCOUNT)
    return engine.run(checkout, command, stack, pulumi, ACCOUNT, *extra)


@pytest.mark.parametrize(
    ("command", "asked"),
    [
        ("up", ["up", "--yes"]),
        ("preview", ["preview"]),
        ("refresh", ["refresh", "--yes", "--skip-preview"]),
        ("destroy", ["destroy", "--yes"]),
    ],
)
def test_the_engine_works_on_the_copy_of_the_stack_file(
    checkout: Checkout, pulumi: Path, command: str, asked: list[str]
) -> None:
    assert deploy(checkout, pulumi, command, "dev", "--diff") == 0
    folder, arguments, _ = calls(checkout)[-1]
    assert folder == str(checkout.root)
    assert arguments == [
        *asked, "--diff", "--stack", "dev", "--config-file", f"{checkout.sandbox}/stacks/Pulumi.dev.yaml",
        "--event-log", f"{checkout.logs}/engine-{command}.json",
    ]  # fmt: skip


def test_the_engine_reaches_the_account_whatever_the_user_s_environment_says(
    checkout: Checkout, pulumi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ACCESS_KEY_ID", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, "real")
    deploy(checkout, pulumi)
    for _, _, env in calls(checkout):
        assert "real" not in env.values()
        assert env["AWS_ENDPOINT_URL"] == env["HOTELARIA_SANDBOX_ENDPOINT"] == ACCOUNT.endpoint
        assert env["PULUMI_BACKEND_URL"] == f"file://{checkout.sandbox}/state"
    assert calls(checkout)[-1][2]["AWS_REGION"] == "sa-east-1"


def test_the_checkout_stays_as_it_was_and_the_salt_stays_in_the_sandbox(checkout: Checkout, pulumi: Path) -> None:
    before = {path: path.read_text() for path in checkout.root.glob("Pulumi*")}
    deploy(checkout, pulumi)
    assert {path: path.read_text() for path in checkout.root.glob("Pulumi*")} == before
    assert sorted(path.name for path in checkout.root.iterdir()) == [".sandbox", "Pulumi.dev.yaml", "Pulumi.yaml"]
    changed = "config:\n  aws:region: us-east-1\n"
    checkout.stack_file("dev").write_text(changed)
    deploy(checkout, pulumi)
    assert checkout.stack_copy("dev").read_text() == f"{changed}encryptionsalt: v1:salt\n"


def test_a_stack_is_created_once(checkout: Checkout, pulumi: Path) -> None:
    deploy(checkout, pulumi)
    deploy(checkout, pulumi, "preview")
    assert [arguments[0] for _, arguments, _ in calls(checkout)] == ["stack", "up", "preview"]


def test_a_stack_that_cannot_be_created_shows_what_the_engine_said(checkout: Checkout, pulumi: Path) -> None:
    checkout.stack_file("refused").touch()
    with pytest.raises(Failure, match=r"^pulumi stack init refused failed:\nerror: no such luck$"):
        deploy(checkout, pulumi, "up", "refused")


def test_the_passphrase_is_made_once_and_is_for_its_owner_alone(checkout: Checkout, pulumi: Path) -> None:
    deploy(checkout, pulumi)
    first = checkout.passphrase.read_text()
    deploy(checkout, pulumi)
    assert checkout.passphrase.read_text() == first
    assert len(first) >= 32
    assert checkout.passphrase.stat().st_mode & 0o777 == 0o600


def test_plugins_are_where_the_engine_looks_for_downloaded_ones_under_the_versions_it_asks_for(
    checkout: Checkout, pulumi: Path
) -> None:
    deploy(checkout, pulumi)
    plugins = checkout.pulumi_home / "plugins"
    assert {str(path.relative_to(plugins)): os.access(path, os.X_OK) for path in plugins.glob("*/*")} == {
        f"language-python-v{PINNED}/pulumi-language-python": True,
        "resource-aws-v7.51.1/pulumi-resource-aws": True,
        "resource-random-v4.21.4/pulumi-resource-random": True,
    }


def test_the_engine_s_exit_status_is_the_command_s(checkout: Checkout, pulumi: Path) -> None:
    deploy(checkout, pulumi)
    behave(checkout, "sys.exit(255)")
    assert deploy(checkout, pulumi) == 255
    assert not checkout.run.exists()


def test_a_first_interrupt_is_left_to_the_engine(checkout: Checkout, pulumi: Path) -> None:
    """What a terminal does with Ctrl-C: every process of the foreground hears it."""
    deploy(checkout, pulumi)
    behave(
        checkout,
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(7))\nos.kill(os.getppid(), signal.SIGINT)\n"
        "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(600)",
    )
    handler = signal.getsignal(signal.SIGINT)
    assert deploy(checkout, pulumi) == 7
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_termination_is_passed_on_to_the_engine_as_an_interrupt(checkout: Checkout, pulumi: Path) -> None:
    deploy(checkout, pulumi)
    behave(
        checkout,
        "signal.signal(signal.SIGINT, lambda *_: sys.exit(8))\nos.kill(os.getppid(), signal.SIGTERM)\ntime.sleep(600)",
    )
    assert deploy(checkout, pulumi) == 8


def plugin(checkout: Checkout) -> Process | None:
    return Process.find(int((checkout.pulumi_home / "plugin").read_text()))


def test_an_engine_that_is_killed_leaves_no_plugins_and_no_lock(
    checkout: Checkout, pulumi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(checkout, pulumi)
    lock = write_lock(checkout.state, pid=2**22 + 1, hostname=state.this_host())
    behave(checkout, f"{WITH_A_PLUGIN}\nos.kill(os.getpid(), signal.SIGKILL)")
    capsys.readouterr()
    assert deploy(checkout, pulumi) == 137
    assert capsys.readouterr().err == (
        "The engine was ended by signal 9.\n"
        "Ended 1 processes that pulumi up of dev had left behind.\n"
        f"Lifted the lock on dev: process {2**22 + 1}, which took it, is gone.\n"
    )
    assert plugin(checkout) is None
    assert not lock.exists()
    assert not checkout.run.exists()


def test_the_next_command_puts_right_what_a_killed_command_and_its_killed_engine_left(
    checkout: Checkout, pulumi: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with abandoned(checkout, pulumi) as run:
        os.kill(run.engine.pid, signal.SIGKILL)
        processes.gone([run.engine], 5)
        capsys.readouterr()
        engine.recover(checkout)
        assert capsys.readouterr().err == "Ended 1 processes that pulumi up of dev had left behind.\n"
        assert plugin(checkout) is None
        assert not checkout.run.exists()


def test_an_engine_that_still_works_is_not_disturbed_though_its_command_was_killed(
    checkout: Checkout, pulumi: Path
) -> None:
    with abandoned(checkout, pulumi) as run:
        with pytest.raises(Failure) as refusal:
            engine.recover(checkout)
        assert str(refusal.value) == (
            f"pulumi up of dev (process {run.engine.pid}) is still at work, though the command that started it is gone. "
            f"Wait until it ends, or end it in order: kill -INT {run.engine.pid}"
        )
        assert run.engine.alive()
        assert plugin(checkout) is not None


class abandoned:
    """An engine at work, with a plugin, whose command was killed with -9."""

    def __init__(self, checkout: Checkout, pulumi: Path) -> None:
        self.checkout, self.pulumi = checkout, pulumi

    def __enter__(self) -> engine.Run:
        engine.prepare(self.checkout, "dev", self.pulumi, ACCOUNT)
        behave(self.checkout, f"{WITH_A_PLUGIN}\nprint('at work', flush=True)\ntime.sleep(600)")
        program = (
            "import sys; from pathlib import Path; from tools import engine; from tools.checkout import Checkout; "
            "from tests.tools.test_engine import ACCOUNT; "
            "engine.run(Checkout(Path(sys.argv[1])), 'up', 'dev', Path(sys.argv[2]), ACCOUNT)"
        )
        command = subprocess.Popen(
            [sys.executable, "-c", program, str(self.checkout.root), str(self.pulumi)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert command.stdout is not None
        assert command.stdout.readline() == "at work\n"
        while (run := engine._written_down(self.checkout)) is None:
            pass
        command.kill()
        command.wait()
        self.run = run
        return run

    def __exit__(self, *_: object) -> None:
        processes.end(processes.marked(environment.RUN, self.run.id), grace=1)


def test_a_lock_whose_owner_is_alive_stops_the_command_and_stays(checkout: Checkout) -> None:
    lock = write_lock(checkout.state, pid=os.getpid(), hostname=state.this_host())
    content = json.loads(lock.read_text())
    lock.write_text(json.dumps({**content, "timestamp": "2126-01-01T00:00:00Z"}))  # younger than this process
    with pytest.raises(
        Failure, match=rf"^Stack dev is locked by process {os.getpid()} on {state.this_host()}, since 00:00:00 UTC"
    ):
        engine.recover(checkout)
    assert lock.exists()


def stack(name: str, *pending: str, resources: tuple[dict[str, Any], ...] = ()) -> state.Stack:
    return state.Stack(name, resources, pending, None)


@pytest.mark.parametrize(
    ("stacks", "expected"),
    [
        ([], False),
        ([stack("dev", resources=(VPC,))], False),
        ([stack("dev", "updating", "deleting", resources=(VPC,))], False),  # known, and the next up repeats it
        ([stack("dev", "updating", "creating")], True),
        ([stack("dev", "creating"), stack("prod")], True),  # prod was only created
        ([stack("dev"), stack("prod", "creating", resources=(VPC,))], False),  # not this command's business
    ],
)
def test_only_an_unfinished_creation_makes_a_stack_doubtful(stacks: list[state.Stack], expected: bool) -> None:
    assert engine.in_doubt(stacks, "dev") is expected


def test_a_doubtful_stack_does_not_take_another_one_with_it_unasked() -> None:
    with pytest.raises(Failure, match=r"`make down` starts over; it forgets prod too, which share the account\.$"):
        engine.in_doubt([stack("dev", "creating"), stack("prod", resources=(VPC,))], "dev")


def test_the_last_run_is_shown_once_more_by_its_kind(checkout: Checkout, pulumi: Path) -> None:
    deploy(checkout, pulumi)
    for age, name in ((300, "up"), (200, "destroy"), (100, "preview")):
        path = checkout.logs / f"engine-{name}.json"
        path.touch()
        os.utime(path, (1e9 - age, 1e9 - age))
    assert engine.replay(checkout, pulumi) == 0
    assert calls(checkout)[-1][1] == ["replay-events", "update", "--preview", f"{checkout.logs}/engine-preview.json"]
    os.utime(checkout.logs / "engine-destroy.json")
    engine.replay(checkout, pulumi)
    assert calls(checkout)[-1][1] == ["replay-events", "destroy", f"{checkout.logs}/engine-destroy.json"]


def test_without_a_run_there_is_nothing_to_show(checkout: Checkout, pulumi: Path) -> None:
    with pytest.raises(Failure, match=r"^No engine has run in this sandbox yet\.$"):
        engine.replay(checkout, pulumi)
