"""One account server for the whole run (starting one costs a second), emptied before each test."""

import functools
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from sandbox.provider import account as provider_account
from tests.sandbox.harness import Bench

REGION = "sa-east-1"
ZONE_NAME = "hotelaria.example"
"""The public hosted zone that the account holds from the start."""

START_SECONDS = 30
"""How long a start may take before the run gives up; it is a bound, not an expectation."""


@dataclass(frozen=True)
class Account:
    """A running account."""

    endpoint: str
    pid: int

    @functools.cache  # noqa: B019 # building a client takes longer than most tests; the few accounts live as long as the run
    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client of the account; the first try counts, so that a test sees every error."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.endpoint}{path}") as answer:
            return json.load(answer)

    def reset(self) -> None:
        """Make it a new account: only what is seeded remains."""
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")).close()


def start_account(folder: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], Account]:
    """Start an account server with its state file in `folder` and wait until it answers."""
    state_file = folder / "account.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.account", "--state-file", state_file, "--zone-name", ZONE_NAME, *arguments],
        cwd=Path(__file__).parents[2],
        stderr=(folder / "account.log").open("wb"),
    )
    deadline = time.monotonic() + START_SECONDS
    while not state_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the account did not start: {(folder / 'account.log').read_text()}")
        time.sleep(0.02)
    state = json.loads(state_file.read_text())
    return process, Account(state["endpoint"], state["pid"])


@pytest.fixture(scope="session")
def account_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """The server that all tests of this folder share."""
    process, account = start_account(tmp_path_factory.mktemp("account"))
    yield account
    process.terminate()
    process.wait(timeout=START_SECONDS)


@pytest.fixture
def account(account_server: Account) -> Account:
    """An account that holds nothing but its seed."""
    account_server.reset()
    return account_server


@pytest.fixture
def bench(account: Account, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The provider's resource types on an empty account, without an engine."""
    monkeypatch.setenv(provider_account.ENDPOINT_VARIABLE, account.endpoint)
    return Bench()
