"""The Pulumi CLI of the pinned version, by the first way that works.

A good `pulumi` on PATH; one that an earlier command put into the cache all checkouts share; the vendor's download; a
build of the CLI's Go module (`tools/cli/go.mod`, checksummed by its go.sum), with a Go toolchain installed for it where
the machine has none. The build serves where package registries can be reached and the vendor cannot.
"""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.checkout import CODE
from tools.steps import Failure, run_watched, say, step

VENDOR = "https://get.pulumi.com/"
"""Where `pulumi.automation.PulumiCommand.install` downloads from."""

PROBE_SECONDS = 5.0
"""How long the vendor may take to answer at all. A machine without a way out must hear so, not wait for minutes."""

DOWNLOAD_SECONDS = 300.0

MINORS_AHEAD = 20
"""How many minor versions a `pulumi` on PATH may be ahead of the SDK: about half a year of releases. The engine serves
older SDKs, but its file backend and its flags move."""

BUILD_DISK = 5_000_000_000
"""Bytes that a build needs for modules, compiled packages and the binary."""

GO_DIRECTORY = CODE / "tools" / "cli"
WORKSHOP = "build"
"""Folder in the cache that a build works in. It stays when a build is interrupted, so that the next one goes on there."""

_MODULE = "github.com/pulumi/pulumi"
_PACKAGES = 1700
"""About how many packages a build compiles; only shown."""


REQUIREMENTS = (CODE / "requirements.in").read_text(encoding="utf-8")


def pinned_version(requirements: str, package: str) -> str:
    """The version of `package` that the text of a requirements file pins, e.g. "3.259.0"."""
    found = re.search(rf"^{re.escape(package)}==(\d+\.\d+\.\d+)\b", requirements, re.MULTILINE)
    if not found:
        raise Failure(f"requirements.in pins no version of {package}: it wants a line such as {package}==1.2.3")
    return found[1]


PINNED = pinned_version(REQUIREMENTS, "pulumi")
"""The one version of Pulumi, SDK and CLI alike. It is raised in requirements.in."""


def acceptable(version: str, pinned: str) -> bool:
    """Whether a CLI that calls itself `version` serves an SDK of version `pinned`."""
    found = re.fullmatch(r"v?(\d+)\.(\d+)\.(\d+)", version.strip())
    if not found:  # a development build, whose number says little
        return False
    major, minor, patch = map(int, found.groups())
    wanted = tuple(map(int, pinned.split(".")))
    return major == wanted[0] and wanted[1:] <= (minor, patch) and minor <= wanted[1] + MINORS_AHEAD


def go_is_good(version: str, go_mod: str) -> bool:
    """Whether the toolchain that calls itself `version` ("go1.26.8") builds the module whose go.mod has that text."""
    wanted = re.search(r"^go (\d+)\.(\d+)(?:\.(\d+))?$", go_mod, re.MULTILINE)
    found = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", version)
    return bool(wanted and found) and _numbers(found) >= _numbers(wanted)


def _numbers(match: "re.Match[str] | None") -> tuple[int, ...]:
    return tuple(int(part or 0) for part in match.groups()) if match else ()


def cache(environ: Mapping[str, str]) -> Path:
    """The folder in which all checkouts of this user share the CLI."""
    base = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".cache")
    return Path(base) / "hotelaria" / "pulumi"


class _NotThisWay(Exception):
    """Why one way to the CLI is closed."""


def ensure(environ: Mapping[str, str]) -> Path:
    """The path of a Pulumi CLI that serves the pinned SDK. Raises Failure with every way tried when none works."""
    tried = []
    try:
        return _on_path(environ)
    except _NotThisWay as reason:
        tried.append(f"a `pulumi` on PATH: {reason}")
    home = cache(environ)
    binary = home / PINNED / "bin" / "pulumi"
    if binary.is_file():
        return binary
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home / f"{PINNED}.lock"):
            if binary.is_file():
                return binary
            for title, way in (("the vendor's download", _download), ("a build of its Go module", _build)):
                try:
                    _into(home / PINNED, way, environ)
                except (_NotThisWay, Failure) as reason:
                    tried.append(f"{title}: {reason}")
                else:
                    _remove(home / WORKSHOP)
                    return binary
    except OSError as error:
        tried.append(f"the cache {home}: {error.strerror}")
    raise Failure(
        f"The Pulumi CLI {PINNED} cannot be had. Tried:\n"
        + "".join(f"  - {reason}\n" for reason in tried)
        + f"Put a `pulumi` of version {PINNED} (or up to {MINORS_AHEAD} minor versions newer) on PATH, or make one of "
        "the ways above possible, then repeat."
    )


def version_of(binary: Path, environ: Mapping[str, str]) -> str:
    """What `pulumi version` says. Raises _NotThisWay when it does not run."""
    with tempfile.TemporaryDirectory() as home:  # a look must leave nothing in the user's ~/.pulumi
        env = {**environ, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "1"}
        try:
            done = subprocess.run([binary, "version"], env=env, capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            raise _NotThisWay(f"{binary} does not run ({error})") from error
    return done.stdout.strip()


def _on_path(environ: Mapping[str, str]) -> Path:
    found = shutil.which("pulumi", path=environ.get("PATH"))
    if not found:
        raise _NotThisWay("there is none")
    version = version_of(Path(found), environ)
    if not acceptable(version, PINNED):
        raise _NotThisWay(f"{found} is {version}, and the SDK is {PINNED}")
    return Path(found)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the cache: two checkouts that want the same CLI get it once."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("==> Another command is getting the Pulumi CLI; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _into(target: Path, way: Callable[[Path, Mapping[str, str]], None], environ: Mapping[str, str]) -> None:
    """Have `way` fill a new folder, and put it at `target` in one step once its CLI says the right version."""
    for leftover in target.parent.glob(f".{target.name}-*"):  # of a command that was killed: nobody else holds the lock
        _remove(leftover)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        way(draft, environ)
        version = version_of(draft / "bin" / "pulumi", environ)
        if version.removeprefix("v") != PINNED:
            raise _NotThisWay(f"what came calls itself {version}")
        draft.chmod(0o755)
        draft.rename(target)
    finally:
        _remove(draft)


def _download(folder: Path, environ: Mapping[str, str]) -> None:
    _reach_vendor()
    program = (
        "import sys; from semver import VersionInfo; from pulumi.automation import PulumiCommand; "
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )
    with step(f"Pulumi CLI {PINNED}: the vendor's download"):
        command = [sys.executable, "-c", program, str(folder), PINNED]
        log = folder.parent / "download.log"
        run_watched(command, log, lambda line: line, env=environ, timeout=DOWNLOAD_SECONDS)


def _reach_vendor() -> None:
    """Raise _NotThisWay unless the vendor answers, in whatever way, within PROBE_SECONDS.

    In a thread of its own, because resolving a name has no time limit.
    """
    failures: list[str] = []
    reached = threading.Event()

    def ask() -> None:
        try:
            with suppress(urllib.error.HTTPError):  # an answer all the same
                urllib.request.urlopen(urllib.request.Request(VENDOR, method="HEAD"), timeout=PROBE_SECONDS).close()
            reached.set()
        except OSError as error:
            failures.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    if not reached.is_set():
        reason = failures[0] if failures else f"no answer within {PROBE_SECONDS:.0f} s"
        raise _NotThisWay(f"{VENDOR} cannot be reached ({reason})")


def _build(folder: Path, environ: Mapping[str, str]) -> None:
    free = shutil.disk_usage(folder).free
    if free < BUILD_DISK:
        raise _NotThisWay(f"it needs {BUILD_DISK / 1e9:.0f} GB, and {folder.parent} has {free / 1e9:.1f} GB free")
    workshop = folder.parent / WORKSHOP
    go, env = _toolchain(workshop, environ)
    command = [
        str(go), "build", "-v", "-mod=readonly", "-trimpath", "-buildvcs=false",
        "-ldflags", f"-s -w -X {_MODULE}/sdk/v3/go/common/version.Version={PINNED}",
        "-o", str(folder / "bin" / "pulumi"), f"{_MODULE}/pkg/v3/cmd/pulumi",
    ]  # fmt: skip
    title = f"Pulumi CLI {PINNED}: building its Go module, once for all checkouts; 4 to 7 minutes on 2 cores"
    with step(title):
        run_watched(command, folder.parent / "build.log", _compiled(), env=env, cwd=GO_DIRECTORY)


def _toolchain(workshop: Path, environ: Mapping[str, str]) -> tuple[Path, dict[str, str]]:
    """A Go that builds the module, and the environment for it.

    The user's own settings (GOPROXY, GOFLAGS, GOPRIVATE, caches) stay as they are. No C compiler is wanted, no
    workspace of the user's, and no other toolchain than the one chosen.
    """
    env = {**environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}
    go_mod = (GO_DIRECTORY / "go.mod").read_text(encoding="utf-8")
    if found := shutil.which("go", path=environ.get("PATH")):
        asked = subprocess.run(
            [found, "env", "GOVERSION"], env=env, cwd=workshop.parent, capture_output=True, text=True, check=False
        )
        if go_is_good(asked.stdout.strip(), go_mod):
            return Path(found), env
    tools = workshop / "go"
    with step("Go toolchain, only for the build (250 MB, removed afterwards)"):
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile", "--upgrade"]
        pinned = ["--require-hashes", "-r", str(GO_DIRECTORY / "requirements.txt"), "--target", str(tools)]
        run_watched([*pip, *pinned], workshop.parent / "go.log", lambda line: line, env=environ)
    # A machine without Go has no use for what Go leaves in the home folder either.
    caches = {"GOMODCACHE": str(workshop / "modules"), "GOCACHE": str(workshop / "compiled"), "GOPATH": str(workshop)}
    return tools / "go" / "bin" / "go", {**env, **caches}


def _compiled() -> Callable[[str], str]:
    """Counts what `go build -v` says it downloads and compiles."""
    modules = packages = 0

    def note(line: str) -> str:
        nonlocal modules, packages
        if line.startswith("go: downloading "):
            modules += 1
            return f"{modules} modules downloaded"
        packages += 1
        return f"{packages} of about {_PACKAGES} packages compiled"

    return note


def _remove(folder: Path) -> None:
    """Remove a folder, Go's write-protected module cache included."""
    for directory, _, _ in os.walk(folder):
        Path(directory).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
