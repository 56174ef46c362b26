"""What a person sees while a command prepares something: steps with their elapsed time, and long work that moves.

Standard library only: the bootstrap uses it before anything is installed. All of it goes to standard error, so that
standard output holds a command's result and nothing else (`eval "$(make -s env)"`).
"""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

QUIET_INTERVAL = 30.0
"""Seconds between two progress lines where no terminal watches; a log should not fill with them."""


TICK = 1.0
"""Seconds between two updates of the line in which a terminal shows the progress."""


class Failure(Exception):
    """Something a person has to act on. Its text is all they see: no traceback."""


def say(text: str) -> None:
    """One line for the person who watches."""
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Elapsed time as people read it: "0.4 s", "26 s", "4 min 05 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and say how long it took or after how long it stopped."""
    begun = time.monotonic()
    say(f"==> {title}")
    try:
        yield
    except BaseException:
        say(f"    stopped after {duration(time.monotonic() - begun)}")
        raise
    say(f"    done in {duration(time.monotonic() - begun)}")


def run_watched(
    command: Sequence[str],
    log: Path,
    note: Callable[[str], str | None],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float | None = None,
) -> None:
    """Run a long command with its output in `log`, showing the elapsed time and the latest `note`.

    `note` turns a line of output into a few words on how far the work is; None keeps the last ones. Raises Failure
    with the end of the output when the command fails, is not there, or takes longer than `timeout` seconds. An
    interrupt ends the command before it is passed on.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        process = subprocess.Popen(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace",
        )  # fmt: skip
    except OSError as error:
        raise Failure(f"{command[0]} cannot be started: {error.strerror}") from error
    progress = _Progress(timeout, process)
    try:
        assert process.stdout is not None
        with log.open("w", encoding="utf-8", buffering=1) as file:
            for line in process.stdout:
                file.write(line)
                progress.note = note(line.rstrip()) or progress.note
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        progress.close()
    if progress.timed_out:
        raise Failure(f"{Path(command[0]).name} took longer than {duration(timeout or 0)} and was ended")
    if status:
        tail = "".join(f"    {line}\n" for line in log.read_text(encoding="utf-8").splitlines()[-15:])
        raise Failure(f"{Path(command[0]).name} failed with exit status {status}; the end of {log}:\n{tail.rstrip()}")


class _Progress:
    """A thread that shows the elapsed time: once a second in one line of a terminal, rarely elsewhere."""

    def __init__(self, timeout: float | None, process: "subprocess.Popen[str]") -> None:
        self.note = ""
        self.timed_out = False
        self._timeout = timeout
        self._process = process
        self._begun = time.monotonic()
        self._done = threading.Event()
        self._terminal = sys.stderr.isatty()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        shown = self._begun
        while not self._done.wait(TICK if self._timeout is None else min(TICK, self._timeout)):
            now = time.monotonic()
            if self._timeout is not None and now - self._begun > self._timeout:
                self.timed_out = True
                self._process.kill()
                return
            text = f"    {duration(now - self._begun)}  {self.note}"
            if self._terminal:
                width = shutil.get_terminal_size().columns - 1
                print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)
            elif now - shown >= QUIET_INTERVAL:
                shown = now
                say(text)

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
