"""The Makefile: a line for each target, and for each target a command."""

import os
import re
import subprocess

import pytest

from tools.__main__ import COMMANDS
from tools.checkout import CODE

MAKEFILE = (CODE / "Makefile").read_text()
PASSED_DOWN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "ARGS", "STACK")
"""What a `make test ARGS=...` that runs these tests hands to every make below it."""
TARGETS = re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)


def made(*arguments: str) -> str:
    # Not as a part of the `make test` that may run these tests.
    env = {name: value for name, value in os.environ.items() if name not in PASSED_DOWN}
    return subprocess.run(["make", *arguments], cwd=CODE, env=env, capture_output=True, text=True, check=True).stdout


def test_make_alone_lists_every_target_with_a_line() -> None:
    listed = [line.split(None, 1) for line in made().splitlines()[1:]]
    assert [name for name, _ in listed] == TARGETS
    assert all(len(what.split()) >= 2 for _, what in listed)
    assert all(len(line) <= 120 for line in made().splitlines())


def test_the_targets_of_a_day_s_work_are_there() -> None:
    assert {
        "up", "preview", "refresh", "destroy", "down", "status", "env", "logs", "image", "check", "test", "bench",
    } <= set(TARGETS)  # fmt: skip


def test_no_target_is_mistaken_for_a_file() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert sorted(phony.split()) == sorted(TARGETS)


@pytest.mark.parametrize("target", ["report-summary", "report-comment"])
def test_what_reads_reports_prepares_nothing(target: str) -> None:
    assert made("--dry-run", target) == f"python3 -m tools.report {target.removeprefix('report-')}\n"


@pytest.mark.parametrize("target", [t for t in TARGETS if t not in ("help", "report-summary", "report-comment")])
def test_every_target_prepares_the_checkout_and_hands_over(target: str) -> None:
    [recipe] = made("--dry-run", target, "STACK=prod", "ARGS=--diff").splitlines()
    prepare, command = recipe.split(" && ")
    assert prepare == "python3 -m tools.setup"
    assert command.split()[:3] == [".venv/bin/python", "-m", "tools"]
    assert command.split()[3] in COMMANDS


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["up"], "up --stack dev"),
        (["up", "STACK=prod", "ARGS=--diff"], "up --stack prod --diff"),
        (["image"], "image --stack dev"),
        (["image", "STACK=prod", "RELEASE=newest", "AWS=1"], "image --stack prod --release newest --aws"),
        (["report"], "report --stack dev --on sandbox"),
        (["report", "STACK=prod", "ON=aws"], "report --stack prod --on aws"),
        (["aws"], "aws --stack dev --run preview"),
        (["aws", "STACK=prod", "COMMAND=up"], "aws --stack prod --run up"),
        (["test", "ARGS=tests/tools -x"], "test tests/tools -x"),
    ],
)
def test_what_a_person_gives_reaches_the_command(arguments: list[str], command: str) -> None:
    assert " ".join(made("--dry-run", *arguments).split(" -m tools ")[1].split()) == command
