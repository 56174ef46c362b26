"""RDS: database instances, made anew, from a snapshot, from a point in time or as a replica."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from sandbox.facts import rds_rules
from sandbox.provider.account import Account, wait_for
from sandbox.provider.aws import names, tags
from sandbox.provider.schema import (
    BOOL,
    INT,
    PROVIDER_SIDE,
    UNKNOWN,
    AutoName,
    Block,
    Incomplete,
    Many,
    Prop,
    Resource,
    Values,
    from_api,
    known_items,
    to_api,
)
from sandbox.provider.server import RefusedError

_CREATE_SECONDS = 2400.0
_UPDATE_SECONDS = 4800.0
_DELETE_SECONDS = 3600.0
_READY = ("available", "storage-optimization")
_WRITE_ONLY = "AWS never returns it"
_PORT = 1150, 65535
_HOUR = r"([01]\d|2[0-3]):[0-5]\d"
_BACKUP_WINDOW = re.compile(f"{_HOUR}-{_HOUR}")
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_MAINTENANCE_WINDOW = re.compile(f"{_DAY}:{_HOUR}-{_DAY}:{_HOUR}", re.IGNORECASE)

_SOURCES = ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime")
"""What an instance may be made from instead of from nothing."""


class Instance(Resource):
    """aws:rds/instance:Instance. Its id is the instance's resource id, which a change of `identifier` does not change.

    `blueGreenUpdate` and what is for Oracle, SQL Server, Active Directory and Outposts is not translated.
    """

    token = "aws:rds/instance:Instance"
    api = ("rds", "CreateDBInstance")
    tagged = True
    auto_name = AutoName(prop="identifier", separator="", conflicts=("identifierPrefix",))
    props: ClassVar[Mapping[str, Prop]] = {
        "identifier": Prop(api="DBInstanceIdentifier", computed=True, conflicts=("identifierPrefix",)),
        "identifierPrefix": Prop(api=None, computed=True, conflicts=("identifier",)),
        "instanceClass": Prop(api="DBInstanceClass", required=True),
        "engine": Prop(computed=True, replace=True),
        "engineVersion": Prop(computed=True),
        "engineLifecycleSupport": Prop(
            computed=True,
            replace=True,
            choices=("open-source-rds-extended-support", "open-source-rds-extended-support-disabled"),
        ),
        "allowMajorVersionUpgrade": Prop(kind=BOOL, api=None, kept=PROVIDER_SIDE),
        "autoMinorVersionUpgrade": Prop(kind=BOOL, default=True),
        "licenseModel": Prop(computed=True),
        "parameterGroupName": Prop(api="DBParameterGroupName", computed=True),
        "optionGroupName": Prop(computed=True),
        # Storage
        "allocatedStorage": Prop(kind=INT, computed=True),
        "maxAllocatedStorage": Prop(kind=INT),
        "storageType": Prop(computed=True),
        "iops": Prop(kind=INT, computed=True),
        "storageThroughput": Prop(kind=INT, computed=True),
        "storageEncrypted": Prop(kind=BOOL, replace=True),
        "kmsKeyId": Prop(computed=True, replace=True),
        "dedicatedLogVolume": Prop(kind=BOOL),
        # Content and access
        "dbName": Prop(api="DBName", computed=True, replace=True, conflicts=("replicateSourceDb",)),
        "username": Prop(api="MasterUsername", computed=True, replace=True, conflicts=("replicateSourceDb",)),
        "password": Prop(
            api="MasterUserPassword", secret=True, kept=_WRITE_ONLY, conflicts=("manageMasterUserPassword",)
        ),
        "manageMasterUserPassword": Prop(
            kind=BOOL, conflicts=("password",), kept="the provider does not look for it; masterUserSecrets shows it"
        ),
        "masterUserSecretKmsKeyId": Prop(computed=True),
        "iamDatabaseAuthenticationEnabled": Prop(kind=BOOL, api="EnableIAMDatabaseAuthentication"),
        "caCertIdentifier": Prop(api="CACertificateIdentifier", computed=True),
        "port": Prop(kind=INT, computed=True, low=_PORT[0], high=_PORT[1]),
        # Place
        "dbSubnetGroupName": Prop(api="DBSubnetGroupName", computed=True),
        "vpcSecurityGroupIds": Prop(kind=Many(), computed=True),
        "availabilityZone": Prop(computed=True, replace=True),
        "multiAz": Prop(kind=BOOL, api="MultiAZ", computed=True),
        "networkType": Prop(computed=True, choices=("IPV4", "DUAL")),
        "publiclyAccessible": Prop(kind=BOOL, default=False),
        # Backup and maintenance
        "backupRetentionPeriod": Prop(kind=INT, computed=True, low=0, high=35),
        "backupWindow": Prop(api="PreferredBackupWindow", computed=True),
        "maintenanceWindow": Prop(api="PreferredMaintenanceWindow", computed=True),
        "copyTagsToSnapshot": Prop(kind=BOOL, default=False),
        "deletionProtection": Prop(kind=BOOL),
        "deleteAutomatedBackups": Prop(kind=BOOL, api=None, default=True, kept=PROVIDER_SIDE),
        "skipFinalSnapshot": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        "finalSnapshotIdentifier": Prop(api=None, kept=PROVIDER_SIDE),
        "applyImmediately": Prop(kind=BOOL, api=None, default=False, kept=PROVIDER_SIDE),
        # Watching
        "enabledCloudwatchLogsExports": Prop(kind=Many(), api="EnableCloudwatchLogsExports"),
        "monitoringInterval": Prop(kind=INT, default=0, choices=(0, 1, 5, 10, 15, 30, 60)),
        "monitoringRoleArn": Prop(computed=True),
        "databaseInsightsMode": Prop(computed=True),
        "performanceInsightsEnabled": Prop(kind=BOOL, api="EnablePerformanceInsights", default=False),
        "performanceInsightsKmsKeyId": Prop(api="PerformanceInsightsKMSKeyId", computed=True),
        "performanceInsightsRetentionPeriod": Prop(kind=INT, computed=True),
        # Origin
        "replicateSourceDb": Prop(api=None),
        "snapshotIdentifier": Prop(
            api=None, computed=True, replace=True, kept="AWS does not tell what an instance was restored from"
        ),
        "restoreToPointInTime": Prop(
            kind=Block(
                {
                    "restoreTime": Prop(conflicts=("useLatestRestorableTime",)),
                    "sourceDbInstanceIdentifier": Prop(api="SourceDBInstanceIdentifier", required=True),
                    "useLatestRestorableTime": Prop(kind=BOOL),
                }
            ),
            api=None,
            replace=True,
            conflicts=("replicateSourceDb", "snapshotIdentifier"),
            kept="AWS does not tell what an instance was restored from",
        ),
    }
    outputs = (
        "address",
        "arn",
        "endpoint",
        "engineVersionActual",
        "hostedZoneId",
        "latestRestorableTime",
        "listenerEndpoints",
        "masterUserSecrets",
        "replicas",
        "resourceId",
        "status",
        "upgradeRolloutOrder",
    )

    def check(self, values: Values) -> Iterator[tuple[str, str]]:
        yield from _names_broken(values)
        for name, pattern, example in (
            ("backupWindow", _BACKUP_WINDOW, "06:00-07:00"),
            ("maintenanceWindow", _MAINTENANCE_WINDOW, "sun:07:30-sun:08:30"),
        ):
            window = values.get(name)
            if isinstance(window, str) and not pattern.fullmatch(window):
                yield name, f"{name} wants UTC as {example}, got {window!r}"
        if str(values.get("engine", "")).startswith("aurora"):
            yield "engine", f"{values['engine']} lives in a cluster (aws.rds.Cluster), got it for an aws.rds.Instance"
        monitored = values["monitoringInterval"]
        if monitored is not UNKNOWN and bool(monitored) != (values.get("monitoringRoleArn") is not None):
            yield (
                "monitoringRoleArn",
                f"monitoringInterval and monitoringRoleArn belong together, got interval {monitored} "
                f"and role {values.get('monitoringRoleArn')!r}",
            )
        if values.get("kmsKeyId") is not None and values.get("storageEncrypted") is None:
            yield "kmsKeyId", "kmsKeyId is for encrypted storage: set storageEncrypted to true"
        if values.get("multiAz") is True and values.get("availabilityZone") is not None:
            yield "availabilityZone", "a Multi-AZ instance stands in zones of AWS's choice: leave availabilityZone out"
        if values.get("engine") == "postgres":
            yield from _postgres_broken(self.props, values)

    def overlooked(self, old: Values, new: Values) -> Iterator[str]:
        size, ceiling = new.get("allocatedStorage"), new.get("maxAllocatedStorage")
        if isinstance(size, int) and isinstance(ceiling, int) and ceiling > size < (old.get("allocatedStorage") or 0):
            yield "allocatedStorage"  # it grew by itself
        if not old.get("maxAllocatedStorage") and ceiling == size:
            yield "maxAllocatedStorage"  # AWS's way to say: no autoscaling
        if str(new.get("maintenanceWindow", "")).lower() == old.get("maintenanceWindow"):
            yield "maintenanceWindow"

    def recomputed(self, changed: set[str], new: Values) -> Iterator[str]:
        if "identifier" in changed:
            yield from ("address", "arn", "endpoint")
        if "engineVersion" in changed:
            yield "engineVersionActual"
        if changed & {"manageMasterUserPassword", "masterUserSecretKmsKeyId"}:
            yield "masterUserSecrets"
        if changed & {"allocatedStorage", "storageType"}:
            yield from ("iops", "storageThroughput")

    def create(self, account: Account, values: Values) -> str:
        identifier = names.chosen(values, "identifier", "identifierPrefix")
        parameters = {**to_api(self.props, values), **tags.parameter(values), "DBInstanceIdentifier": identifier}
        operation, origin = _origin(values, identifier)
        if operation == "CreateDBInstance":
            _require(values)
        members = set(account.rds.meta.service_model.operation_model(operation).input_shape.members)
        taken = {name: value for name, value in {**parameters, **origin}.items() if name in members}
        id_ = str(_call(account, operation, taken)["DBInstance"]["DbiResourceId"])
        try:
            _wait(account, id_, _CREATE_SECONDS)
            later = {name: value for name, value in parameters.items() if name not in members}
            if operation != "CreateDBInstance":
                _complete(account, identifier, later)
                _wait(account, id_, _CREATE_SECONDS)
        except TimeoutError as error:
            raise Incomplete(id_, str(error)) from error
        return id_

    def read(self, account: Account, id_: str, values: Values) -> Values | None:
        instance = _described(account, id_)
        if instance is None:
            return None
        secret = instance.get("MasterUserSecret")
        endpoint = instance.get("Endpoint", {})
        listener = instance.get("ListenerEndpoint")
        restorable = instance.get("LatestRestorableTime")
        shown = from_api({k: p for k, p in self.props.items() if not p.kept}, instance)
        return {
            **shown,
            "identifierPrefix": names.prefix_of(instance["DBInstanceIdentifier"]),
            "engine": instance["Engine"].lower(),
            "engineVersion": _version_shown(values.get("engineVersion"), instance),
            "maxAllocatedStorage": instance.get("MaxAllocatedStorage", 0),
            "maintenanceWindow": instance["PreferredMaintenanceWindow"].lower(),
            "masterUserSecretKmsKeyId": secret.get("KmsKeyId") if secret else None,
            "iamDatabaseAuthenticationEnabled": instance.get("IAMDatabaseAuthenticationEnabled", False),
            "performanceInsightsEnabled": instance.get("PerformanceInsightsEnabled", False),
            "enabledCloudwatchLogsExports": instance.get("EnabledCloudwatchLogsExports", []),
            "port": endpoint.get("Port"),
            "dbSubnetGroupName": instance.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
            "parameterGroupName": instance["DBParameterGroups"][0]["DBParameterGroupName"],
            "optionGroupName": instance["OptionGroupMemberships"][0]["OptionGroupName"],
            "vpcSecurityGroupIds": [group["VpcSecurityGroupId"] for group in instance.get("VpcSecurityGroups", [])],
            "replicateSourceDb": instance.get("ReadReplicaSourceDBInstanceIdentifier"),
            "address": endpoint.get("Address", ""),
            "arn": instance["DBInstanceArn"],
            "endpoint": f"{endpoint['Address']}:{endpoint['Port']}" if endpoint else "",
            "engineVersionActual": instance["EngineVersion"],
            "hostedZoneId": endpoint.get("HostedZoneId", ""),
            "latestRestorableTime": f"{restorable:%Y-%m-%dT%H:%M:%SZ}" if restorable else "",
            "listenerEndpoints": [from_api(_LISTENER, listener)] if listener else [],
            "masterUserSecrets": [from_api(_SECRET, secret)] if secret else [],
            "replicas": instance.get("ReadReplicaDBInstanceIdentifiers", []),
            "resourceId": id_,
            "status": instance["DBInstanceStatus"],
            "upgradeRolloutOrder": instance.get("UpgradeRolloutOrder", ""),
            "tagsAll": tags.as_map(instance.get("TagList")),
        }

    def update(self, account: Account, id_: str, old: Values, new: Values, changed: set[str]) -> None:
        if "replicateSourceDb" in changed:
            if new.get("replicateSourceDb"):
                raise RefusedError("an instance cannot become the replica of another one: replace it by a new one")
            account.rds.promote_read_replica(DBInstanceIdentifier=old["identifier"])
            _wait(account, id_, _UPDATE_SECONDS)
        parameters = _modification(self.props, old, new, changed)
        if parameters:
            account.rds.modify_db_instance(
                DBInstanceIdentifier=old["identifier"],
                ApplyImmediately=bool(new.get("applyImmediately")),
                DeletionProtection=bool(new.get("deletionProtection")),
                **{name: value for name, value in parameters.items() if name != "DeletionProtection"},
            )
            _wait(account, id_, _UPDATE_SECONDS)
        tags.bring(
            old,
            new,
            lambda added: account.rds.add_tags_to_resource(ResourceName=old["arn"], Tags=tags.as_list(added)),
            lambda keys: account.rds.remove_tags_from_resource(ResourceName=old["arn"], TagKeys=keys),
        )

    def delete(self, account: Account, id_: str, values: Values) -> None:
        parameters: dict[str, Any] = {"SkipFinalSnapshot": bool(values.get("skipFinalSnapshot"))}
        if not parameters["SkipFinalSnapshot"]:
            if not values.get("finalSnapshotIdentifier"):
                raise RefusedError(
                    "finalSnapshotIdentifier is required when skipFinalSnapshot is false: name the snapshot that keeps "
                    "the data, run `pulumi up`, then delete"
                )
            parameters["FinalDBSnapshotIdentifier"] = values["finalSnapshotIdentifier"]
        account.rds.delete_db_instance(
            DBInstanceIdentifier=values["identifier"],
            DeleteAutomatedBackups=bool(values.get("deleteAutomatedBackups", True)),
            **parameters,
        )
        wait_for(
            lambda: _described(account, id_) is None, f"database {values['identifier']} to be gone", _DELETE_SECONDS
        )


_SECRET = {"kmsKeyId": Prop(), "secretArn": Prop(), "secretStatus": Prop()}
_LISTENER = {"address": Prop(), "hostedZoneId": Prop(), "port": Prop(kind=INT)}


# What is broken


def _names_broken(values: Values) -> Iterator[tuple[str, str]]:
    """The rules of identifiers: CreateDBInstance and CreateDBSnapshot, API reference."""
    for name, limit, letters in (("identifier", 63, "a-z"), ("finalSnapshotIdentifier", 255, "A-Za-z")):
        value = values.get(name)
        if isinstance(value, str) and not (
            re.fullmatch(rf"[{letters}][{letters}0-9-]{{0,{limit - 1}}}", value)
            and "--" not in value
            and not value.endswith("-")
        ):
            case = "lower-case letters" if letters == "a-z" else "letters"
            yield (
                name,
                f"{name} wants 1 to {limit} {case}, digits and single hyphens, a letter first and no hyphen last, "
                f"got {value!r}",
            )


def _postgres_broken(props: Mapping[str, Prop], values: Values) -> Iterator[tuple[str, str]]:
    """What the account would refuse, said before anything is made."""
    known: Values = {
        name: known_items(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not UNKNOWN
    }
    given = to_api(props, {name: value for name, value in known.items() if name in props})
    version = known.get("engineVersion")
    anew = not any(values.get(source) for source in _SOURCES)
    yield from _refused("engineVersion", lambda: rds_rules.resolve_version(version))
    yield from _refused("instanceClass", lambda: rds_rules.check_plain_values(given, str(version or "")))
    if "instanceClass" in known:
        yield from _refused("instanceClass", lambda: rds_rules.check_class(known["instanceClass"], str(version or "")))
    if anew and "username" in known and UNKNOWN not in (values.get("password"), values.get("manageMasterUserPassword")):
        yield from _refused("username", lambda: rds_rules.check_master(given))
    if anew and "allocatedStorage" in known and not any(values.get(n) is UNKNOWN for n in _STORAGE):
        storage_type, size, iops, throughput, ceiling = (known.get(name) for name in _STORAGE)
        chosen = storage_type or ("io1" if iops else "gp2")
        yield from _refused(
            "allocatedStorage", lambda: rds_rules.check_storage(chosen, size or 0, iops, throughput, ceiling)
        )
    insights = [values.get(n) for n in ("performanceInsightsEnabled", "performanceInsightsRetentionPeriod")]
    if UNKNOWN not in insights:
        mode = str(known.get("databaseInsightsMode") or "standard")
        yield from _refused(
            "performanceInsightsRetentionPeriod",
            lambda: rds_rules.check_insights(bool(insights[0]), int(insights[1] or 7), mode),
        )


_STORAGE = ("storageType", "allocatedStorage", "iops", "storageThroughput", "maxAllocatedStorage")


def _refused(name: str, rule: Callable[[], object]) -> Iterator[tuple[str, str]]:
    try:
        rule()
    except rds_rules.Refusal as refusal:
        yield name, f"{refusal.code}: {refusal.message}"


# Parts of the verbs


def _described(account: Account, id_: str) -> dict[str, Any] | None:
    answer = account.rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [id_]}])["DBInstances"]
    return answer[0] if answer else None


def _wait(account: Account, id_: str, seconds: float) -> None:
    def ready() -> bool:
        instance = _described(account, id_)
        return instance is not None and instance["DBInstanceStatus"] in _READY

    wait_for(ready, f"database {id_} to be available", seconds)


def _require(values: Values) -> None:
    """Refuse to make an instance of nothing; one that was made of something may lose that from the program."""
    missing = [name for name in ("engine", "allocatedStorage", "username") if values.get(name) is None]
    if missing:
        raise RefusedError(
            f"{' and '.join(missing)} must be given unless the instance is made from one of {', '.join(_SOURCES)}"
        )


def _origin(values: Values, identifier: str) -> tuple[str, dict[str, Any]]:
    """The operation that makes the instance, and what it is made from."""
    if values.get("replicateSourceDb"):
        return "CreateDBInstanceReadReplica", {"SourceDBInstanceIdentifier": values["replicateSourceDb"]}
    if values.get("snapshotIdentifier"):
        return "RestoreDBInstanceFromDBSnapshot", {"DBSnapshotIdentifier": values["snapshotIdentifier"]}
    if values.get("restoreToPointInTime"):
        block = Instance.props["restoreToPointInTime"].kind
        assert isinstance(block, Block)
        source = to_api(block.props, values["restoreToPointInTime"])
        return "RestoreDBInstanceToPointInTime", {**source, "TargetDBInstanceIdentifier": identifier}
    return "CreateDBInstance", {}


def _call(account: Account, operation: str, parameters: dict[str, Any]) -> Any:
    method = {
        "CreateDBInstance": account.rds.create_db_instance,
        "CreateDBInstanceReadReplica": account.rds.create_db_instance_read_replica,
        "RestoreDBInstanceFromDBSnapshot": account.rds.restore_db_instance_from_db_snapshot,
        "RestoreDBInstanceToPointInTime": account.rds.restore_db_instance_to_point_in_time,
    }[operation]
    return method(**parameters)


def _complete(account: Account, identifier: str, parameters: dict[str, Any]) -> None:
    """Settings that a restore or a replica does not take, made at once."""
    members = account.rds.meta.service_model.operation_model("ModifyDBInstance").input_shape.members
    settings = {name: value for name, value in parameters.items() if name in members}
    settings.pop("DBInstanceIdentifier", None)
    if settings:
        account.rds.modify_db_instance(DBInstanceIdentifier=identifier, ApplyImmediately=True, **settings)


def _version_shown(wanted: str | None, instance: Mapping[str, Any]) -> str:
    """The version as the program says it, as long as that is what runs or what will: "17" while 17.6 runs."""
    actual = str(instance["EngineVersion"])
    pending = instance.get("PendingModifiedValues", {}).get("EngineVersion")
    if wanted and (wanted == pending or actual.startswith(f"{wanted}.")):
        return wanted
    return actual


_RENAMED = {"DBInstanceIdentifier": "NewDBInstanceIdentifier", "Port": "DBPortNumber"}
"""A change's own word for what the creation calls differently."""


def _modification(props: Mapping[str, Prop], old: Values, new: Values, changed: set[str]) -> dict[str, Any]:
    """Parameters of a change: what changed, and what AWS wants beside it."""
    own = {name for name in changed if name in props and props[name].api is not None}
    now = {**{name: old.get(name) for name in props}, **new}
    if own & {"allocatedStorage", "iops"}:
        own.add("allocatedStorage")
        if not _fixed_iops(now):
            own.add("iops")
    if "storageThroughput" in own:
        own |= {"iops", "allocatedStorage"}
    if "storageType" in own and now["storageType"] in ("io1", "io2"):
        own.add("iops")
    if "masterUserSecretKmsKeyId" in own:
        own.add("manageMasterUserPassword")
    if own & {"databaseInsightsMode", "performanceInsightsEnabled"}:
        own |= {"performanceInsightsEnabled", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"}
        if not now["performanceInsightsEnabled"]:
            own -= {"performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"}
    parameters = {_RENAMED.get(name, name): value for name, value in to_api(props, now, own).items()}
    if "manageMasterUserPassword" in own:
        parameters["ManageMasterUserPassword"] = bool(new.get("manageMasterUserPassword"))
    if "maxAllocatedStorage" in own and not new.get("maxAllocatedStorage"):
        parameters["MaxAllocatedStorage"] = now["allocatedStorage"]  # the size itself: no autoscaling
    if "engineVersion" in own and new.get("allowMajorVersionUpgrade") is not None:
        parameters["AllowMajorVersionUpgrade"] = new["allowMajorVersionUpgrade"]
    if "iamDatabaseAuthenticationEnabled" in own:
        parameters["EnableIAMDatabaseAuthentication"] = bool(new.get("iamDatabaseAuthenticationEnabled"))
    if "enabledCloudwatchLogsExports" in own:
        parameters.pop("EnableCloudwatchLogsExports", None)
        before, after = (v.get("enabledCloudwatchLogsExports") or [] for v in (old, new))
        parameters["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": [log for log in after if log not in before],
            "DisableLogTypes": [log for log in before if log not in after],
        }
    if not parameters.get("VpcSecurityGroupIds", True):
        del parameters["VpcSecurityGroupIds"]
    if "deletionProtection" in own:
        parameters.setdefault("DeletionProtection", False)
    return parameters


def _fixed_iops(values: Values) -> bool:
    """Whether the volume is a gp3 below the size from which its IOPS may be chosen."""
    return values["storageType"] == "gp3" and (values["allocatedStorage"] or 0) < rds_rules.GP3_STRIPED_GIB
