"""The process: one moto server on 127.0.0.1, a state file that says where it is, a log line per request."""

import io
import json
import os
import secrets
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.core.request import Request
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.exceptions import NotFound
from werkzeug.serving import make_server

from sandbox.account import seed, services

HOST = "127.0.0.1"
"""The account answers nowhere else: it knows no passwords."""


POLL_SECONDS = 0.05
"""How soon a signal to end is noticed."""


class Handler(MotoRequestHandler):
    """moto's handler without werkzeug's own log and without Nagle's delay of small answers."""

    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Account:
    """The WSGI application: moto behind one lock, with the account's identity, its seed and its log around it."""

    def __init__(self, state_file: Path, log: TextIO, zone_names: Sequence[str]) -> None:
        self.state_file = state_file
        self.log = log
        self.zone_names = zone_names
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.lock = threading.Lock()
        """moto's backends are plain dictionaries that know nothing of threads: one request at a time."""
        self.ready = threading.Event()
        """Set once moto is extended and the account filled; requests wait for it."""
        self.requests: Counter[str] = Counter()
        self.port = 0
        self.begin()

    def begin(self) -> None:
        """Begin a new account: what was known of the last one, by its incarnation, is void."""
        self.incarnation = secrets.token_hex(8)
        self.started = datetime.now(UTC).isoformat(timespec="seconds")

    def fill(self) -> None:
        """Create what an account holds before any deployment."""
        seed.hosted_zones(self.zone_names)

    def announce(self) -> None:
        """Write the state file in one step, so that no reader sees half of it."""
        state = {
            "port": self.port,
            "pid": os.getpid(),
            "incarnation": self.incarnation,
            "started": self.started,
            "endpoint": f"http://{HOST}:{self.port}",
        }
        draft = self.state_file.with_name(f"{self.state_file.name}.{os.getpid()}")
        draft.write_text(json.dumps(state, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.state_file)

    def withdraw(self) -> None:
        """Remove the state file, unless another account has taken it over."""
        with suppress(OSError, ValueError):
            if json.loads(self.state_file.read_text(encoding="utf-8"))["incarnation"] == self.incarnation:
                self.state_file.unlink()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not is_local(environ.get("HTTP_HOST", "")):
            return refuse_host(environ.get("HTTP_HOST", ""), start_response)
        if environ["PATH_INFO"] == "/hotelaria/incarnation":
            return self.identify(start_response)
        begun = time.perf_counter()
        status = "-"

        def start(code: str, headers: Any, exc_info: Any = None) -> Any:
            nonlocal status
            status = code.split(" ", 1)[0]
            return start_response(code, headers, exc_info)

        self.ready.wait()
        with self.lock:
            service, action = called(environ)
            resets = (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/moto-api/reset")
            try:
                if resets:
                    services.forget()
                services.advance()
                answer: Iterable[bytes] = self.moto(environ, start)
                if resets:
                    self.begin()
                    self.fill()
                    self.announce()
            except Exception as error:
                traceback.print_exc(file=self.log)
                answer = answer_failure(service, environ.get("CONTENT_TYPE", ""), error, start)
            finally:
                if service:
                    self.requests[f"{service}.{action}"] += 1
                milliseconds = round((time.perf_counter() - begun) * 1000)
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                print(
                    now, environ["REQUEST_METHOD"], service or "-", action, status, f"{milliseconds}ms", file=self.log
                )
        return answer

    def identify(self, start_response: Any) -> Iterable[bytes]:
        body = {"incarnation": self.incarnation, "pid": os.getpid(), "requests": dict(sorted(self.requests.items()))}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]


def is_local(host: str) -> bool:
    """Whether a Host header names this machine.

    A page in the user's browser may reach loopback under a name of its own (DNS rebinding); it cannot choose these.
    `*.localhost` is loopback everywhere (RFC 6761), and S3 clients put the bucket there.
    """
    name = host.rsplit(":", 1)[0].lower()
    return name in {HOST, "localhost"} or name.endswith(".localhost")


def refuse_host(host: str, start_response: Any) -> Iterable[bytes]:
    start_response("421 Misdirected Request", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"This account answers to the hosts {HOST} and localhost only, got {host!r}.\n".encode()]


def answer_failure(service: str, content_type: str, error: Exception, start: Any) -> Iterable[bytes]:
    """Answer what moto cannot do, or fails to do, in a form that AWS's clients read and show."""
    missing = isinstance(error, NotImplementedError)
    code, status = ("NotImplemented", "501 Not Implemented") if missing else ("InternalFailure", "500 Internal Error")
    message = f"The sandbox's account cannot answer this: {str(error) or type(error).__name__}"
    if "json" in content_type:
        start(status, [("Content-Type", "application/json"), ("x-amzn-errortype", code)])
        return [json.dumps({"__type": code, "message": message}).encode()]
    start(status, [("Content-Type", "text/xml")])
    inner = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    if service == "ec2":
        inner = f"<Response><Errors>{inner}</Errors></Response>"
    elif service != "s3":
        inner = f"<ErrorResponse>{inner}</ErrorResponse>"
    return [inner.encode()]


def called(environ: dict[str, Any]) -> tuple[str, str]:
    """The AWS service and action that a request calls, ("", path) for what is no AWS request.

    The service stands in the signature; the action in the form, in a header or, for REST services, in method and path.
    """
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    if len(scope) < 5:
        return "", environ["PATH_INFO"]
    service = scope[-2].lower()
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return service, target.rpartition(".")[2]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if action := parse_qs(body.decode()).get("Action"):
            return service, action[0]
    try:
        return service, str(get_service_router(service).match(Request(environ))[0].name)
    except NotFound:
        return service, "unknown"


def serve(port: int, state_file: Path, log_file: Path | None, zone_names: Sequence[str]) -> int:
    """Serve an account until SIGTERM or SIGINT.

    Returns the exit status: 0 after a quiet end, 1 where the port or a file cannot be had (said on stderr).
    """
    try:
        log = log_file.open("a", encoding="utf-8", buffering=1) if log_file else sys.stderr
        account = Account(state_file, log, zone_names)
        server = make_server(HOST, port, account, threaded=True, request_handler=Handler)
        for number in (signal.SIGTERM, signal.SIGINT):
            # `shutdown` waits for `serve_forever`, which runs in this very thread.
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start())
        account.port = server.server_port
        account.announce()
    except OSError as error:
        print(f"The account cannot start: {error}", file=sys.stderr)
        return 1
    failures: list[Exception] = []

    def prepare() -> None:
        try:
            services.install()
            account.fill()
            account.ready.set()
            services.warm_up(account.lock)
        except Exception as error:
            failures.append(error)
            server.shutdown()

    threading.Thread(target=prepare, daemon=True).start()
    try:
        server.serve_forever(POLL_SECONDS)
    finally:
        account.withdraw()
    if failures:
        raise failures[0]
    return 0
