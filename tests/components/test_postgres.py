"""RDS's rules for PostgreSQL, each with a value on either side of its limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import postgres


def refused(check: object, *values: object) -> str:
    """The sentence with which `check` refuses `values`."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the caller compares the whole text
        check(*values)  # type: ignore[operator]
    return str(error.value)


@pytest.mark.parametrize(("version", "family"), [("14", "postgres14"), ("17", "postgres17"), ("18", "postgres18")])
def test_the_parameter_family_follows_from_the_major_version(version: str, family: str) -> None:
    postgres.check_version(version)
    assert postgres.parameter_family(version) == family


def test_a_minor_version_is_refused_because_aws_chooses_it() -> None:
    assert refused(postgres.check_version, "17.5") == (
        "postgres_version: want a major version alone (14, 15, 16, 17, 18), got '17.5'; write '17': AWS chooses the "
        "minor version and raises it in the maintenance window"
    )


@pytest.mark.parametrize("version", ["13", "9.6", "19", "latest", "", " 17"])
def test_an_unsupported_version_is_refused(version: str) -> None:
    assert refused(postgres.check_version, version) == (
        f"postgres_version: want one of 14, 15, 16, 17, 18, got {version!r}; 17 is the default"
    )


@pytest.mark.parametrize(
    ("instance_class", "connections"),
    [
        ("db.t4g.micro", 112),
        ("db.t3.small", 225),
        ("db.t4g.medium", 450),
        ("db.m7g.large", 901),
        ("db.m6gd.xlarge", 1802),
        ("db.r8g.large", 1802),
        ("db.m5.2xlarge", 3604),
        ("db.r6i.2xlarge", 5000),
        ("db.m7i.48xlarge", 5000),
    ],
)
def test_the_connections_of_a_class_follow_from_its_memory_and_end_at_5000(
    instance_class: str, connections: int
) -> None:
    assert postgres.max_connections(instance_class) == connections


@pytest.mark.parametrize("instance_class", ["db.x2g.large", "db.r5.12xlarge.tpc2.mem2x", "t4g.micro", "db.t4g.nano"])
def test_the_connections_of_a_class_outside_the_table_are_not_guessed(instance_class: str) -> None:
    assert postgres.max_connections(instance_class) is None


@pytest.mark.parametrize("name", ["database", "d", "hotel-db-2", "d" * 54])
def test_a_name_that_can_begin_an_identifier_is_taken(name: str) -> None:
    postgres.check_name(name)


@pytest.mark.parametrize("name", ["Database", "2nd", "a--b", "database-", "-a", "hotel_db", "", "d" * 55])
def test_a_name_that_rds_would_refuse_or_change_is_refused(name: str) -> None:
    assert refused(postgres.check_name, name) == (
        "name: an RDS identifier begins with it, so want at most 54 lower-case letters, digits and single hyphens, a "
        f"letter first and no hyphen last, got {name!r}; name the component e.g. 'database'"
    )


@pytest.mark.parametrize("name", ["hotel", "H", "hotel_2", "h" * 63])
def test_a_database_name_is_letters_digits_and_underscores(name: str) -> None:
    postgres.check_database_name(name)


@pytest.mark.parametrize("name", ["", "2hotel", "_hotel", "hotel-1", "hotél", "h" * 64, "postgres", "RdsAdmin"])
def test_another_database_name_is_refused(name: str) -> None:
    assert refused(postgres.check_database_name, name) == (
        "database_name: want a letter and then at most 62 letters, digits or underscores, and neither 'postgres' nor "
        f"'rdsadmin', which RDS creates itself, got {name!r}; e.g. 'hotel'"
    )


@pytest.mark.parametrize("name", ["hotel_admin", "a", "postgres", "u" * 16])
def test_a_username_is_letters_digits_and_underscores(name: str) -> None:
    postgres.check_username(name)


@pytest.mark.parametrize("name", ["", "1admin", "hotel-admin", "u" * 17])
def test_a_username_that_rds_cannot_store_is_refused(name: str) -> None:
    assert refused(postgres.check_username, name) == (
        f"username: want a letter and then at most 15 letters, digits or underscores, got {name!r}; e.g. 'hotel_admin'"
    )


@pytest.mark.parametrize("name", ["admin", "ADMIN", "rdsadmin", "rds_superuser", "rdsrepladmin", "pg_monitor"])
def test_a_reserved_username_is_refused(name: str) -> None:
    assert refused(postgres.check_username, name) == (
        "username: 'admin' and what begins with 'rds' or 'pg_' is reserved by RDS and PostgreSQL, "
        f"got {name!r}; e.g. 'hotel_admin'"
    )


@pytest.mark.parametrize(
    ("allocated", "ceiling", "iops", "throughput"),
    [
        (20, 22, None, None),
        (399, 439, None, None),
        (400, 440, 12_000, 500),
        (400, 440, None, 3_000),
        (400, 1000, 16_000, 4_000),
        (59_578, 65_536, 64_000, 500),
    ],
)
def test_storage_within_the_rules_of_gp3_is_taken(
    allocated: int, ceiling: int, iops: int | None, throughput: int | None
) -> None:
    postgres.check_storage(allocated, ceiling, iops, throughput)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            (19, 100, None, None),
            "allocated_storage_gib: want 20 to 65536 GiB, the size of a gp3 volume, got 19",
        ),
        (
            (20, 21, None, None),
            "max_allocated_storage_gib: want at least 10 per cent more than allocated_storage_gib (20) and at most "
            "65536, got 21; write 22 or more",
        ),
        (
            (101, 111, None, None),
            "max_allocated_storage_gib: want at least 10 per cent more than allocated_storage_gib (101) and at most "
            "65536, got 111; write 112 or more",
        ),
        (
            (20, 65_537, None, None),
            "max_allocated_storage_gib: want at least 10 per cent more than allocated_storage_gib (20) and at most "
            "65536, got 65537; write 22 or more",
        ),
        (
            (60_000, 65_536, None, None),
            "max_allocated_storage_gib: want at least 10 per cent more than allocated_storage_gib (60000) and at most "
            "65536, got 65536; lower allocated_storage_gib",
        ),
        (
            (399, 1000, 12_000, None),
            "iops: gp3 below 400 GiB has a fixed 3000 IOPS and 125 MiB/s, so want none given, got 12000 with "
            "allocated_storage_gib 399; leave iops out or allocate 400 GiB",
        ),
        (
            (20, 100, None, 500),
            "throughput_mibps: gp3 below 400 GiB has a fixed 3000 IOPS and 125 MiB/s, so want none given, got 500 with "
            "allocated_storage_gib 20; leave throughput_mibps out or allocate 400 GiB",
        ),
        ((400, 1000, 11_999, None), "iops: want 12000 to 64000 on gp3 from 400 GiB on, got 11999"),
        ((400, 1000, 64_001, None), "iops: want 12000 to 64000 on gp3 from 400 GiB on, got 64001"),
        ((400, 1000, None, 499), "throughput_mibps: want 500 to 4000 on gp3 from 400 GiB on, got 499"),
        ((400, 1000, 64_000, 4_001), "throughput_mibps: want 500 to 4000 on gp3 from 400 GiB on, got 4001"),
        (
            (400, 1000, None, 3_001),
            "throughput_mibps: want at most 0.25 MiB/s for each of the 12000 IOPS, which is 3000, got 3001; raise iops "
            "to 12004 or lower it",
        ),
    ],
)
def test_storage_outside_the_rules_of_gp3_is_refused(values: tuple[object, ...], message: str) -> None:
    assert refused(postgres.check_storage, *values) == message


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("06:00-07:00", "sun:07:00-sun:07:30"),
        ("23:45-00:15", "sat:22:00-sat:23:45"),
        ("00:00-23:30", "mon:23:30-tue:00:00"),
        ("06:00-06:30", "sun:23:00-mon:06:00"),
    ],
)
def test_windows_that_only_touch_are_taken(backup: str, maintenance: str) -> None:
    postgres.check_windows(backup, maintenance)


@pytest.mark.parametrize(
    ("backup", "maintenance"),
    [
        ("06:00-07:00", "sun:06:59-sun:07:30"),
        ("06:00-07:00", "sun:05:00-sun:06:01"),
        ("06:00-07:00", "sun:06:10-sun:06:40"),
        ("06:10-06:40", "sun:06:00-sun:07:00"),
        ("23:45-00:15", "mon:00:00-mon:00:30"),
        ("23:45-00:15", "sun:23:00-mon:00:30"),
        ("03:00-04:00", "sun:22:00-mon:03:01"),
    ],
)
def test_windows_that_overlap_on_any_day_are_refused(backup: str, maintenance: str) -> None:
    assert refused(postgres.check_windows, backup, maintenance) == (
        f"maintenance_window: want no overlap with backup_window ({backup!r}), got {maintenance!r}; move one of the two"
    )


@pytest.mark.parametrize("backup", ["6:00-7:00", "24:00-01:00", "06:60-07:00", "06:00", "sun:06:00-sun:07:00", ""])
def test_a_malformed_backup_window_is_refused(backup: str) -> None:
    assert refused(postgres.check_windows, backup, "sun:10:00-sun:11:00") == (
        f"backup_window: want hh:mm-hh:mm in UTC, e.g. '06:00-07:00', got {backup!r}"
    )


@pytest.mark.parametrize("maintenance", ["Sun:10:00-Sun:11:00", "10:00-11:00", "sun:10:00-11:00", "sonntag", ""])
def test_a_malformed_maintenance_window_is_refused(maintenance: str) -> None:
    assert refused(postgres.check_windows, "06:00-07:00", maintenance) == (
        "maintenance_window: want ddd:hh:mm-ddd:hh:mm in UTC and lower case, e.g. 'sun:07:30-sun:08:30', "
        f"got {maintenance!r}"
    )


@pytest.mark.parametrize(
    ("backup", "maintenance", "field", "value"),
    [
        ("06:00-06:29", "sun:10:00-sun:11:00", "backup_window", "06:00-06:29"),
        ("06:00-06:00", "sun:10:00-sun:11:00", "backup_window", "06:00-06:00"),
        ("06:00-07:00", "sun:10:00-sun:10:29", "maintenance_window", "sun:10:00-sun:10:29"),
        ("06:00-07:00", "sun:10:00-mon:10:00", "maintenance_window", "sun:10:00-mon:10:00"),
    ],
)
def test_a_window_shorter_than_30_minutes_or_as_long_as_a_day_is_refused(
    backup: str, maintenance: str, field: str, value: str
) -> None:
    assert refused(postgres.check_windows, backup, maintenance) == (
        f"{field}: want at least 30 minutes and less than 24 hours, got {value!r}; move its end"
    )


MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@given(
    backup_start=st.integers(0, MINUTES_A_DAY - 1),
    backup_length=st.integers(30, MINUTES_A_DAY - 1),
    start=st.integers(0, MINUTES_A_WEEK - 1),
    length=st.integers(30, MINUTES_A_DAY - 1),
)
def test_windows_are_refused_exactly_when_they_share_a_minute_of_the_week(
    backup_start: int, backup_length: int, start: int, length: int
) -> None:
    def clock(minute: int) -> str:
        return f"{minute // 60 % 24:02}:{minute % 60:02}"

    def weekday(minute: int) -> str:
        return f"{DAYS[minute // MINUTES_A_DAY % 7]}:{clock(minute)}"

    backup = f"{clock(backup_start)}-{clock(backup_start + backup_length)}"
    maintenance = f"{weekday(start)}-{weekday(start + length)}"
    backup_minutes = {(backup_start + n) % MINUTES_A_DAY for n in range(backup_length)}
    shared = any((start + n) % MINUTES_A_DAY in backup_minutes for n in range(length))
    if shared:
        assert refused(postgres.check_windows, backup, maintenance).startswith("maintenance_window: want no overlap")
    else:
        postgres.check_windows(backup, maintenance)
