"""The page that instances show until the hotel's application arrives: run for real, against a metadata service."""

import ast
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

USER_DATA = Path(__file__).parents[2] / "app" / "user_data.sh"
SCRIPT = USER_DATA.read_text()
PAGE = re.search(r"<< 'PYTHON'\n(.*?)\nPYTHON\n", SCRIPT, re.DOTALL)[1]  # type: ignore[index] # fails loudly
UNIT = re.search(r"<< 'UNIT'\n(.*?)\nUNIT\n", SCRIPT, re.DOTALL)[1]  # type: ignore[index] # fails loudly


class Metadata(BaseHTTPRequestHandler):
    """Version 2 of the instance metadata service: facts only for a token, a token only for a PUT."""

    facts: ClassVar = {
        "/latest/meta-data/instance-id": "i-0123456789abcdef0",
        "/latest/meta-data/placement/availability-zone": "sa-east-1<b>",
    }

    def do_PUT(self) -> None:
        asked = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self.answer(200 if asked else 400, "the-token")

    def do_GET(self) -> None:
        known = self.path in self.facts
        status = 401 if self.headers["X-aws-ec2-metadata-token"] != "the-token" else 200 if known else 404
        self.answer(status, self.facts.get(self.path, ""))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running page's address. The program is the script's own; it says where it listens when asked for port 0."""
    metadata = ThreadingHTTPServer(("127.0.0.1", 0), Metadata)
    threading.Thread(target=metadata.serve_forever, daemon=True).start()
    program = tmp_path_factory.mktemp("opt") / "page.py"
    # One line more than the original: which port the kernel chose.
    listening = 'server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)\nprint(server.server_port, flush=True)\n'
    last = 'ThreadingHTTPServer(("", PORT), Handler).serve_forever()'
    assert PAGE.count(last) == 1
    program.write_text(PAGE.replace(last, f"{listening}server.serve_forever()"))
    process = subprocess.Popen(
        [sys.executable, program],
        env={"METADATA_URL": f"http://127.0.0.1:{metadata.server_port}", "PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    process.terminate()
    process.wait()
    process.stdout.close()
    metadata.shutdown()
    metadata.server_close()


def get(url: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_the_page_names_the_instance_and_its_zone(page: str) -> None:
    status, kind, text = get(f"{page}/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert "Instance i-0123456789abcdef0 in sa-east-1&lt;b&gt;" in text


def test_the_health_check_is_answered(page: str) -> None:
    assert get(f"{page}/healthz") == (200, "text/plain; charset=utf-8", "ok\n")
    assert get(f"{page}/healthz?from=balancer")[0] == 200


def test_other_paths_are_not_found(page: str) -> None:
    assert get(f"{page}/admin")[0] == 404


def test_a_connection_is_kept_open_as_the_balancer_does(page: str) -> None:
    request = urllib.request.Request(f"{page}/healthz", method="HEAD")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.version, answer.headers["Content-Length"], answer.read()) == (11, "3", b"")


def test_the_script_is_valid_and_fits() -> None:
    assert subprocess.run(["bash", "-n", USER_DATA], check=False).returncode == 0
    assert SCRIPT.startswith("#!/bin/bash\n")
    assert len(SCRIPT.encode()) < 16 * 1024


def test_the_script_stops_at_its_first_failure_and_installs_nothing_from_the_internet() -> None:
    assert "set -euo pipefail" in SCRIPT
    assert [word for word in ("dnf ", "pip ", "curl ", "http://", "https://") if word in SCRIPT.replace(PAGE, "")] == []


def test_the_service_is_restarted_for_ever_without_privileges() -> None:
    assert {"Restart=always", "DynamicUser=yes", "ExecStart=/usr/bin/python3 /opt/hotelaria/page.py"} <= set(
        UNIT.splitlines()
    )
    assert "systemctl enable --now hotelaria.service" in SCRIPT


def test_the_page_needs_no_newer_python_than_amazon_linux_has() -> None:
    ast.parse(PAGE, feature_version=(3, 9))
