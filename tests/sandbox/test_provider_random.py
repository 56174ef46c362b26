"""The random provider: what is made, what is kept, what replaces."""

import re
from typing import Any

import pytest

from sandbox.provider import server
from sandbox.provider.account import Account
from sandbox.provider.check import check
from sandbox.provider.diff import diff
from sandbox.provider.random import SPECIAL, TYPES
from sandbox.provider.schema import UNKNOWN, Values

KINDS = {resource.token.rsplit(":", 1)[1]: resource for resource in TYPES}
NOWHERE = Account("")


def checked(kind: str, **values: Any) -> tuple[Values, list[str]]:
    inputs, failures = check(KINDS[kind], "thing", {}, values, region="", default_tags={}, seed=b"seed")
    return inputs, [reason for _, reason in failures]


def make(kind: str, **values: Any) -> tuple[str, Values, Values]:
    """(id, inputs, state)."""
    inputs, failures = checked(kind, **values)
    assert failures == []
    given = dict(inputs)
    id_ = KINDS[kind].create(NOWHERE, inputs)
    seen = KINDS[kind].read(NOWHERE, id_, inputs)
    assert seen is not None
    return id_, given, server.state(KINDS[kind], inputs, seen, NOWHERE)


EXAMPLES: dict[str, Values] = {
    "RandomId": {"byteLength": 4, "prefix": "db-", "keepers": {"a": "1"}},
    "RandomString": {
        "length": 12,
        "special": True,
        "upper": True,
        "lower": True,
        "numeric": True,
        "number": True,
        "minSpecial": 1,
        "minUpper": 2,
        "minLower": 3,
        "minNumeric": 4,
        "overrideSpecial": "_",
        "keepers": {"a": "1"},
    },
    "RandomPassword": {"length": 16},
    "RandomPet": {"length": 3, "prefix": "hotel", "separator": ".", "keepers": {"a": "1"}},
    "RandomInteger": {"min": 1, "max": 6, "seed": "s", "keepers": {"a": "1"}},
    "RandomUuid": {"keepers": {"a": "1"}},
    "RandomShuffle": {"inputs": ["a", "b"], "resultCount": 2, "seed": "s", "keepers": {"a": "1"}},
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_state_holds_what_was_given_and_reading_it_again_changes_nothing(kind: str) -> None:
    id_, given, state = make(kind, **EXAMPLES[kind])
    assert {name: state[name] for name in given} == given
    assert diff(KINDS[kind], state, given) == []
    seen = KINDS[kind].read(NOWHERE, id_, state)
    assert seen is not None
    assert server.state(KINDS[kind], state, seen, NOWHERE) == state


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_change_of_keepers_replaces(kind: str) -> None:
    _, given, state = make(kind, **EXAMPLES[kind])
    [difference] = diff(
        KINDS[kind], state, {**given, "keepers": {"a": "2"}} if "keepers" in given else {**given, "keepers": {"a": "1"}}
    )
    assert difference.replaces
    [unknown] = diff(KINDS[kind], state, {**given, "keepers": UNKNOWN})
    assert unknown.replaces


def test_an_id_tells_the_same_bytes_in_four_ways() -> None:
    id_, _, state = make("RandomId", byteLength=4, prefix="db-")
    assert re.fullmatch(r"db-[0-9a-f]{8}", state["hex"])
    assert state["dec"] == f"db-{int(state['hex'][3:], 16)}"
    assert state["b64Url"] == f"db-{id_}"
    assert len(id_) == 6


def test_a_string_has_the_least_of_each_class_and_only_wanted_characters() -> None:
    id_, _, state = make("RandomString", length=10, minUpper=4, minNumeric=6, special=False)
    assert state["result"] == id_
    assert re.fullmatch(r"[A-Z0-9]{10}", id_)
    assert len(re.findall("[A-Z]", id_)) == 4


def test_a_string_of_all_classes_uses_the_provider_s_special_characters() -> None:
    id_, _, _ = make("RandomString", length=200, upper=False, lower=False, numeric=False)
    assert set(id_) <= set(SPECIAL)


def test_the_old_name_number_still_turns_digits_off() -> None:
    id_, _, _ = make("RandomString", length=50, number=False, special=False)
    assert id_.isalpha()


def test_defaults_show_in_the_outputs_and_are_no_difference() -> None:
    _, given, state = make("RandomString", length=10)
    assert (state["special"], state["upper"], state["minUpper"]) == (True, True, 0)
    assert diff(KINDS["RandomString"], state, given) == []
    [difference] = diff(KINDS["RandomString"], state, {**given, "special": False})
    assert (difference.path, difference.replaces) == ("special", True)


def test_a_password_is_secret_and_its_id_tells_nothing() -> None:
    id_, _, state = make("RandomPassword", length=16)
    assert id_ == "none"
    assert len(state["result"]) == 16
    assert KINDS["RandomPassword"].secret_outputs == ("result",)


def test_a_pet_has_a_prefix_and_so_many_words() -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+", make("RandomPet")[0])
    assert re.fullmatch(
        r"hotel\.[a-z]+ly\.[a-z]+\.[a-z]+", make("RandomPet", length=3, prefix="hotel", separator=".")[0]
    )


def test_an_integer_lies_within_its_bounds_and_a_seed_repeats_it() -> None:
    assert {make("RandomInteger", min=1, max=2)[2]["result"] for _ in range(50)} == {1, 2}
    assert make("RandomInteger", min=1, max=10**9, seed="s")[0] == make("RandomInteger", min=1, max=10**9, seed="s")[0]


def test_a_uuid_is_its_own_id() -> None:
    id_, _, state = make("RandomUuid")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id_)
    assert state["result"] == id_


def test_a_shuffle_takes_each_input_before_it_takes_one_again() -> None:
    _, _, state = make("RandomShuffle", inputs=["a", "b", "c"], resultCount=5)
    assert sorted(state["results"][:3]) == ["a", "b", "c"]
    assert len(state["results"]) == 5


def test_impossible_wishes_are_refused() -> None:
    none = {"special": False, "upper": False, "lower": False, "numeric": False}
    assert checked("RandomString", length=5, **none)[1] == [
        "the character set specified is empty: allow at least one of special, upper, lower, numeric"
    ]
    assert checked("RandomPassword", length=3, minUpper=2, minLower=2)[1] == [
        "length must be at least the sum of minSpecial, minUpper, minLower and minNumeric, got 3 and 4"
    ]
    assert checked("RandomInteger", min=3, max=2)[1] == [
        "the minimum (min) value needs to be smaller than or equal to maximum (max), got 3 and 2"
    ]
    assert checked("RandomPet", length=0)[1] == ["length must be at least 1, got 0"]


def test_a_property_it_does_not_know_is_refused_by_name() -> None:
    [reason] = checked("RandomPet", colour="red")[1]
    assert reason.startswith("the sandbox does not translate property 'colour' of random:index/randomPet:RandomPet")
