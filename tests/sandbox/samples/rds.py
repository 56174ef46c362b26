"""Samples for RDS."""

import json
from typing import Any

from sandbox.provider.schema import Values
from tests.sandbox.harness import Bench, Made
from tests.sandbox.samples.lb import network, security_group

INSTANCE = "aws:rds/instance:Instance"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SMALL: Values = {
    "engine": "postgres",
    "engineVersion": "17",
    "instanceClass": "db.t4g.micro",
    "allocatedStorage": 20,
    "storageType": "gp3",
    "username": "hotel_admin",
    "password": "a-long-password",
    "skipFinalSnapshot": True,
}


def instance_of(bench: Bench, **values: Any) -> Made:
    """A small PostgreSQL in subnets of its own, without a final snapshot."""
    if "dbSubnetGroupName" not in values:
        values["dbSubnetGroupName"] = subnet_group_of(bench).id
    return bench.make(INSTANCE, **{k: v for k, v in (SMALL | values).items() if v is not None})


def subnet_group_of(bench: Bench, **values: Any) -> Made:
    return bench.make("aws:rds/subnetGroup:SubnetGroup", **{"subnetIds": network(bench)[1]} | values)


def key(bench: Bench) -> str:
    return str(bench.account.kms.create_key()["KeyMetadata"]["Arn"])


def instance(bench: Bench) -> list[Values]:
    vpc, subnets = network(bench)
    place = {
        "dbSubnetGroupName": subnet_group_of(bench, subnetIds=subnets).id,
        "vpcSecurityGroupIds": [security_group(bench, vpc, "database")],
    }
    role = bench.account.iam.create_role(RoleName="monitoring", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    parameters = bench.make("aws:rds/parameterGroup:ParameterGroup", family="postgres17").id
    encryption = key(bench)
    source = instance_of(bench, **place, backupRetentionPeriod=1)
    bench.account.rds.create_db_snapshot(
        DBInstanceIdentifier=source["identifier"], DBSnapshotIdentifier="before-summer"
    )
    copy: Values = {"instanceClass": "db.t4g.small", "skipFinalSnapshot": True, **place}
    return [
        {
            "identifier": "hotel",
            "engine": "postgres",
            "engineVersion": "17",
            "allowMajorVersionUpgrade": True,
            "autoMinorVersionUpgrade": False,
            "licenseModel": "postgresql-license",
            "instanceClass": "db.m7g.large",
            "parameterGroupName": parameters,
            "allocatedStorage": 400,
            "maxAllocatedStorage": 1000,
            "storageType": "gp3",
            "iops": 14000,
            "storageThroughput": 700,
            "storageEncrypted": True,
            "kmsKeyId": encryption,
            "dbName": "hotel",
            "username": "hotel_admin",
            "manageMasterUserPassword": True,
            "masterUserSecretKmsKeyId": encryption,
            "iamDatabaseAuthenticationEnabled": True,
            "caCertIdentifier": "rds-ca-rsa4096-g1",
            "port": 5433,
            **place,
            "multiAz": True,
            "networkType": "IPV4",
            "publiclyAccessible": False,
            "backupRetentionPeriod": 35,
            "backupWindow": "06:00-07:00",
            "maintenanceWindow": "Sun:07:30-Sun:08:30",
            "copyTagsToSnapshot": True,
            "deletionProtection": False,
            "deleteAutomatedBackups": False,
            "skipFinalSnapshot": False,
            "finalSnapshotIdentifier": "hotel-final",
            "applyImmediately": True,
            "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
            "monitoringInterval": 60,
            "monitoringRoleArn": role["Arn"],
            "databaseInsightsMode": "advanced",
            "performanceInsightsEnabled": True,
            "performanceInsightsKmsKeyId": encryption,
            "performanceInsightsRetentionPeriod": 465,
            "dedicatedLogVolume": True,
            "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
            "tags": {"Name": "hotel"},
        },
        {
            **SMALL,
            **place,
            "identifierPrefix": "hotel-",
            "engineVersion": "16.10",
            "availabilityZone": "sa-east-1b",
            "password": "a-long-password",
        },
        {**copy, "replicateSourceDb": source["identifier"]},
        {**copy, "snapshotIdentifier": "before-summer"},
        {
            **copy,
            "restoreToPointInTime": {
                "sourceDbInstanceIdentifier": source["identifier"],
                "useLatestRestorableTime": True,
            },
        },
        {
            **copy,
            "restoreToPointInTime": {
                "sourceDbInstanceIdentifier": source["identifier"],
                "restoreTime": "2030-01-31T06:00:00Z",
            },
        },
        {
            **SMALL,
            "engine": "mysql",
            "engineVersion": "8.0.42",
            "username": "admin",
            "optionGroupName": option_group(bench),
        },
    ]


def option_group(bench: Bench) -> str:
    """An option group of MySQL; PostgreSQL has none."""
    group = bench.account.rds.create_option_group(
        OptionGroupName="audited", EngineName="mysql", MajorEngineVersion="8.0", OptionGroupDescription="audited"
    )
    return str(group["OptionGroup"]["OptionGroupName"])


def subnet_group(bench: Bench) -> list[Values]:
    _, subnets = network(bench)
    return [
        {"name": "isolated", "description": "isolated", "subnetIds": subnets, "tags": {"Name": "isolated"}},
        {"namePrefix": "isolated-", "subnetIds": subnets},
    ]


def parameter_group(bench: Bench) -> list[Values]:
    return [
        {
            "name": "hotel",
            "family": "postgres17",
            "description": "hotel",
            "parameters": [
                {"name": "rds.force_ssl", "value": "1"},
                {"name": "max_connections", "value": "200", "applyMethod": "pending-reboot"},
            ],
            "skipDestroy": False,
            "tags": {"Name": "hotel"},
        },
        {"namePrefix": "hotel-", "family": "postgres17"},
    ]


def options(bench: Bench) -> list[Values]:
    return [
        {
            "name": "audited",
            "engineName": "mysql",
            "majorEngineVersion": "8.0",
            "optionGroupDescription": "audited",
            "options": [
                {
                    "optionName": "MARIADB_AUDIT_PLUGIN",
                    "optionSettings": [{"name": "SERVER_AUDIT_EVENTS", "value": "CONNECT"}],
                }
            ],
            "skipDestroy": False,
            "tags": {"Name": "audited"},
        },
        {"namePrefix": "plain-", "engineName": "mysql", "majorEngineVersion": "8.0"},
    ]


SAMPLES = {
    INSTANCE: instance,
    "aws:rds/subnetGroup:SubnetGroup": subnet_group,
    "aws:rds/parameterGroup:ParameterGroup": parameter_group,
    "aws:rds/optionGroup:OptionGroup": options,
}
