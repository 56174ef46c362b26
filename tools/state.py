"""Pulumi's file backend as it lies on disk: what stacks hold, and which locks and unfinished operations a killed engine left.

The layout is that of the pinned CLI (`.pulumi/stacks`, `.pulumi/locks`; pulumi/pulumi `pkg/backend/diy`).
"""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

CLOCK_TOLERANCE = 2.0
"""Seconds by which a process may seem younger than the lock that it wrote: the kernel rounds the time of its boot."""


@dataclass(frozen=True)
class Stack:
    """One stack's last checkpoint."""

    name: str
    resources: tuple[dict[str, Any], ...]
    """Each with its "urn", "type", "id" and "outputs", as the engine wrote them."""
    pending: tuple[str, ...]
    """The kinds of operations that were under way when an engine was killed, e.g. "creating"."""
    updated: datetime | None
    """When the engine last wrote it."""

    @property
    def deployed(self) -> bool:
        """Whether it describes anything in the account."""
        return any(resource.get("custom") and not resource["type"].startswith("pulumi:") for resource in self.resources)

    @property
    def names(self) -> set[str]:
        """The ids, ARNs and names by which the account knows its resources."""
        outputs = [resource.get("outputs") or {} for resource in self.resources]
        named = {value for output in outputs for key in ("arn", "name", "identifier") if (value := output.get(key))}
        named |= {secret["secretArn"] for output in outputs for secret in output.get("masterUserSecrets") or ()}
        return named | {resource["id"] for resource in self.resources if resource.get("id")}


@dataclass(frozen=True)
class Lock:
    """A lock that an engine holds, or held when it was killed."""

    path: Path
    stack: str
    pid: int
    hostname: str
    taken: datetime


def stacks(state: Path) -> list[Stack]:
    """Every stack in the backend, by name."""
    found = []
    for path in sorted(state.glob(".pulumi/stacks/*/*.json")):
        latest = json.loads(path.read_text(encoding="utf-8"))["checkpoint"].get("latest") or {}
        time = latest.get("manifest", {}).get("time")
        found.append(
            Stack(
                path.stem,
                tuple(latest.get("resources") or ()),
                tuple(operation["type"] for operation in latest.get("pending_operations") or ()),
                _time(time) if time else None,
            )
        )
    return found


def locks(state: Path) -> list[Lock]:
    """Every lock in the backend."""
    found = []
    for path in sorted(state.glob(".pulumi/locks/*/*/*/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        taken = _time(content["timestamp"])
        found.append(Lock(path, path.parent.name, content["pid"], content["hostname"], taken))
    return found


def held(lock: Lock, hostname: str, started: Callable[[int], float | None]) -> bool:
    """Whether a lock's owner may still be alive.

    `started` tells when the process that has a pid now began (seconds since 1970), None when there is none. An owner on
    another machine counts as alive: from here nobody can tell.
    """
    if lock.hostname != hostname:
        return True
    begun = started(lock.pid)
    return begun is not None and begun <= lock.taken.timestamp() + CLOCK_TOLERANCE


def lift(lock: Lock) -> None:
    """Remove a lock. The caller has made sure that nobody holds it."""
    lock.path.unlink(missing_ok=True)
    lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)


def this_host() -> str:
    """The name of this machine as locks carry it."""
    return socket.gethostname()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
