from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.github import GitHub, stand_in
from tools.checkout import Checkout
from tools.pull_request import PullRequest

PROJECT = "name: hotelaria\nruntime: python\n"
DEV = "config:\n  aws:region: sa-east-1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A folder with a project and the stack dev; its name has a blank, as a person's may."""
    root = tmp_path / "check out"
    root.mkdir()
    (root / "Pulumi.yaml").write_text(PROJECT)
    (root / "Pulumi.dev.yaml").write_text(DEV)
    return Checkout(root)


@pytest.fixture
def github() -> Iterator[tuple[GitHub, PullRequest]]:
    """GitHub, and its pull request 7."""
    with stand_in() as (hub, api):
        yield hub, PullRequest(api, "acme/hotel", 7, "token")
