"""One comment for each pull request, against a stand-in of GitHub's API on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tools.preview import MARKER
from tools.pull_request import PublishError, PullRequest


class GitHub:
    """Comments of pull request 7 of acme/hotel."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.refuse = False

    def add(self, body: str, user: str = "Bot") -> dict[str, Any]:
        comment = {
            "id": len(self.comments) + 1,
            "body": body,
            "user": {"type": user},
            "html_url": f"url/{len(self.comments) + 1}",
        }
        self.comments.append(comment)
        return comment

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        url = urlsplit(path)
        if self.refuse:
            return 403, {"message": "Resource not accessible by integration"}
        if method == "GET" and url.path == "/repos/acme/hotel/issues/7/comments":
            query = parse_qs(url.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[size * (page - 1) : size * page]
        if method == "POST" and url.path == "/repos/acme/hotel/issues/7/comments":
            return 201, self.add(body["body"])
        if method == "PATCH" and url.path.startswith("/repos/acme/hotel/issues/comments/"):
            comment = self.comments[int(url.path.rsplit("/", 1)[1]) - 1]
            comment["body"] = body["body"]
            return 200, comment
        return 404, {}


@pytest.fixture
def github() -> Iterator[tuple[GitHub, PullRequest]]:
    hub = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = hub.answer(self.command, self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hub, PullRequest(f"http://127.0.0.1:{server.server_port}", "acme/hotel", 7, "token")
    server.shutdown()
    server.server_close()


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
