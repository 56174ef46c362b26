"""Unix cron expressions, as far as a scheduled action needs them: is one valid, and when did it last fire?"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART = re.compile(r"(\*|[0-9A-Z]+(-[0-9A-Z]+)?)(/[0-9]+)?")
_LONGEST_GAP = 8 * 366
"""Days between two 29ths of February around a year like 2100, the longest that a cron expression can be silent."""


@dataclass(frozen=True)
class Cron:
    """The moments an expression stands for. `days` and `weekdays` are None where the expression says `*`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    """0 is Sunday."""

    def on(self, day: date) -> bool:
        """Whether it fires on `day`: where both kinds of day are given, either will do (crontab(5))."""
        chosen = [
            number in numbers
            for number, numbers in ((day.day, self.days), (day.isoweekday() % 7, self.weekdays))
            if numbers is not None
        ]
        return day.month in self.months and (any(chosen) or not chosen)

    def last_firing(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """The latest moment (UTC) not after `now` at which it fired by the clocks of `zone`; None if it never does."""
        today = now.astimezone(zone).date()
        for days_ago in range(_LONGEST_GAP):
            day = today - timedelta(days=days_ago)
            if not self.on(day):
                continue
            for hour in sorted(self.hours, reverse=True):
                for minute in sorted(self.minutes, reverse=True):
                    moment = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
                    if moment <= now:
                        return moment
        return None


def parse(expression: str) -> Cron:
    """Read `minute hour day-of-month month day-of-week`: numbers, names, `*`, lists, ranges and steps.

    The form is that of PutScheduledUpdateGroupAction (Amazon EC2 Auto Scaling API reference, "Recurrence").
    Raises ValueError with the field that is wrong.
    """
    fields = expression.upper().split()
    if len(fields) != 5:
        raise ValueError(f"want five fields (minute hour day month weekday), got {len(fields)} in {expression!r}")
    minute, hour, day, month, weekday = fields
    weekdays = _numbers("weekday", weekday, 0, 7, _WEEKDAYS)
    return Cron(
        minutes=_numbers("minute", minute, 0, 59),
        hours=_numbers("hour", hour, 0, 23),
        days=None if day == "*" else _numbers("day", day, 1, 31),
        months=_numbers("month", month, 1, 12, _MONTHS),
        weekdays=None if weekday == "*" else frozenset(number % 7 for number in weekdays),
    )


def _numbers(what: str, field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers one field stands for; the first of `names` means `low`."""
    numbers: set[int] = set()
    for part in field.split(","):
        if not _PART.fullmatch(part):
            raise ValueError(f"the {what} field cannot be read, got {field!r}")
        span, _, step = part.partition("/")
        first, _, last = (str(low), "-", str(high)) if span == "*" else span.partition("-")
        try:
            start = names.index(first) + low if first in names else int(first)
            end = names.index(last) + low if last in names else int(last or (high if step else start))
            every = int(step) if step else 1
        except ValueError:
            raise ValueError(f"the {what} field cannot be read, got {field!r}") from None
        if not (low <= start <= end <= high and every >= 1):
            raise ValueError(f"the {what} field goes from {low} to {high}, got {field!r}")
        numbers.update(range(start, end + 1, every))
    return frozenset(numbers)
