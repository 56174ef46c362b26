"""The figures of time, memory and calls: `make bench`. In a sandbox of its own, so that yours stays as it is."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import account, engine, pulumi_cli, state
from tools.bench.flat import script
from tools.bench.recording import Recording
from tools.checkout import CODE, Checkout
from tools.steps import Failure, say

ROUNDS = 3
"""Each figure is the median of so many runs, the two sides of a comparison taking turns."""

EVALUATION_LIMIT, FIRST_UP_LIMIT, SECOND_UP_LIMIT = 1.10, 1.6, 1.2
"""How many times the time (and for an evaluation the memory) of its counterpart each may take."""

REPLAY = CODE / "tools" / "bench" / "pulumi-resource-replay"


@dataclass(frozen=True)
class Deployment:
    """One stack, deployed into an empty account."""

    first: float
    """Seconds of an `up` that creates everything."""
    second: float
    """Seconds of an `up` that changes nothing."""
    resources: int
    calls: Mapping[str, int]
    """API calls of the first `up`, by service and action."""


def main() -> int:
    """Measure and print. Exit status 1 when a limit is exceeded."""
    binary = pulumi_cli.ensure(os.environ)
    exceeded = False
    with tempfile.TemporaryDirectory(prefix="hotelaria-bench-") as folder:
        for stack in Checkout(CODE).stack_names():
            bench = _Bench(Checkout(Path(folder) / stack), stack, binary)
            try:
                bench.record()
                exceeded |= bench.compare_evaluations()
                exceeded |= bench.compare_deployments()
            finally:
                account.forget(bench.checkout)
    return int(exceeded)


class _Bench:
    """The measurements of one stack, in a copy of the program."""

    def __init__(self, checkout: Checkout, stack: str, binary: Path) -> None:
        self.checkout, self.stack, self.binary = checkout, stack, binary
        checkout.root.mkdir()
        for name in ("components", "app"):
            shutil.copytree(CODE / name, checkout.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("__main__.py", "settings.py", "Pulumi.yaml", f"Pulumi.{stack}.yaml"):
            shutil.copy(CODE / name, checkout.root)
        checkout.sandbox.mkdir()
        self.log = checkout.root / "recording.json"

    def record(self) -> None:
        """Deploy once, with everything said on the wire written down."""
        say(f"==> {self.stack}: recording one deployment")
        self._up(account.ensure(self.checkout), {"PULUMI_DEBUG_GRPC": str(self.log)})
        (self.checkout.root / "flat.py").write_text(script(Recording.load(self.log)), encoding="utf-8")

    def compare_evaluations(self) -> bool:
        """The program under mocks beside a flat script of the same resources."""
        say(f"==> {self.stack}: evaluating the program and a flat script, {ROUNDS} times each")
        program, flat = (self.checkout.root / name for name in ("__main__.py", "flat.py"))
        taken: dict[Path, list[tuple[float, int, int]]] = {program: [], flat: []}
        for _ in range(ROUNDS):
            for path, figures in taken.items():
                figures.append(self._evaluate(path))
        seconds, byte = (
            {path: statistics.median(figure[index] for figure in figures) for path, figures in taken.items()}
            for index in (0, 1)
        )
        print(f"{self.stack:5} evaluation: program {taken[program][0][2]} resources, flat script {taken[flat][0][2]}")
        slow = _compare("  time", seconds[program], seconds[flat], EVALUATION_LIMIT, lambda s: f"{s:.2f} s")
        large = _compare("  peak memory", byte[program], byte[flat], EVALUATION_LIMIT, lambda b: f"{b / 1e6:.0f} MB")
        return slow or large

    def compare_deployments(self) -> bool:
        """`make up` beside the same engine run over a provider that does nothing."""
        say(f"==> {self.stack}: deploying to the sandbox and over a provider that does nothing, {ROUNDS} times each")
        real, nothing = [], []
        for _ in range(ROUNDS):
            real.append(self._deploy({}))
            nothing.append(self._deploy(None))
        calls = real[0].calls
        print(
            f"{self.stack:5} deployment: {real[0].resources} resources, {sum(calls.values())} API calls; most: {_most(calls)}"
        )

        def median(deployments: list[Deployment], field: str) -> float:
            return float(statistics.median(getattr(deployment, field) for deployment in deployments))

        def seconds(value: float) -> str:
            return f"{value:.1f} s"

        slow = _compare("  first up", median(real, "first"), median(nothing, "first"), FIRST_UP_LIMIT, seconds)
        again = _compare("  second up", median(real, "second"), median(nothing, "second"), SECOND_UP_LIMIT, seconds)
        return slow or again

    def _evaluate(self, program: Path) -> tuple[float, int, int]:
        """Seconds, peak bytes and resources of one evaluation."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tools.bench.evaluate", program, self.stack, self.log],
            cwd=CODE, capture_output=True, text=True, check=False,
        )  # fmt: skip
        taken = time.monotonic() - begun
        if done.returncode:
            raise Failure(f"{program.name} does not run under mocks:\n{done.stderr}")
        told = json.loads(done.stdout)
        return taken, told["bytes"], told["resources"]

    def _deploy(self, env: Mapping[str, str] | None) -> Deployment:
        """Deploy twice into an empty account; with None for `env` over a provider that answers as recorded."""
        running = account.start_over(self.checkout)
        begun = time.monotonic()
        self._up(running, env)
        first = time.monotonic() - begun
        calls = _calls(running)
        begun = time.monotonic()
        self._up(running, env)
        second = time.monotonic() - begun
        [deployed] = state.stacks(self.checkout.state)
        return Deployment(first, second, len(deployed.resources), calls)

    def _up(self, running: account.Account, env: Mapping[str, str] | None) -> None:
        engine.prepare(self.checkout, self.stack, self.binary, running)
        if env is None:
            env = {"BENCH_RECORDING": str(self.log)}
            for link in (self.checkout.pulumi_home / "plugins").glob("resource-*/*"):
                env[f"BENCH_{link.name.rpartition('-')[2].upper()}_VERSION"] = link.parent.name.rpartition("-v")[2]
                link.unlink()
                link.symlink_to(REPLAY)
        log = self.checkout.root / "up.log"
        with log.open("w", encoding="utf-8") as shown:
            if engine.run(self.checkout, "up", self.stack, self.binary, running, env=env, stdout=shown, stderr=shown):
                raise Failure(f"pulumi up of {self.stack} failed:\n{log.read_text(encoding='utf-8')[-4000:]}")


def _calls(running: account.Account) -> dict[str, int]:
    with urllib.request.urlopen(f"{running.endpoint}/hotelaria/incarnation") as answer:  # noqa: S310 it is loopback
        return dict(json.load(answer)["requests"])


def _most(calls: Mapping[str, int]) -> str:
    most = sorted(calls.items(), key=lambda call: -call[1])[:5]
    return ", ".join(f"{name} {count}" for name, count in most)


def _compare(what: str, value: float, other: float, limit: float, text: Callable[[float], str]) -> bool:
    """Print a comparison, and return whether it exceeds its limit."""
    ratio = value / other
    verdict = "" if ratio <= limit else "  EXCEEDED"
    print(f"{what:15} {text(value):>8} against {text(other):>8}: {ratio:.2f} times (limit {limit:.2f}){verdict}")
    return ratio > limit
