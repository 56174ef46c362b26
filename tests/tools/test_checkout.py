"""The lock that keeps two commands from changing one sandbox at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.checkout import CODE, Checkout
from tools.steps import Failure

HOLDER = """
import sys
from pathlib import Path
from tools.checkout import Checkout
with Checkout(Path(sys.argv[1])).locked("make up STACK=dev"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(checkout: Checkout) -> "subprocess.Popen[str]":
    """Another process that holds the checkout's lock until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(checkout.root)], cwd=CODE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_command_is_told_which_one_is_under_way(checkout: Checkout) -> None:
    other = holder(checkout)
    with pytest.raises(Failure) as refusal, checkout.locked("make down"):
        pass
    assert str(refusal.value) == (
        f"make up STACK=dev (process {other.pid}) is under way in this checkout. Wait until it ends, or press Ctrl-C there."
    )
    other.communicate("")


def test_the_lock_is_free_once_its_holder_ended_in_order_or_was_killed(checkout: Checkout) -> None:
    holder(checkout).communicate("")
    with checkout.locked("make down"):
        pass
    killed = holder(checkout)
    killed.kill()
    killed.communicate()
    with checkout.locked("make down"):
        pass


def test_another_checkout_is_not_concerned(checkout: Checkout, tmp_path: Path) -> None:
    other = holder(checkout)
    (tmp_path / "second").mkdir()
    with Checkout(tmp_path / "second").locked("make up STACK=dev"):
        pass
    other.communicate("")


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = checkout.sandbox / "lock"
    checkout.sandbox.mkdir()
    path.touch()
    import fcntl

    real = fcntl.flock
    seen: list[int] = []

    def removed_just_before(descriptor: int, operation: int) -> None:
        if not seen:
            path.unlink()  # what `make down` does with the lock that we have just opened
        seen.append(descriptor)
        real(descriptor, operation)

    monkeypatch.setattr("tools.checkout.fcntl.flock", removed_just_before)
    with checkout.locked("make up STACK=dev"):
        assert path.read_text().startswith("make up STACK=dev (process ")
    assert len(seen) == 2


def test_the_sandbox_s_folder_is_for_its_owner_alone(checkout: Checkout) -> None:
    with checkout.locked("make up STACK=dev"):
        assert checkout.sandbox.stat().st_mode & 0o777 == 0o700


def test_stacks_are_named_by_their_files(checkout: Checkout) -> None:
    (checkout.root / "Pulumi.prod.yaml").touch()
    assert checkout.stack_names() == ["dev", "prod"]
