"""The figures, each beside what it is compared with and the target for their ratio. Nothing fails for being slow."""

import os
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.bench import deployment, evaluation
from tools.steps import say, step

EVALUATION_TARGET = 1.10
"""The program beside a flat script, in processor time and in memory."""

FIRST_UP_TARGET, SECOND_UP_TARGET = 1.6, 1.2
"""`make up` beside the engine over a provider that does nothing: creating everything, and changing nothing."""

ROUNDS = 3
"""Deployments of each side, taking turns; the median counts."""

STACKS = ("dev", "prod")


@dataclass(frozen=True)
class Comparison:
    """A figure and its counterpart, in the same unit."""

    what: str
    measured: float
    counterpart: float
    target: float
    unit: str
    """"s" or "MB"."""

    @property
    def ratio(self) -> float:
        return self.measured / self.counterpart


def comparisons(measured: Iterable[Comparison]) -> str:
    """A table, ratio and target side by side."""
    lines = [f"{'':44}{'here':>10}{'beside':>10}{'ratio':>8}{'target':>8}"]
    for one in measured:
        digits = 1 if one.unit == "s" and one.measured >= 10 else 2 if one.unit == "s" else 0
        figures = "".join(f"{f'{value:.{digits}f} {one.unit}':>10}" for value in (one.measured, one.counterpart))
        over = "  over" if one.ratio > one.target else ""
        lines.append(f"{one.what:44}{figures}{one.ratio:>8.2f}{one.target:>8.2f}{over}")
    return "\n".join(lines)


def runs(measured: Iterable[tuple[str, deployment.Run]]) -> str:
    """A table of commands with what they took."""
    lines = [f"{'':24}{'resources':>10}{'API calls':>10}{'seconds':>10}"]
    lines += [f"{what:24}{run.resources:>10}{run.calls:>10}{run.seconds:>10.1f}" for what, run in measured]
    return "\n".join(lines)


def median(measured: Sequence[deployment.Run]) -> deployment.Run:
    """The run of median length."""
    return sorted(measured, key=lambda run: run.seconds)[len(measured) // 2]


def main() -> int:
    """Measure and print; the exit status is 0 whatever the figures are. Raises Failure where something does not run."""
    with tempfile.TemporaryDirectory(prefix="hotelaria-bench-") as folder:
        print(comparisons(_evaluations(Path(folder))), flush=True)
        if sys.platform != "linux":
            say("The sandbox needs Linux: no deployments here.")
            return 0
        real = deployment.Real(Path(folder) / "real")
        try:
            compared, dev = _dev(real, Path(folder) / "idle")
            print(f"\n{comparisons(compared)}", flush=True)
            print(f"\n{runs([*dev, *_prod(real)])}")
        finally:
            real.forget()
    load, cores = os.getloadavg()[1], os.cpu_count()
    print(
        f"""
Evaluations: medians of {evaluation.ROUNDS} processes in turns; processor time; a flat script of the same resources beside the program.
Deployments: medians of {ROUNDS} in turns, prod once; elapsed time; `make up` with its preview, its look at the virtual
environment and the start of the account; beside it `pulumi up` alone, with its preview, over a provider that does nothing.
The calls of destroy are those that look for what remains, too. This machine: {cores} cores, load of the last 5 minutes {load:.1f}."""
    )
    return 0


def _evaluations(folder: Path) -> list[Comparison]:
    compared = []
    for stack in STACKS:
        with step(f"{stack} under mocks, and a flat script: {evaluation.ROUNDS} times each"):
            program, flat = evaluation.compare(stack, folder)
        name = f"{stack}: evaluate all resources"
        compared += [
            Comparison(f"{name}, time", program.seconds, flat.seconds, EVALUATION_TARGET, "s"),
            Comparison(f"{name}, peak memory", program.bytes / 1e6, flat.bytes / 1e6, EVALUATION_TARGET, "MB"),
        ]
    return compared


def _dev(real: deployment.Real, folder: Path) -> tuple[list[Comparison], list[tuple[str, deployment.Run]]]:
    """`up` twice in turns with an idle provider, then the rest of a stack's life."""
    first: list[deployment.Run] = []
    second: list[deployment.Run] = []
    idle: list[tuple[float, float]] = []
    beside: deployment.Idle | None = None
    for number in range(ROUNDS):
        with step(
            f"dev, round {number + 1} of {ROUNDS}: twice in an empty account, twice over a provider that does nothing"
        ):
            if number:
                real.forget()
            first.append(real.make("up", "dev"))
            second.append(real.make("up", "dev"))
            beside = beside or deployment.Idle(folder, "dev", real.outputs("dev"))
            beside.start_over()
            idle.append((beside.up(), beside.up()))
    with step("dev: refresh and destroy"):
        rest = [(f"dev {command}", real.make(command, "dev")) for command in ("refresh", "destroy")]
    up, again = median(first), median(second)
    alone, alone_again = (statistics.median(seconds) for seconds in zip(*idle, strict=True))
    compared = [
        Comparison("dev: make up, all to create", up.seconds, alone, FIRST_UP_TARGET, "s"),
        Comparison("dev: make up, nothing to change", again.seconds, alone_again, SECOND_UP_TARGET, "s"),
    ]
    return compared, [("dev up", up), ("dev up again", again), *rest]


def _prod(real: deployment.Real) -> list[tuple[str, deployment.Run]]:
    real.forget()
    with step("prod: up, up again, refresh; it refuses to be destroyed"):
        names = {"prod up": "up", "prod up again": "up", "prod refresh": "refresh"}
        return [(what, real.make(command, "prod")) for what, command in names.items()]
