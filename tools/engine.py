"""Engine runs: `pulumi up`, `preview` and so on against the sandbox, and what is put right after one that was killed."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from tools import environment, processes, pulumi_cli, stack_file, state
from tools.account import Account
from tools.checkout import CODE, Checkout
from tools.processes import Process
from tools.steps import Failure, say

PLUGINS = {
    "language-python": CODE / "sandbox" / "host" / "pulumi-language-python",
    "resource-aws": CODE / "sandbox" / "bin" / "pulumi-resource-aws",
    "resource-random": CODE / "sandbox" / "bin" / "pulumi-resource-random",
}
"""Plugins by kind and name. A vendor's CLI prefers the language host beside it."""

COMMANDS: dict[str, Sequence[str]] = {
    "up": ("up", "--yes"),  # with its preview: what only the account can refuse is refused before anything is made
    "preview": ("preview",),
    "refresh": ("refresh", "--yes", "--skip-preview"),
    "destroy": ("destroy", "--yes"),  # with its preview: what is protected refuses before anything else is deleted
}
"""What each command of the Makefile asks of the engine. Nothing asks back: in the sandbox nothing is at stake."""


LEAVE_SECONDS = 1.0
"""How long an engine's plugins may take to leave by themselves once it is gone."""


@dataclass(frozen=True)
class Run:
    """An engine run as the next command finds it written down."""

    id: str
    """Marks all its processes (`environment.RUN`)."""
    command: str
    stack: str
    engine: Process


def prepare(checkout: Checkout, stack: str, binary: Path, account: Account) -> None:
    """Make everything ready for the engine to work on `stack`: its plugins, its copy of the stack file, the stack.

    The caller holds the checkout's lock and has called `recover`.
    """
    _install_plugins(checkout)
    if not checkout.passphrase.is_file():
        checkout.passphrase.touch(mode=0o600)
        checkout.passphrase.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    checkout.state.mkdir(parents=True, exist_ok=True)
    _copy_stack_file(checkout, stack)
    if stack not in [known.name for known in state.stacks(checkout.state)]:
        # In the folder of the copies, since `stack init` writes the salt beside the Pulumi.yaml it finds.
        command = [str(binary), "stack", "init", stack, "--no-select", "--cwd", str(checkout.stacks)]
        env = environment.engine(os.environ, Path(sys.executable), checkout, account.endpoint, None, "")
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failure(f"pulumi stack init {stack} failed:\n{done.stdout}{done.stderr}")


def run(
    checkout: Checkout,
    command: str,
    stack: str,
    binary: Path,
    account: Account,
    *extra: str,
    env: Mapping[str, str] | None = None,
    stdout: IO[str] | None = None,
    stderr: IO[str] | None = None,
) -> int:
    """Run the engine, and return its exit status; `prepare` has been called.

    `extra` arguments are added to the command's own, `env` to the sandbox's environment. What the engine prints goes to
    the terminal, or to the files `stdout` and `stderr`.

    Ctrl-C reaches the engine as the terminal sends it: the first one ends the run in order, the second at once. A
    SIGTERM to this process (a CI job that is cancelled) is passed on as a first Ctrl-C.
    """
    run_id = secrets.token_hex(8)
    region = stack_file.region_of(checkout.stack_file(stack).read_text(encoding="utf-8"))
    surroundings = environment.engine(os.environ, Path(sys.executable), checkout, account.endpoint, region, run_id)
    event_log = checkout.logs / f"engine-{command}.json"
    arguments = [
        str(binary), *COMMANDS[command], *extra,
        "--stack", stack, "--config-file", str(checkout.stack_copy(stack)), "--event-log", str(event_log),
    ]  # fmt: skip
    engine: subprocess.Popen[bytes] | None = None

    def pass_on(_: int, __: FrameType | None) -> None:
        if engine:
            engine.send_signal(signal.SIGINT)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        engine = subprocess.Popen(
            arguments, cwd=checkout.root, env={**surroundings, **(env or {})}, stdout=stdout, stderr=stderr
        )
        if process := Process.find(engine.pid):
            _write_down(checkout, Run(run_id, command, stack, process))
        status = engine.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if status == 0:
        checkout.run.unlink(missing_ok=True)
        return 0
    if status < 0:
        say(f"The engine was ended by signal {-status}.")
    recover(checkout)
    return status if status > 0 else 128 - status


def recover(checkout: Checkout) -> None:
    """Put right what an engine left that did not end in order: its processes, and locks that nobody holds.

    Says what was done. The caller holds the checkout's lock. Raises Failure when an engine is still at work.
    """
    end_orphans(checkout)
    for lock in state.locks(checkout.state):
        if state.held(lock, state.this_host(), processes.started):
            raise Failure(
                f"Stack {lock.stack} is locked by process {lock.pid} on {lock.hostname}, since {lock.taken:%H:%M:%S} UTC. "
                "Wait until it ends. If it never will (another machine, or one that was renamed), `make down` starts over."
            )
        state.lift(lock)
        say(f"Lifted the lock on {lock.stack}: process {lock.pid}, which took it, is gone.")


def end_orphans(checkout: Checkout) -> None:
    """End what is left of the last engine run. Raises Failure when its engine is still at work."""
    last = _written_down(checkout)
    if last is None:
        return
    if last.engine.alive():
        raise Failure(
            f"pulumi {last.command} of {last.stack} (process {last.engine.pid}) is still at work, though the command "
            f"that started it is gone. Wait until it ends, or end it in order: kill -INT {last.engine.pid}"
        )
    orphans = processes.gone(processes.marked(environment.RUN, last.id), LEAVE_SECONDS)
    processes.end(orphans)
    if orphans:
        say(f"Ended {len(orphans)} processes that pulumi {last.command} of {last.stack} had left behind.")
    checkout.run.unlink()


def in_doubt(stacks: Sequence[state.Stack], name: str) -> bool:
    """Whether an engine was killed while it created something of stack `name`: then nobody knows whether the account has it.

    The engine alone would create it a second time. On AWS a person has to look; a sandbox starts over. Raises Failure
    when that would take other stacks with it.
    """
    if not any(stack.name == name and "creating" in stack.pending for stack in stacks):
        return False
    if others := [stack.name for stack in stacks if stack.name != name and stack.deployed]:
        raise Failure(
            f"The last run of {name} was killed while it created something, and whether the account has it was never "
            f"written down. `make down` starts over; it forgets {', '.join(others)} too, which share the account."
        )
    return True


def replay(checkout: Checkout, binary: Path) -> int:
    """Show the last engine run once more, as it was shown then."""
    events = sorted(checkout.logs.glob("engine-*.json"), key=lambda path: path.stat().st_mtime)
    if not events:
        raise Failure("No engine has run in this sandbox yet.")
    command = events[-1].stem.removeprefix("engine-")
    kind = {"up": ["update"], "preview": ["update", "--preview"]}.get(command, [command])
    print(f"\nThe last engine run, pulumi {command}, from {events[-1]}:", flush=True)
    env = {
        **environment.clean(os.environ, Path(sys.executable)),
        "PULUMI_HOME": str(checkout.pulumi_home),
        "PULUMI_DEBUG_COMMANDS": "1",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    return subprocess.run([binary, "replay-events", *kind, events[-1]], env=env, check=False).returncode


def _install_plugins(checkout: Checkout) -> None:
    """Put the plugins where the engine looks for those it has downloaded.

    From PATH they would do as well, and any program may use them so; but the engine then warns of each one, several
    times a run.
    """
    for name, target in PLUGINS.items():
        folder = checkout.pulumi_home / "plugins" / f"{name}-v{_version(name)}"
        link = folder / target.name
        if not (link.is_symlink() and link.readlink() == target):
            folder.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)


def _version(plugin: str) -> str:
    """The version that the SDK asks of a plugin: its own."""
    kind, _, name = plugin.partition("-")
    return (
        pulumi_cli.PINNED
        if kind == "language"
        else pulumi_cli.pinned_version(pulumi_cli.REQUIREMENTS, f"pulumi-{name}")
    )


def _copy_stack_file(checkout: Checkout, stack: str) -> None:
    checkout.stacks.mkdir(parents=True, exist_ok=True)
    (checkout.stacks / "Pulumi.yaml").write_bytes((checkout.root / "Pulumi.yaml").read_bytes())
    source, copy = checkout.stack_file(stack), checkout.stack_copy(stack)
    salt = stack_file.salt_of(copy.read_text(encoding="utf-8")) if copy.is_file() else None
    copy.write_text(
        stack_file.copy_for_sandbox(source.read_text(encoding="utf-8"), source.name, salt), encoding="utf-8"
    )


def _write_down(checkout: Checkout, run_: Run) -> None:
    draft = checkout.run.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(run_)), encoding="utf-8")
    draft.replace(checkout.run)


def _written_down(checkout: Checkout) -> Run | None:
    with suppress(FileNotFoundError):
        told = json.loads(checkout.run.read_text(encoding="utf-8"))
        return Run(told["id"], told["command"], told["stack"], Process(**told["engine"]))
    return None
