"""The pages in docs/ that are made from the code."""

import pytest

from sandbox.provider.schema import Block, Many, Prop
from tools import reference, sandbox_reference


def test_the_components_page_is_up_to_date() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), "run make docs"


def test_the_sandbox_page_is_up_to_date() -> None:
    written = sandbox_reference.PAGE.read_text(encoding="utf-8")
    assert sandbox_reference.page(written) == written, "run make docs"


def test_tables_are_made_anew_between_their_markers_and_the_rest_is_left_alone() -> None:
    written = sandbox_reference.PAGE.read_text(encoding="utf-8")
    [row] = [line for line in written.splitlines() if line.startswith("| `aws.kms` | Alias")]
    stale = written.replace(row, "| `aws.kms` | Gone (1) |")
    assert sandbox_reference.page(stale) == written


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"docs/sandbox\.md has no lines '<!-- made by `make docs`: translated -->'"):
        sandbox_reference.page("# The sandbox\n")


def test_nested_properties_are_told_by_their_path() -> None:
    inner = Prop(kept="AWS forgets it")
    outer = Prop(kind=Many(Block({"inner": inner})))
    assert list(sandbox_reference.paths({"outer": outer})) == [("outer", outer), ("outer.inner", inner)]
