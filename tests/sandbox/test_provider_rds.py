"""RDS: versions and storage without false differences, secrets, the final snapshot, groups, and what is refused."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.aws.__main__ import provider
from sandbox.provider.schema import UNKNOWN, Values
from sandbox.provider.server import RefusedError
from tests.sandbox.harness import TYPES, Bench, Made
from tests.sandbox.samples.lb import network, security_group, subnet
from tests.sandbox.samples.rds import INSTANCE, SMALL, instance_of, key, subnet_group_of

SUBNETS = "aws:rds/subnetGroup:SubnetGroup"
PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"
OPTIONS = "aws:rds/optionGroup:OptionGroup"


def replacing(differences: list[Any]) -> set[str]:
    return {d.name for d in differences if d.replaces}


def described(bench: Bench, made: Made) -> Any:
    [instance] = bench.account.rds.describe_db_instances(DBInstanceIdentifier=made["identifier"])["DBInstances"]
    return instance


def reread(bench: Bench, made: Made) -> Made:
    state = bench.read(made.token, made.id, made.state)
    assert state is not None
    return Made(made.token, made.id, made.inputs, state)


# Instances


def test_an_instance_is_known_by_its_resource_id_and_named_without_a_separator(bench: Bench) -> None:
    made = instance_of(bench)
    assert made.id == made["resourceId"] == described(bench, made)["DbiResourceId"]
    assert re.fullmatch(r"thing\d+[0-9a-f]{7}", made["identifier"])
    assert made["endpoint"] == f"{made['address']}:5432"
    assert made["status"] == "available"


def test_a_minor_version_that_aws_applies_is_no_difference(bench: Bench) -> None:
    made = instance_of(bench, engineVersion="17")
    assert made["engineVersion"] == "17"
    assert re.fullmatch(r"17\.\d+", made["engineVersionActual"])
    bench.account.rds.modify_db_instance(
        DBInstanceIdentifier=made["identifier"], EngineVersion="17.11", ApplyImmediately=True
    )
    upgraded = reread(bench, made)
    assert (upgraded["engineVersion"], upgraded["engineVersionActual"]) == ("17", "17.11")
    assert bench.differences(upgraded) == []


def test_a_major_version_changes_in_place_with_the_parameter_group_of_its_family(bench: Bench) -> None:
    old = bench.make(PARAMETERS, family="postgres16").id
    new = bench.make(PARAMETERS, family="postgres17").id
    made = instance_of(bench, engineVersion="16", parameterGroupName=old)
    with pytest.raises(ClientError, match="AllowMajorVersionUpgrade flag must be present"):
        bench.change(made, engineVersion="17", parameterGroupName=new, applyImmediately=True)
    upgraded = bench.change(
        made, engineVersion="17", parameterGroupName=new, applyImmediately=True, allowMajorVersionUpgrade=True
    )
    assert upgraded.id == made.id
    assert upgraded["engineVersionActual"].startswith("17.")


def test_storage_that_grew_by_itself_is_no_difference_below_the_ceiling(bench: Bench) -> None:
    made = instance_of(bench, allocatedStorage=20, maxAllocatedStorage=100)
    bench.account.rds.modify_db_instance(
        DBInstanceIdentifier=made["identifier"], AllocatedStorage=40, ApplyImmediately=True
    )
    grown = reread(bench, made)
    assert grown["allocatedStorage"] == 40
    assert bench.differences(grown) == []
    assert [d.path for d in bench.differences(grown, maxAllocatedStorage=None)] == [
        "allocatedStorage",
        "maxAllocatedStorage",
    ]


def test_a_ceiling_as_high_as_the_storage_means_none(bench: Bench) -> None:
    made = instance_of(bench, maxAllocatedStorage=20)
    assert made["maxAllocatedStorage"] == 0
    raised = bench.change(made, maxAllocatedStorage=50)
    assert raised["maxAllocatedStorage"] == 50
    assert bench.change(raised, maxAllocatedStorage=None)["maxAllocatedStorage"] == 0


def test_a_small_gp3_volume_grows_without_its_fixed_iops_being_sent(bench: Bench) -> None:
    made = instance_of(bench, allocatedStorage=20)
    assert (made["iops"], made["storageThroughput"]) == (3000, 125)
    assert bench.change(made, allocatedStorage=50, applyImmediately=True)["allocatedStorage"] == 50
    large = instance_of(bench, allocatedStorage=400, iops=12000, instanceClass="db.m7g.large")
    faster = bench.change(large, iops=16000, storageThroughput=1000, applyImmediately=True)
    assert (faster["iops"], faster["storageThroughput"]) == (16000, 1000)


def test_settings_change_in_place(bench: Bench) -> None:
    vpc, subnets = network(bench)
    group = subnet_group_of(bench, subnetIds=subnets).id
    first, second = security_group(bench, vpc, "first"), security_group(bench, vpc, "second")
    made = instance_of(
        bench,
        dbSubnetGroupName=group,
        vpcSecurityGroupIds=[first],
        enabledCloudwatchLogsExports=["postgresql"],
        deletionProtection=True,
        iamDatabaseAuthenticationEnabled=True,
    )
    changed = bench.change(
        made,
        vpcSecurityGroupIds=[second],
        enabledCloudwatchLogsExports=["upgrade"],
        deletionProtection=None,
        iamDatabaseAuthenticationEnabled=None,
        instanceClass="db.t4g.small",
        multiAz=True,
        backupRetentionPeriod=7,
        backupWindow="03:00-03:30",
        maintenanceWindow="mon:04:00-mon:04:30",
        port=5433,
        performanceInsightsEnabled=True,
        caCertIdentifier="rds-ca-ecc384-g1",
        copyTagsToSnapshot=True,
        autoMinorVersionUpgrade=False,
        applyImmediately=True,
        tags={"Name": "hotel"},
    )
    assert changed.id == made.id
    instance = described(bench, changed)
    assert instance["EnabledCloudwatchLogsExports"] == ["upgrade"]
    assert instance["DeletionProtection"] is False
    assert instance["IAMDatabaseAuthenticationEnabled"] is False
    assert instance["PerformanceInsightsRetentionPeriod"] == 7
    assert changed["endpoint"].endswith(":5433")


def test_an_instance_is_renamed_in_place(bench: Bench) -> None:
    made = instance_of(bench, identifier="hotel")
    renamed = bench.change(made, identifier="guesthouse", applyImmediately=True)
    assert renamed.id == made.id
    assert renamed["address"].startswith("guesthouse.")


def test_what_an_instance_is_replaces_it(bench: Bench) -> None:
    made = instance_of(bench, dbName="hotel")
    changed = bench.differences(
        made,
        dbName="other",
        username="other",
        engine="mysql",
        engineVersion=None,
        storageEncrypted=True,
        kmsKeyId="arn:aws:kms:sa-east-1:123456789012:key/k",
        availabilityZone="sa-east-1c",
        snapshotIdentifier="before-summer",
        instanceClass="db.t4g.small",
    )
    assert replacing(changed) == {
        "dbName",
        "username",
        "engine",
        "storageEncrypted",
        "kmsKeyId",
        "availabilityZone",
        "snapshotIdentifier",
    }


def test_settings_of_the_provider_alone_make_no_call(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made = instance_of(bench)
    client = bench.account.rds

    def refuse(**_: Any) -> None:
        raise AssertionError("ModifyDBInstance was called")

    monkeypatch.setattr(client, "modify_db_instance", refuse)
    changed = bench.change(
        made,
        finalSnapshotIdentifier="hotel-final",
        skipFinalSnapshot=False,
        deleteAutomatedBackups=False,
        applyImmediately=True,
        allowMajorVersionUpgrade=True,
        tags={"Name": "hotel"},
    )
    assert changed["finalSnapshotIdentifier"] == "hotel-final"


def test_a_managed_password_is_a_secret_of_the_account_and_nowhere_else(bench: Bench) -> None:
    made = instance_of(bench, password=None, manageMasterUserPassword=True, masterUserSecretKmsKeyId=key(bench))
    [secret] = made["masterUserSecrets"]
    value = bench.account.secretsmanager.get_secret_value(SecretId=secret["secretArn"])["SecretString"]
    assert '"username": "hotel_admin"' in value
    assert secret["kmsKeyId"] == made["masterUserSecretKmsKeyId"]
    assert "password" not in made.state


def test_a_password_is_secret_and_a_new_one_is_sent(bench: Bench) -> None:
    made = instance_of(bench)
    assert TYPES[INSTANCE].props["password"].secret
    assert bench.change(made, password="another-one-now")["password"] == "another-one-now"
    managed = bench.change(made, password=None, manageMasterUserPassword=True)
    assert len(managed["masterUserSecrets"]) == 1


def test_deleting_without_a_name_for_the_final_snapshot_is_refused(bench: Bench) -> None:
    made = instance_of(bench, skipFinalSnapshot=False)
    with pytest.raises(RefusedError, match="finalSnapshotIdentifier is required when skipFinalSnapshot is false"):
        TYPES[INSTANCE].delete(bench.account, made.id, made.state)
    bench.end(bench.change(made, finalSnapshotIdentifier="hotel-final"))
    [snapshot] = bench.account.rds.describe_db_snapshots(DBSnapshotIdentifier="hotel-final")["DBSnapshots"]
    assert snapshot["DBInstanceIdentifier"] == made["identifier"]


def test_deletion_protection_is_honoured(bench: Bench) -> None:
    made = instance_of(bench, deletionProtection=True)
    with pytest.raises(ClientError, match="Cannot delete protected DB Instance"):
        TYPES[INSTANCE].delete(bench.account, made.id, made.state)
    bench.end(bench.change(made, deletionProtection=False))


def test_two_instances_side_by_side_are_told_apart(bench: Bench) -> None:
    group = subnet_group_of(bench).id
    first, second = instance_of(bench, dbSubnetGroupName=group), instance_of(bench, dbSubnetGroupName=group)
    bench.end(first)
    assert reread(bench, second).state == second.state


def test_a_replica_reads_back_and_is_promoted_when_it_has_no_source_any_more(bench: Bench) -> None:
    group = subnet_group_of(bench).id
    source = instance_of(bench, dbSubnetGroupName=group, tags={"Name": "source"})
    replica = bench.make(
        INSTANCE,
        replicateSourceDb=source["identifier"],
        instanceClass="db.t4g.small",
        dbSubnetGroupName=group,
        skipFinalSnapshot=True,
    )
    assert replica.id != source.id
    assert replica["tagsAll"] == {}
    assert reread(bench, source)["replicas"] == [replica["identifier"]]
    promoted = bench.change(replica, replicateSourceDb=None)
    assert promoted.id == replica.id
    assert reread(bench, source)["replicas"] == []
    with pytest.raises(RefusedError, match="cannot become the replica of another one"):
        bench.change(source, replicateSourceDb="other", username=None, password=None)


def test_an_instance_from_a_snapshot_has_the_settings_that_a_restore_does_not_take(bench: Bench) -> None:
    group = subnet_group_of(bench).id
    source = instance_of(bench, dbSubnetGroupName=group)
    bench.account.rds.create_db_snapshot(DBInstanceIdentifier=source["identifier"], DBSnapshotIdentifier="before")
    restored = bench.make(
        INSTANCE,
        snapshotIdentifier="before",
        instanceClass="db.t4g.small",
        dbSubnetGroupName=group,
        backupRetentionPeriod=9,
        maintenanceWindow="tue:04:00-tue:04:30",
        performanceInsightsEnabled=True,
        skipFinalSnapshot=True,
    )
    assert restored.id != source.id
    assert described(bench, restored)["BackupRetentionPeriod"] == 9
    assert (restored["maintenanceWindow"], restored["performanceInsightsEnabled"]) == ("tue:04:00-tue:04:30", True)


def test_an_instance_of_nothing_is_refused_when_it_is_made(bench: Bench) -> None:
    inputs, failures = bench.check(INSTANCE, {"instanceClass": "db.t4g.micro", "username": "hotel_admin"})
    assert failures == []
    with pytest.raises(
        RefusedError, match="engine and allocatedStorage must be given unless the instance is made from"
    ):
        TYPES[INSTANCE].create(bench.account, inputs)


def test_an_instance_that_was_deleted_elsewhere_is_gone(bench: Bench) -> None:
    made = instance_of(bench)
    bench.account.rds.delete_db_instance(DBInstanceIdentifier=made["identifier"], SkipFinalSnapshot=True)
    assert bench.read(INSTANCE, made.id, made.state) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"engineVersion": "17.1"}, "Cannot find version 17.1 for postgres"),
        ({"engineVersion": "9.6"}, "Cannot find version 9.6 for postgres"),
        ({"instanceClass": "db.nope"}, "Invalid DB Instance class: db.nope"),
        (
            {"instanceClass": "db.t4g.nano"},
            "RDS does not support creating a DB instance .* DBInstanceClass=db.t4g.nano",
        ),
        ({"allocatedStorage": 19}, "Invalid storage size for engine name postgres and storage type gp3: 19"),
        ({"iops": 4000}, "can't specify IOPS or storage throughput .* less than 400"),
        ({"allocatedStorage": 400, "iops": 3000}, "Invalid iops for storage type gp3 and size 400: 3000"),
        ({"maxAllocatedStorage": 21}, "Invalid max storage size .* 21"),
        ({"username": "rdsadmin"}, "MasterUsername rdsadmin cannot be used as it is a reserved word"),
        ({"password": "short"}, "not a valid password because it is shorter than 8 characters"),
        ({"password": None}, "MasterUserPassword must be provided"),
        ({"manageMasterUserPassword": True}, "manageMasterUserPassword conflicts with password"),
        ({"backupRetentionPeriod": 36}, "expected backupRetentionPeriod to be between 0 and 35, got 36"),
        ({"backupWindow": "3:00-4:00"}, "backupWindow wants UTC as 06:00-07:00, got '3:00-4:00'"),
        ({"maintenanceWindow": "sunday"}, "maintenanceWindow wants UTC as sun:07:30-sun:08:30, got 'sunday'"),
        ({"identifier": "Hotel"}, "identifier wants 1 to 63 lower-case letters, digits and single hyphens"),
        ({"identifier": "hotel--one"}, "single hyphens"),
        ({"finalSnapshotIdentifier": "final-"}, "finalSnapshotIdentifier wants 1 to 255 letters"),
        ({"monitoringInterval": 60}, "monitoringInterval and monitoringRoleArn belong together"),
        (
            {"monitoringInterval": 20, "monitoringRoleArn": "arn:aws:iam::1:role/r"},
            "expected monitoringInterval to be one of",
        ),
        ({"kmsKeyId": "arn:aws:kms:sa-east-1:1:key/k"}, "kmsKeyId is for encrypted storage"),
        ({"multiAz": True, "availabilityZone": "sa-east-1a"}, "stands in zones of AWS's choice"),
        (
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 8},
            "Invalid Performance Insights retention period",
        ),
        ({"databaseInsightsMode": "advanced"}, "To enable the Advanced mode of Database Insights"),
        ({"enabledCloudwatchLogsExports": ["slowquery"]}, "cannot use the log types 'slowquery'"),
        ({"caCertIdentifier": "rds-ca-2019"}, "Certificate not found: rds-ca-2019"),
        ({"engine": "aurora-postgresql"}, "lives in a cluster"),
        ({"port": 80}, "expected port to be between 1150 and 65535, got 80"),
        ({"blueGreenUpdate": {"enabled": True}}, "does not translate property 'blueGreenUpdate'"),
    ],
)
def test_an_instance_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    told = bench.refused(INSTANCE, **{k: v for k, v in (SMALL | values).items() if v is not None})
    assert any(re.search(reason, reason_told) for reason_told in told), told


def test_what_a_preview_does_not_know_is_not_refused(bench: Bench) -> None:
    unknown = dict.fromkeys(("password", "kmsKeyId", "monitoringRoleArn", "identifier", "dbSubnetGroupName"), UNKNOWN)
    values = SMALL | unknown | {"storageEncrypted": True, "monitoringInterval": 60, "vpcSecurityGroupIds": [UNKNOWN]}
    assert bench.refused(INSTANCE, **values) == []


# Groups


def test_a_subnet_group_changes_its_subnets_and_description_in_place(bench: Bench) -> None:
    vpc, subnets = network(bench)
    made = bench.make(SUBNETS, name="isolated", subnetIds=subnets)
    assert (made["description"], made["vpcId"]) == ("Managed by Pulumi", vpc)
    third = subnet(bench, vpc, "c", "10.1.2.0/24")
    changed = bench.change(made, subnetIds=[*subnets, third], description="the database's", tags={"Name": "isolated"})
    assert set(changed["subnetIds"]) == {*subnets, third}
    assert replacing(bench.differences(made, name="other", description="x")) == {"name"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"subnetIds": ["subnet-1"]}, "wants subnets in at least two Availability Zones, got 1"),
        ({"name": "Isolated"}, "got 'Isolated': RDS keeps names in lower case"),
    ],
)
def test_a_subnet_group_that_aws_would_refuse_is_refused_at_preview(bench: Bench, values: Values, reason: str) -> None:
    [told] = bench.refused(SUBNETS, **{"subnetIds": ["subnet-1", "subnet-2"]} | values)
    assert reason in told


def shown(bench: Bench, made: Made) -> dict[str, tuple[str, str]]:
    parameters = bench.account.rds.describe_db_parameters(DBParameterGroupName=made.id)["Parameters"]
    return {p["ParameterName"]: (p["ParameterValue"], p["ApplyMethod"]) for p in parameters}


def test_parameters_are_set_changed_and_given_back(bench: Bench) -> None:
    made = bench.make(
        PARAMETERS,
        family="postgres17",
        parameters=[
            {"name": "rds.force_ssl", "value": "1"},
            {"name": "max_connections", "value": "100", "applyMethod": "pending-reboot"},
        ],
    )
    assert shown(bench, made) == {"rds.force_ssl": ("1", "immediate"), "max_connections": ("100", "pending-reboot")}
    changed = bench.change(
        made,
        parameters=[{"name": "rds.force_ssl", "value": "0"}, {"name": "log_min_duration_statement", "value": "500"}],
    )
    assert shown(bench, changed) == {
        "rds.force_ssl": ("0", "immediate"),
        "log_min_duration_statement": ("500", "immediate"),
    }


def test_more_parameters_than_one_call_takes_are_all_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = [{"name": f"auto_explain.setting_{n}", "value": str(n)} for n in range(45)]
    sizes: list[int] = []
    modify = bench.account.rds.modify_db_parameter_group

    def counted(**request: Any) -> Any:
        sizes.append(len(request["Parameters"]))
        return modify(**request)

    monkeypatch.setattr(bench.account.rds, "modify_db_parameter_group", counted)
    made = bench.make(PARAMETERS, family="postgres17", parameters=parameters)
    assert sizes == [20, 20, 5]
    assert len(shown(bench, made)) == 45
    assert shown(bench, bench.change(made, parameters=None)) == {}


def test_an_apply_method_alone_is_no_difference(bench: Bench) -> None:
    ssl = {"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"}
    made = bench.make(PARAMETERS, family="postgres17", parameters=[ssl])
    assert bench.differences(made, parameters=[{**ssl, "applyMethod": "pending-reboot"}]) == []
    assert bench.differences(made, parameters=[{**ssl, "value": "0", "applyMethod": "pending-reboot"}]) != []


def test_family_description_and_name_replace_a_parameter_group(bench: Bench) -> None:
    made = bench.make(PARAMETERS, family="postgres17")
    changed = bench.differences(made, family="postgres18", description="x", name="other", tags={"a": "b"})
    assert replacing(changed) == {"family", "description", "name"}


def test_a_parameter_group_in_use_is_deleted_once_it_is_free(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    group = bench.make(PARAMETERS, family="postgres17")
    database = instance_of(bench, parameterGroupName=group.id)
    monkeypatch.setattr("sandbox.provider.aws.rds._STILL_USED_SECONDS", 0.0)
    with pytest.raises(TimeoutError, match="no database to use parameter group"):
        TYPES[PARAMETERS].delete(bench.account, group.id, group.state)
    bench.end(database)
    bench.end(group)


def test_a_group_that_is_to_stay_is_only_forgotten(bench: Bench) -> None:
    group = bench.make(PARAMETERS, family="postgres17", skipDestroy=True)
    TYPES[PARAMETERS].delete(bench.account, group.id, group.state)
    assert bench.read(PARAMETERS, group.id, group.state) == group.state


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"name": "hotel-"}, "no hyphen last, got 'hotel-'"),
        ({"name": "Hotel"}, "RDS keeps names in lower case"),
        (
            {"parameters": [{"name": "max_connections", "value": "9"}]},
            "PostgreSQL takes max_connections at its start only: set applyMethod to 'pending-reboot'",
        ),
        (
            {"parameters": [{"name": "work_mem", "value": "9", "applyMethod": "later"}]},
            "expected parameters[0].applyMethod to be one of ['immediate', 'pending-reboot'], got 'later'",
        ),
    ],
)
def test_a_parameter_group_that_aws_would_refuse_is_refused_at_preview(
    bench: Bench, values: Values, reason: str
) -> None:
    [told] = bench.refused(PARAMETERS, **{"family": "postgres17"} | values)
    assert reason in told


def test_options_are_added_and_removed_in_place(bench: Bench) -> None:
    audit = {
        "optionName": "MARIADB_AUDIT_PLUGIN",
        "optionSettings": [{"name": "SERVER_AUDIT_EVENTS", "value": "CONNECT"}],
    }
    made = bench.make(OPTIONS, engineName="mysql", majorEngineVersion="8.0")
    changed = bench.change(made, options=[audit])
    assert changed["options"] == [audit]
    assert bench.change(changed, options=None)["options"] == []
    assert replacing(bench.differences(made, majorEngineVersion="5.7", optionGroupDescription="x")) == {
        "majorEngineVersion",
        "optionGroupDescription",
    }


# Functions


def call(bench: Bench, **args: Any) -> Values:
    answer = provider().functions["aws:rds/getEngineVersion:getEngineVersion"].answer(bench.account, args)
    assert isinstance(answer, dict)
    return answer


def test_an_engine_version_is_found(bench: Bench) -> None:
    assert call(bench, engine="postgres")["parameterGroupFamily"] == "postgres17"
    latest = call(bench, engine="postgres", version="17", latest=True)
    assert (latest["version"], latest["validMinorTargets"]) == ("17.11", [])
    assert call(bench, engine="postgres", preferredVersions=["99.1", "16.10", "16.9"])["versionActual"] == "16.10"
    with pytest.raises(RefusedError, match="multiple RDS engine versions matched"):
        call(bench, engine="postgres", version="17")
    with pytest.raises(RefusedError, match="no matching RDS engine version found"):
        call(bench, engine="postgres", version="99")
