"""The checkout's own virtual environment, `.venv`: what it needs of the machine, and bringing it up to date.

Standard library only, for it runs before anything is installed. When nothing changed it does nothing, in a few
hundredths of a second. It may be interrupted at any moment: a stamp is written last, and without it the next run starts
afresh.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import sys
from pathlib import Path

from tools.steps import Failure, run_watched, step

DISK = 1_500_000_000
"""Bytes: 0.5 GB of packages, as much in the installer's cache, and some air. The Pulumi CLI looks for itself."""

ARCHITECTURES = {"x86_64", "amd64", "aarch64", "arm64"}
"""Those for which the packages and the Pulumi CLI exist ready-made; Linux says x86_64 and aarch64, macOS arm64."""

GLIBC = (2, 28)
"""The oldest C library that the pinned wheels with native code accept (their tags: manylinux_2_28)."""


def missing(
    system: str, machine: str, libc: tuple[str, str], modules: set[str], free_bytes: int, folder: Path
) -> str | None:
    """What this machine lacks, in one sentence that says what to do; None when it lacks nothing.

    `libc` is as `platform.libc_ver` gives it, `modules` those of Python's own that can be imported.
    """
    if system not in ("Linux", "Darwin"):
        return f"hotelaria runs on Linux and macOS, and this is {system or 'an unknown system'}: use a Linux machine, or WSL."
    if machine.lower() not in ARCHITECTURES:
        return f"hotelaria needs an x86-64 or 64-bit ARM machine, and this one is {machine or 'unknown'}."
    name, version = libc
    if name == "glibc" and tuple(int(part) for part in version.split(".")[:2]) < GLIBC:
        return f"The packages need glibc 2.28 or newer, and this system has {version}: use a system from 2019 or later."
    absent = sorted({"venv", "ensurepip"} - modules)
    if absent:
        package = f"python3.{sys.version_info.minor}-venv"
        return (
            f"This Python comes without its module {absent[0]}: install it "
            f"(Debian and Ubuntu: sudo apt-get install {package}), then repeat."
        )
    if free_bytes < DISK:
        return (
            f"The packages need {DISK / 1e9:.1f} GB, and {folder} has {free_bytes / 1e9:.1f} GB free: "
            "make room, then repeat."
        )
    return None


def stamp(requirements: bytes, python: str, root: Path) -> str:
    """What an installed `.venv` was made from: other requirements, another Python or another place make it void."""
    return hashlib.sha256(b"\0".join([requirements, python.encode(), os.fsencode(root)])).hexdigest()


def _look(root: Path) -> None:
    modules = {name for name in ("venv", "ensurepip") if importlib.util.find_spec(name)}
    lack = missing(
        platform.system(), platform.machine(), platform.libc_ver(), modules, shutil.disk_usage(root).free, root
    )
    if lack:
        raise Failure(lack)


def _collecting(line: str) -> str | None:
    """The progress of pip in a few words."""
    found = re.match(r"(Collecting|Downloading|Installing) (\S+)", line)
    if not found:
        return None
    return "installing" if found[1] == "Installing" else f"{found[1].lower()} {found[2]}"


def prepare(root: Path, requirements: Path) -> None:
    """Make `.venv` under `root` hold exactly `requirements`. Raises Failure saying what is missing or went wrong."""
    venv = root / ".venv"
    mark = venv / "hotelaria-stamp"
    wanted = stamp(requirements.read_bytes(), sys.version, root)
    if mark.is_file() and mark.read_text() == wanted:
        return
    _look(root)
    with requirements.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once in a new checkout: the second waits, and finds it done
        if mark.is_file() and mark.read_text() == wanted:
            return
        count = len(re.findall(r"^[\w.-]+==", requirements.read_text(), re.MULTILINE))
        # Not sys.executable: in an activated .venv that is the very interpreter about to be replaced.
        python = getattr(sys, "_base_executable", sys.executable)
        with step(f"Python packages: {count}, pinned in {requirements.name}; about half a minute"):
            mark.unlink(missing_ok=True)
            log = root / ".sandbox" / "logs" / "setup.log"
            run_watched([python, "-m", "venv", "--clear", str(venv)], log, lambda _: "virtual environment")
            # Compiling every module of pulumi-aws takes longer than all the rest, and few of them are ever imported.
            pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
            run_watched([*pip, "--require-hashes", "-r", str(requirements)], log, _collecting)
            mark.write_text(wanted)
