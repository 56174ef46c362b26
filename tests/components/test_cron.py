"""Cron expressions: which moments they stand for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.cron import parse

UTC_ZONE = ZoneInfo("UTC")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("expression", "last"),
    [
        ("* * * * *", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        ("30 * * * *", datetime(2026, 11, 24, 11, 30, tzinfo=UTC)),
        ("0 12 * * *", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
        ("1 12 * * *", datetime(2026, 11, 23, 12, 1, tzinfo=UTC)),
        ("*/20 9-11 * * *", datetime(2026, 11, 24, 11, 40, tzinfo=UTC)),
        ("5/20 9 * * *", datetime(2026, 11, 24, 9, 45, tzinfo=UTC)),
        ("0 0 * * 0", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ("0 0 * * 7", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ("0 0 * * sun", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
        ("0 8 * * MON-FRI", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ("0 13 * * MON-FRI", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("30 0 1 1,6,12 *", datetime(2026, 6, 1, 0, 30, tzinfo=UTC)),
        ("0 0 25 NOV *", datetime(2025, 11, 25, 0, 0, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2024, 2, 29, 0, 0, tzinfo=UTC)),
        ("0 0 13 * 5", datetime(2026, 11, 20, 0, 0, tzinfo=UTC)),
    ],
)
def test_it_last_fired(expression: str, last: datetime) -> None:
    assert parse(expression).last_firing(UTC_ZONE, NOON) == last


def test_the_clock_is_that_of_the_time_zone() -> None:
    assert parse("0 9 * * *").last_firing(SAO_PAULO, NOON) == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert parse("0 10 * * *").last_firing(SAO_PAULO, NOON) == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_where_it_is_tomorrow_already_tomorrows_firing_counts() -> None:
    evening = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # five in the morning of the 25th in Tokyo
    assert parse("0 3 * * *").last_firing(ZoneInfo("Asia/Tokyo"), evening) == datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def test_around_a_change_of_the_clocks_the_offset_of_that_day_counts() -> None:
    monday = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)  # Berlin left summer time on Sunday the 25th
    berlin = ZoneInfo("Europe/Berlin")
    assert parse("0 9 * * 6").last_firing(berlin, monday) == datetime(2026, 10, 24, 7, 0, tzinfo=UTC)
    assert parse("0 9 * * 0").last_firing(berlin, monday) == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)


def test_a_day_that_does_not_exist_never_comes() -> None:
    assert parse("0 0 30 2 *").last_firing(UTC_ZONE, NOON) is None


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("0 0 * *", r"want five fields \(minute hour day month weekday\), got 4 in '0 0 \* \*'"),
        ("0 0 0 * * *", "want five fields"),
        ("60 0 * * *", "the minute field goes from 0 to 59, got '60'"),
        ("0 24 * * *", "the hour field goes from 0 to 23, got '24'"),
        ("0 0 0 * *", "the day field goes from 1 to 31, got '0'"),
        ("0 0 * 13 *", "the month field goes from 1 to 12, got '13'"),
        ("0 0 * * 8", "the weekday field goes from 0 to 7, got '8'"),
        ("9-5 0 * * *", "the minute field goes from 0 to 59, got '9-5'"),
        ("*/0 0 * * *", "the minute field goes from 0 to 59, got '\\*/0'"),
        ("0 0 * FOO *", "the month field cannot be read, got 'FOO'"),
        ("-5 0 * * *", "the minute field cannot be read, got '-5'"),
        ("1_0 0 * * *", "the minute field cannot be read, got '1_0'"),
        ("1, 0 * * *", "the minute field cannot be read, got '1,'"),
        ("0 0 L * *", "the day field cannot be read, got 'L'"),
        ("0 0 ? * *", r"the day field cannot be read, got '\?'"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(expression: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        parse(expression)


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
)
def test_a_daily_firing_is_never_in_the_future_nor_older_than_a_day(minute: int, hour: int, now: datetime) -> None:
    last = parse(f"{minute} {hour} * * *").last_firing(UTC_ZONE, now)
    assert last is not None
    assert now - timedelta(days=1) < last <= now
    assert (last.hour, last.minute) == (hour, minute)
