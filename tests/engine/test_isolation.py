"""The sandbox stays on this machine and in its checkout, whatever the user's environment says."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.engine.conftest import World
from tools import pulumi_cli

SMALL = '''
"""The least that reaches the account."""
import pulumi
import pulumi_aws as aws

group = aws.cloudwatch.LogGroup("group", retention_in_days=7)
pulumi.export("name", group.name)
'''

LEADS_AWAY = {
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://elsewhere.invalid",
    "AWS_ENDPOINT_URL_LOGS": "https://elsewhere.invalid",
    "AWS_REGION": "eu-west-1",
    "PULUMI_ACCESS_TOKEN": "pul-real",
    "PULUMI_BACKEND_URL": "s3://real-state",
    "PULUMI_STACK": "prod",
    "PULUMI_CONFIG_PASSPHRASE": "real",
    "HTTPS_PROXY": "http://elsewhere.invalid:3128",
    "HTTP_PROXY": "http://elsewhere.invalid:3128",
}
"""What a shell may hold that leads to real accounts."""


def small(world: World) -> World:
    """The world with a program of one resource."""
    (world.root / "__main__.py").write_text(SMALL)
    (world.root / "Pulumi.yaml").write_text("name: hotelaria\nruntime: python\n")
    (world.root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: sa-east-1\n")
    return world


@pytest.fixture
def git(fresh: World) -> World:
    """A checkout that git knows, clean."""
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *command], cwd=fresh.root, check=True
        )
    return fresh


def test_real_keys_a_profile_an_endpoint_and_a_token_in_the_environment_change_nothing(fresh: World) -> None:
    small(fresh).make("up", env=LEADS_AWAY)
    [group] = fresh.client("logs").describe_log_groups()["logGroups"]
    assert group["arn"].startswith("arn:aws:logs:sa-east-1:123456789012:")


def test_every_connection_of_an_up_ends_on_this_machine(fresh: World) -> None:
    """As the kernel sees it: strace would need rights, the sockets' table does not."""
    process = small(fresh).start("up", env=LEADS_AWAY)
    seen: set[str] = set()
    while process.poll() is None:
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
                _, remote, state = line.split()[1:4]
                if state != "0A" and _mine(process.pid, line.split()[9]):
                    seen.add(remote.rsplit(":", 1)[0])
    output, _ = process.communicate()
    assert process.returncode == 0, output
    loopback = {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}
    assert seen - loopback == set()
    assert seen


def _mine(pid: int, inode: str) -> bool:
    """Whether a socket belongs to the process or one of its descendants."""
    for child in _family(pid):
        try:
            links = [str(fd.readlink()) for fd in Path(f"/proc/{child}/fd").iterdir()]
        except OSError:
            continue
        if f"socket:[{inode}]" in links:
            return True
    return False


def _family(pid: int) -> list[int]:
    family = [pid]
    for parent in family:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                family += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return family


def test_git_status_is_empty_after_up(git: World) -> None:
    small(git)
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@e.com", "commit", "-qam", "small"], cwd=git.root, check=True
    )
    git.make("up")
    status = subprocess.run(["git", "status", "--porcelain"], cwd=git.root, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_two_checkouts_on_one_machine_do_not_disturb_each_other(tmp_path: Path) -> None:
    one, two = (small(World.copy(tmp_path / name)) for name in ("one", "two"))
    try:
        runs = [world.start("up") for world in (one, two)]
        outputs = [run.communicate()[0] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], outputs
        assert one.account["port"] != two.account["port"]
        one.make("down")
        assert len(two.client("logs").describe_log_groups()["logGroups"]) == 1
        assert two.make("up").changes == {}
    finally:
        one.close()
        two.close()


def test_the_printed_environment_serves_the_aws_cli_boto3_and_pulumi_by_hand(fresh: World) -> None:
    small(fresh).make("up")
    exports = subprocess.run(
        [fresh.root / ".venv/bin/python", "-m", "tools", "env", "--stack", "dev"],
        cwd=fresh.root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    boto = "import boto3; print(boto3.client('logs').describe_log_groups()['logGroups'][0]['logGroupName'])"
    script = f'{exports}\npython -c "{boto}"\npulumi stack output name --stack dev\npulumi stack ls --json'
    done = subprocess.run(["bash", "-ec", script], cwd=fresh.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    by_boto3, by_pulumi, *listed = done.stdout.splitlines()
    assert by_boto3 == by_pulumi
    assert by_boto3.startswith("group-")
    assert [stack["name"] for stack in json.loads("".join(listed))] == ["dev"]


def test_a_plain_pulumi_in_the_same_shell_knows_nothing_of_the_sandbox(fresh: World, tmp_path: Path) -> None:
    small(fresh).make("up")
    binary = pulumi_cli.ensure(os.environ)
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PULUMI_SKIP_UPDATE_CHECK": "1"}
    env |= {"PULUMI_BACKEND_URL": f"file://{tmp_path}", "PULUMI_CONFIG_PASSPHRASE": "x"}
    listed = subprocess.run(
        [binary, "stack", "ls", "--json"], cwd=fresh.root, env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(listed.stdout) == []
    assert not (fresh.root / "Pulumi.dev.yaml").read_text().count("encryptionsalt")
