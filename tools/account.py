"""The account's server: start it, find it again, end it. With an account goes the Pulumi state that describes it."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools import environment, processes, state
from tools.checkout import CODE, Checkout
from tools.processes import Process
from tools.stack_file import hosted_zone_of
from tools.steps import Failure, say, step

START_SECONDS = 60.0
"""How long a server may take to answer first; it is there in about 1 s on an idle machine."""

ANSWER_SECONDS = 10.0
"""How long a running server may take to say who it is, under the load of a whole deployment."""

LEAVE_SECONDS = 1.0
"""How long a server that does not answer may take to be gone: it is being ended at this moment."""


@dataclass(frozen=True)
class Account:
    """A running account."""

    endpoint: str
    """Where it answers, e.g. "http://127.0.0.1:41234"."""
    pid: int
    incarnation: str
    """Changes whenever the account begins empty: what was known of an earlier one is void."""
    started: str
    """When, in ISO 8601."""


def find(checkout: Checkout) -> Account | None:
    """The account of this checkout, None when none runs. Raises Failure when its process is there and does not answer."""
    try:
        told = json.loads(checkout.account.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    server = next((process for process in _servers(checkout) if process.pid == told["pid"]), None)
    if server is None:
        return None
    try:
        # The server's own word: a reset through moto's API begins a new account in the same process.
        incarnation = _incarnation(told["endpoint"])
    except OSError as error:
        if not processes.gone([server], LEAVE_SECONDS):
            return None
        raise Failure(
            f"The sandbox's account (process {server.pid}) does not answer at {told['endpoint']}: {error}. "
            "`make down` ends it, and `make up` starts over."
        ) from error
    return Account(told["endpoint"], server.pid, incarnation, told["started"])


def ensure(checkout: Checkout) -> Account:
    """The checkout's account, started empty if none runs. The caller holds the checkout's lock.

    State that describes an account which is gone is dropped with it, in so many words: the one without the other would
    be wrong about everything.
    """
    account = find(checkout)
    if account is None or account.incarnation != _described(checkout):
        if any(stack.deployed for stack in state.stacks(checkout.state)):
            say(
                "The account that the sandbox's Pulumi state describes is gone; the state goes with it. Starting empty."
            )
        _drop_state(checkout)
    if account is None:
        processes.end(_servers(checkout))  # one whose start was interrupted before it could say where it is
        checkout.account.unlink(missing_ok=True)
        account = _start(checkout)
    checkout.incarnation.write_text(account.incarnation, encoding="utf-8")
    return account


def start_over(checkout: Checkout) -> Account:
    """End the account, and begin an empty one with an empty Pulumi state. The caller holds the checkout's lock."""
    processes.end(_servers(checkout))
    _drop_state(checkout)
    return ensure(checkout)


def forget(checkout: Checkout) -> None:
    """End the server and remove all that the sandbox wrote. The caller holds the checkout's lock."""
    processes.end(_servers(checkout))
    for path in sorted(checkout.sandbox.iterdir(), key=lambda path: path.name == "lock"):  # the lock is held to the end
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    with suppress(OSError):  # not empty: another command has begun meanwhile
        checkout.sandbox.rmdir()


def _described(checkout: Checkout) -> str | None:
    with suppress(FileNotFoundError):
        return checkout.incarnation.read_text(encoding="utf-8")
    return None


def _drop_state(checkout: Checkout) -> None:
    checkout.incarnation.unlink(missing_ok=True)  # first: interrupted here, the next command drops the rest
    for folder in (checkout.state, checkout.stacks):
        shutil.rmtree(folder, ignore_errors=True)


def _servers(checkout: Checkout) -> list[Process]:
    return processes.marked(environment.SANDBOX, str(checkout.sandbox))


def _start(checkout: Checkout) -> Account:
    zones = {
        zone
        for name in checkout.stack_names()
        if (zone := hosted_zone_of(checkout.stack_file(name).read_text(encoding="utf-8")))
    }
    command = [sys.executable, "-m", "sandbox.account", "--port", "0", "--state-file", str(checkout.account)]
    for zone in sorted(zones):
        command += ["--zone-name", zone]
    checkout.logs.mkdir(parents=True, exist_ok=True)
    log = checkout.logs / "account.log"
    with step("AWS account in the sandbox (moto, on 127.0.0.1)"), log.open("ab") as output:
        server = subprocess.Popen(
            command,
            cwd=CODE,
            env=environment.account(os.environ, Path(sys.executable), checkout),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # outlives this command, and a Ctrl-C is not meant for it
        )
        deadline = time.monotonic() + START_SECONDS
        while (account := find(checkout)) is None:
            if server.poll() is not None:
                raise Failure(f"The account's server did not start; the end of {log}:\n{_tail(log)}")
            if time.monotonic() > deadline:
                raise Failure(
                    f"The account's server says nothing after {START_SECONDS:.0f} s; the end of {log}:\n{_tail(log)}"
                )
            time.sleep(0.05)
    return account


def _incarnation(endpoint: str) -> str:
    # Not through a proxy that the user may have set: this is loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{endpoint}/hotelaria/incarnation", timeout=ANSWER_SECONDS) as answer:
        return str(json.load(answer)["incarnation"])


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
    return "\n".join(f"    {line}" for line in lines)
