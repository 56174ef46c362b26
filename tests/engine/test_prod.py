"""prod on the real engine, beside dev in one account: complete, protected, changed, and destroyed only on purpose."""

from typing import Any

from tests.engine.conftest import World


def unprotect(config: dict[str, Any]) -> None:
    """What a person types out before prod may be destroyed."""
    for section in ("network", "database", "web"):
        config[f"hotelaria:{section}"]["protect"] = False
    for section in ("database", "web"):
        config[f"hotelaria:{section}"]["deletion_protection"] = False


def protected(world: World) -> set[str]:
    """Logical names of what the state protects."""
    return {r["urn"].split("::")[-1] for r in world.resources("prod") if r.get("protect") and r["custom"]}


def test_prod_stands_beside_dev_changes_in_place_and_leaves_what_it_announced(fresh: World) -> None:
    fresh.edit("prod", lambda config: config["hotelaria:database"].update(postgres_version="16"))
    fresh.make("up", "--skip-preview", stack="dev")
    fresh.make("up", "--skip-preview", stack="prod")
    assert fresh.make("up", "--skip-preview", stack="prod").changes == {}
    assert fresh.make("refresh", "--expect-no-changes", stack="prod").changes == {}
    assert fresh.make("up", "--skip-preview", stack="dev").changes == {}
    assert protected(fresh) == {"network-flow-logs", "database-key", "database-instance", "web-logs"}

    # Another parameter family on a protected stack: the group is replaced, what holds data is not.
    fresh.edit("prod", lambda config: config["hotelaria:database"].update(postgres_version="17"))
    assert fresh.make("up", "--skip-preview", stack="prod").changes == {
        "database-parameters": "replace",
        "database-instance": "update",
    }
    databases = {d["DBInstanceIdentifier"]: d for d in fresh.client("rds").describe_db_instances()["DBInstances"]}
    [prod] = [d for d in databases.values() if d["MultiAZ"]]
    assert prod["EngineVersion"].startswith("17.")

    refused = fresh.make("destroy", stack="prod", fails=True)
    assert "protect" in refused.output
    assert len(fresh.client("rds").describe_db_instances()["DBInstances"]) == 2
    assert protected(fresh) == {"network-flow-logs", "database-key", "database-instance", "web-logs"}

    fresh.edit("prod", unprotect)
    fresh.make("up", "--skip-preview", stack="prod")
    [key] = [r["id"] for r in fresh.resources("prod") if r["urn"].endswith("aws:kms/key:Key::database-key")]
    [bucket] = [r["id"] for r in fresh.resources("prod") if r["type"] == "aws:s3/bucket:Bucket"]
    destroyed = fresh.make("destroy", stack="prod")
    remains = destroyed.output.split("What remains of prod in the account:\n")[1].splitlines()
    snapshot = f"database snapshot {prod['DBInstanceIdentifier']}-final"
    assert sorted(line.strip() for line in remains) == sorted([snapshot, f"KMS key {key}", f"bucket {bucket}"])
    told = fresh.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    assert told["KeyState"] == "Enabled"  # or the snapshot could not be read

    assert fresh.make("up", "--skip-preview", stack="dev").changes == {}  # dev has felt nothing of it
