"""What RDS for PostgreSQL accepts, as pure checks that raise the service's own errors.

The account holds requests against them, and the provider what a program declares, at preview.

Sources: CreateDBInstance and ModifyDBInstance (RDS API reference); "Amazon RDS DB instance storage", "Supported DB
engines for DB instance classes" and "Amazon RDS for PostgreSQL versions" (RDS user guide); versions and class families
as in cfn-lint 1.40's copy of the service's data.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any


class Refusal(Exception):
    """What RDS answers instead of doing it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class InvalidParameterCombination(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterCombination", message)


class InvalidParameterValue(Refusal):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValue", message)


MINOR_VERSIONS = {
    13: range(23, 24),
    14: range(18, 25),
    15: range(13, 20),
    16: range(9, 16),
    17: range(5, 12),
    18: range(1, 5),
}
"""The minor versions of each major version with which an instance may be created."""

DEFAULT_MAJOR = 17

CLASS = re.compile(
    r"db\.(?:(?:t3|t4g)\.(?:micro|small|medium)"
    r"|(?:t3|t4g|m5d?|m6(?:g|gd|i|id|idn|in)|m7[gi]|m8(?:a|g|gd)|m9g|r5[bd]?|r6(?:g|gd|i|id|idn|in)|r7[gi]|r8(?:a|g|gd)"
    r"|x2g|x2iedn)\.\d*x?large)"
)

RESERVED_USERS = {
    "admin",
    "public",
    "rds_iam",
    "rds_password",
    "rds_replication",
    "rds_superuser",
    "rdsadmin",
    "rdsrepladmin",
    "rdstopmgr",
    "user",
}

STORAGE_GIB = {
    "gp2": range(20, 65_537),
    "gp3": range(20, 65_537),
    "io1": range(100, 65_537),
    "io2": range(100, 65_537),
    "standard": range(5, 3_073),
}

GP3_STRIPED_GIB = 400
"""From here on gp3 is striped over four volumes: its baseline rises and may be raised further."""

LOG_TYPES = {"iam-db-auth-error", "postgresql", "upgrade"}

CERTIFICATES = {
    "rds-ca-rsa2048-g1": "2061-05-20T18:34:57Z",
    "rds-ca-rsa4096-g1": "2121-05-20T22:36:42Z",
    "rds-ca-ecc384-g1": "2121-05-21T21:50:03Z",
}
"""Certificate authorities and the end of their validity (as in us-east-1; the regions differ by minutes)."""


def all_versions() -> list[str]:
    return [f"{major}.{minor}" for major, minors in MINOR_VERSIONS.items() for minor in minors]


def default_version(major: int) -> str:
    """The minor version that RDS takes for a major version: not the newest, which comes by automatic upgrades."""
    minors = MINOR_VERSIONS[major]
    return f"{major}.{minors[-2] if len(minors) > 1 else minors[-1]}"


def resolve_version(version: str | None) -> str:
    """Complete a major version by its minor version."""
    wanted = version or str(DEFAULT_MAJOR)
    if wanted.isdigit() and int(wanted) in MINOR_VERSIONS:
        return default_version(int(wanted))
    if wanted not in all_versions():
        raise InvalidParameterCombination(f"Cannot find version {wanted} for postgres")
    return wanted


def check_upgrade(current: str, wanted: str, major_allowed: bool) -> None:
    """Refuse to go back, or to a new major version that was not asked for."""
    old, new = ([int(part) for part in version.split(".")] for version in (current, wanted))
    if new < old:
        raise InvalidParameterCombination(f"Cannot upgrade postgres from {current} to {wanted}")
    if new[0] > old[0] and not major_allowed:
        raise InvalidParameterCombination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        )


def check_class(instance_class: str, version: str, offered_types: Collection[str] | None = None) -> None:
    """Refuse a class that is none, or whose instance type the region, where that is known, does not offer."""
    if not instance_class.startswith("db.") or instance_class.count(".") < 2:
        raise InvalidParameterValue(f"Invalid DB Instance class: {instance_class}")
    offered = offered_types is None or instance_class.removeprefix("db.") in offered_types
    if not CLASS.fullmatch(instance_class) or not offered:
        raise InvalidParameterCombination(
            "RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={instance_class}, Engine=postgres, EngineVersion={version}, "
            "LicenseModel=postgresql-license. For supported combinations of instance class and database engine version, "
            "see the documentation."
        )


def check_storage(storage_type: str, size: int, iops: int | None, throughput: int | None, ceiling: int | None) -> None:
    """Refuse sizes, IOPS and throughput (MiB/s) that the storage type does not have.

    A ceiling as high as the size turns autoscaling off.
    """
    named = f"for engine name postgres and storage type {storage_type}"
    if storage_type not in STORAGE_GIB:
        raise InvalidParameterValue(f"Invalid storage type: {storage_type}")
    if size not in STORAGE_GIB[storage_type]:
        raise InvalidParameterValue(f"Invalid storage size {named}: {size}")
    if ceiling and ceiling != size and (ceiling not in STORAGE_GIB[storage_type] or ceiling * 10 < size * 11):
        raise InvalidParameterCombination(
            f"Invalid max storage size {named}: {ceiling}. It must exceed the storage size {size} by a tenth."
        )
    if storage_type == "gp3":
        check_gp3(size, iops, throughput)
    elif storage_type in ("io1", "io2"):
        most = min(256_000, size * (50 if storage_type == "io1" else 1_000))
        if iops is None or not 1_000 <= iops <= most:
            raise InvalidParameterCombination(f"Invalid iops {named}: {iops}. It must be between 1000 and {most}.")
    elif iops or throughput:
        raise InvalidParameterCombination(f"You can't specify IOPS or storage throughput {named}.")


def check_gp3(size: int, iops: int | None, throughput: int | None) -> None:
    if size < GP3_STRIPED_GIB:
        if iops or throughput:
            raise InvalidParameterCombination(
                "You can't specify IOPS or storage throughput for engine postgres and a storage size less than "
                f"{GP3_STRIPED_GIB}."
            )
        return
    iops, throughput = iops or 12_000, throughput or 500
    if not 12_000 <= iops <= min(64_000, size * 500):
        raise InvalidParameterCombination(f"Invalid iops for storage type gp3 and size {size}: {iops}")
    if not 500 <= throughput <= min(4_000, iops // 4):
        raise InvalidParameterCombination(
            f"Invalid storage throughput for storage type gp3 and iops {iops}: {throughput}"
        )


def gp3_baseline(size: int) -> tuple[int, int]:
    """IOPS and MiB/s that gp3 gives without being asked."""
    return (3_000, 125) if size < GP3_STRIPED_GIB else (12_000, 500)


def check_master(given: Mapping[str, Any]) -> None:
    """Refuse a master user or password that PostgreSQL or RDS does not take."""
    user = str(given.get("MasterUsername") or "")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", user):
        raise InvalidParameterValue(
            "The parameter MasterUsername is not a valid identifier: 1 to 63 letters, digits and underscores, "
            "beginning with a letter."
        )
    if user.lower() in RESERVED_USERS:
        raise InvalidParameterValue(f"MasterUsername {user} cannot be used as it is a reserved word used by the engine")
    if given.get("ManageMasterUserPassword"):
        if given.get("MasterUserPassword"):
            raise InvalidParameterCombination(
                "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."
            )
        return
    if given.get("MasterUserPassword") is None:
        raise InvalidParameterValue("The parameter MasterUserPassword must be provided and must not be blank.")
    check_password(given["MasterUserPassword"])


def check_password(password: str) -> None:
    fault = None
    if len(password) < 8:
        fault = "it is shorter than 8 characters."
    elif len(password) > 128:
        fault = "it is longer than 128 characters."
    elif re.search(r'[^\x20-\x7e]|[/"@ ]', password):
        fault = "only printable ASCII characters besides '/', '@', '\"', ' ' may be used."
    if fault:
        raise InvalidParameterValue(f"The parameter MasterUserPassword is not a valid password because {fault}")


def check_plain_values(given: Mapping[str, Any], version: str) -> None:
    """Refuse values that need nothing else to be judged."""
    retention = given.get("BackupRetentionPeriod")
    if retention is not None and not 0 <= retention <= 35:
        raise InvalidParameterValue(
            f"Invalid backup retention period: {retention}. The retention period must be between 0 and 35."
        )
    name = given.get("DBName")
    if name is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", name):
        raise InvalidParameterValue("DBName must begin with a letter and contain only alphanumeric characters.")
    certificate = given.get("CACertificateIdentifier")
    if certificate is not None and certificate not in CERTIFICATES:
        raise Refusal("CertificateNotFound", f"Certificate not found: {certificate}")
    exports = given.get("CloudwatchLogsExportConfiguration") or {}
    for log in [*(given.get("EnableCloudwatchLogsExports") or []), *exports.get("EnableLogTypes", [])]:
        if log not in LOG_TYPES:
            raise InvalidParameterCombination(
                f"You cannot use the log types '{log}' with engine version postgres {version}. "
                "For supported log types, see the documentation."
            )
    if (given.get("MonitoringInterval") or 0) not in (0, 1, 5, 10, 15, 30, 60):
        raise InvalidParameterValue(
            f"Monitoring interval must be one of 0, 1, 5, 10, 15, 30 and 60, got {given['MonitoringInterval']}."
        )


def check_insights(enabled: bool, retention_days: int, mode: str) -> None:
    """Refuse Performance Insights without its retention, and Database Insights without either."""
    months = {month * 31 for month in range(1, 24)}
    if enabled and retention_days not in {7, 731} | months:
        raise InvalidParameterValue(
            "Invalid Performance Insights retention period. "
            f"Specify 7, a month (a multiple of 31 up to 713) or 731 days, got {retention_days}."
        )
    if mode == "advanced" and not (enabled and retention_days >= 465):
        raise InvalidParameterCombination(
            "To enable the Advanced mode of Database Insights, enable Performance Insights "
            "with a retention period of at least 465 days."
        )


def check_family(group_name: str, family: str, version: str) -> None:
    wanted = f"postgres{version.split('.', maxsplit=1)[0]}"
    if family != wanted:
        raise InvalidParameterCombination(
            f"The Parameter Group {group_name} with DBParameterGroupFamily {family} cannot be used for this instance. "
            f"Please use a Parameter Group with DBParameterGroupFamily {wanted}"
        )


def check_zones(zones: Collection[str]) -> None:
    """Refuse a subnet group that no second zone could take over."""
    if len(set(zones)) < 2:
        raise Refusal(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. "
            f"Current AZ coverage: {', '.join(sorted(set(zones)))}. Add subnets to cover at least 2 AZs.",
        )
