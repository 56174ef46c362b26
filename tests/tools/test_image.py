"""The image release of each stack: shown with its age, raised on purpose, and nothing else in the file touched."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.image import choose, complete, pinned, raised, released, report
from tools.steps import Failure

TODAY = date(2026, 11, 24)
OLD, NEW = "2023.9.20251117.1", "2023.12.20260930.0"


@pytest.mark.parametrize("written", [OLD, f'"{OLD}"', f"'{OLD}'", f"{OLD} # raised by make image", f"{OLD}   "])
def test_raising_changes_the_release_and_not_a_byte_beside_it(written: str) -> None:
    text = f"# prod\r\nconfig:\n  a: 1\n  hotelaria:image_release:  {written}\n\n  hotelaria:web: {{x: {OLD}}}\n"
    assert pinned(text, "Pulumi.prod.yaml") == OLD
    expected = text.replace(f"image_release:  {written}", f"image_release:  {written.replace(OLD, NEW)}")
    assert raised(text, "Pulumi.prod.yaml", NEW) == expected


@given(
    before=st.text(st.characters(blacklist_characters="\r\n")),
    after=st.text(st.characters(blacklist_characters="\r\n")),
)
def test_raising_back_gives_the_same_file(before: str, after: str) -> None:
    text = f"# {before}\nconfig:\n  hotelaria:image_release: {OLD}\n# {after}\n"
    assert raised(raised(text, "f", NEW), "f", OLD) == text


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("config:\n  aws:region: sa-east-1\n", "no"),
        (f"config:\n  # hotelaria:image_release: {OLD}\n", "no"),
        (f"config:\n  hotelaria:image_release: {OLD}\n  hotelaria:image_release: {NEW}\n", "2"),
    ],
)
def test_a_stack_file_without_exactly_one_release_is_refused_with_what_it_wants(text: str, count: str) -> None:
    with pytest.raises(
        Failure, match=rf"^Pulumi\.dev\.yaml has {count} image releases, and wants one, under `config:`"
    ):
        pinned(text, "Pulumi.dev.yaml")


def test_the_age_is_told_in_days_beside_the_newest_release() -> None:
    assert report({"dev": NEW, "prod": OLD}, [NEW, OLD], TODAY) == [
        "dev    2023.12.20260930.0, 55 days old; none newer is offered",
        "prod   2023.9.20251117.1, 372 days old; newest is 2023.12.20260930.0, 55 days old",
    ]


def test_a_release_newer_than_those_offered_is_not_called_outdated() -> None:
    assert report({"dev": "2023.12.20261123.0"}, [NEW], TODAY) == [
        "dev    2023.12.20261123.0, 1 day old; none newer is offered"
    ]


@pytest.mark.parametrize("release", ["latest", "2023.12.20261301.0", "2022.12.20260930.0", "2023.12.20260930"])
def test_what_is_no_release_is_refused_with_an_example(release: str) -> None:
    with pytest.raises(Failure, match=r"is no Amazon Linux 2023 release; one looks like 2023\.12\.20260930\.0"):
        released(release)


def test_only_releases_with_an_image_for_every_architecture_count_and_the_newest_comes_first() -> None:
    names = [
        f"al2023-ami-{release}-kernel-6.1-{architecture}"
        for release in ("2023.9.20251117.1", "2023.12.20260930.0", "2023.10.20260216.1")
        for architecture in ("x86_64", "arm64")
    ]
    names += [
        "al2023-ami-2023.13.20261111.0-kernel-6.1-x86_64",
        "al2023-ami-minimal-2023.14.20261111.0-kernel-6.1-arm64",
    ]
    assert complete(names) == ["2023.12.20260930.0", "2023.10.20260216.1", "2023.9.20251117.1"]


def test_a_person_chooses_the_newest_or_one_of_those_offered() -> None:
    assert choose("newest", [NEW, OLD]) == NEW
    assert choose(OLD, [NEW, OLD]) == OLD


def test_a_release_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(Failure, match=rf"Release 2023\.1\.20230101\.0 is not offered .* Newest are: {NEW}, {OLD}\."):
        choose("2023.1.20230101.0", [NEW, OLD])
    with pytest.raises(Failure, match="offers no Amazon Linux 2023 release"):
        choose("newest", [])
