"""Scheduled actions: which are refused, and which sizes they leave in force."""

from datetime import UTC, datetime
from typing import Any

import pytest

from components.scaling import MOST_ACTIONS, ScheduledAction, Sizes, check_actions, sizes_in_force

BASE = Sizes(2, 4)

BLACK_FRIDAY = (
    ScheduledAction(name="peak", recurrence="0 8 20 11 *", min_size=10, max_size=20),
    ScheduledAction(name="after", recurrence="0 8 1 12 *", min_size=2, max_size=4),
)
EVENING = (
    ScheduledAction(name="day", recurrence="0 6 * * *", time_zone="America/Sao_Paulo", min_size=2),
    ScheduledAction(name="night", recurrence="0 22 * * *", time_zone="America/Sao_Paulo", min_size=1),
)
ONCE = (
    ScheduledAction(name="opening", start_time="2026-11-27T00:00:00Z", min_size=8, max_size=8),
    ScheduledAction(name="opened", start_time="2026-11-29T00:00:00Z", min_size=2, max_size=4),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("actions", "now", "sizes"),
    [
        ((), "2026-11-24T12:00", BASE),
        (BLACK_FRIDAY, "2026-11-20T07:59", BASE),
        (BLACK_FRIDAY, "2026-11-20T08:00", Sizes(10, 20)),
        (BLACK_FRIDAY, "2026-12-01T07:59", Sizes(10, 20)),
        (BLACK_FRIDAY, "2026-12-01T08:00", BASE),
        (BLACK_FRIDAY, "2027-07-01T00:00", BASE),
        (EVENING, "2026-11-24T12:00", BASE),
        (EVENING, "2026-11-25T01:00", Sizes(1, 4)),
        (EVENING, "2026-11-25T08:59", Sizes(1, 4)),
        (EVENING, "2026-11-25T09:00", BASE),
        (ONCE, "2026-11-26T23:59", BASE),
        (ONCE, "2026-11-27T00:00", Sizes(8, 8)),
        (ONCE, "2026-11-29T00:00", BASE),
    ],
)
def test_the_last_action_that_fired_decides(
    actions: tuple[ScheduledAction, ...], now: str, sizes: tuple[int, int]
) -> None:
    assert sizes_in_force(BASE, actions, at(now)) == sizes
    assert sizes_in_force(BASE, actions[::-1], at(now)) == sizes


def test_an_action_leaves_alone_what_it_does_not_name() -> None:
    desired_only = ScheduledAction(name="warm", recurrence="0 8 * * *", desired_capacity=3)
    assert sizes_in_force(BASE, [desired_only], at("2026-11-24T12:00")) == BASE


def test_a_recurring_action_counts_from_its_start_to_its_end_and_at_the_start_itself() -> None:
    action = ScheduledAction(
        name="season",
        recurrence="0 8 * * *",
        start_time="2026-11-24T12:00:00Z",
        end_time="2026-11-26T07:00:00Z",
        min_size=3,
    )
    assert action.last_firing(at("2026-11-24T11:59")) is None
    assert action.last_firing(at("2026-11-24T18:00")) == at("2026-11-24T12:00")
    assert action.last_firing(at("2026-11-25T09:00")) == at("2026-11-25T08:00")
    assert action.last_firing(at("2027-01-01T00:00")) == at("2026-11-25T08:00")


@pytest.mark.parametrize(
    ("action", "over"),
    [
        (ONCE[0], {"2026-11-26T23:59": False, "2026-11-27T00:00": True}),
        (BLACK_FRIDAY[0], {"2026-11-26T23:59": False, "2040-01-01T00:00": False}),
        (
            ScheduledAction(name="a", recurrence="0 8 * * *", end_time="2026-11-27T00:00:00Z", min_size=3),
            {"2026-11-26T23:59": False, "2026-11-27T00:00": True},
        ),
        (
            ScheduledAction(name="a", recurrence="0 8 * * *", start_time="2026-11-27T00:00:00Z", min_size=3),
            {"2026-11-26T23:59": False, "2027-01-01T00:00": False},
        ),
    ],
)
def test_what_aws_forgets_is_over(action: ScheduledAction, over: dict[str, bool]) -> None:
    assert {now: action.is_over(at(now)) for now in over} == over


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": "black friday"}, "scheduled_actions.name: want letters, digits and single hyphens.*'black friday'"),
        ({"min_size": None}, "scheduled_actions.peak: want min_size, max_size or desired_capacity, got none"),
        (
            {"min_size": 5, "max_size": 4},
            "scheduled_actions.peak: want 0 <= min_size <= desired_capacity <= max_size, got 5 <= unchanged <= 4",
        ),
        ({"min_size": -1}, "scheduled_actions.peak: want 0 <= min_size"),
        ({"min_size": 5, "desired_capacity": 4}, "got 5 <= 4 <= unchanged"),
        ({"recurrence": None}, r"scheduled_actions.peak: want recurrence \(again and again\) or start_time \(once\)"),
        (
            {"recurrence": None, "start_time": "2026-11-27T00:00:00Z", "time_zone": "UTC"},
            "scheduled_actions.peak: time_zone and end_time belong to recurrence",
        ),
        (
            {"recurrence": None, "start_time": "2026-11-27T00:00:00Z", "end_time": "2026-11-28T00:00:00Z"},
            "a second action for the return",
        ),
        (
            {"start_time": "2026-11-27"},
            "scheduled_actions.peak.start_time: want UTC in the form 2026-11-27T00:00:00Z, got '2026-11-27'",
        ),
        ({"end_time": "2026-11-27T00:00:00-03:00"}, "scheduled_actions.peak.end_time: want UTC in the form"),
        (
            {"start_time": "2026-11-28T00:00:00Z", "end_time": "2026-11-27T00:00:00Z"},
            "scheduled_actions.peak: want start_time before end_time",
        ),
        ({"recurrence": "0 25 * * *"}, "scheduled_actions.peak.recurrence: the hour field goes from 0 to 23, got '25'"),
        ({"recurrence": "0 0 31 2 *"}, "scheduled_actions.peak.recurrence: want a day that exists, got '0 0 31 2 "),
        ({"time_zone": "Sao Paulo"}, "time_zone: want an IANA time zone that this machine knows.*got 'Sao Paulo'"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: want an IANA time zone"),
    ],
)
def test_an_action_that_means_nothing_to_aws_is_refused(fields: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        ScheduledAction(**{"name": "peak", "recurrence": "0 8 20 11 *", "min_size": 10, **fields})


def peak(**fields: Any) -> ScheduledAction:
    return ScheduledAction(**{"name": "peak", "recurrence": "0 8 20 11 *", **fields})


def back(**fields: Any) -> ScheduledAction:
    return ScheduledAction(**{"name": "back", "recurrence": "0 8 1 12 *", **fields})


@pytest.mark.parametrize(
    ("actions", "error"),
    [
        (
            [peak(max_size=9), back(max_size=4, name="peak")],
            "scheduled_actions: want each name once, got peak twice; merge the two",
        ),
        (
            [peak(max_size=9), back(max_size=4, recurrence="0 8 20 11 *", time_zone="UTC")],
            r"scheduled_actions: want each time once, got 0 8 20 11 \* UTC twice; merge the two",
        ),
        (
            [peak(min_size=5), back(min_size=2)],
            "scheduled_actions.peak: together with the group's own sizes want .* got 5 <= 5 <= 4; name the other sizes",
        ),
        ([peak(max_size=1), back(max_size=4)], "scheduled_actions.peak: .* got 2 <= 2 <= 1"),
        ([peak(desired_capacity=5)], "scheduled_actions.peak: .* got 2 <= 5 <= 4"),
        (
            [peak(min_size=10, max_size=20)],
            "scheduled_actions: peak sets min_size to 10 and no action sets it back to 2, so it would stay for ever; "
            "add an action that returns to min_size 2",
        ),
        (
            [peak(min_size=10, max_size=20), back(min_size=2)],
            "peak sets max_size to 20 and no action sets it back to 4",
        ),
        (
            [peak(name=f"a{n}", recurrence=f"{n % 60} {n // 60} * * *", max_size=4) for n in range(MOST_ACTIONS + 1)],
            r"scheduled_actions: want at most 125 \(an AWS limit\), got 126",
        ),
    ],
)
def test_actions_that_do_not_go_together_are_refused(actions: list[ScheduledAction], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        check_actions(BASE, actions)


@pytest.mark.parametrize("actions", [(), BLACK_FRIDAY, EVENING, ONCE, (peak(desired_capacity=3),)])
def test_actions_that_go_together_are_taken(actions: tuple[ScheduledAction, ...]) -> None:
    check_actions(BASE, actions)
