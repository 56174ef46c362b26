"""The database, everything about it that can be decided without deploying one."""

import json
from typing import Any

import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions
from pulumi.provider.experimental.analyzer import Analyzer
from pulumi.runtime.mocks import MockResourceArgs

from components.database import Database, DatabaseArgs, DatabaseInsights

INSTANCE = "aws:rds/instance:Instance"
PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
RANDOM_ID = "random:index/randomId:RandomId"

REPLACING = {
    INSTANCE: {"dbName", "username", "kmsKeyId", "storageEncrypted", "engine"},
    PARAMETER_GROUP: {"family", "description", "name"},
    SUBNET_GROUP: {"name"},
    SECURITY_GROUP: {"vpcId", "description", "name"},
    INGRESS_RULE: {"securityGroupId"},
    EGRESS_RULE: {"securityGroupId"},
    LOG_GROUP: {"name"},
    ROLE_POLICY: {"policyArn", "role"},
    RANDOM_ID: {"byteLength", "prefix", "keepers"},
}
"""What the provider can only change by replacing, of the properties the component gives (upstream's ForceNew)."""

KEY_ARN = "arn:aws:kms:sa-east-1:123456789012:key/own"
TOPIC = "arn:aws:sns:sa-east-1:123456789012:alarms"
KEEPERS = {
    "database_name": "hotel",
    "username": "hotel_admin",
    "kms_key": "arn:aws:kms:sa-east-1:123456789012:key/database-key",
}
IDENTIFIER = "database-0a1b2c3d"
SECRET_MARK = "4dabf18193072939515e22adb298388d"


def args(**changes: Any) -> DatabaseArgs:
    return DatabaseArgs(**{"vpc_id": "vpc-1", "subnet_ids": ["subnet-a", "subnet-b"], **changes})


def random_id(resource: MockResourceArgs) -> dict[str, str]:
    """Other digits for other keepers, as with the real thing."""
    return {"hex": resource.inputs["prefix"] + ("0a1b2c3d" if resource.inputs["keepers"] == KEEPERS else "4e5f6071")}


@pytest.fixture
def engine(engine: Any) -> Any:
    """The recording engine, with what AWS works out by itself."""

    def automatic_name(resource: MockResourceArgs) -> dict[str, str]:
        return {"name": resource.inputs.get("name", f"{resource.name}-0a1b2c3")}

    engine.computed[RANDOM_ID] = random_id
    engine.computed[KEY] = lambda resource: {
        "arn": f"arn:aws:kms:sa-east-1:123456789012:key/{resource.name}",
        "keyId": f"id-of-{resource.name}",
    }
    for type_ in (PARAMETER_GROUP, SUBNET_GROUP, ROLE, LOG_GROUP):
        engine.computed[type_] = automatic_name
    engine.computed[INSTANCE] = lambda resource: {
        "address": f"{resource.inputs['identifier']}.c1.sa-east-1.rds.amazonaws.com",
        "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:sa-east-1:123456789012:secret:{resource.name}"}],
    }
    return engine


def deploy(engine: Any, **changes: Any) -> None:
    engine.deploy(lambda: Database("database", args(**changes)))


# The instance


def test_the_instance_has_exactly_these_inputs(engine: Any) -> None:
    deploy(engine)
    assert engine.one(INSTANCE).inputs == {
        "identifier": IDENTIFIER,
        "engine": "postgres",
        "engineVersion": "17",
        "autoMinorVersionUpgrade": True,
        "allowMajorVersionUpgrade": True,
        "parameterGroupName": "database-parameters-0a1b2c3",
        "instanceClass": "db.t4g.medium",
        "multiAz": True,
        "storageType": "gp3",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageEncrypted": True,
        "kmsKeyId": "arn:aws:kms:sa-east-1:123456789012:key/database-key",
        "dbName": "hotel",
        "username": "hotel_admin",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": "arn:aws:kms:sa-east-1:123456789012:key/database-key",
        "iamDatabaseAuthenticationEnabled": True,
        "dbSubnetGroupName": "database-subnets-0a1b2c3",
        "vpcSecurityGroupIds": ["database-server-id"],
        "port": 5432,
        "publiclyAccessible": False,
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "backupRetentionPeriod": 35,
        "backupWindow": "06:00-07:00",
        "maintenanceWindow": "sun:07:30-sun:08:30",
        "copyTagsToSnapshot": True,
        "applyImmediately": True,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": f"{IDENTIFIER}-final",
        "deleteAutomatedBackups": True,
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "monitoringInterval": 60,
        "monitoringRoleArn": "arn:aws:mock:sa-east-1:123456789012:aws:iam/role:Role/database-monitoring",
        "databaseInsightsMode": "standard",
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "performanceInsightsKmsKeyId": "arn:aws:kms:sa-east-1:123456789012:key/database-key",
        "tags": {"Name": "database-instance"},
    }


def test_everything_the_caller_decides_reaches_the_instance(engine: Any) -> None:
    deploy(
        engine,
        database_name="rooms",
        username="keeper",
        postgres_version="18",
        instance_class="db.m7g.large",
        allocated_storage_gib=400,
        max_allocated_storage_gib=1000,
        iops=16_000,
        throughput_mibps=1_000,
        multi_az=False,
        backup_retention_days=1,
        backup_window="01:00-02:00",
        maintenance_window="mon:03:00-mon:04:00",
        apply_immediately=False,
        deletion_protection=False,
        skip_final_snapshot=True,
        kms_key_arn=KEY_ARN,
        monitoring_interval_seconds=15,
    )
    changed = {
        "dbName": "rooms",
        "username": "keeper",
        "engineVersion": "18",
        "instanceClass": "db.m7g.large",
        "allocatedStorage": 400,
        "maxAllocatedStorage": 1000,
        "iops": 16_000,
        "storageThroughput": 1_000,
        "multiAz": False,
        "backupRetentionPeriod": 1,
        "backupWindow": "01:00-02:00",
        "maintenanceWindow": "mon:03:00-mon:04:00",
        "applyImmediately": False,
        "deletionProtection": False,
        "skipFinalSnapshot": True,
        "kmsKeyId": KEY_ARN,
        "masterUserSecretKmsKeyId": KEY_ARN,
        "performanceInsightsKmsKeyId": KEY_ARN,
        "monitoringInterval": 15,
    }
    inputs = engine.one(INSTANCE).inputs
    assert {key: inputs[key] for key in changed} == changed


def test_a_minor_upgrade_by_aws_leaves_no_difference_to_ignore(engine: Any) -> None:
    deploy(engine)
    instance = engine.one(INSTANCE)
    assert (instance.inputs["engineVersion"], instance.inputs["autoMinorVersionUpgrade"]) == ("17", True)
    assert instance.ignore_changes == []


def test_slow_operations_of_aws_are_waited_for(engine: Any) -> None:
    deploy(engine)
    assert engine.one(INSTANCE).timeouts == {"create": "60m", "update": "3h", "delete": "2h"}


def test_advanced_insights_bring_the_fifteen_months_they_need(engine: Any) -> None:
    deploy(engine, insights=DatabaseInsights.ADVANCED)
    inputs = engine.one(INSTANCE).inputs
    assert (inputs["databaseInsightsMode"], inputs["performanceInsightsRetentionPeriod"]) == ("advanced", 465)


def test_the_subnet_group_holds_the_given_subnets(engine: Any) -> None:
    deploy(engine)
    assert engine.one(SUBNET_GROUP).inputs == {
        "description": "Subnets of the database",
        "subnetIds": ["subnet-a", "subnet-b"],
        "tags": {"Name": "database-subnets"},
    }


# Parameters


def test_connections_are_encrypted_and_slow_statements_logged_without_their_values(engine: Any) -> None:
    deploy(engine)
    assert engine.one(PARAMETER_GROUP).inputs == {
        "description": "Parameters of the database",
        "family": "postgres17",
        "parameters": [
            {"name": "log_min_duration_statement", "value": "1000", "applyMethod": "immediate"},
            {"name": "log_parameter_max_length", "value": "0", "applyMethod": "immediate"},
            {"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"},
        ],
        "tags": {"Name": "database-parameters"},
    }


def test_the_callers_parameters_join_the_components_own_and_go_before_them(engine: Any) -> None:
    deploy(
        engine,
        slow_query_ms=250,
        parameters={"work_mem": "65536", "log_parameter_max_length": "64"},
        static_parameters={"max_connections": "200"},
    )
    assert engine.one(PARAMETER_GROUP).inputs["parameters"] == [
        {"name": "log_min_duration_statement", "value": "250", "applyMethod": "immediate"},
        {"name": "log_parameter_max_length", "value": "64", "applyMethod": "immediate"},
        {"name": "rds.force_ssl", "value": "1", "applyMethod": "immediate"},
        {"name": "work_mem", "value": "65536", "applyMethod": "immediate"},
        {"name": "max_connections", "value": "200", "applyMethod": "pending-reboot"},
    ]


# Encryption


def test_an_own_key_rotates_and_has_an_alias(engine: Any) -> None:
    deploy(engine)
    assert engine.one(KEY).inputs == {
        "description": "Storage, snapshots, insights and master secret of the database",
        "enableKeyRotation": True,
        "deletionWindowInDays": 30,
        "tags": {"Name": "database-key"},
    }
    assert engine.one(ALIAS).inputs == {"targetKeyId": "id-of-database-key"}


def test_a_given_key_leaves_none_to_make(engine: Any) -> None:
    deploy(engine, kms_key_arn=KEY_ARN)
    assert engine.all(KEY) == []
    assert engine.all(ALIAS) == []


# Who reaches it


def test_only_the_client_group_reaches_the_database_and_only_on_its_port(engine: Any) -> None:
    deploy(engine)
    assert engine.one(INGRESS_RULE).inputs == {
        "description": "PostgreSQL from its clients",
        "securityGroupId": "database-server-id",
        "referencedSecurityGroupId": "database-client-id",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "tags": {"Name": "database-server-ingress"},
    }


def test_the_client_group_gives_its_wearers_nothing_but_the_way_to_the_database(engine: Any) -> None:
    deploy(engine)
    assert engine.one(EGRESS_RULE).inputs == {
        "description": "PostgreSQL to the database",
        "securityGroupId": "database-client-id",
        "referencedSecurityGroupId": "database-server-id",
        "ipProtocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "tags": {"Name": "database-client-egress"},
    }


def test_both_groups_stand_in_the_vpc_without_inline_rules(engine: Any) -> None:
    deploy(engine)
    assert {group.name: group.inputs for group in engine.all(SECURITY_GROUP)} == {
        "database-server": {
            "description": "The database: lets its clients in and nothing out",
            "vpcId": "vpc-1",
            "tags": {"Name": "database-server"},
        },
        "database-client": {
            "description": "Clients of the database: its wearers may connect to it",
            "vpcId": "vpc-1",
            "tags": {"Name": "database-client"},
        },
    }


def test_no_address_range_is_named_anywhere(engine: Any) -> None:
    deploy(engine)
    assert [
        r.name for r in engine.created if "cidr" in json.dumps(r.inputs).lower() or "0.0.0.0" in str(r.inputs)
    ] == []


def test_whoever_wears_the_client_group_waits_for_the_rules_that_let_it_in(engine: Any) -> None:
    def program() -> None:
        database = Database("database", args())
        aws.ec2.NetworkInterface("web", subnet_id="subnet-c", security_groups=[database.client_security_group_id])

    engine.deploy(program)
    web = engine.one("aws:ec2/networkInterface:NetworkInterface")
    assert web.inputs["securityGroups"] == ["database-client-id"]
    assert {engine.one(INGRESS_RULE).urn, engine.one(EGRESS_RULE).urn} <= engine.ancestors(web.urn)
    assert engine.one(INSTANCE).urn not in engine.ancestors(web.urn)


# What is watched


def test_exported_logs_have_groups_with_retention_before_the_instance_writes(engine: Any) -> None:
    deploy(engine, log_retention_days=30)
    groups = engine.all(LOG_GROUP)
    assert {group.name: group.inputs for group in groups} == {
        f"database-{log}-log": {
            "name": f"/aws/rds/instance/{IDENTIFIER}/{log}",
            "retentionInDays": 30,
            "tags": {"Name": f"database-{log}-log"},
        }
        for log in ("postgresql", "upgrade")
    }
    assert {group.urn for group in groups} <= engine.ancestors(engine.one(INSTANCE).urn)


def test_the_monitoring_role_can_write_before_the_instance_uses_it(engine: Any) -> None:
    deploy(engine)
    role = engine.one(ROLE)
    assert json.loads(role.inputs["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
            }
        ],
    }
    assert engine.one(ROLE_POLICY).inputs == {
        "role": "database-monitoring-0a1b2c3",
        "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    }
    assert engine.one(ROLE_POLICY).urn in engine.ancestors(engine.one(INSTANCE).urn)


def test_the_managed_policy_is_that_of_the_partition(engine: Any) -> None:
    engine.answers["aws:index/getPartition:getPartition"] = lambda _: {"partition": "aws-us-gov"}
    deploy(engine)
    assert engine.one(ROLE_POLICY).inputs["policyArn"] == (
        "arn:aws-us-gov:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    )


def test_without_enhanced_monitoring_there_is_no_role(engine: Any) -> None:
    deploy(engine, monitoring_interval_seconds=0)
    assert engine.all(ROLE) == []
    assert engine.all(ROLE_POLICY) == []
    assert engine.one(INSTANCE).inputs["monitoringInterval"] == 0
    assert "monitoringRoleArn" not in engine.one(INSTANCE).inputs


def test_storage_cpu_and_connections_have_alarms_that_tell_somebody(engine: Any) -> None:
    deploy(engine, alarm_actions=[TOPIC])
    common = {
        "namespace": "AWS/RDS",
        "dimensions": {"DBInstanceIdentifier": IDENTIFIER},
        "statistic": "Average",
        "period": 300,
        "evaluationPeriods": 3,
        "alarmActions": [TOPIC],
    }
    assert {alarm.name: alarm.inputs for alarm in engine.all(ALARM)} == {
        "database-free-storage": {
            **common,
            "alarmDescription": "The database runs out of storage",
            "metricName": "FreeStorageSpace",
            "comparisonOperator": "LessThanThreshold",
            "threshold": 2 * 1024**3,
            "tags": {"Name": "database-free-storage"},
        },
        "database-cpu": {
            **common,
            "alarmDescription": "The database is short of CPU",
            "metricName": "CPUUtilization",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 80,
            "tags": {"Name": "database-cpu"},
        },
        "database-connections": {
            **common,
            "alarmDescription": "The database runs out of connections",
            "metricName": "DatabaseConnections",
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 270,
            "tags": {"Name": "database-connections"},
        },
    }


def test_the_storage_alarm_follows_a_volume_that_has_grown(engine: Any) -> None:
    stand_in = engine.computed[INSTANCE]
    engine.computed[INSTANCE] = lambda resource: {**stand_in(resource), "allocatedStorage": 50}
    deploy(engine, free_storage_alarm_percent=20)
    assert engine.one(ALARM, "database-free-storage").inputs["threshold"] == 10 * 1024**3


@pytest.mark.parametrize(
    ("changes", "threshold"),
    [
        ({"instance_class": "db.t4g.micro"}, 67),
        ({"instance_class": "db.r8g.4xlarge"}, 3000),
        ({"connections_alarm": 50}, 50),
        ({"instance_class": "db.x2g.large", "connections_alarm": 900}, 900),
    ],
)
def test_the_connections_alarm_follows_the_class_unless_given(
    engine: Any, changes: dict[str, Any], threshold: int
) -> None:
    deploy(engine, **changes)
    assert engine.one(ALARM, "database-connections").inputs["threshold"] == threshold


# What is protected, replaced and left


def test_protection_marks_the_instance_and_its_key_and_nothing_else(engine: Any) -> None:
    deploy(engine)
    children = [resource for resource in engine.created if resource.custom]
    assert {resource.type for resource in children if resource.protect} == {INSTANCE, KEY}
    assert {resource.protect for resource in children if resource.type not in {INSTANCE, KEY}} == {False}


def test_protection_can_be_typed_out(engine: Any) -> None:
    deploy(engine, protect=False)
    assert {resource.protect for resource in engine.created if resource.type in {INSTANCE, KEY}} == {None}


def test_protection_from_the_callers_options_reaches_only_what_holds_data(engine: Any) -> None:
    engine.deploy(lambda: Database("database", args(protect=False), ResourceOptions(protect=True)))
    children = [resource for resource in engine.created if resource.custom]
    assert {resource.type for resource in children if resource.protect} == {INSTANCE, KEY}


def replaced(engine: Any, before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
    """The children that a change of the args replaces, as registered the second time."""
    deploy(engine, **before)
    first = {(resource.type, resource.name): resource for resource in engine.created if resource.custom}
    engine.created.clear()
    deploy(engine, **after)
    second = {(resource.type, resource.name): resource for resource in engine.created if resource.custom}
    return [
        resource
        for key, resource in second.items()
        if key in first
        and any(
            first[key].inputs.get(name) != resource.inputs.get(name) for name in REPLACING.get(resource.type, set())
        )
    ]


def test_another_major_version_on_a_protected_database_replaces_only_what_may_be(engine: Any) -> None:
    [group] = replaced(engine, {}, {"postgres_version": "18"})
    assert group.type == PARAMETER_GROUP
    assert group.inputs["family"] == "postgres18"
    assert group.protect is False
    assert group.delete_before_replace is False  # the old group is in use until the instance has left it
    instance = engine.one(INSTANCE)
    assert (instance.inputs["engineVersion"], instance.inputs["allowMajorVersionUpgrade"]) == ("18", True)
    assert (instance.inputs["applyImmediately"], instance.protect) == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        {"instance_class": "db.m7g.large", "multi_az": False},
        {"subnet_ids": ["subnet-a", "subnet-b", "subnet-c"]},
        {"allocated_storage_gib": 400, "max_allocated_storage_gib": 1000, "iops": 16_000, "throughput_mibps": 1000},
        {"parameters": {"work_mem": "65536"}, "slow_query_ms": 100},
        {"backup_window": "01:00-02:00", "backup_retention_days": 7},
        {"deletion_protection": False, "skip_final_snapshot": True, "protect": False},
        {"log_retention_days": 30, "monitoring_interval_seconds": 0, "insights": DatabaseInsights.ADVANCED},
        {"tags": {"hotel": "central"}},
    ],
)
def test_an_ordinary_change_replaces_nothing(engine: Any, change: dict[str, Any]) -> None:
    assert replaced(engine, {}, change) == []


@pytest.mark.parametrize("change", [{"username": "keeper"}, {"database_name": "rooms"}, {"kms_key_arn": KEY_ARN}])
def test_a_replacement_gets_an_identifier_and_log_groups_of_its_own_before_the_old_one_goes(
    engine: Any, change: dict[str, Any]
) -> None:
    changed = {resource.name: resource for resource in replaced(engine, {}, change)}
    assert set(changed) == {
        "database-identifier",
        "database-postgresql-log",
        "database-upgrade-log",
        "database-instance",
    }
    identifier = changed["database-instance"].inputs["identifier"]
    assert identifier != IDENTIFIER
    assert changed["database-instance"].inputs["finalSnapshotIdentifier"] == f"{identifier}-final"
    assert changed["database-postgresql-log"].inputs["name"] == f"/aws/rds/instance/{identifier}/postgresql"
    # Both are named explicitly, so the provider would delete first.
    assert {resource.delete_before_replace for resource in changed.values() if resource.type != RANDOM_ID} == {False}


def remainder(engine: Any, **changes: Any) -> list[str]:
    lines: list[str] = []
    engine.deploy(lambda: Database("database", args(**changes)).remainder.apply(lines.extend))
    return lines


def test_destroy_leaves_the_final_snapshot_and_the_key_that_reads_it(engine: Any) -> None:
    assert remainder(engine) == [
        f"RDS snapshot {IDENTIFIER}-final, the last state of the database",
        "KMS key arn:aws:kms:sa-east-1:123456789012:key/database-key, which that snapshot is encrypted with",
    ]
    assert [r.name for r in engine.created if r.retain_on_delete] == ["database-key"]
    assert engine.one(KEY).retain_on_delete is True


def test_destroy_leaves_nothing_where_the_final_snapshot_is_skipped(engine: Any) -> None:
    assert remainder(engine, skip_final_snapshot=True) == []
    assert [resource.name for resource in engine.created if resource.retain_on_delete] == []


def test_destroy_leaves_a_given_key_to_whoever_gave_it(engine: Any) -> None:
    assert len(remainder(engine, kms_key_arn=KEY_ARN)) == 1


# The component's contract


def test_the_outputs_say_how_to_connect(engine: Any) -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        database = Database("database", args())
        for output in Database.__annotations__:
            getattr(database, output).apply(lambda value, output=output: seen.update({output: value}))

    engine.deploy(program)
    del seen["remainder"]
    assert seen == {
        "endpoint": f"{IDENTIFIER}.c1.sa-east-1.rds.amazonaws.com",
        "port": 5432,
        "database_name": "hotel",
        "secret_arn": "arn:aws:secretsmanager:sa-east-1:123456789012:secret:database-instance",
        "client_security_group_id": "database-client-id",
        "identifier": IDENTIFIER,
    }


def test_registered_outputs_are_the_annotated_ones(engine: Any) -> None:
    deploy(engine)
    component = engine.one("hotelaria:index:Database")
    assert engine.outputs[component.urn] == set(Database.__annotations__)


def test_every_child_is_parented_to_the_component_and_named_after_it(engine: Any) -> None:
    deploy(engine)
    component = engine.one("hotelaria:index:Database")
    children = [resource for resource in engine.created if resource is not component]
    assert {child.parent for child in children} == {component.urn}
    assert [child.name for child in children if not child.name.startswith("database-")] == []


def test_there_are_exactly_these_children(engine: Any) -> None:
    deploy(engine)
    assert sorted((resource.type, resource.name) for resource in engine.created if resource.custom) == sorted(
        [
            (KEY, "database-key"),
            (ALIAS, "database-key"),
            (RANDOM_ID, "database-identifier"),
            (SECURITY_GROUP, "database-server"),
            (SECURITY_GROUP, "database-client"),
            (INGRESS_RULE, "database-server-ingress"),
            (EGRESS_RULE, "database-client-egress"),
            (SUBNET_GROUP, "database-subnets"),
            (PARAMETER_GROUP, "database-parameters"),
            (LOG_GROUP, "database-postgresql-log"),
            (LOG_GROUP, "database-upgrade-log"),
            (ROLE, "database-monitoring"),
            (ROLE_POLICY, "database-monitoring"),
            (INSTANCE, "database-instance"),
            (ALARM, "database-free-storage"),
            (ALARM, "database-cpu"),
            (ALARM, "database-connections"),
        ]
    )


def test_two_databases_stand_side_by_side(engine: Any) -> None:
    def program() -> None:
        Database("reservations", args())
        Database("archive", args())

    engine.deploy(program)
    assert len(engine.created) == 36
    assert len({(resource.type, resource.name) for resource in engine.created}) == 36
    assert {resource.inputs["identifier"].rpartition("-")[0] for resource in engine.all(INSTANCE)} == {
        "reservations",
        "archive",
    }


def test_the_longest_name_stays_within_what_aws_takes(engine: Any) -> None:
    name = "d" * 54
    engine.deploy(lambda: Database(name, args()))
    assert len(engine.one(INSTANCE).inputs["identifier"]) == 63
    assert len(engine.one(ROLE).name) <= 64 - 8


def test_every_child_that_takes_tags_has_the_callers_and_its_name(engine: Any) -> None:
    deploy(engine, tags={"hotel": "central"})
    children = [resource for resource in engine.created if resource.custom]
    untaggable = {ALIAS, ROLE_POLICY, RANDOM_ID}
    assert {child.type for child in children if "tags" not in child.inputs} == untaggable
    assert [
        child.name
        for child in children
        if child.type not in untaggable and child.inputs["tags"] != {"Name": child.name, "hotel": "central"}
    ] == []


def test_no_secret_is_among_the_inputs(engine: Any) -> None:
    deploy(engine)
    named = {key for resource in engine.created for key in resource.inputs if "assword" in key or "ecret" in key}
    assert named == {"manageMasterUserPassword", "masterUserSecretKmsKeyId"}
    assert [resource.name for resource in engine.created if SECRET_MARK in str(resource.inputs)] == []


def test_its_arguments_and_outputs_can_be_said_in_a_schema_for_other_languages() -> None:
    definition = Analyzer("hotelaria").analyze([Database])["component_definitions"]["Database"]
    assert {definition.inputs_mapping[name] for name in definition.inputs} == set(DatabaseArgs.__annotations__)
    assert {definition.outputs_mapping[name] for name in definition.outputs} == set(Database.__annotations__)


# Bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"subnet_ids": ["subnet-a"]},
            "subnet_ids: want at least 2, in different zones, got 1; give the isolated subnets of two zones",
        ),
        (
            {"database_name": "1hotel"},
            "database_name: want a letter and then at most 62 letters, digits or underscores, and neither 'postgres' "
            "nor 'rdsadmin', which RDS creates itself, got '1hotel'; e.g. 'hotel'",
        ),
        (
            {"username": "admin"},
            "username: 'admin' and what begins with 'rds' or 'pg_' is reserved by RDS and PostgreSQL, got 'admin'; "
            "e.g. 'hotel_admin'",
        ),
        (
            {"postgres_version": "9.6"},
            "postgres_version: want one of 14, 15, 16, 17, 18, got '9.6'; 17 is the default",
        ),
        (
            {"iops": 12_000},
            "iops: gp3 below 400 GiB has a fixed 3000 IOPS and 125 MiB/s, so want none given, got 12000 with "
            "allocated_storage_gib 20; leave iops out or allocate 400 GiB",
        ),
        (
            {"throughput_mibps": 500},
            "throughput_mibps: gp3 below 400 GiB has a fixed 3000 IOPS and 125 MiB/s, so want none given, got 500 "
            "with allocated_storage_gib 20; leave throughput_mibps out or allocate 400 GiB",
        ),
        (
            {"allocated_storage_gib": 100},
            "max_allocated_storage_gib: want at least 10 per cent more than allocated_storage_gib (100) and at most "
            "65536, got 100; write 110 or more",
        ),
        (
            {"backup_retention_days": 0},
            "backup_retention_days: want 1 to 35, got 0; 1 still keeps backups on, more than 35 takes AWS Backup",
        ),
        (
            {"backup_retention_days": 36},
            "backup_retention_days: want 1 to 35, got 36; 1 still keeps backups on, more than 35 takes AWS Backup",
        ),
        (
            {"backup_window": "07:00-08:00"},
            "maintenance_window: want no overlap with backup_window ('07:00-08:00'), got 'sun:07:30-sun:08:30'; move "
            "one of the two",
        ),
        (
            {"slow_query_ms": 0},
            "slow_query_ms: want 1 to 2147483647, got 0; 0 would log every statement",
        ),
        (
            {"log_retention_days": 31},
            "log_retention_days: want one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653 days, got 31",
        ),
        (
            {"monitoring_interval_seconds": 20},
            "monitoring_interval_seconds: want one of 0, 1, 5, 10, 15, 30, 60, got 20; 0 turns Enhanced Monitoring off",
        ),
        (
            {"parameters": {"work_mem": "1"}, "static_parameters": {"work_mem": "1"}},
            "static_parameters: want each parameter once, got work_mem in parameters as well; keep it where "
            "PostgreSQL's documentation puts it: static if it is only set at server start",
        ),
        (
            {"free_storage_alarm_percent": 0},
            "free_storage_alarm_percent: want 1 to 99, got 0; e.g. 10",
        ),
        ({"cpu_alarm_percent": 100}, "cpu_alarm_percent: want 1 to 99, got 100; e.g. 80"),
        (
            {"connections_alarm": 0},
            "connections_alarm: want 1 to 262143, got 0; leave it out to have it worked out",
        ),
        (
            {"instance_class": "t4g.micro"},
            "instance_class: want a t, m or r class such as 'db.t4g.medium', got 't4g.micro'; for another one set "
            "connections_alarm too, as its memory is not known here",
        ),
    ],
)
def test_bad_input_is_refused_with_the_rule_the_value_and_the_way_out(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole text is compared
        args(**change)
    assert str(error.value) == message


def test_a_name_that_cannot_begin_an_identifier_is_refused_before_anything_registers(engine: Any) -> None:
    with pytest.raises(ValueError, match="an RDS identifier begins with it"):
        engine.deploy(lambda: Database("Hotel_DB", args()))
    assert engine.created == []
