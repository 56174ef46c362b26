"""What a person sees of long work, and of work that fails."""

import os
import sys
from pathlib import Path

import pytest

from tools import steps
from tools.steps import Failure, duration, run_watched, step


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (26.4, "26 s"), (59.6, "1 min 00 s"), (245.0, "4 min 05 s")],
)
def test_elapsed_time_reads_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_step_says_its_name_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with step("Work"):
        pass
    assert capsys.readouterr() == ("", "==> Work\n    done in 0.0 s\n")


def test_a_step_that_is_interrupted_says_so_and_passes_it_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), step("Work"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "==> Work\n    stopped after 0.0 s\n"


def test_output_goes_to_the_log_and_not_to_the_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "logs" / "x.log"
    run_watched(["/bin/sh", "-c", "echo out; echo err >&2"], log, lambda line: line)
    assert log.read_text() == "out\nerr\n"
    assert capsys.readouterr() == ("", "")


def test_a_failure_shows_the_end_of_the_log_and_where_it_is(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with pytest.raises(Failure) as failure:
        run_watched(["/bin/sh", "-c", "seq 20; exit 3"], log, lambda line: None)
    shown = "\n".join(f"    {number}" for number in range(6, 21))
    assert str(failure.value) == f"sh failed with exit status 3; the end of {log}:\n{shown}"


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"^/no/such/program cannot be started: No such file or directory$"):
        run_watched(["/no/such/program"], tmp_path / "x.log", lambda line: None)


def test_work_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"^sh took longer than 0\.1 s and was ended$"):
        run_watched(["/bin/sh", "-c", "exec sleep 600"], tmp_path / "x.log", lambda line: None, timeout=0.1)


def test_an_interrupt_ends_the_program_before_it_is_passed_on(tmp_path: Path) -> None:
    seen: list[int] = []

    def interrupted(line: str) -> None:
        seen.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_watched(["/bin/sh", "-c", "echo $$; exec sleep 600"], tmp_path / "x.log", interrupted)
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


def test_a_watched_program_shows_its_progress_without_a_terminal_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(steps, "TICK", 0.01)
    monkeypatch.setattr(steps, "QUIET_INTERVAL", 0.0)
    waits = "import pathlib, sys, time\nprint('42 packages', flush=True)\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)"
    log, go_on = tmp_path / "x.log", tmp_path / "go-on"

    real = steps.say

    def seen(text: str) -> None:
        real(text)
        if "42 packages" in text:
            go_on.touch()

    monkeypatch.setattr(steps, "say", seen)
    run_watched([sys.executable, "-c", waits, str(go_on)], log, lambda line: f"{line} compiled")
    assert "s  42 packages compiled\n" in capsys.readouterr().err
