"""Where things lie in a checkout, and the lock that keeps two commands from changing its sandbox at once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tools.steps import Failure

CODE = Path(__file__).resolve().parents[1]
"""The repository whose sandbox and tools run, whatever program they deploy."""


@dataclass(frozen=True)
class Checkout:
    """A folder with a Pulumi program, and its sandbox in the ignored folder `.sandbox`."""

    root: Path
    """Absolute path of the folder that holds `Pulumi.yaml`."""

    @property
    def sandbox(self) -> Path:
        """All that the sandbox writes; `make down` forgets it."""
        return self.root / ".sandbox"

    @property
    def account(self) -> Path:
        """Where the account's server says its port, process and incarnation."""
        return self.sandbox / "account.json"

    @property
    def incarnation(self) -> Path:
        """The incarnation of the account that the Pulumi state describes."""
        return self.sandbox / "incarnation"

    @property
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.sandbox / "state"

    @property
    def stacks(self) -> Path:
        """The copies of `Pulumi.yaml` and the stack files into which the engine may write."""
        return self.sandbox / "stacks"

    @property
    def passphrase(self) -> Path:
        """The passphrase that encrypts the secrets in the Pulumi state."""
        return self.sandbox / "passphrase"

    @property
    def pulumi_home(self) -> Path:
        """The engine's own folder, in place of the user's ~/.pulumi."""
        return self.sandbox / "pulumi"

    @property
    def run(self) -> Path:
        """The engine run under way, or the last one if it died."""
        return self.sandbox / "run.json"

    @property
    def logs(self) -> Path:
        """What the account, the set-up and the last engine run left to read."""
        return self.sandbox / "logs"

    @property
    def previews(self) -> Path:
        """A report of each stack's last preview, for a pull request."""
        return self.sandbox / "previews"

    def stack_file(self, stack: str) -> Path:
        """The stack file as a person writes it."""
        return self.root / f"Pulumi.{stack}.yaml"

    def stack_copy(self, stack: str) -> Path:
        """The stack file as the engine reads and writes it."""
        return self.stacks / f"Pulumi.{stack}.yaml"

    def stack_names(self) -> list[str]:
        """The stacks that have a stack file."""
        return sorted(path.name.split(".")[1] for path in self.root.glob("Pulumi.*.yaml"))

    @contextmanager
    def locked(self, what: str) -> Iterator[None]:
        """Hold the sandbox for the command `what`, such as "up of dev".

        The lock is the kernel's, so it ends with its process however that dies. Raises Failure, naming the other
        command and its process, when another one holds it: to wait in silence would look like a hang.
        """
        self.sandbox.mkdir(mode=0o700, exist_ok=True)
        path = self.sandbox / "lock"
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    holder = os.read(descriptor, 200).decode() or "another command"
                    raise Failure(
                        f"{holder} is under way in this checkout. Wait until it ends, or press Ctrl-C there."
                    ) from None
                if _same_file(descriptor, path):  # else `down` removed the file between our open and our lock
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"{what} (process {os.getpid()})".encode())
                    yield
                    return
            finally:
                os.close(descriptor)


def _same_file(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
