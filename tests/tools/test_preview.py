"""The pull request's comment: what it says, that it fits, and that nothing in it can lie."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.preview import COMMENT_LIMIT, MARKER, Change, Preview, comment, missing, parse, without_values


def urn(type_: str, name: str, component: str = "Network") -> str:
    return f"urn:pulumi:dev::hotelaria::hotelaria:index:{component}${type_}::{name}"


def digest(*steps: dict[str, Any], same: int = 0, errors: tuple[str, ...] = ()) -> str:
    return json.dumps(
        {
            "steps": list(steps),
            "changeSummary": {"same": same},
            "diagnostics": [{"severity": "error", "message": e} for e in errors],
        }
    )


CREATE = {"op": "create", "urn": urn("aws:ec2/vpc:Vpc", "network-vpc")}
UPDATE = {
    "op": "update",
    "urn": urn("aws:ec2/subnet:Subnet", "a"),
    "detailedDiff": {"tags.x": {"kind": "add"}, "tagsAll.x": {"kind": "add"}},
}
REPLACE_DATABASE = {
    "op": "replace",
    "urn": urn("aws:rds/instance:Instance", "database-instance", "Database"),
    "replaceReasons": ["storageEncrypted"],
}


def test_a_digest_becomes_changes_with_their_component_and_their_reasons() -> None:
    preview = parse("dev", digest(CREATE, UPDATE, REPLACE_DATABASE, same=7), 0)
    assert preview.unchanged == 7
    assert not preview.failed
    assert preview.changes == (
        Change("replace", "aws:rds/instance:Instance", "database-instance", "Database", ("storageEncrypted",)),
        Change("update", "aws:ec2/subnet:Subnet", "a", "Network", ("tags.x",)),
        Change("create", "aws:ec2/vpc:Vpc", "network-vpc", "Network"),
    )


def test_losing_a_database_is_said_before_everything_else() -> None:
    text = comment([parse("prod", digest(CREATE, REPLACE_DATABASE), 0)], "0123456789abcdef", "today")
    assert text.index("CAUTION") < text.index("<details>")
    assert "**replace** of `database-instance`" in text
    assert "its data, or everything inside it, is lost" in text


@pytest.mark.parametrize(
    ("order", "gap"),
    [(("create-replacement", "delete-replaced"), False), (("delete-replaced", "create-replacement"), True)],
)
def test_a_replacement_that_deletes_first_is_said_to_leave_a_gap(order: tuple[str, str], gap: bool) -> None:
    rule = urn("aws:lb/listener:Listener", "https", "WebTier")
    steps = [{"op": op, "urn": rule} for op in (order[0], "replace", order[1])]
    [change] = parse("dev", digest(*steps), 0).changes
    assert change.gap is gap


def test_what_is_dangerous_comes_before_what_only_sounds_so() -> None:
    listener, record = urn("aws:lb/listener:Listener", "https"), urn("aws:route53/record:Record", "alias")
    order = ["delete-replaced", "replace", "create-replacement"]
    steps = [{"op": "delete", "urn": record}, *({"op": op, "urn": listener} for op in order)]
    assert [change.name for change in parse("dev", digest(*steps), 0).changes] == ["https", "alias"]


def test_a_failed_preview_shows_its_error_and_keeps_the_counts() -> None:
    preview = parse("dev", digest(CREATE, errors=("hotelaria:netwrok is unknown",)), 1)
    text = comment([preview], "abc", "today")
    assert "| dev | **failed** | 1 | 0 | 0 | 0 | 0 |" in text
    assert "hotelaria:netwrok is unknown" in text


def test_a_preview_without_a_digest_shows_the_last_lines_it_printed() -> None:
    preview = parse("dev", "error: no stack named 'dev' found", 255)
    assert preview.errors == ("error: no stack named 'dev' found",)


def test_reading_is_no_change() -> None:
    steps = [{"op": op, "urn": urn("aws:ec2/vpc:Vpc", "found")} for op in ("read", "refresh", "same")]
    assert parse("dev", digest(*steps), 0).changes == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{]}",
        '{"steps": 7}',
        '{"steps": [1]}',
        '{"steps": [{"op": []}]}',
        '{"steps": [{"op": "create", "urn": "x"}]}',
        '{"diagnostics": [{"severity": "error", "message": {}}]}',
        '{"changeSummary": {"same": "many"}}',
    ],
)
def test_anything_but_a_digest_is_a_failed_preview(text: str) -> None:
    assert parse("dev", text, 0) == Preview("dev", (), 0, (text,))


def test_what_leaves_the_machine_has_no_values_and_says_the_same() -> None:
    planted = {
        **UPDATE,
        "detailedDiff": {"password": {"kind": "update", "old": "hunter1"}},
        "oldState": {"inputs": {"password": "hunter1"}},
        "newState": {"inputs": {"password": "hunter2"}, "stackTrace": [{"sourcePosition": "project:///home/ann"}]},
    }
    text = digest(planted, REPLACE_DATABASE, same=2, errors=("wrong",))
    whole = json.dumps({**json.loads(text), "config": {"app:password": "hunter3"}})
    sent = without_values(f"warning: something first\n{whole}")
    assert "hunter" not in sent
    assert "ann" not in sent
    assert parse("dev", sent, 1) == parse("dev", whole, 1)
    assert parse("dev", sent, 1).changes[1].paths == ("password",)


def test_what_is_no_digest_leaves_as_it_is() -> None:
    assert without_values("error: no stack named 'dev' found") == "error: no stack named 'dev' found"


def test_a_stack_that_left_no_report_has_failed() -> None:
    assert "| prod | **failed** | 0 | 0 | 0 | 0 | 0 |" in comment([missing("prod")], "abc", "today")


def test_a_failure_that_says_nothing_is_still_a_failure() -> None:
    assert parse("dev", digest(CREATE), 4).errors == ("pulumi ended with exit code 4",)


def test_a_preview_without_changes_says_so() -> None:
    assert "| dev | no changes | 0 | 0 | 0 | 0 | 60 |" in comment([parse("dev", digest(same=60), 0)], "abc", "today")


def test_the_comment_begins_with_the_marker_that_finds_it_again() -> None:
    assert comment([], "abc", "today").startswith(MARKER)


def test_the_comment_leads_to_the_run() -> None:
    assert "(https://github.example/run/7)" in comment([], "abc", "today", "https://github.example/run/7")


def fences(text: str) -> int:
    return len(re.findall(r"^\s*```", text, re.MULTILINE))


HOSTILE = st.text(alphabet=st.sampled_from("`<>@|*_[]()#!~\\\n\r\x1b\u202eab&"), max_size=60)


@given(name=HOSTILE, error=HOSTILE, stack=HOSTILE)
@example(name="```", error="```\n```", stack="```")
def test_a_hostile_name_cannot_break_out_of_its_place(name: str, error: str, stack: str) -> None:
    change = Change("delete", "aws:rds/instance:Instance", name, name, (name,))
    text = comment([Preview(stack, (change,), 0, (error,), name)], "abc", "today")
    assert fences(text) == 4  # one block for the error, one for the changes: none opened or closed by a value
    assert text.count("<details>") == text.count("</details>") == 1
    assert len(text.splitlines()) == len(comment([Preview("s", (change,), 0, ("e",))], "abc", "today").splitlines()) + (
        len(error.splitlines()) - 1
    )
    [danger] = [line for line in text.splitlines() if line.startswith("> - ")]
    assert danger.count("`") == 4
    row = text.splitlines()[5]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 9
    assert not re.search(r"@[^\u200b]", row)
    assert "<" not in row
    assert "\x1b" not in text
    assert "\u202e" not in text


@given(count=st.integers(0, 300), stacks=st.integers(1, 4), length=st.integers(1, 120), errors=st.integers(0, 99))
def test_every_comment_fits_and_keeps_counts_and_dangers(count: int, stacks: int, length: int, errors: int) -> None:
    lost = Change("delete", "aws:rds/instance:Instance", "database", "Database")
    changes = (
        lost,
        *(Change("create", "aws:ec2/subnet:Subnet", "n" * length, "Network", ("p" * 80,) * 5) for _ in range(count)),
    )
    previews = [Preview(f"s{i}", changes, 1, ("e" * length,) * errors) for i in range(stacks)]
    text = comment(previews, "abc", "today", limit=COMMENT_LIMIT // 8)
    assert len(text) <= COMMENT_LIMIT // 8
    assert f"| s0 | {'**failed**' if errors else 'changes'} | {count} | 0 | 0 | 1 | 1 |" in text
    assert "**delete** of `database`" in text
    assert fences(text) == 2 * stacks * (1 + (errors > 0))  # nothing is cut in the middle


def test_what_does_not_fit_is_counted() -> None:
    changes = tuple(Change("create", "aws:ec2/subnet:Subnet", f"subnet-{n:03}", "Network") for n in range(300))
    text = comment([Preview("dev", changes, 0, ("wrong " * 40,) * 90)], "abc", "today", limit=6000)
    shown = text.count("+ create Network: subnet-")
    assert 20 < shown < 300
    assert f"and {300 - shown} more, the least dangerous" in text
    assert "… and 82 more lines" in text
