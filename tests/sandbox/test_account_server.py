"""The process: where it says that it is, what it logs, whom it answers, and how it ends."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.aws import refusal
from tests.sandbox.conftest import START_SECONDS, ZONE_NAME, Account, start_account

Start = Callable[..., tuple[subprocess.Popen[bytes], Account]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an account of the test's own, which ends with the test however that ends."""
    processes: list[subprocess.Popen[bytes]] = []

    def start_one(*arguments: str) -> tuple[subprocess.Popen[bytes], Account]:
        process, account = start_account(tmp_path, *arguments)
        processes.append(process)
        return process, account

    yield start_one
    for process in processes:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def test_state_file_says_where_the_account_is_and_goes_at_a_quiet_end(start: Start, tmp_path: Path) -> None:
    process, account = start()
    state = json.loads((tmp_path / "account.json").read_text())

    assert list(state) == ["port", "pid", "incarnation", "started", "endpoint"]
    assert state["pid"] == process.pid
    assert state["endpoint"] == f"http://127.0.0.1:{state['port']}"
    assert account.get("/hotelaria/incarnation") == {
        "incarnation": state["incarnation"],
        "pid": process.pid,
        "requests": {},
    }

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=START_SECONDS) == 0
    assert (tmp_path / "account.log").read_text() == ""
    assert not (tmp_path / "account.json").exists()


def test_two_accounts_know_nothing_of_each_other(account: Account, start: Start) -> None:
    _, other = start()
    other.client("sns").create_topic(Name="bookings")
    topics = [each.client("sns").list_topics()["Topics"] for each in (account, other)]
    assert [len(found) for found in topics] == [0, 1]


def test_log_has_one_line_per_request_and_no_body(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    _, account = start("--log-file", str(log))
    account.client("ssm").put_parameter(Name="/password", Value="hunter2", Type="SecureString")
    refusal(account.client("ec2").describe_vpcs, VpcIds=["vpc-00000000000000000"])
    account.client("s3").list_buckets()

    lines = [re.fullmatch(r"\S+T\S+ (.*) \d+ms", line) for line in log.read_text().splitlines()]
    assert [line and line.group(1) for line in lines] == [
        "POST ssm PutParameter 200",
        "POST ec2 DescribeVpcs 400",
        "GET s3 ListBuckets 200",
    ]


def test_requests_are_counted_per_action(account: Account) -> None:
    before = account.get("/hotelaria/incarnation")["requests"].get("route53.ListHostedZones", 0)
    account.client("route53").list_hosted_zones()
    account.client("route53").list_hosted_zones()
    assert account.get("/hotelaria/incarnation")["requests"]["route53.ListHostedZones"] == before + 2


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""])
def test_a_page_under_another_host_name_gets_no_answer(account: Account, host: str) -> None:
    request = urllib.request.Request(account.endpoint, headers={"Host": host})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 421
    assert caught.value.read().decode() == (
        f"This account answers to the hosts 127.0.0.1 and localhost only, got {host!r}.\n"
    )


def test_other_addresses_of_the_machine_are_not_listened_on(account: Account) -> None:
    port = int(account.endpoint.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_reset_makes_another_account_that_holds_the_seed(account: Account) -> None:
    before = account.get("/hotelaria/incarnation")["incarnation"]
    account.client("sns").create_topic(Name="bookings")
    account.reset()
    assert account.get("/hotelaria/incarnation")["incarnation"] != before
    assert account.client("sns").list_topics()["Topics"] == []
    zones = account.client("route53").list_hosted_zones()["HostedZones"]
    assert [(zone["Name"], zone["Config"]["PrivateZone"]) for zone in zones] == [(f"{ZONE_NAME}.", False)]


def test_what_the_account_lacks_is_an_error_that_names_it(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")
    assert refusal(cloudwatch.put_composite_alarm, AlarmName="all", AlarmRule="TRUE") == (
        "NotImplemented",
        "The sandbox's account cannot answer this: The put_composite_alarm action has not been implemented",
    )


def test_the_users_own_aws_settings_do_not_reach_the_account(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as users:
        users.setenv("AWS_PROFILE", "production")
        users.setenv("AWS_CONFIG_FILE", "/nowhere")
        users.setenv("MOTO_ACCOUNT_ID", "999999999999")
        _, account = start()
    assert account.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_a_port_in_use_ends_the_start_with_a_sentence(account: Account, tmp_path: Path) -> None:
    port = account.endpoint.rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox.account", "--port", port, "--state-file", tmp_path / "account.json"],
        cwd=Path(__file__).parents[2],
        check=False,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    assert ended.returncode == 1
    assert "Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "account.json").exists()
