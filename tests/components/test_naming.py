"""Names stay within AWS's limits and never change by themselves."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import LOAD_BALANCER_LIMIT, ROLE_LIMIT, short_name

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,80}[a-z0-9]", fullmatch=True)
SUFFIXES = st.sampled_from(["alb", "instances", "flow-logs"])


def test_limits_leave_room_for_the_seven_digits_and_hyphen_that_pulumi_adds() -> None:
    assert 32 - len("-1234567") == LOAD_BALANCER_LIMIT
    assert 64 - len("-1234567") == ROLE_LIMIT


def test_a_name_that_fits_is_left_alone() -> None:
    assert short_name("web", "alb", 24) == "web-alb"
    assert short_name("a" * 20, "alb", 24) == "a" * 20 + "-alb"


def test_a_name_that_does_not_fit_is_cut_and_marked_with_a_digest_of_all_of_it() -> None:
    assert short_name("reservations-of-the-hotel", "alb", 24) == "reservations-84c02f-alb"


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert short_name("reservations-of-the-first-hotel", "alb", 24) != short_name(
        "reservations-of-the-second-hotel", "alb", 24
    )


def test_a_limit_that_no_name_can_meet_is_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("limit: a name ending in -instances needs at least 18, got 17")):
        short_name("web" * 10, "instances", 17)


@given(name=NAMES, suffix=SUFFIXES, limit=st.integers(18, 64))
def test_every_name_fits_keeps_its_suffix_and_is_one_that_load_balancers_take(
    name: str, suffix: str, limit: int
) -> None:
    result = short_name(name, suffix, limit)
    assert len(result) <= limit
    assert result.endswith(f"-{suffix}")
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", result)
    assert short_name(name, suffix, limit) == result
