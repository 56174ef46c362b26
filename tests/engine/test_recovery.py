"""What goes wrong in the middle, and how the next command goes on."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.conftest import TIME_LIMIT, World

SMALL = '''
"""A key, and a record that cannot be made while somebody else's stands in its place."""
import pulumi
import pulumi_aws as aws

zone = aws.route53.get_zone(name="hotelaria.example")
group = aws.cloudwatch.LogGroup("group", retention_in_days=7)
key = aws.kms.Key("key", deletion_window_in_days=7, opts=pulumi.ResourceOptions(depends_on=[group]))
record = aws.route53.Record(
    "record", zone_id=zone.zone_id, name="door.hotelaria.example", type="A", ttl=60, records=["192.0.2.1"],
    opts=pulumi.ResourceOptions(depends_on=[key]),
)
'''

FOREIGN_RECORD = {
    "Name": "door.hotelaria.example",
    "Type": "A",
    "TTL": 60,
    "ResourceRecords": [{"Value": "192.0.2.9"}],
}


@pytest.fixture
def small(fresh: World) -> World:
    (fresh.root / "__main__.py").write_text(SMALL)
    (fresh.root / "Pulumi.yaml").write_text("name: hotelaria\nruntime: python\n")
    stack = (fresh.root / "Pulumi.dev.yaml").read_text()
    assert "hosted_zone: hotelaria.example" in stack  # what the account is seeded with
    return fresh


def wait_for(happened: Callable[[], bool], what: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + TIME_LIMIT
    while not happened():
        assert process.poll() is None, f"ended before {what}: {process.communicate()[0]}"
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    found = [int(c) for t in Path(f"/proc/{pid}/task").glob("*/children") for c in t.read_text().split()]
    return found + [g for c in found for g in children(c)]


def engine_of(pid: int) -> int | None:
    """The process among the descendants of `pid` that is the Pulumi engine."""
    for child in children(pid):
        try:
            name = Path(f"/proc/{child}/exe").resolve().name
            arguments = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if name.startswith("pulumi") and b"up" in arguments:
            return child
    return None


def creating(small: World, process: "subprocess.Popen[str]") -> bool:
    """Whether the engine and all its plugins are at work: the account has the first resource."""
    lock = small.root / ".sandbox" / "state" / ".pulumi" / "locks"
    if not any(lock.rglob("*.json")) or engine_of(process.pid) is None:
        return False
    return bool(small.client("logs").describe_log_groups()["logGroups"])


def test_a_create_that_fails_in_the_middle_keeps_what_was_made_and_the_next_up_goes_on(small: World) -> None:
    small.make("preview")
    route53 = small.client("route53")
    [zone] = route53.list_hosted_zones()["HostedZones"]

    def change(action: str) -> None:
        route53.change_resource_record_sets(
            HostedZoneId=zone["Id"],
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": FOREIGN_RECORD}]},
        )

    change("CREATE")
    failed = small.make("up", "--skip-preview", fails=True)
    assert "aws:route53/record:Record 'record'" in failed.output
    assert "ChangeResourceRecordSets: InvalidChangeBatch" in failed.output
    assert "Traceback" not in failed.output
    made = {r["urn"].split("::")[-1]: r.get("id") for r in small.resources() if r.get("custom")}
    assert {"group", "key"} <= made.keys()
    assert "record" not in made

    change("DELETE")
    assert small.make("up", "--skip-preview").changes == {"record": "create"}
    again = {r["urn"].split("::")[-1]: r.get("id") for r in small.resources() if r.get("custom")}
    assert {k: again[k] for k in made} == made
    assert small.make("up", "--skip-preview").changes == {}


def test_an_engine_killed_in_the_middle_leaves_no_process_and_no_lock_for_the_next_up(small: World) -> None:
    process = small.start("up")
    lock = small.root / ".sandbox" / "state" / ".pulumi" / "locks"
    wait_for(lambda: creating(small, process), "the first resource was made", process)
    run = [pid for pid in children(process.pid) if pid != small.account["pid"]]
    engine = engine_of(process.pid)
    assert engine is not None
    os.kill(engine, signal.SIGKILL)
    process.communicate(timeout=TIME_LIMIT)
    ran = small.make("up", "--skip-preview")
    left = [pid for pid in run if Path(f"/proc/{pid}").exists()]
    assert left == []
    assert not any(lock.rglob("*.json"))
    assert small.make("up", "--skip-preview").changes == {}
    assert ran.status == 0


def test_the_whole_command_killed_in_the_middle_is_recovered_from(small: World) -> None:
    process = small.start("up")
    wait_for(lambda: creating(small, process), "the first resource was made", process)
    family = children(process.pid)
    account = small.account["pid"]
    engine = engine_of(process.pid)
    assert engine is not None
    os.kill(process.pid, signal.SIGKILL)
    os.kill(engine, signal.SIGKILL)
    process.communicate(timeout=TIME_LIMIT)
    small.make("up", "--skip-preview")
    assert [pid for pid in family if pid != account and Path(f"/proc/{pid}").exists()] == []
    assert small.make("up", "--skip-preview").changes == {}


def test_a_second_command_while_one_is_under_way_says_so_or_waits_and_harms_nothing(small: World) -> None:
    one, two = small.start("up"), small.start("up")
    outputs = [p.communicate(timeout=TIME_LIMIT)[0] for p in (one, two)]
    assert 0 in (one.returncode, two.returncode), outputs
    assert all("Traceback" not in o for o in outputs)
    assert small.make("up", "--skip-preview").changes == {}


def test_an_account_killed_between_two_ups_takes_its_state_with_it_in_one_sentence(small: World) -> None:
    small.make("up", "--skip-preview")
    os.kill(small.account["pid"], signal.SIGKILL)
    ran = small.make("up", "--skip-preview")
    assert "is gone" in ran.output or "ended" in ran.output
    assert {"group", "key", "record"} <= {name for name, op in ran.changes.items() if op == "create"}
    assert len(small.client("kms").list_keys()["Keys"]) == 1
    assert small.make("up", "--skip-preview").changes == {}


def test_an_account_killed_in_the_middle_of_an_up_is_recovered_from_by_the_next(small: World) -> None:
    process = small.start("up")
    lock = small.root / ".sandbox" / "state" / ".pulumi" / "locks"
    wait_for(lambda: any(lock.rglob("*.json")), "the stack was locked", process)
    os.kill(small.account["pid"], signal.SIGKILL)
    output, _ = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode != 0, output
    ran = small.make("up", "--skip-preview")
    assert {"group", "key", "record"} <= {name for name, op in ran.changes.items() if op == "create"}
    assert small.make("up", "--skip-preview").changes == {}


def test_drift_made_behind_pulumis_back_is_found_by_refresh_and_put_right_by_up(small: World) -> None:
    small.make("up", "--skip-preview")
    logs = small.client("logs")
    [group] = logs.describe_log_groups()["logGroups"]
    logs.put_retention_policy(logGroupName=group["logGroupName"], retentionInDays=30)
    small.make("refresh")
    assert small.make("up", "--skip-preview").changes == {"group": "update"}
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    logs.delete_log_group(logGroupName=group["logGroupName"])
    small.make("refresh")
    assert small.make("up", "--skip-preview").changes == {"group": "create"}
