"""Deployments: the commands of the Makefile in a checkout of their own, and engine runs over a provider that does nothing."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tools import engine, pulumi_cli, state
from tools.account import Account
from tools.bench.nothing import recorded
from tools.checkout import CODE, Checkout
from tools.steps import Failure

NOWHERE = Account("http://127.0.0.1:1", os.getpid(), "none", "")
"""What the engine is told of an account where the provider never asks one."""


@dataclass(frozen=True)
class Run:
    """One command."""

    seconds: float
    """Elapsed time."""
    resources: int
    """In the stack's state afterwards, the stack and its components included."""
    calls: int
    """Requests that the account answered meanwhile."""


class Real:
    """A copy of this checkout with this one's virtual environment, and an account of its own."""

    def __init__(self, root: Path) -> None:
        self.checkout = Checkout(root)
        shutil.copytree(CODE, root, symlinks=True, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        (root / ".venv").symlink_to(sys.prefix)

    def make(self, command: str, stack: str) -> Run:
        """What the Makefile runs for a target, timed: the look at the virtual environment, then the command."""
        before = self._calls()
        begun = time.monotonic()
        _run([sys.executable, "-m", "tools.setup"], CODE)  # that of the copy would find a virtual environment moved
        _run(
            [str(self.checkout.root / ".venv/bin/python"), "-m", "tools", command, "--stack", stack], self.checkout.root
        )
        seconds = time.monotonic() - begun
        return Run(seconds, len(self._state(stack)), self._calls() - before)

    def outputs(self, stack: str) -> dict[str, dict[str, object]]:
        """What the account gave each resource of the deployed stack (`recorded`)."""
        return recorded(self._state(stack))

    def forget(self) -> None:
        """End the account."""
        _run([str(self.checkout.root / ".venv/bin/python"), "-m", "tools", "down"], self.checkout.root)

    def _state(self, stack: str) -> tuple[dict[str, object], ...]:
        return next((known.resources for known in state.stacks(self.checkout.state) if known.name == stack), ())

    def _calls(self) -> int:
        if not self.checkout.account.is_file():
            return 0
        endpoint = json.loads(self.checkout.account.read_text(encoding="utf-8"))["endpoint"]
        with urllib.request.urlopen(f"{endpoint}/hotelaria/incarnation") as answer:  # noqa: S310 it is on loopback
            return sum(json.load(answer)["requests"].values())


class Idle:
    """The program alone in a folder, deployed by the same engine over a provider that does nothing."""

    def __init__(self, root: Path, stack: str, outputs: dict[str, dict[str, object]]) -> None:
        self.checkout, self.stack = Checkout(root), stack
        self.binary = pulumi_cli.ensure(os.environ)
        root.mkdir()
        for name in ("components", "app"):
            shutil.copytree(CODE / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("__main__.py", "settings.py", "Pulumi.yaml", f"Pulumi.{stack}.yaml"):
            shutil.copy(CODE / name, root)
        self.outputs = root / "outputs.json"
        self.outputs.write_text(json.dumps(outputs), encoding="utf-8")

    def start_over(self) -> None:
        """Make an empty stack ready, and put the idle provider where the engine looks for the others."""
        shutil.rmtree(self.checkout.sandbox, ignore_errors=True)
        self.checkout.logs.mkdir(parents=True)
        engine.prepare(self.checkout, self.stack, self.binary, NOWHERE)
        for plugin in (self.checkout.pulumi_home / "plugins").glob("resource-*/*"):
            version = plugin.parent.name.rpartition("-v")[2]
            command = shlex.join([sys.executable, "-m", "tools.bench.nothing", str(self.outputs), version])
            plugin.unlink()
            plugin.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(CODE))} exec {command} "$@"\n', encoding="utf-8")
            plugin.chmod(0o755)

    def up(self) -> float:
        """Seconds of the engine's run alone."""
        log = self.checkout.root / "up.log"
        with log.open("w", encoding="utf-8") as shown:
            begun = time.monotonic()
            status = engine.run(self.checkout, "up", self.stack, self.binary, NOWHERE, stdout=shown, stderr=shown)
            seconds = time.monotonic() - begun
        if status:
            raise Failure(f"pulumi up over a provider that does nothing failed:\n{_end(log.read_text('utf-8'))}")
        return seconds


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise Failure(f"{shlex.join(command[1:])} failed:\n{_end(done.stdout)}")


def _end(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()[-30:])
