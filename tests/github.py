"""A stand-in for GitHub's API on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class GitHub:
    """The comments of pull request 7 of acme/hotel."""

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


@contextmanager
def stand_in() -> Iterator[tuple[GitHub, str]]:
    """GitHub, and the address of its API."""
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
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield hub, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
