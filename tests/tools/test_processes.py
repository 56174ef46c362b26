"""Processes by identity: found, told apart from later ones with the same pid, ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tools.processes import Process, end, gone, marked, started

WAITS = "import sys; print('ready', flush=True); sys.stdin.read()"
STUBBORN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); sys.stdin.read()"
)


@contextmanager
def child(program: str = WAITS, **env: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that is there until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def found(process: "subprocess.Popen[str]") -> Process:
    seen = Process.find(process.pid)
    assert seen is not None
    return seen


def test_a_running_process_is_alive_and_one_that_ended_is_not() -> None:
    with child() as process:
        seen = found(process)
        assert seen.alive()
        process.communicate("")
        assert not seen.alive()
        assert Process.find(process.pid) is None


def test_what_is_left_of_a_process_that_nobody_waited_for_is_not_alive() -> None:
    with child() as process:
        seen = found(process)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it ended, and its entry stays
        assert not seen.alive()


def test_another_process_with_the_same_pid_is_another_process() -> None:
    mine = Process.find(os.getpid())
    assert mine is not None
    boot, _, tick = mine.born.rpartition("/")
    assert not Process(mine.pid, f"{boot}/{int(tick) + 1}").alive()
    assert not Process(mine.pid, f"another-boot/{tick}").alive()


def test_the_start_of_a_process_is_told_in_seconds_since_1970() -> None:
    before = time.time()
    with child() as process:
        began = started(process.pid)
        assert began is not None
        assert before - 2 <= began <= time.time() + 2  # the kernel tells its own start in whole seconds
    assert started(process.pid) is None


def test_processes_are_found_by_a_variable_that_they_were_started_with() -> None:
    with child(HOTELARIA_RUN="a b") as one, child(HOTELARIA_RUN="a b c"), child(HOTELARIA_RUN="a b") as two:
        assert {process.pid for process in marked("HOTELARIA_RUN", "a b")} == {one.pid, two.pid}
        assert marked("HOTELARIA_RUN", "a") == []
        assert marked("RUN", "a b") == []


def test_ending_asks_first_and_then_insists() -> None:
    with child() as polite, child(STUBBORN) as stubborn:
        asked, forced = found(polite), found(stubborn)
        end([asked])
        end([forced], grace=0.1)
        assert [asked.alive(), forced.alive()] == [False, False]
        assert (polite.wait(), stubborn.wait()) == (-signal.SIGTERM, -signal.SIGKILL)


def test_a_later_process_with_the_same_pid_is_left_alone() -> None:
    with child() as process:
        end([Process(process.pid, "long ago")], grace=0)
        assert found(process).alive()


def test_waiting_for_processes_returns_those_that_stay() -> None:
    with child() as stays, child() as leaves:
        both = [found(stays), found(leaves)]
        leaves.communicate("")
        assert gone(both, grace=0.05) == [both[0]]
