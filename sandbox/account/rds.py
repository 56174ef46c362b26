"""RDS as AWS answers where moto 5.2.5 does not.

moto takes any engine version, class, size, user, password and group; deletes parameter and subnet groups in use, and
subnet groups that it changes; forgets the insights, the certificate's end and the second zone; gives every instance the
same resource id and every managed secret the same user and password.
"""

import json
import secrets
import string
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.rds import models, urls
from moto.rds.exceptions import (
    DBParameterGroupNotFoundError,
    InvalidParameterCombination,
    InvalidParameterValue,
    RDSClientError,
)
from moto.rds.models import MasterUserSecret, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

from sandbox.account.resource_policy import permits
from sandbox.facts import rds_rules

P = ParamSpec("P")
T = TypeVar("T")
PASSWORD_CHARACTERS = string.ascii_letters + string.digits + "!#$%&()*+-.:;<=>?[]^_{|}~"
PASSWORD_LENGTH = 32


def install() -> None:
    """Make moto answer database requests with this module."""
    rds_backends.backend = Backend
    urls.url_paths = {"{0}/$": Response.dispatch}
    models.MasterUserSecret = Secret  # type: ignore[misc]
    models.DBInstance.latest_restorable_time = property(restorable)  # type: ignore[assignment, method-assign]


def obeyed(rule: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What a rule says, with its refusal as an answer of moto's."""
    try:
        return rule(*arguments, **named)
    except rds_rules.Refusal as refusal:
        raise RDSClientError(refusal.code, refusal.message) from refusal


def resource_id() -> str:
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(26))


def restorable(_: Any) -> datetime:
    """Every instance can be restored to a moment at most five minutes ago; moto says now, which never stands still."""
    now = utcnow()
    return now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)


class Secret(MasterUserSecret):
    """The master user's secret, with a name and a password of its own, rotated by the service every week."""

    def __init__(self, resource: Any, kms_key_id: str | None) -> None:
        super().__init__(resource, kms_key_id)
        self.secret.rotation_requested = self.secret.rotation_enabled = True
        self.secret.auto_rotate_after_days = 7

    def _generate_secret_string(self) -> str:
        password = "".join(secrets.choice(PASSWORD_CHARACTERS) for _ in range(PASSWORD_LENGTH))
        return json.dumps({"username": self.resource.master_username, "password": password})

    def rotate_secret(self) -> None:
        """Give the user a new password; moto asks for a Lambda function, which a managed secret has not."""
        self._status = "rotating"
        secretsmanager: Any = self.secretsmanager
        secretsmanager.put_secret_value(
            self.secret.arn, self._generate_secret_string(), None, str(uuid.uuid4()), ["AWSCURRENT"]
        )


class Backend(RDSBackend):
    """An account's databases in one region."""

    _url_module = urls

    @property
    def ec2(self) -> Any:
        from moto.ec2.models import ec2_backends  # noqa: PLC0415

        return ec2_backends[self.account_id][self.region_name]

    # Instances

    def create_db_instance(self, db_kwargs: Any) -> Any:
        """Create an instance that AWS would create. The checks are PostgreSQL's; other engines keep moto's few."""
        if isinstance(db_kwargs, dict):  # moto's restores pass all that an instance was
            db_kwargs.pop("source_db_instance_identifier", None)
            return self.finished(super().create_db_instance(db_kwargs), {})
        alone = not db_kwargs.get("DBClusterIdentifier") and not db_kwargs.get("SourceDBInstanceIdentifier")
        if db_kwargs["Engine"] != "postgres" or not alone:
            other: Any = super().create_db_instance(db_kwargs)
            other.dbi_resource_id = resource_id()
            return other
        version = db_kwargs["EngineVersion"] = obeyed(rds_rules.resolve_version, db_kwargs.get("EngineVersion"))
        db_kwargs["CACertificateIdentifier"] = db_kwargs.get("CACertificateIdentifier") or "rds-ca-rsa2048-g1"
        db_kwargs["LicenseModel"] = "postgresql-license"
        obeyed(rds_rules.check_plain_values, db_kwargs, version)
        obeyed(rds_rules.check_class, db_kwargs["DBInstanceClass"], version, self.offered_types())
        obeyed(rds_rules.check_master, db_kwargs)
        self.check_placement(db_kwargs)
        self.check_parameter_group(db_kwargs.get("DBParameterGroupName"), version)
        self.check_monitoring_role(db_kwargs.get("MonitoringRoleArn"))
        storage_type = db_kwargs.get("StorageType") or ("io1" if db_kwargs.get("Iops") else "gp2")
        obeyed(
            rds_rules.check_storage,
            storage_type,
            db_kwargs.get("AllocatedStorage") or 0,
            db_kwargs.get("Iops"),
            db_kwargs.get("StorageThroughput"),
            db_kwargs.get("MaxAllocatedStorage"),
        )
        check_insights(db_kwargs)
        if db_kwargs.get("StorageEncrypted"):
            db_kwargs["KmsKeyId"] = self._validate_kms_key(db_kwargs.get("KmsKeyId") or "alias/aws/rds")
        elif db_kwargs.get("KmsKeyId"):
            raise InvalidParameterCombination("A KMS key ID can be specified only for an encrypted DB instance.")
        return self.finished(super().create_db_instance(db_kwargs), db_kwargs)

    def create_db_instance_read_replica(self, db_kwargs: Any) -> Any:
        """Create a replica; moto makes it the very image of its source, resource id, secret and tags included."""
        replica: Any = super().create_db_instance_read_replica(db_kwargs)
        replica.__dict__.pop("master_user_secret", None)
        replica.manage_master_user_password = False
        replica.tags = db_kwargs.get("Tags") or []
        replica.deletion_protection = bool(db_kwargs.get("DeletionProtection"))
        replica.multi_az = bool(db_kwargs.get("MultiAZ"))
        replica.backup_retention_period = 0
        replica.enabled_cloudwatch_logs_exports = list(db_kwargs.get("EnableCloudwatchLogsExports") or [])
        return self.finished(replica, db_kwargs)

    def promote_read_replica(self, db_kwargs: Any) -> Any:
        """Make a replica an instance of its own; moto lets both still name each other."""
        replica: Any = super().promote_read_replica(db_kwargs)
        if replica.source_db_instance_identifier:
            self.find_db_from_id(replica.source_db_instance_identifier).remove_replica(replica)
            replica.source_db_instance_identifier = None
        return replica

    def finished(self, database: Any, given: Any) -> Any:
        """Give a new instance what is its own."""
        database.dbi_resource_id = resource_id()
        self.place(database, given.get("AvailabilityZone"))
        self.complete(database, given)
        return database

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: Any) -> Any:
        """Change an instance as AWS would, at once; moto takes any change, and some under names that it never reads."""
        database: Any = self.describe_db_instances(db_instance_identifier)[0]
        if database.engine != "postgres" or database.db_cluster_identifier:
            return super().modify_db_instance(db_instance_identifier, db_kwargs)
        version = database.engine_version
        if wanted := db_kwargs.get("EngineVersion"):
            same_major = wanted == version.split(".")[0]
            version = db_kwargs["EngineVersion"] = version if same_major else obeyed(rds_rules.resolve_version, wanted)
            obeyed(
                rds_rules.check_upgrade,
                database.engine_version,
                version,
                bool(db_kwargs.get("AllowMajorVersionUpgrade")),
            )
        obeyed(rds_rules.check_plain_values, db_kwargs, version)
        if instance_class := db_kwargs.get("DBInstanceClass"):
            obeyed(rds_rules.check_class, instance_class, version, self.offered_types())
        if password := db_kwargs.get("MasterUserPassword"):
            obeyed(rds_rules.check_password, password)
        self.check_groups(db_kwargs.get("VpcSecurityGroupIds") or [], database.db_subnet_group.vpc_id)
        self.check_parameter_group(db_kwargs.get("DBParameterGroupName") or database.db_parameter_group_name, version)
        self.check_monitoring_role(db_kwargs.get("MonitoringRoleArn"))
        self.check_storage_change(database, db_kwargs)
        check_insights(db_kwargs, database)
        if port := db_kwargs.get("DBPortNumber"):
            db_kwargs["Port"] = port
        super().modify_db_instance(db_instance_identifier, db_kwargs)
        self.complete(database, db_kwargs)
        return database

    def delete_db_instance(self, db_instance_identifier: str, *arguments: Any, **named: Any) -> Any:
        """Delete an instance with its final snapshot, or plainly without one."""
        final, skip = named.get("final_db_snapshot_identifier"), named.get("skip_final_snapshot")
        database = self.databases.get(db_instance_identifier)
        if database and database.engine == "postgres" and not database.is_replica:
            if not final and not skip:
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
                )
            if final and skip:
                raise InvalidParameterCombination(
                    "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
                )
        return super().delete_db_instance(db_instance_identifier, *arguments, **named)

    def offered_types(self) -> set[str]:
        """The instance types of the region; a DB instance class stands on one of them."""
        return {offer["InstanceType"] for offer in INSTANCE_TYPE_OFFERINGS["region"].get(self.region_name, [])}

    def check_placement(self, given: Any) -> None:
        """Refuse an unknown subnet group and security groups that are unknown or in another VPC."""
        if name := given.get("DBSubnetGroupName"):
            vpc_id = self.describe_db_subnet_groups(name)[0].vpc_id
        else:
            vpc_id = self.ec2.default_vpc.id
        self.check_groups(given.get("VpcSecurityGroupIds") or [], vpc_id)
        if given.get("MultiAZ") and given.get("AvailabilityZone"):
            raise InvalidParameterCombination(
                "Requesting a specific availability zone is not valid for Multi-AZ instances."
            )

    def check_groups(self, group_ids: list[str], vpc_id: str) -> None:
        for group_id in group_ids:
            group = self.ec2.get_security_group_from_id(group_id)
            if group is None:
                raise InvalidParameterValue(f"Invalid security group , groupId= {group_id}, groupName=.")
            if group.vpc_id != vpc_id:
                raise RDSClientError(
                    "InvalidVPCNetworkStateFault",
                    "The DB instance and EC2 security group are in different VPCs. "
                    f"The DB instance is in {vpc_id} and the EC2 security group is in {group.vpc_id}",
                )

    def check_parameter_group(self, name: str | None, version: str) -> None:
        if name and name in self.db_parameter_groups:
            obeyed(rds_rules.check_family, name, str(self.db_parameter_groups[name].family), version)

    def check_monitoring_role(self, arn: str | None) -> None:
        """Refuse a role that is missing or does not trust enhanced monitoring."""
        if not arn:
            return
        roles = iam_backends[self.account_id][self.partition].roles.values()
        role = next((role for role in roles if role.arn == arn), None)
        service = {"monitoring.rds.amazonaws.com"}
        if role is None or not permits(
            json.loads(role.assume_role_policy_document),
            service,
            "sts:AssumeRole",
            arn,
            {"aws:SourceAccount": self.account_id},
        ):
            raise InvalidParameterValue(
                "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"
            )

    def check_storage_change(self, database: Any, given: Any) -> None:
        size = given.get("AllocatedStorage") or database.allocated_storage
        if size < database.allocated_storage:
            raise InvalidParameterCombination(
                f"Requested storage size ({size}) cannot be less than the current storage size "
                f"({database.allocated_storage})."
            )
        storage_type = given.get("StorageType") or database.storage_type
        touched = any(given.get(name) for name in ("AllocatedStorage", "StorageType", "Iops", "StorageThroughput"))
        if touched:
            obeyed(rds_rules.check_storage, storage_type, size, given.get("Iops"), given.get("StorageThroughput"), None)
        if touched and storage_type != "gp3" and not given.get("Iops"):
            database.iops = None

    # What moto does not tell of an instance

    def place(self, database: Any, wanted_zone: str | None) -> None:
        """Choose the zone, and the standby's, from the subnet group; moto always takes the region's first."""
        group: Any = getattr(database, "db_subnet_group", None)
        zones = (
            sorted({subnet.availability_zone for subnet in group._subnets}) if group else [database.availability_zone]
        )
        database.availability_zone = wanted_zone or zones[0]

    def complete(self, database: Any, given: Any) -> None:
        """Fill what AWS answers and moto does not."""
        if database.storage_type == "gp3":
            iops, throughput = rds_rules.gp3_baseline(database.allocated_storage)
            database.iops = given.get("Iops") or max(int(database.iops or 0), iops)
            database.storage_throughput = max(database.storage_throughput or 0, throughput)
        group: Any = getattr(database, "db_subnet_group", None)
        others = (
            {subnet.availability_zone for subnet in group._subnets} - {database.availability_zone} if group else set()
        )
        database.secondary_availability_zone = min(others, default=None) if database.multi_az else None
        database.network_type = given.get("NetworkType") or getattr(database, "network_type", "IPV4")
        for name in ("DedicatedLogVolume", "EngineLifecycleSupport"):
            if given.get(name) is not None:
                setattr(database, xform_name(name), given[name])
        enabled, retention, mode = insights(given, database)
        database.performance_insights_enabled = enabled
        database.performance_insights_retention_period = retention if enabled else None
        key = given.get("PerformanceInsightsKMSKeyId") or getattr(database, "performance_insights_kms_key_id", None)
        database.performance_insights_kms_key_id = self._validate_kms_key(key or "alias/aws/rds") if enabled else None
        database.database_insights_mode = mode
        authority = database.ca_certificate_identifier
        database.certificate_details = {
            "CAIdentifier": authority,
            "ValidTill": rds_rules.CERTIFICATES[authority],
        }
        database.enhanced_monitoring_resource_arn = (
            f"arn:{self.partition}:logs:{self.region_name}:{self.account_id}:log-group:RDSOSMetrics:log-stream:"
            f"{database.dbi_resource_id}"
            if database.monitoring_interval
            else None
        )
        logs = logs_backends[self.account_id][self.region_name]
        for log in database.enabled_cloudwatch_logs_exports:
            name = f"/aws/rds/instance/{database.db_instance_identifier}/{log}"
            if name not in logs.groups:
                # RDS makes a group that is missing, without retention and without a key.
                logs.create_log_group(name, {})

    # Parameter and subnet groups

    def delete_db_parameter_group(self, db_parameter_group_name: str) -> Any:
        users = [database.db_parameter_group_name for database in self.databases.values()]
        if db_parameter_group_name in users:
            raise RDSClientError(
                "InvalidDBParameterGroupState",
                "One or more database instances are still members of this parameter group "
                f"{db_parameter_group_name}, so the group cannot be deleted",
            )
        return super().delete_db_parameter_group(db_parameter_group_name)

    def create_subnet_group(self, subnet_name: str, description: str, subnets: list[Any], tags: Any) -> Any:
        if subnet_name in self.subnet_groups:
            raise RDSClientError("DBSubnetGroupAlreadyExists", f"The DB subnet group '{subnet_name}' already exists.")
        check_subnets(subnets)
        return super().create_subnet_group(subnet_name, description, subnets, tags)

    def modify_db_subnet_group(self, subnet_name: str, description: str, subnets: list[Any]) -> Any:
        self.describe_db_subnet_groups(subnet_name)
        check_subnets(subnets)
        group = super().modify_db_subnet_group(subnet_name, description, subnets)
        self.subnet_groups[subnet_name] = group  # moto takes it out and never puts it back
        return group

    def delete_subnet_group(self, subnet_name: str) -> Any:
        for database in self.databases.values():
            group: Any = getattr(database, "db_subnet_group", None)
            if group and group.name == subnet_name.lower():
                raise RDSClientError(
                    "InvalidDBSubnetGroupStateFault",
                    f"Cannot delete the subnet group '{subnet_name}' because at least one database instance: "
                    f"{database.db_instance_identifier} is still using it.",
                )
        return super().delete_subnet_group(subnet_name)


def check_subnets(subnets: list[Any]) -> None:
    obeyed(rds_rules.check_zones, [subnet.availability_zone for subnet in subnets])
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise RDSClientError("InvalidSubnet", "The subnets are not all in the same VPC.")


def insights(given: Any, database: Any = None) -> tuple[bool, int, str]:
    """Performance Insights on or off, its retention in days and the mode of Database Insights, after a request."""
    enabled = given.get("EnablePerformanceInsights")
    if enabled is None:
        enabled = getattr(database, "performance_insights_enabled", False)
    retention = given.get("PerformanceInsightsRetentionPeriod")
    retention = retention or getattr(database, "performance_insights_retention_period", None) or 7
    mode = given.get("DatabaseInsightsMode") or getattr(database, "database_insights_mode", "standard")
    return bool(enabled), retention, mode


def check_insights(given: Any, database: Any = None) -> None:
    enabled, retention, mode = insights(given, database)
    if given.get("PerformanceInsightsRetentionPeriod") and not enabled:
        raise InvalidParameterCombination(
            "You can't specify PerformanceInsightsRetentionPeriod when Performance Insights is disabled."
        )
    obeyed(rds_rules.check_insights, enabled, retention, mode)


class Response(RDSResponse):
    """RDS's actions."""

    def reset_db_parameter_group(self) -> ActionResult:
        """Give parameters back to the engine; moto has no such call."""
        name = self.params["DBParameterGroupName"]
        groups = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})
        if not groups:
            raise DBParameterGroupNotFoundError(name)
        own = groups[0].parameters
        listed = {parameter["ParameterName"] for parameter in self.params.get("Parameters") or []}
        for parameter in list(own) if self.params.get("ResetAllParameters", True) else listed & set(own):
            del own[parameter]
        return ActionResult({"DBParameterGroupName": name})

    def describe_db_engine_versions(self) -> ActionResult:
        """Describe the versions of PostgreSQL, the one engine whose versions are known here."""
        wanted = self.params.get("EngineVersion")
        family = self.params.get("DBParameterGroupFamily")
        versions = rds_rules.all_versions() if self.params.get("Engine") in (None, "postgres") else []
        if self.params.get("DefaultOnly"):
            majors = [int(wanted)] if wanted and wanted.isdigit() else [rds_rules.DEFAULT_MAJOR]
            versions = [rds_rules.default_version(major) for major in majors]
            wanted = None
        described = [
            describe_version(version)
            for version in versions
            if wanted in (None, version, version.split(".")[0]) and family in (None, f"postgres{version.split('.')[0]}")
        ]
        return ActionResult({"DBEngineVersions": described})

    def describe_certificates(self) -> ActionResult:
        wanted = self.params.get("CertificateIdentifier")
        certificates = [
            {"CertificateIdentifier": name, "CertificateType": "CA", "ValidTill": end}
            for name, end in rds_rules.CERTIFICATES.items()
            if wanted in (None, name)
        ]
        return ActionResult({"Certificates": certificates})


def describe_version(version: str) -> dict[str, Any]:
    major, minor = (int(part) for part in version.split("."))
    return {
        "Engine": "postgres",
        "EngineVersion": version,
        "MajorEngineVersion": str(major),
        "DBParameterGroupFamily": f"postgres{major}",
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {version}",
        "Status": "available",
        "ExportableLogTypes": sorted(rds_rules.LOG_TYPES),
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": True,
        "ValidUpgradeTarget": [
            {
                "Engine": "postgres",
                "EngineVersion": target,
                "Description": f"PostgreSQL {target}",
                "AutoUpgrade": False,
                "IsMajorVersionUpgrade": int(target.split(".")[0]) > major,
            }
            for target in rds_rules.all_versions()
            if [int(part) for part in target.split(".")] > [major, minor]
        ],
    }
