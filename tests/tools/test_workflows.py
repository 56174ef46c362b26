"""GitHub's workflows: who may do what, and that every step is a command of this repository."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tools.checkout import CODE, Checkout

FILES = sorted((CODE / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (CODE / "Makefile").read_text(), re.MULTILINE))
BASE = "${{ github.event.pull_request.base.sha }}"


def workflow(name: str) -> dict[str, Any]:
    """Every value as text: for GitHub `on` is a word, for YAML 1.1 it is true."""
    text = (CODE / ".github" / "workflows" / f"{name}.yml").read_text()
    return dict(yaml.load(text, Loader=yaml.BaseLoader))


def jobs() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every job with its full name and its workflow."""
    for file in FILES:
        found = workflow(file.stem)
        for name, job in found["jobs"].items():
            yield f"{file.stem}/{name}", job, found


JOBS = {name: job for name, job, _ in jobs()}
STEPS = [(name, job, step) for name, job in JOBS.items() for step in job["steps"]]
RUNS = [
    (name, {**job.get("env", {}), **step.get("env", {})}, step["run"]) for name, job, step in STEPS if "run" in step
]


def triggers(found: dict[str, Any]) -> set[str]:
    return set(found["on"])


def test_there_is_a_workflow_for_tests_for_previews_and_for_deployments() -> None:
    assert {file.stem: triggers(workflow(file.stem)) for file in FILES} == {
        "test": {"pull_request", "merge_group", "push"},
        "preview": {"pull_request"},
        "deploy": {"push"},
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_action_is_pinned_by_commit_and_says_its_version(file: Any) -> None:
    lines = [line for line in file.read_text().splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.fullmatch(r"\s+(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_is_permitted_but_what_a_job_asks_for(file: Any) -> None:
    assert workflow(file.stem)["permissions"] == {}


def test_each_job_asks_for_this_and_no_more() -> None:
    deploys = {"contents": "read", "id-token": "write"}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "test/test": {"contents": "read"},
        "preview/preview": {"contents": "read", "id-token": "write"},
        "preview/comment": {"contents": "read", "pull-requests": "write"},
        "deploy/dev": deploys,
        "deploy/prod-preview": deploys,
        "deploy/prod": deploys,
    }


def test_where_something_can_be_written_only_the_base_branch_s_code_runs() -> None:
    writers = [
        job
        for job in JOBS.values()
        if any(level == "write" for scope, level in job["permissions"].items() if scope != "id-token")
    ]
    assert writers
    for job in writers:
        [checkout] = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert checkout["with"]["ref"] == BASE


@pytest.mark.parametrize(("name", "step"), [(n, s) for n, _, s in STEPS if "checkout" in s.get("uses", "")])
def test_no_checkout_leaves_a_token_behind(name: str, step: dict[str, Any]) -> None:
    assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize(("job", "env", "command"), RUNS)
def test_every_step_is_a_command_of_this_repository(job: str, env: dict[str, Any], command: str) -> None:
    found = re.fullmatch(r'(?:make ([a-z-]+)|bash \.ci/run)(?: >> "\$GITHUB_STEP_SUMMARY")?', command)
    assert found
    assert found[1] is None or found[1] in TARGETS


@pytest.mark.parametrize(("job", "env", "command"), [run for run in RUNS if "make" in run[2]])
def test_every_command_gets_what_it_asks_for(job: str, env: dict[str, Any], command: str) -> None:
    wanted = {
        "report": {"STACK", "ON", "PULUMI_BACKEND_URL"},
        "report-summary": set(),
        "report-comment": {"COMMIT", "PULL_REQUEST", "GITHUB_TOKEN"},
        "aws": {"STACK", "COMMAND", "PULUMI_BACKEND_URL"},
    }
    assert wanted[command.split()[1]] <= set(env)


@pytest.mark.parametrize(("name", "job"), JOBS.items())
def test_no_job_runs_without_end(name: str, job: dict[str, Any]) -> None:
    assert 0 < int(job["timeout-minutes"]) <= 120


def test_every_stack_is_previewed_in_an_environment_of_its_own() -> None:
    job = JOBS["preview/preview"]
    assert job["strategy"]["matrix"]["stack"] == Checkout(CODE).stack_names()
    assert job["strategy"]["fail-fast"] == "false"
    assert job["environment"] == {"name": "${{ matrix.stack }}-preview", "deployment": "false"}


def test_a_fork_and_a_stack_without_a_role_are_previewed_on_the_sandbox() -> None:
    assert " ".join(JOBS["preview/preview"]["env"]["ON"].split()) == (
        "${{ github.event.pull_request.head.repo.full_name == github.repository && vars.AWS_ROLE != '' && 'aws' "
        "|| 'sandbox' }}"
    )


def test_a_preview_that_fails_is_told_too() -> None:
    told = [
        step
        for step in JOBS["preview/preview"]["steps"]
        if "summary" in step.get("run", "") or "upload" in step.get("uses", "")
    ]
    assert [step["if"] for step in told] == ["${{ !cancelled() }}"] * 2
    assert JOBS["preview/comment"]["needs"] == "preview"
    assert JOBS["preview/comment"]["if"].startswith("${{ !cancelled() && ")


def test_a_newer_preview_takes_the_place_of_an_older_one_of_its_pull_request() -> None:
    assert workflow("preview")["concurrency"] == {
        "group": "preview-${{ github.event.pull_request.number }}",
        "cancel-in-progress": "true",
    }


def test_prod_is_deployed_after_dev_and_after_its_preview_behind_its_environment() -> None:
    dev, preview, prod = (JOBS[f"deploy/{name}"] for name in ("dev", "prod-preview", "prod"))
    assert "needs" not in dev
    assert (preview["needs"], prod["needs"]) == ("dev", "prod-preview")
    assert (dev["environment"], prod["environment"]) == ("dev", "prod")
    assert preview["environment"] == {"name": "prod-preview", "deployment": "false"}
    assert [job["env"]["STACK"] for job in (dev, preview, prod)] == ["dev", "prod", "prod"]


def test_a_deployment_is_alone_on_its_stack_and_is_never_stopped_by_another() -> None:
    for stack in ("dev", "prod"):
        assert JOBS[f"deploy/{stack}"]["concurrency"] == {"group": f"deploy-{stack}", "cancel-in-progress": "false"}
