"""Reports of previews: written whatever happens, read whoever wrote them, and told to the pull request."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.github import GitHub
from tools import __main__ as commands
from tools import report
from tools.checkout import CODE, Checkout
from tools.preview import MARKER
from tools.pull_request import PullRequest
from tools.report import Report
from tools.steps import Failure

DIGEST = json.dumps(
    {
        "steps": [{"op": "create", "urn": "urn:pulumi:dev::hotelaria::aws:ec2/vpc:Vpc::network-vpc"}],
        "changeSummary": {"same": 3},
    }
)
DEV = Report("dev", "AWS", 0, "c" * 40, "2026-11-24 09:30 UTC", DIGEST)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert DEV.write(tmp_path / "new") == tmp_path / "new" / "dev.json"
    assert report.read_all(tmp_path / "new") == [DEV]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "\x00",
        '{"stack": "dev"}',
        json.dumps({**vars(DEV), "exit_code": "0"}),
        json.dumps({**vars(DEV), "exit_code": True}),
        json.dumps({**vars(DEV), "stack": ["dev"]}),
        json.dumps({**vars(DEV), "more": 1}),
    ],
)
def test_a_file_that_is_no_report_is_a_preview_that_failed(tmp_path: Path, text: str) -> None:
    (tmp_path / "dev.json").write_text(text)
    [read] = report.read_all(tmp_path)
    assert read == Report("dev", "-", 1, "", "", "dev.json is no report of a preview.")
    [previewed] = report.previews([read])
    assert previewed.errors == ("dev.json is no report of a preview.",)


def test_a_file_that_is_no_text_is_a_preview_that_failed(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_bytes(b"\xff\xfe")
    assert report.read_all(tmp_path)[0].exit_code == 1


def test_an_expected_stack_without_a_report_has_failed() -> None:
    told = report.previews([DEV], ["dev", "prod"])
    assert [(one.stack, one.failed) for one in told] == [("dev", False), ("prod", True)]


def test_the_summary_tells_every_report_and_which_commit_it_is_of(checkout: Checkout) -> None:
    DEV.write(checkout.previews)
    Report("prod", "an empty sandbox", 1, "c" * 40, "2026-11-24 09:31 UTC", "error: broken").write(checkout.previews)
    text = report.summary(checkout, {})
    assert "Preview of `cccccccccccc`, 2026-11-24 09:31 UTC" in text
    assert "| dev | changes | 1 | 0 | 0 | 0 | 3 | AWS |" in text
    assert "| prod | **failed** | 0 | 0 | 0 | 0 | 0 | an empty sandbox |" in text
    assert "error: broken" in text


def test_a_summary_of_nothing_says_what_writes_a_report(checkout: Checkout) -> None:
    with pytest.raises(Failure, match="make report"):
        report.summary(checkout, {})


def surroundings(pull_request: PullRequest) -> dict[str, str]:
    """The environment that GitHub and the workflow give to the step."""
    return {
        "GITHUB_API_URL": pull_request.api,
        "GITHUB_REPOSITORY": pull_request.repository,
        "PULL_REQUEST": str(pull_request.number),
        "GITHUB_TOKEN": pull_request.token,
        "COMMIT": "d" * 40,
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_RUN_ID": "77",
    }


def test_the_comment_tells_every_stack_of_the_checkout(checkout: Checkout, github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    checkout.stack_file("prod").write_text("config: {}\n")
    DEV.write(checkout.previews)
    assert report.comment(checkout, surroundings(pull_request)) == "url/1"
    [text] = [comment["body"] for comment in hub.comments]
    assert text.startswith(f"{MARKER}\n### Preview of `dddddddddddd`, 2026-11-24 09:30 UTC\n")
    assert "| dev | changes | 1 | 0 | 0 | 0 | 3 | AWS |" in text
    assert "| prod | **failed** | 0 | 0 | 0 | 0 | 0 | - |" in text
    assert "(https://github.example/acme/hotel/actions/runs/77)" in text


def test_the_comment_is_rewritten_when_there_is_no_report_at_all(
    checkout: Checkout, github: tuple[GitHub, PullRequest]
) -> None:
    hub, pull_request = github
    hub.add(f"{MARKER} an old preview")
    report.comment(checkout, surroundings(pull_request))
    [text] = [comment["body"] for comment in hub.comments]
    assert "an old preview" not in text
    assert "| dev | **failed** |" in text


def test_without_what_the_workflow_gives_there_is_no_comment(checkout: Checkout) -> None:
    with pytest.raises(Failure, match="GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST, GITHUB_TOKEN"):
        report.comment(checkout, {})


def test_what_is_no_pull_request_is_not_asked_for(checkout: Checkout, github: tuple[GitHub, PullRequest]) -> None:
    with pytest.raises(Failure, match=r"a pull request's number, got '\.\./7'"):
        report.comment(checkout, {**surroundings(github[1]), "PULL_REQUEST": "../7"})


def test_a_bare_checkout_can_comment(tmp_path: Path, github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    shutil.copytree(CODE / "tools", tmp_path / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CODE / "Makefile", tmp_path)
    DEV.write(Checkout(tmp_path).previews)
    done = subprocess.run(
        # -S: nothing that is installed
        ["make", "report-comment", f"PYTHON={sys.executable} -S"],
        cwd=tmp_path,
        env={"PATH": os.defpath, **surroundings(pull_request)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "url/1\n", "")
    assert "| dev | changes |" in hub.comments[0]["body"]


def test_a_refusal_of_githubs_is_a_sentence_and_a_failure(
    checkout: Checkout,
    github: tuple[GitHub, PullRequest],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hub, pull_request = github
    hub.refuse = True
    monkeypatch.setattr(report, "CODE", checkout.root)
    for name, value in surroundings(pull_request).items():
        monkeypatch.setenv(name, value)
    assert report.main(["comment"]) == 1
    assert capsys.readouterr().err.startswith("GitHub answered 403 to GET issues/7/comments")


@pytest.mark.parametrize("arguments", [[], ["publish"], ["comment", "more"]])
def test_what_is_no_command_is_told_which_there_are(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main(arguments) == 2
    assert capsys.readouterr().err == "usage: python3 -m tools.report summary|comment\n"


def test_a_preview_that_cannot_even_begin_is_reported_in_place_of_an_older_one(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "CHECKOUT", checkout)
    monkeypatch.setenv("COMMIT", "e" * 40)
    Report("stage", "AWS", 0, "c" * 40, "2026-11-24 09:30 UTC", DIGEST).write(checkout.previews)
    assert commands.main(["report", "--stack", "stage"]) == 1
    [read] = report.read_all(checkout.previews)
    assert (read.stack, read.exit_code, read.commit) == ("stage", 1, "e" * 40)
    assert read.digest == "There is no stack file Pulumi.stage.yaml, and STACK=stage wants one. Stacks here: dev."
    assert capsys.readouterr().err == f"{read.digest}\n"


def test_where_there_is_no_linux_a_preview_on_aws_runs_all_the_same(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(commands, "CHECKOUT", checkout)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert commands.main(["report", "--stack", "stage", "--on", "sandbox"]) == 1
    assert capsys.readouterr().err.startswith("The sandbox needs Linux.")
    assert commands.main(["report", "--stack", "stage", "--on", "aws"]) == 1
    assert capsys.readouterr().err.startswith("There is no stack file Pulumi.stage.yaml")
