"""The whole program with both stack files, and what it says to a stack file that is wrong."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from settings import Settings, SettingsError
from tests.components.conftest import Engine
from tests.components.program import ROOT, deploy_program, flat, stack_config
from tools.preview import STATEFUL


def parse(change: Callable[[dict[str, Any]], None], stack: str = "dev") -> Settings:
    config = stack_config(stack)
    change(config)
    return Settings.parse(flat(config), "hotelaria", stack)


@pytest.fixture
def deployed(engine: Engine) -> Callable[[str], Engine]:
    def deploy(stack: str) -> Engine:
        deploy_program(engine, stack_config(stack))
        return engine

    return deploy


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_program_deploys_with_its_stack_file(stack: str, deployed: Callable[[str], Engine]) -> None:
    engine = deployed(stack)
    assert {r.type for r in engine.created if not r.custom} == {
        "hotelaria:index:Network",
        "hotelaria:index:Database",
        "hotelaria:index:WebTier",
    }
    keys = [(r.type, r.name) for r in engine.created]
    assert len(keys) == len(set(keys))
    lost = [r.name for r in engine.created if r.custom and ":index:" not in r.parent]
    assert lost == []


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_input_of_the_program_holds_a_password(stack: str, deployed: Callable[[str], Engine]) -> None:
    inputs = json.dumps([r.inputs for r in deployed(stack).created])
    assert '"manageMasterUserPassword": true' in inputs
    assert '"password"' not in inputs.lower()
    assert "4dabf18193072939515e22adb298388d" not in inputs  # the mark of a secret on the wire


def test_the_instances_wear_the_databases_client_group(deployed: Callable[[str], Engine]) -> None:
    engine = deployed("dev")
    [interface] = engine.one("aws:ec2/launchTemplate:LaunchTemplate", "web-instance").inputs["networkInterfaces"]
    assert "database-client-id" in interface["securityGroups"]


def test_a_pull_request_is_warned_of_what_prod_protects_and_of_the_network_s_ground(
    deployed: Callable[[str], Engine],
) -> None:
    protected = {made.type for made in deployed("prod").created if made.protect and made.custom}
    assert protected | {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"} == set(STATEFUL)


def test_prod_protects_what_holds_data_and_dev_types_out_that_it_does_not(engine: Engine) -> None:
    prod, dev = Settings.parse(flat(stack_config("prod")), "hotelaria", "prod"), parse(lambda c: None)
    for stack, protected in ((prod, True), (dev, False)):
        assert [stack.network.protect, stack._database.protect, stack._web.protect] == [protected] * 3
        assert stack._database.deletion_protection is protected
        assert stack._web.deletion_protection is protected
    assert (prod._database.skip_final_snapshot, dev._database.skip_final_snapshot) == (False, True)
    assert (prod._web.force_destroy, dev._web.force_destroy) == (False, True)


def test_every_resource_is_tagged_with_project_and_stack() -> None:
    assert parse(lambda c: None).network.tags == {"project": "hotelaria", "stack": "dev"}


def rename(old: str, new: str) -> Callable[[dict[str, Any]], None]:
    return lambda c: c.update({f"hotelaria:{new}": c.pop(f"hotelaria:{old}")})


def put(section: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda c: c[f"hotelaria:{section}"].update(values)


def drop(section: str, key: str) -> Callable[[dict[str, Any]], None]:
    return lambda c: c[f"hotelaria:{section}"].pop(key)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (rename("network", "netwrok"), ["hotelaria:netwrok is unknown: did you mean 'network'?", "hotelaria:network is missing"]),
        (put("web", min_sise=3), ["hotelaria:web.min_sise is unknown: did you mean 'min_size'?"]),
        (put("web", health_check={"pth": "/"}), ["hotelaria:web.health_check.pth is unknown: did you mean 'path'?"]),
        (put("web", min_size="two"), ["hotelaria:web.min_size: must be a whole number, got 'two'"]),
        (put("web", min_size="2"), ["hotelaria:web.min_size: must be a whole number, got '2'"]),
        (put("database", multi_az="no"), ["hotelaria:database.multi_az: must be true or false, got 'no'"]),
        (put("network", zones="sa-east-1a"), ["hotelaria:network.zones: must be a list, got 'sa-east-1a'"]),
        (put("network", zones=["sa-east-1a", 7]), ["hotelaria:network.zones[1]: must be text, got 7"]),
        (put("network", egress="singel"), ["hotelaria:network.egress: must be one of none, instance, single, per_zone, regional, got 'singel' (did you mean 'single'?)"]),
        (put("network", zones=["sa-east-1a"]), ["hotelaria:network: zones:"]),
        (put("web", min_size=5, max_size=3), ["hotelaria:web: ", "min_size"]),
        (put("database", vpc_id="vpc-1"), ["hotelaria:database.vpc_id is set by the program (__main__.py): remove it here"]),
        (put("web", tags={"a": "b"}), ["hotelaria:web.tags is set once, as hotelaria:tags: remove it here"]),
        (drop("network", "cidr_block"), ["hotelaria:network.cidr_block is missing"]),
        (put("web", allow_plain_http=None, domain=None, hosted_zone=None), ["hotelaria:web"]),
        (lambda c: c.update({"hotelaria:web": "small"}), ["hotelaria:web must be a map of settings, got 'small'"]),
    ],
)  # fmt: skip
def test_a_wrong_stack_file_is_refused_with_key_value_and_way_out(
    change: Callable[[dict[str, Any]], None], told: list[str]
) -> None:
    with pytest.raises(SettingsError) as refusal:
        parse(change)
    for part in told:
        assert part in str(refusal.value)


def test_all_mistakes_of_a_stack_file_are_told_at_once() -> None:
    def change(config: dict[str, Any]) -> None:
        put("web", min_sise=3)(config)
        put("database", backup_retention_days="a week")(config)

    with pytest.raises(SettingsError) as refusal:
        parse(change)
    assert str(refusal.value).startswith("Pulumi.dev.yaml has 2 mistakes:\n")


def test_the_program_and_the_components_import_nothing_of_the_sandbox_or_the_tools() -> None:
    for path in [ROOT / "__main__.py", ROOT / "settings.py", *(ROOT / "components").glob("*.py")]:
        text = path.read_text()
        assert "sandbox" not in text, path
        assert "import tools" not in text, path
        assert "from tools" not in text, path
        assert "127.0.0.1" not in text, path


@pytest.mark.parametrize(
    ("folder", "foreign"),
    [
        ("components", "sandbox|tools|settings|app"),
        ("sandbox/account", r"sandbox\.provider|components|settings|tools"),
        ("sandbox/provider", r"sandbox\.account|components|settings|tools"),
        ("sandbox/facts", r"sandbox\.account|sandbox\.provider|components|settings|tools|moto|boto3|pulumi"),
        ("sandbox/host", r"sandbox\.|components|settings|tools"),
    ],
)
def test_dependencies_go_one_way(folder: str, foreign: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        assert not re.search(rf"^\s*(from|import) ({foreign})\b", path.read_text(), re.MULTILINE), path
