"""Processes by identity. A pid alone may belong to somebody else by now; a pid and the moment of its birth do not.

Linux only (/proc), as is the sandbox.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process, and no later one that gets its pid."""

    pid: int
    born: str
    """The machine's boot and the clock tick of the process's start in it: equal for no two processes of one pid."""

    @classmethod
    def find(cls, pid: int) -> "Process | None":
        """The process that has `pid` now; None when there is none, or only its unreaped remains."""
        try:
            stat = (_PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        state, *fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
        if state in ("Z", "X"):
            return None
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return cls(pid, f"{boot}/{fields[18]}")

    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Process.find(self.pid) == self


def started(pid: int) -> float | None:
    """When the process that has `pid` now began, in seconds since 1970; None when there is none."""
    process = Process.find(pid)
    if process is None:
        return None
    boot = next(int(line.split()[1]) for line in (_PROC / "stat").read_text().splitlines() if line.startswith("btime "))
    return boot + int(process.born.rpartition("/")[2]) / os.sysconf("SC_CLK_TCK")


def marked(variable: str, value: str) -> list[Process]:
    """The processes of this user that were started with `variable` set to `value`, this one excepted."""
    wanted = f"{variable}={value}".encode()
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):  # another user's, or gone meanwhile
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(Process.find(int(folder.name)))
    return [process for process in found if process]


def end(processes: Iterable[Process], grace: float = 5.0) -> None:
    """End processes: SIGTERM, and SIGKILL for those that are still there after `grace` seconds."""
    left = list(processes)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in left:
            if process.alive():
                with suppress(ProcessLookupError):
                    os.kill(process.pid, number)
        left = gone(left, grace)


def gone(processes: Iterable[Process], grace: float) -> list[Process]:
    """Wait until all are gone, `grace` seconds at most, and return those that are not."""
    deadline = time.monotonic() + grace
    while (left := [process for process in processes if process.alive()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
