"""A wrong stack file stops the real engine with one clear error, before anything is created."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.conftest import World

Change = Callable[[dict[str, Any]], None]


def put(section: str, **values: Any) -> Change:
    return lambda config: config[f"hotelaria:{section}"].update(values)


def misspell(config: dict[str, Any]) -> None:
    config["hotelaria:netwrok"] = config.pop("hotelaria:network")


CASES: dict[str, tuple[Change, str]] = {
    "a misspelt section": (misspell, "hotelaria:netwrok is unknown: did you mean 'network'?"),
    "an unknown key": (put("web", min_sise=2), "hotelaria:web.min_sise is unknown: did you mean 'min_size'?"),
    "a wrong type": (put("database", multi_az="no"), "hotelaria:database.multi_az: must be true or false, got 'no'"),
    "one zone": (put("network", zones=["sa-east-1a"]), "zones: want 2 to 6"),
    "a zone that the region lacks": (put("network", zones=["sa-east-1a", "sa-east-1f"]), "zones: sa-east-1f not among"),
    "a zone of another region": (
        put("network", zones=["us-east-1a", "us-east-1b"]),
        "zones: us-east-1a, us-east-1b not",
    ),
    "a processor that the image is not for": (put("web", instance_type="t3.micro"), "instance_type: "),
    "a domain without a hosted zone": (put("web", hosted_zone=None), "hosted_zone"),
    "a domain in a zone that the account lacks": (
        put("web", domain="hotel.nowhere.example", hosted_zone="nowhere.example"),
        "nowhere.example",
    ),
    "plain HTTP without the word": (put("web", domain=None, hosted_zone=None), "allow_plain_http"),
    "an image release that there is not": (
        lambda config: config.update({"hotelaria:image_release": "2023.1.20230101.0"}),
        "2023.1.20230101.0",
    ),
    "an unsupported Postgres": (put("database", postgres_version="9"), "postgres_version: "),
}


@pytest.fixture(scope="module")
def stack_file(world: World) -> str:
    return (world.root / "Pulumi.dev.yaml").read_text()


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_with_one_clear_error_and_nothing_is_created(case: str, world: World, stack_file: str) -> None:
    change, told = CASES[case]
    (world.root / "Pulumi.dev.yaml").write_text(stack_file)
    world.edit("dev", change)
    ran = world.make("up", fails=True)
    assert told in ran.output
    assert "Traceback" not in ran.output
    assert 'File "' not in ran.output
    assert [r["type"] for r in world.resources() if r.get("custom") and "providers" not in r["type"]] == []


def test_a_stack_without_a_file_is_refused_with_the_stacks_there_are(world: World) -> None:
    ran = world.make("up", stack="staging", fails=True)
    assert "There is no stack file Pulumi.staging.yaml" in ran.output
    assert "dev, prod" in ran.output
