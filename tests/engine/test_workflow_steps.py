"""The steps of GitHub's workflows, run as GitHub runs them: on the sandbox for a fork, and with plain `pulumi` on an account."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import ROOT, World
from tests.github import stand_in
from tools import pulumi_cli, venv

SMALL = """
import pulumi
import pulumi_aws as aws

aws.cloudwatch.LogGroup("group", retention_in_days=7)
"""


def runs(workflow: str, job: str) -> list[str]:
    """What the steps of a job run."""
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text())
    return [step["run"] for step in found["jobs"][job]["steps"] if "run" in step]


class Runner:
    """A machine of GitHub's on which a checkout lies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.summary = world.root / ".sandbox" / "step-summary.md"
        _furnish(world)

    def step(self, command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run one step, in the shell that GitHub uses."""
        self.summary.parent.mkdir(exist_ok=True)
        surroundings = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "PYTHON": sys.executable,
            "GITHUB_STEP_SUMMARY": str(self.summary),
            **env,
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
            cwd=self.world.root, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip


def _furnish(world: World) -> None:
    """Give the copy a `.venv` of its own that `make` takes for up to date, though all in it is this checkout's."""
    (world.root / ".venv").unlink()
    (world.root / ".venv").mkdir()
    for path in (ROOT / ".venv").iterdir():
        if path.name != "hotelaria-stamp":
            (world.root / ".venv" / path.name).symlink_to(path)
    requirements = (world.root / "requirements-dev.txt").read_bytes()
    (world.root / ".venv" / "hotelaria-stamp").write_text(venv.stamp(requirements, sys.version, world.root))


@pytest.fixture(scope="module")
def runner(world: World) -> Runner:
    return Runner(world)


def test_a_fork_s_preview_tells_what_is_fine_and_what_fails_in_one_comment(runner: Runner) -> None:
    runner.world.edit("prod", lambda config: config["hotelaria:network"].update(zones=["sa-east-1a"]))
    report, summarise = runs("preview", "preview")

    fine = runner.step(report, STACK="dev", ON="sandbox", COMMIT="c" * 40)
    assert fine.returncode == 0, fine.stderr
    assert runner.step(summarise).returncode == 0
    text = runner.summary.read_text()
    assert "### Preview of `cccccccccccc`, " in text
    [row] = [line for line in text.splitlines() if line.startswith("| dev |")]
    create = int(row.split("|")[3])
    assert create > 50
    assert row == f"| dev | changes | {create} | 0 | 0 | 0 | 0 | an empty sandbox |"
    assert "\n+ create Network: network-vpc (aws:ec2/vpc:Vpc)\n" in text

    uploaded = (runner.world.root / ".sandbox" / "previews" / "dev.json").read_text()
    assert "network-vpc" in uploaded
    assert "10.20.0.0/16" not in uploaded, "values leave the machine"
    assert str(runner.world.root) not in uploaded

    broken = runner.step(report, STACK="prod", ON="sandbox", COMMIT="c" * 40)
    assert broken.returncode != 0
    assert "zones" in broken.stderr
    runner.summary.unlink()
    assert runner.step(summarise).returncode == 0
    assert "| prod | **failed** |" in runner.summary.read_text()

    [comment] = runs("preview", "comment")
    with stand_in() as (hub, api):
        told = runner.step(
            comment, COMMIT="c" * 40, PULL_REQUEST="7", GITHUB_TOKEN="token", GITHUB_API_URL=api, GITHUB_REPOSITORY="acme/hotel"
        )  # fmt: skip
        assert (told.returncode, told.stdout) == (0, "url/1\n"), told.stderr
        [text] = [comment["body"] for comment in hub.comments]
    assert f"| dev | changes | {create} | 0 | 0 | 0 | 0 | an empty sandbox |" in text
    assert "| prod | **failed** | 1 | 0 | 0 | 0 | 0 | an empty sandbox |" in text  # the stack itself
    assert "zones: want 2 to 6" in text


def _forget_the_hotel(config: dict[str, Any]) -> None:
    for key in [key for key in config if key.startswith("hotelaria:")]:
        del config[key]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runner, dict[str, str]]]:
    """A checkout with a small program, and the environment of somebody who has an account, a backend and both stacks.

    The account is a sandbox's; nothing tells the commands so.
    """
    world = World.copy(tmp_path_factory.mktemp("deploy"))
    (world.root / "__main__.py").write_text(SMALL)
    for stack in ("dev", "prod"):
        world.edit(stack, _forget_the_hotel)
    project = yaml.safe_load((world.root / "Pulumi.yaml").read_text())
    (world.root / "Pulumi.yaml").write_text(yaml.safe_dump({k: v for k, v in project.items() if k != "config"}))
    world.make("preview")
    runner = Runner(world)
    shown = runner.step('eval "$(make -s env)" && env -0').stdout
    env = dict(line.split("=", 1) for line in shown.split("\0") if line)
    backend = tmp_path_factory.mktemp("backend")
    env |= {"PULUMI_BACKEND_URL": f"file://{backend}", "PULUMI_CONFIG_PASSPHRASE": "of their own"}
    del env["PULUMI_CONFIG_PASSPHRASE_FILE"]
    for stack in ("dev", "prod"):
        assert runner.step(f"pulumi stack init {stack} --no-select", **env).returncode == 0
    yield runner, env
    world.close()


def deployed(env: dict[str, str], stack: str) -> list[str]:
    """Types of the resources in a stack's state."""
    [path] = Path(env["PULUMI_BACKEND_URL"].removeprefix("file://")).glob(f".pulumi/stacks/*/{stack}.json")
    resources = (json.loads(path.read_text())["checkpoint"].get("latest") or {}).get("resources") or []
    return [resource["type"] for resource in resources if not resource["type"].startswith("pulumi:")]


def test_main_goes_to_dev_and_after_a_preview_to_prod(account: tuple[Runner, dict[str, str]]) -> None:
    runner, env = account
    [up] = runs("deploy", "dev")
    dev = runner.step(up, **env, STACK="dev", COMMAND="up")
    assert dev.returncode == 0, dev.stdout + dev.stderr
    assert "AWS account 123456789012 as arn:aws:" in dev.stderr
    assert f"; Pulumi's state in {env['PULUMI_BACKEND_URL']}" in dev.stderr
    assert (deployed(env, "dev"), deployed(env, "prod")) == (["aws:cloudwatch/logGroup:LogGroup"], [])

    report, summarise = runs("deploy", "prod-preview")
    preview = runner.step(report, **env, STACK="prod", ON="aws")
    assert preview.returncode == 0, preview.stderr
    assert runner.step(summarise).returncode == 0
    assert "| prod | changes | 2 | 0 | 0 | 0 | 0 | AWS |" in runner.summary.read_text()
    assert deployed(env, "prod") == []

    [up] = runs("deploy", "prod")
    assert runner.step(up, **env, STACK="prod", COMMAND="up").returncode == 0
    assert deployed(env, "prod") == ["aws:cloudwatch/logGroup:LogGroup"]


@pytest.mark.parametrize("command", ["make aws COMMAND=up", "make report ON=aws"])
def test_without_credentials_nothing_is_run_on_aws(command: str, account: tuple[Runner, dict[str, str]]) -> None:
    runner, _ = account
    refused = runner.step(
        command, AWS_EC2_METADATA_DISABLED="true", HOME=str(runner.world.root), XDG_CACHE_HOME=_cache()
    )
    assert refused.returncode != 0
    assert "No use of AWS with the credentials at hand: Unable to locate credentials. Log in" in refused.stderr
    if "report" in command:
        assert runner.step("make report-summary").stdout.count("Unable to locate credentials") == 1


def test_without_a_backend_nothing_is_run_on_aws(account: tuple[Runner, dict[str, str]]) -> None:
    runner, env = account
    lost = {**env, "PULUMI_BACKEND_URL": "", "PULUMI_HOME": str(runner.world.root / ".sandbox" / "nobody")}
    refused = runner.step("make aws COMMAND=up", **lost)
    assert refused.returncode != 0
    assert "No Pulumi backend: error: PULUMI_ACCESS_TOKEN must be set" in refused.stderr
    assert "pulumi login s3://BUCKET" in refused.stderr
    assert "Traceback" not in refused.stderr


def _cache() -> str:
    """Where the CLI is found without the user's home folder."""
    return str(pulumi_cli.cache(os.environ).parents[1])
