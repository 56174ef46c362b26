"""Scheduled actions for known peaks: what AWS accepts, and which sizes are in force at a given moment.

AWS does not remember what a group's sizes were before an action; each action sets sizes for good, until the next one
(Amazon EC2 Auto Scaling User Guide, "Scheduled scaling", "Considerations"). So between two actions the truth about a
group's size is in the actions and the clock, not in the arguments alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import cron
from .checks import plain_name

MOST_ACTIONS = 125
"""Scheduled actions one group may have (User Guide, "Scheduled scaling", "Considerations")."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class Sizes(NamedTuple):
    """The bounds between which scaling policies move a group's number of instances."""

    min_size: int
    max_size: int


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """New sizes for the group at a known time. A peak takes two: one that begins it and one that returns."""

    name: str
    """Unlike every other action's; letters, digits and hyphens."""
    recurrence: str | None = None
    """Cron expression `minute hour day month weekday`; unset for an action that happens once."""
    time_zone: str | None = None
    """IANA name such as `America/Sao_Paulo` for the clock that `recurrence` goes by; UTC unless set."""
    start_time: str | None = None
    """UTC, e.g. `2026-11-27T00:00:00Z`: when the only action happens, or when a recurring one first does. Once it is
    past, AWS forgets an action that happens once, and so does the program."""
    end_time: str | None = None
    """UTC: when a recurring action ends. It restores no sizes; a second action does that."""
    min_size: int | None = None
    """None leaves the group's unchanged."""
    max_size: int | None = None
    """None leaves the group's unchanged."""
    desired_capacity: int | None = None
    """Instances to have at that moment, from where scaling policies go on. None leaves the group's unchanged."""

    def __post_init__(self) -> None:
        plain_name("scheduled_actions.name", self.name)
        at = f"scheduled_actions.{self.name}"
        sizes = (self.min_size, self.desired_capacity, self.max_size)
        given = [size for size in sizes if size is not None]
        if not given:
            raise ValueError(f"{at}: want min_size, max_size or desired_capacity, got none; leave the action out")
        if given != sorted(given) or given[0] < 0:
            raise ValueError(f"{at}: want 0 <= min_size <= desired_capacity <= max_size, got {_shown(sizes)}")
        if self.recurrence is None and self.start_time is None:
            raise ValueError(f"{at}: want recurrence (again and again) or start_time (once), got neither")
        if self.recurrence is None and (self.time_zone or self.end_time):
            raise ValueError(
                f"{at}: time_zone and end_time belong to recurrence, got none; give start_time in UTC, and a second "
                "action for the return"
            )
        start, end = (_read_time(f"{at}.{field}", getattr(self, field)) for field in ("start_time", "end_time"))
        if start and end and not start < end:
            raise ValueError(f"{at}: want start_time before end_time, got {self.start_time} and {self.end_time}")
        if self.recurrence is not None:
            self._check_recurrence(self.recurrence, f"{at}.recurrence")

    def _check_recurrence(self, recurrence: str, field: str) -> None:
        zone = _zone(f"{field}, time_zone", self.time_zone)
        try:
            fires = cron.parse(recurrence).last_firing(zone, datetime.now(UTC))
        except ValueError as error:
            raise ValueError(f"{field}: {error}") from None
        if fires is None:
            raise ValueError(f"{field}: want a day that exists, got {recurrence!r}")

    def last_firing(self, now: datetime) -> datetime | None:
        """When AWS last performed it, as seen from `now`; None if it has not yet."""
        start, end = _read_time("start_time", self.start_time), _read_time("end_time", self.end_time)
        if start and now < start:
            return None
        if self.recurrence is None:
            return start
        zone = _zone("time_zone", self.time_zone)
        fired = cron.parse(self.recurrence).last_firing(zone, min(now, end) if end else now)
        # A recurring action with a start is performed at the start too (API reference, "StartTime").
        return max(fired, start) if fired and start else fired

    def is_over(self, now: datetime) -> bool:
        """Whether AWS has forgotten it: one that happened, or one past its end, does not stay in the account."""
        end = self.start_time if self.recurrence is None else self.end_time
        last = _read_time("end_time", end)
        return last is not None and last <= now


def sizes_in_force(base: Sizes, actions: Sequence[ScheduledAction], now: datetime) -> Sizes:
    """The sizes that a group of size `base` has at `now`, after all that `actions` did to it in their order."""
    fired = [(moment, action) for action in actions if (moment := action.last_firing(now))]
    min_size, max_size = base
    for _, action in sorted(fired, key=lambda pair: pair[0]):
        min_size = min_size if action.min_size is None else action.min_size
        max_size = max_size if action.max_size is None else action.max_size
    return Sizes(min_size, max_size)


def check_actions(base: Sizes, actions: Sequence[ScheduledAction]) -> None:
    """Raise ValueError for actions that AWS would refuse together, or that leave a group of `base` other than it was."""
    if len(actions) > MOST_ACTIONS:
        raise ValueError(f"scheduled_actions: want at most {MOST_ACTIONS} (an AWS limit), got {len(actions)}")
    for what, of_each in (
        ("name", [action.name for action in actions]),
        ("time", [f"{a.recurrence or a.start_time} {a.time_zone or 'UTC'}" for a in actions]),
    ):
        if twice := sorted({value for value in of_each if of_each.count(value) > 1}):
            raise ValueError(f"scheduled_actions: want each {what} once, got {', '.join(twice)} twice; merge the two")
    for action in actions:
        _check_against(base, action)
    for field, own in base._asdict().items():
        values = {action.name: getattr(action, field) for action in actions if getattr(action, field) is not None}
        changing = [name for name, value in values.items() if value != own]
        if changing and own not in values.values():
            raise ValueError(
                f"scheduled_actions: {changing[0]} sets {field} to {values[changing[0]]} and no action sets it back to "
                f"{own}, so it would stay for ever; add an action that returns to {field} {own}"
            )


def _check_against(base: Sizes, action: ScheduledAction) -> None:
    """What an action leaves unset it finds in the group; the whole must still be in order."""
    low = base.min_size if action.min_size is None else action.min_size
    high = base.max_size if action.max_size is None else action.max_size
    sizes = (low, low if action.desired_capacity is None else action.desired_capacity, high)
    if list(sizes) != sorted(sizes):
        raise ValueError(
            f"scheduled_actions.{action.name}: together with the group's own sizes want min_size <= desired_capacity "
            f"<= max_size, got {_shown(sizes)}; name the other sizes in the action too"
        )


def _shown(sizes: Sequence[int | None]) -> str:
    return " <= ".join("unchanged" if size is None else str(size) for size in sizes)


def _read_time(field: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{field}: want UTC in the form 2026-11-27T00:00:00Z, got {text!r}") from None


def _zone(field: str, name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(
            f"{field}: want an IANA time zone that this machine knows, such as America/Sao_Paulo, got {name!r}; "
            "correct it, or install the tzdata package"
        ) from None
