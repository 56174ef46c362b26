"""What RDS for PostgreSQL accepts, as pure functions: each `check_…` raises ValueError for a value AWS would refuse.

Sources are titles of pages of the Amazon RDS User Guide unless said otherwise.
"""

import re

MAJOR_VERSIONS = ("14", "15", "16", "17", "18")
"""Major versions within RDS standard support ("Release calendars for Amazon RDS for PostgreSQL")."""

PORT = 5432

MIN_STORAGE_GIB = 20
MAX_STORAGE_GIB = 65536
"""Size of a gp3 volume ("Amazon RDS DB instance storage", gp3)."""

STRIPING_GIB = 400
"""From this size on RDS stripes gp3 over four volumes; below it neither IOPS nor throughput can be provisioned."""
MIN_IOPS, MAX_IOPS = 12_000, 64_000
MIN_THROUGHPUT, MAX_THROUGHPUT = 500, 4_000
THROUGHPUT_PER_IOPS = 0.25
"""Baseline and ceiling of a striped gp3 volume, throughput in MiB/s ("Amazon RDS DB instance storage", gp3)."""

AUTOSCALING_HEADROOM_PERCENT = 10
"""The ceiling of storage autoscaling lies at least so far above the allocated size ("Managing capacity automatically
with Amazon RDS storage autoscaling")."""

IDENTIFIER_LIMIT = 63
IDENTIFIER_BYTES = 4
NAME_LIMIT = IDENTIFIER_LIMIT - 1 - 2 * IDENTIFIER_BYTES
"""Longest component name: an instance identifier is the name, a hyphen and random hexadecimal digits, two a byte
(RDS API reference, CreateDBInstance)."""

_MINUTES_A_DAY = 24 * 60
_MINUTES_A_WEEK = 7 * _MINUTES_A_DAY
_SHORTEST_WINDOW = 30
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAY = f"({'|'.join(_DAYS)})"
_BACKUP_WINDOW = re.compile(f"{_TIME}-{_TIME}")
_MAINTENANCE_WINDOW = re.compile(f"{_DAY}:{_TIME}-{_DAY}:{_TIME}")

_BYTES_A_CONNECTION = 9_531_392
_MOST_CONNECTIONS = 5_000
_CLASS = re.compile(r"db\.([tmr])\d+[a-z]*\.(micro|small|medium|large|\d*xlarge)")
_MEMORY_GIB = {"micro": 1, "small": 2, "medium": 4}
_MEMORY_OF_LARGE_GIB = {"t": 8, "m": 8, "r": 16}


def parameter_family(major_version: str) -> str:
    """The parameter group family of a major version: `postgres17` for `17`."""
    return f"postgres{major_version}"


def max_connections(instance_class: str) -> int | None:
    """Upper bound of the connections an instance class admits by RDS's default, None for a class not in the table.

    The default is LEAST({DBInstanceClassMemory/9531392}, 5000) ("Quotas and constraints for Amazon RDS"), and
    DBInstanceClassMemory is the class's memory less what RDS keeps for itself: a quarter on a micro, a few per cent on
    a large one. Covers the t, m and r families, whose memory follows from the size.
    """
    match = _CLASS.fullmatch(instance_class)
    if match is None:
        return None
    family, size = match.groups()
    memory_gib = _MEMORY_GIB.get(size) or _MEMORY_OF_LARGE_GIB[family] * _larges(size)
    return min(memory_gib * 1024**3 // _BYTES_A_CONNECTION, _MOST_CONNECTIONS)


def _larges(size: str) -> int:
    """How many times the memory of `large` a size has: large 1, xlarge 2, 4xlarge 8."""
    return 1 if size == "large" else 2 * int(size.removesuffix("xlarge") or 1)


def check_name(name: str) -> None:
    """A component's name begins the instance identifier, which RDS keeps in lower case."""
    if not re.fullmatch(r"[a-z](-?[a-z0-9])*", name) or len(name) > NAME_LIMIT:
        raise ValueError(
            f"name: an RDS identifier begins with it, so want at most {NAME_LIMIT} lower-case letters, digits and "
            f"single hyphens, a letter first and no hyphen last, got {name!r}; name the component e.g. 'database'"
        )


def check_version(version: str) -> None:
    """A supported major version, without a minor one."""
    majors = ", ".join(MAJOR_VERSIONS)
    major = version.partition(".")[0]
    if major in MAJOR_VERSIONS and version != major:
        raise ValueError(
            f"postgres_version: want a major version alone ({majors}), got {version!r}; write {major!r}: AWS chooses "
            "the minor version and raises it in the maintenance window"
        )
    if major not in MAJOR_VERSIONS:
        raise ValueError(f"postgres_version: want one of {majors}, got {version!r}; 17 is the default")


def check_database_name(name: str) -> None:
    """RDS API reference, CreateDBInstance, DBName."""
    if not re.fullmatch(r"[A-Za-z]\w{0,62}", name, re.ASCII) or name.lower() in {"postgres", "rdsadmin"}:
        raise ValueError(
            f"database_name: want a letter and then at most 62 letters, digits or underscores, and neither 'postgres' "
            f"nor 'rdsadmin', which RDS creates itself, got {name!r}; e.g. 'hotel'"
        )


def check_username(name: str) -> None:
    """RDS API reference, CreateDBInstance, MasterUsername; reserved names: cfn-lint #4425, PostgreSQL's `pg_` roles."""
    if not re.fullmatch(r"[A-Za-z]\w{0,15}", name, re.ASCII):
        raise ValueError(
            "username: want a letter and then at most 15 letters, digits or underscores, "
            f"got {name!r}; e.g. 'hotel_admin'"
        )
    if name.lower() == "admin" or name.lower().startswith(("pg_", "rds")):
        raise ValueError(
            "username: 'admin' and what begins with 'rds' or 'pg_' is reserved by RDS and PostgreSQL, "
            f"got {name!r}; e.g. 'hotel_admin'"
        )


def check_storage(allocated_gib: int, max_allocated_gib: int, iops: int | None, throughput: int | None) -> None:
    """Sizes of a gp3 volume in GiB with its IOPS and its throughput in MiB/s, None for the baseline."""
    if not MIN_STORAGE_GIB <= allocated_gib <= MAX_STORAGE_GIB:
        raise ValueError(
            f"allocated_storage_gib: want {MIN_STORAGE_GIB} to {MAX_STORAGE_GIB} GiB, the size of a gp3 volume, "
            f"got {allocated_gib}"
        )
    least = -(-allocated_gib * (100 + AUTOSCALING_HEADROOM_PERCENT) // 100)
    if not least <= max_allocated_gib <= MAX_STORAGE_GIB:
        raise ValueError(
            f"max_allocated_storage_gib: want at least {AUTOSCALING_HEADROOM_PERCENT} per cent more than "
            f"allocated_storage_gib ({allocated_gib}) and at most {MAX_STORAGE_GIB}, got {max_allocated_gib}; "
            + (f"write {least} or more" if least <= MAX_STORAGE_GIB else "lower allocated_storage_gib")
        )
    for field, value, low, high in (
        ("iops", iops, MIN_IOPS, MAX_IOPS),
        ("throughput_mibps", throughput, MIN_THROUGHPUT, MAX_THROUGHPUT),
    ):
        if value is None:
            continue
        if allocated_gib < STRIPING_GIB:
            raise ValueError(
                f"{field}: gp3 below {STRIPING_GIB} GiB has a fixed 3000 IOPS and 125 MiB/s, so want none given, "
                f"got {value} with allocated_storage_gib {allocated_gib}; leave {field} out or allocate "
                f"{STRIPING_GIB} GiB"
            )
        if not low <= value <= high:
            raise ValueError(f"{field}: want {low} to {high} on gp3 from {STRIPING_GIB} GiB on, got {value}")
    most = int((iops or MIN_IOPS) * THROUGHPUT_PER_IOPS)
    if throughput is not None and throughput > most:
        raise ValueError(
            f"throughput_mibps: want at most {THROUGHPUT_PER_IOPS} MiB/s for each of the {iops or MIN_IOPS} IOPS, "
            f"which is {most}, got {throughput}; raise iops to {int(throughput / THROUGHPUT_PER_IOPS)} or lower it"
        )


def check_windows(backup: str, maintenance: str) -> None:
    """Daily backup window `hh:mm-hh:mm` and weekly maintenance window `ddd:hh:mm-ddd:hh:mm`, UTC, without overlap.

    RDS API reference, CreateDBInstance, PreferredBackupWindow and PreferredMaintenanceWindow.
    """
    daily = _BACKUP_WINDOW.fullmatch(backup)
    if daily is None:
        raise ValueError(f"backup_window: want hh:mm-hh:mm in UTC, e.g. '06:00-07:00', got {backup!r}")
    weekly = _MAINTENANCE_WINDOW.fullmatch(maintenance)
    if weekly is None:
        raise ValueError(
            "maintenance_window: want ddd:hh:mm-ddd:hh:mm in UTC and lower case, e.g. 'sun:07:30-sun:08:30', "
            f"got {maintenance!r}"
        )
    backup_start = _minute("mon", *daily.groups()[:2])
    backup_length = (_minute("mon", *daily.groups()[2:]) - backup_start) % _MINUTES_A_DAY
    start = _minute(*weekly.groups()[:3])
    length = (_minute(*weekly.groups()[3:]) - start) % _MINUTES_A_WEEK
    for field, value, minutes in (
        ("backup_window", backup, backup_length),
        ("maintenance_window", maintenance, length),
    ):
        if not _SHORTEST_WINDOW <= minutes < _MINUTES_A_DAY:
            raise ValueError(
                f"{field}: want at least {_SHORTEST_WINDOW} minutes and less than 24 hours, got {value!r}; move its end"
            )
    for day in range(len(_DAYS)):
        begin = backup_start + day * _MINUTES_A_DAY
        if (start - begin) % _MINUTES_A_WEEK < backup_length or (begin - start) % _MINUTES_A_WEEK < length:
            raise ValueError(
                f"maintenance_window: want no overlap with backup_window ({backup!r}), got {maintenance!r}; "
                "move one of the two"
            )


def _minute(day: str, hour: str, minute: str) -> int:
    """Minutes since Monday 00:00."""
    return _DAYS.index(day) * _MINUTES_A_DAY + int(hour) * 60 + int(minute)
