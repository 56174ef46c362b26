"""The account's server is started, found again and ended; with an account goes the Pulumi state that describes it."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.tools.test_state import PROVIDER, VPC, write_stack
from tools import account, environment, processes
from tools.checkout import Checkout
from tools.steps import Failure

GONE = "The account that the sandbox's Pulumi state describes is gone; the state goes with it. Starting empty.\n"


@pytest.fixture
def checkout(checkout: Checkout) -> Iterator[Checkout]:
    """A checkout whose account, if a test starts one, is ended with the test."""
    checkout.sandbox.mkdir()
    yield checkout
    processes.end(processes.marked(environment.SANDBOX, str(checkout.sandbox)))


def deployed(checkout: Checkout) -> None:
    """Have the Pulumi state describe something, and an engine have written its salt."""
    write_stack(checkout.state, "dev", [PROVIDER, VPC])
    checkout.stacks.mkdir(exist_ok=True)
    checkout.stack_copy("dev").write_text("encryptionsalt: v1:a\n")


def reset(endpoint: str) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()


def test_an_account_is_started_once_and_found_again(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    assert account.find(checkout) is None
    first = account.ensure(checkout)
    assert capsys.readouterr().err.startswith("==> AWS account in the sandbox (moto, on 127.0.0.1)\n    done in ")
    assert account.find(checkout) == first
    deployed(checkout)
    assert account.ensure(checkout) == first
    assert capsys.readouterr().err == ""
    assert checkout.state.exists()


def test_the_account_answers_on_loopback_and_holds_the_stacks_hosted_zones(checkout: Checkout) -> None:
    checkout.stack_file("dev").write_text("config:\n  hotelaria:web: {hosted_zone: hotel.example}\n")
    checkout.stack_file("prod").write_text("config:\n  hotelaria:web: {hosted_zone: hotel.example}\n")
    endpoint = account.ensure(checkout).endpoint
    assert endpoint.startswith("http://127.0.0.1:")
    route53 = boto3.client(
        "route53", endpoint_url=endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="sa-east-1"
    )
    assert [zone["Name"] for zone in route53.list_hosted_zones()["HostedZones"]] == ["hotel.example."]


def test_the_server_outlives_the_terminal_that_started_it(checkout: Checkout) -> None:
    server = account.ensure(checkout).pid
    assert os.getsid(server) == server != os.getsid(0)


def test_when_the_account_was_killed_its_pulumi_state_is_dropped_in_so_many_words(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = account.ensure(checkout)
    deployed(checkout)
    os.kill(killed.pid, signal.SIGKILL)
    capsys.readouterr()
    fresh = account.ensure(checkout)
    assert capsys.readouterr().err.startswith(GONE)
    assert fresh.incarnation != killed.incarnation
    assert not checkout.state.exists()
    assert not checkout.stacks.exists()


def test_when_the_account_was_reset_its_pulumi_state_is_dropped_too(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    before = account.ensure(checkout)
    deployed(checkout)
    reset(before.endpoint)
    capsys.readouterr()
    after = account.ensure(checkout)
    assert capsys.readouterr().err == GONE
    assert (after.pid, after.endpoint) == (before.pid, before.endpoint)
    assert after.incarnation != before.incarnation
    assert not checkout.state.exists()


def test_nothing_is_said_of_a_state_that_described_nothing(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    os.kill(account.ensure(checkout).pid, signal.SIGKILL)
    write_stack(checkout.state, "dev", [PROVIDER])
    capsys.readouterr()
    account.ensure(checkout)
    assert capsys.readouterr().err.startswith("==> AWS account in the sandbox")


def test_a_state_without_a_word_of_its_account_is_dropped(checkout: Checkout) -> None:
    account.ensure(checkout)
    deployed(checkout)
    checkout.incarnation.unlink()  # killed between the start of the account and the note of whose state this is
    account.ensure(checkout)
    assert not checkout.state.exists()


def test_a_server_whose_start_was_interrupted_does_not_stay_beside_the_new_one(checkout: Checkout) -> None:
    lost = account.ensure(checkout)
    checkout.account.unlink()
    found = account.ensure(checkout)
    assert found.pid != lost.pid
    assert [process.pid for process in processes.marked(environment.SANDBOX, str(checkout.sandbox))] == [found.pid]


def test_a_pid_that_is_somebody_else_s_by_now_is_not_taken_for_the_server(checkout: Checkout) -> None:
    told = {"endpoint": "http://127.0.0.1:9", "pid": os.getpid(), "incarnation": "a", "started": "2026-11-24T08:00:00Z"}
    checkout.account.write_text(json.dumps(told))
    assert account.find(checkout) is None
    account.forget(checkout)  # and this process is still here


def test_a_server_that_hangs_is_not_mistaken_for_one_that_is_gone(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = account.ensure(checkout)
    deployed(checkout)
    monkeypatch.setattr(account, "ANSWER_SECONDS", 0.2)
    os.kill(hangs.pid, signal.SIGSTOP)
    with pytest.raises(
        Failure, match=rf"\(process {hangs.pid}\) does not answer .* `make down` ends it, and `make up` starts over"
    ):
        account.ensure(checkout)
    os.kill(hangs.pid, signal.SIGCONT)
    monkeypatch.undo()
    assert checkout.state.exists()
    assert account.ensure(checkout) == hangs


def test_a_server_that_does_not_start_shows_why(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "CODE", tmp_path)  # a repository without a sandbox
    with pytest.raises(
        Failure, match=r"^The account's server did not start; the end of \S.*/account\.log:\n.*No module named"
    ):
        account.ensure(checkout)


def test_two_checkouts_have_an_account_each(checkout: Checkout, tmp_path: Path) -> None:
    second = Checkout(tmp_path / "second")
    second.sandbox.mkdir(parents=True)
    one, two = account.ensure(checkout), account.ensure(second)
    assert one.endpoint != two.endpoint
    account.forget(second)
    assert account.find(checkout) == one


def test_starting_over_begins_an_empty_account_with_an_empty_state(checkout: Checkout) -> None:
    before = account.ensure(checkout)
    deployed(checkout)
    after = account.start_over(checkout)
    assert after.incarnation != before.incarnation
    assert not checkout.state.exists()
    assert processes.Process.find(before.pid) is None


def test_forgetting_ends_the_server_and_leaves_no_file(checkout: Checkout) -> None:
    server = account.ensure(checkout)
    deployed(checkout)
    account.forget(checkout)
    assert processes.Process.find(server.pid) is None
    assert not checkout.sandbox.exists()
