"""Checkouts of their own, each with its sandbox, on which the real engine runs the real program."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.config import Config

ROOT = Path(__file__).parents[2]
REGION = "sa-east-1"
TIME_LIMIT = 600
"""Seconds after which a command hangs for good. A bound, not an expectation."""


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    status: int
    output: str
    changes: dict[str, str] = field(default_factory=dict)
    """Logical name → what the engine did (create, update, replace, delete); what stayed the same is not in it."""


class World:
    """A copy of this checkout in a folder of its own, with this one's virtual environment."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def copy(cls, folder: Path) -> "World":
        """Every file that git knows or would add."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout  # fmt: skip
        for name in listed.decode().split("\0"):
            if name and (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return cls(folder)

    def start(self, *command: str, stack: str = "dev", env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        """A command of the Makefile, under way."""
        return subprocess.Popen(
            [self.root / ".venv/bin/python", "-m", "tools", command[0], "--stack", stack, *command[1:]],
            cwd=self.root, env={**os.environ, **(env or {})}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def make(self, *command: str, stack: str = "dev", env: dict[str, str] | None = None, fails: bool = False) -> Ran:
        """A command of the Makefile to its end. It must succeed, or with `fails` must not."""
        process = self.start(*command, stack=stack, env=env)
        output, _ = process.communicate(timeout=TIME_LIMIT)
        assert (process.returncode != 0) is fails, output
        return Ran(process.returncode, output, self._changes(command[0]))

    def _changes(self, command: str) -> dict[str, str]:
        log = self.root / ".sandbox" / "logs" / f"engine-{command}.json"
        if not log.is_file():
            return {}
        changes: dict[str, str] = {}
        for line in log.read_text().splitlines():
            told = json.loads(line)
            step = told.get("resourcePreEvent", {}).get("metadata")
            if step and step["op"] not in ("same", "create-replacement", "delete-replaced", "read", "refresh"):
                changes[step["urn"].split("::")[-1]] = step["op"]
            done = told.get("resOutputsEvent", {}).get("metadata")
            if done and done["op"] not in ("same", "create-replacement", "delete-replaced", "read", "refresh"):
                changes[done["urn"].split("::")[-1]] = done["op"]
        return changes

    def edit(self, stack: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the stack file's `config`."""
        path = self.root / f"Pulumi.{stack}.yaml"
        document = yaml.safe_load(path.read_text())
        change(document["config"])
        path.write_text(yaml.safe_dump(document))

    @property
    def account(self) -> dict[str, Any]:
        """What the account's server wrote down of itself."""
        return dict(json.loads((self.root / ".sandbox" / "account.json").read_text()))

    def client(self, service: str) -> Any:
        """A boto3 client of the account."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.account["endpoint"],
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def resources(self, stack: str = "dev") -> list[dict[str, Any]]:
        """The resources of a stack's state, as the file backend keeps them."""
        [path] = (self.root / ".sandbox" / "state").glob(f".pulumi/stacks/*/{stack}.json")
        deployment = json.loads(path.read_text())["checkpoint"].get("latest") or {}
        return list(deployment.get("resources", []))

    def close(self) -> None:
        """End the sandbox."""
        self.make("down")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One checkout with its sandbox for the tests of a module."""
    made = World.copy(tmp_path_factory.mktemp("checkout"))
    yield made
    made.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """A checkout with its sandbox for one test."""
    made = World.copy(tmp_path / "checkout")
    yield made
    made.close()
