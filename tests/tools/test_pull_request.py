"""One comment for each pull request, against a stand-in of GitHub's API on loopback."""

import pytest

from tests.github import GitHub
from tools.preview import MARKER
from tools.pull_request import PublishError, PullRequest


def test_the_first_preview_makes_a_comment_and_the_next_one_rewrites_it(github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    assert pull_request.publish(f"{MARKER} one") == "url/1"
    assert pull_request.publish(f"{MARKER} two") == "url/1"
    assert [c["body"] for c in hub.comments] == [f"{MARKER} two"]


def test_our_comment_is_found_behind_more_than_a_page_of_others(github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    for n in range(150):
        hub.add(f"talk {n}", "User")
    pull_request.publish(f"{MARKER} one")
    pull_request.publish(f"{MARKER} two")
    assert len(hub.comments) == 151
    assert hub.comments[-1]["body"] == f"{MARKER} two"


def test_a_persons_comment_that_begins_with_the_marker_is_left_alone(github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    hub.add(f"{MARKER} forged", "User")
    pull_request.publish(f"{MARKER} ours")
    assert [c["body"] for c in hub.comments] == [f"{MARKER} forged", f"{MARKER} ours"]


def test_a_refusal_is_told_with_githubs_words(github: tuple[GitHub, PullRequest]) -> None:
    hub, pull_request = github
    hub.refuse = True
    with pytest.raises(PublishError, match=r"403 to GET .*Resource not accessible by integration"):
        pull_request.publish(f"{MARKER} one")


def test_a_github_that_is_not_there_is_told_in_a_sentence() -> None:
    with pytest.raises(PublishError, match=r"^GitHub cannot be reached at http://127\.0\.0\.1:9: .*refused"):
        PullRequest("http://127.0.0.1:9", "acme/hotel", 7, "token").publish(f"{MARKER} one")
