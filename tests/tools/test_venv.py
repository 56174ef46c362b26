"""The bootstrap: what a machine lacks in one sentence, and a `.venv` that is made anew only when it must be."""

import ast
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import setup, venv
from tools.checkout import CODE
from tools.steps import Failure
from tools.venv import missing, prepare, stamp

FINE: dict[str, Any] = {
    "system": "Linux",
    "machine": "x86_64",
    "libc": ("glibc", "2.36"),
    "modules": {"venv", "ensurepip"},
    "free_bytes": 10**10,
    "folder": Path("/home/ana/hotel"),
}


@pytest.mark.parametrize(
    "machine",
    [
        {},
        {"machine": "aarch64"},
        {"system": "Darwin", "machine": "arm64", "libc": ("", "")},
        {"libc": ("", "")},  # musl
        {"libc": ("glibc", "2.28")},
    ],
)
def test_a_machine_that_lacks_nothing_hears_nothing(machine: dict[str, Any]) -> None:
    assert missing(**{**FINE, **machine}) is None


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        ({"system": "Windows"}, "hotelaria runs on Linux and macOS, and this is Windows: use a Linux machine, or WSL."),
        ({"machine": "armv7l"}, "hotelaria needs an x86-64 or 64-bit ARM machine, and this one is armv7l."),
        (
            {"libc": ("glibc", "2.17")},
            "The packages need glibc 2.28 or newer, and this system has 2.17: use a system from 2019 or later.",
        ),
        (
            {"modules": {"venv"}},
            "This Python comes without its module ensurepip: install it (Debian and Ubuntu: sudo apt-get install "
            f"python3.{sys.version_info.minor}-venv), then repeat.",
        ),
        (
            {"free_bytes": 400_000_000},
            "The packages need 1.5 GB, and /home/ana/hotel has 0.4 GB free: make room, then repeat.",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_sentence_with_what_to_do(machine: dict[str, Any], sentence: str) -> None:
    assert missing(**{**FINE, **machine}) == sentence


def test_other_requirements_another_python_and_another_place_each_make_an_environment_void() -> None:
    base = (b"a==1", "3.11.7", Path("/a"))
    changed = [(b"a==2", "3.11.7", Path("/a")), (b"a==1", "3.12.1", Path("/a")), (b"a==1", "3.11.7", Path("/b"))]
    assert len({stamp(*given) for given in [base, *changed]}) == 4
    assert stamp(*base) == stamp(*base)


class Installs:
    """In place of the commands that make the environment: records them, makes the folder, and fails when told to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[Sequence[str]] = []
        self.failure: BaseException | None = None

    def __call__(self, command: Sequence[str], log: Path, note: object) -> None:
        self.commands.append(command)
        (self.root / ".venv").mkdir(exist_ok=True)
        if self.failure:
            raise self.failure


@pytest.fixture
def installs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installs:
    (tmp_path / "requirements-dev.txt").write_text("a==1 \\\n    --hash=sha256:00\nb.c-d==2 \\\n    --hash=sha256:11\n")
    recorder = Installs(tmp_path)
    monkeypatch.setattr(venv, "run_watched", recorder)
    return recorder


def test_an_environment_is_made_from_hashed_requirements_alone(
    installs: Installs, capsys: pytest.CaptureFixture[str]
) -> None:
    root, requirements = installs.root, installs.root / "requirements-dev.txt"
    prepare(root, requirements)
    make, install = installs.commands
    assert list(make[1:]) == ["-m", "venv", "--clear", f"{root}/.venv"]
    assert install[0] == f"{root}/.venv/bin/python"
    assert list(install[-3:]) == ["--require-hashes", "-r", str(requirements)]
    assert "==> Python packages: 2, pinned in requirements-dev.txt; about half a minute\n    done in 0." in (
        capsys.readouterr().err
    )


def test_nothing_is_done_when_nothing_changed(installs: Installs, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        prepare(installs.root, installs.root / "requirements-dev.txt")
    assert len(installs.commands) == 2
    capsys.readouterr()
    prepare(installs.root, installs.root / "requirements-dev.txt")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), Failure("no network")])
def test_an_installation_that_was_interrupted_or_failed_is_made_anew(
    installs: Installs, failure: BaseException
) -> None:
    requirements = installs.root / "requirements-dev.txt"
    prepare(installs.root, requirements)
    requirements.write_text("a==2 \\\n    --hash=sha256:22\n")
    installs.failure = failure
    with pytest.raises(type(failure)):
        prepare(installs.root, requirements)
    installs.failure = None
    installs.commands.clear()
    prepare(installs.root, requirements)
    assert len(installs.commands) == 2


def test_an_interrupted_change_back_is_not_taken_for_the_old_environment(installs: Installs) -> None:
    requirements = installs.root / "requirements-dev.txt"
    before = requirements.read_text()
    prepare(installs.root, requirements)
    requirements.write_text("a==2 \\\n    --hash=sha256:22\n")
    installs.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        prepare(installs.root, requirements)
    installs.failure = None
    requirements.write_text(before)
    installs.commands.clear()
    prepare(installs.root, requirements)
    assert len(installs.commands) == 2


def test_any_python_can_read_the_bootstrap_and_an_old_one_hears_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("setup.py", "__init__.py"):
        ast.parse((CODE / "tools" / name).read_text(), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setattr("tools.setup.shutil.which", lambda name: None)
    assert setup.main() == 1
    assert capsys.readouterr().err == (
        f"hotelaria needs Python 3.11 or newer, and {sys.executable} is 3.9. "
        "Install a newer one, or name it: make PYTHON=/path/to/python3\n"
    )


def test_an_old_python_hands_over_to_the_newest_one_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    on_path = {"python3.11": "/usr/bin/python3.11", "python3.13": "/usr/bin/python3.13"}
    monkeypatch.setattr("tools.setup.shutil.which", on_path.get)
    monkeypatch.setattr("tools.setup.os.execv", lambda path, arguments: started.append([path, *arguments]))
    setup.main()
    assert started[0] == ["/usr/bin/python3.13", "/usr/bin/python3.13", "-m", "tools.setup"]


def test_what_is_missing_ends_the_bootstrap_without_a_traceback(
    installs: Installs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(venv, "DISK", 10**18)
    monkeypatch.setattr(setup, "__file__", str(installs.root / "tools" / "setup.py"))
    assert setup.main() == 1
    assert capsys.readouterr().err.startswith("The packages need 1000000000.0 GB, and ")
    assert installs.commands == []


def test_the_bootstrap_needs_nothing_that_is_not_python_s_own() -> None:
    program = "import sys, tools.setup, tools.venv; print(*sorted(set(m.split('.')[0] for m in sys.modules) - sys.stdlib_module_names))"
    bare = subprocess.run([sys.executable, "-S", "-c", program], cwd=CODE, capture_output=True, text=True, check=True)
    assert bare.stdout.split() == ["__main__", "tools"] or bare.stdout.split() == ["tools"]
