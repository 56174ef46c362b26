"""What is read from Pulumi's file backend: stacks, and whether a lock's owner may be alive."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools import state

TAKEN = datetime(2026, 11, 24, 8, 54, 44, tzinfo=UTC)


def write_lock(folder: Path, stack: str = "dev", pid: int = 4711, hostname: str = "here") -> Path:
    """A lock as the pinned engine writes it, with the file that its storage library puts beside it."""
    path = folder / ".pulumi" / "locks" / "organization" / "hotelaria" / stack / "f7969e62.json"
    path.parent.mkdir(parents=True)
    content = {"pid": pid, "username": "ana", "hostname": hostname, "timestamp": "2026-11-24T08:54:44.526993956Z"}
    path.write_text(json.dumps(content))
    path.with_name(f"{path.name}.attrs").write_text("{}")
    return path


def write_stack(
    folder: Path, name: str, resources: list[dict[str, object]] | None, pending: list[dict[str, object]] | None = None
) -> None:
    """A checkpoint as the pinned engine writes it; `resources` None is a stack that was only created."""
    latest: dict[str, object] | None = None
    if resources is not None:
        latest = {"manifest": {"time": "2026-11-24T08:54:48.77906096Z"}, "resources": resources}
        if pending:
            latest["pending_operations"] = pending
    path = folder / ".pulumi" / "stacks" / "hotelaria" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, "checkpoint": {"stack": name, "latest": latest}}))
    path.with_name(f"{name}.json.bak").write_text("not read")
    path.with_name(f"{name}.json.attrs").write_text("not read")


VPC: dict[str, object] = {
    "type": "aws:ec2/vpc:Vpc",
    "custom": True,
    "id": "vpc-1",
    "outputs": {"arn": "arn:aws:ec2:::vpc/vpc-1", "cidrBlock": "10.0.0.0/16"},
}
PROVIDER: dict[str, object] = {
    "type": "pulumi:providers:aws",
    "custom": True,
    "id": "0a",
    "outputs": {"region": "sa-east-1"},
}
ROOT: dict[str, object] = {"type": "pulumi:pulumi:Stack"}


def test_an_empty_backend_has_no_stacks_and_no_locks(tmp_path: Path) -> None:
    assert state.stacks(tmp_path) == []
    assert state.locks(tmp_path) == []


def test_stacks_are_read_with_their_resources_and_unfinished_operations(tmp_path: Path) -> None:
    write_stack(tmp_path, "prod", None)
    write_stack(tmp_path, "dev", [ROOT, PROVIDER, VPC], [{"type": "creating", "resource": {}}])
    dev, prod = state.stacks(tmp_path)
    assert dev == state.Stack(
        "dev", (ROOT, PROVIDER, VPC), ("creating",), datetime(2026, 11, 24, 8, 54, 48, 779060, tzinfo=UTC)
    )
    assert prod == state.Stack("prod", (), (), None)


def test_a_stack_is_deployed_once_it_describes_something_in_the_account() -> None:
    assert state.Stack("dev", (ROOT, PROVIDER, VPC), (), None).deployed
    assert not state.Stack("dev", (ROOT, PROVIDER), (), None).deployed


def test_a_stack_s_names_are_those_by_which_the_account_knows_its_resources() -> None:
    assert state.Stack("dev", (ROOT, VPC), (), None).names == {"vpc-1", "arn:aws:ec2:::vpc/vpc-1"}


@pytest.mark.parametrize(
    ("hostname", "began", "expected"),
    [
        ("here", None, False),  # no process has the pid
        ("here", TAKEN.timestamp() - 60, True),  # the owner
        ("here", TAKEN.timestamp() + 60, False),  # a later process with the same pid
        ("here", TAKEN.timestamp() + 1, True),  # the owner, by a clock that rounds
        ("elsewhere", None, True),  # from here nobody can tell
    ],
)
def test_a_lock_is_held_while_its_owner_may_be_alive(hostname: str, began: float | None, expected: bool) -> None:
    lock = state.Lock(Path("x"), "dev", 4711, hostname, TAKEN)
    assert state.held(lock, "here", {4711: began}.__getitem__) is expected


def test_a_lock_is_read_and_lifted_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    path = write_lock(tmp_path)
    [lock] = state.locks(tmp_path)
    assert (lock.stack, lock.pid, lock.hostname) == ("dev", 4711, "here")
    assert lock.taken.replace(microsecond=0) == TAKEN
    state.lift(lock)
    assert list(path.parent.iterdir()) == []
    assert state.locks(tmp_path) == []
