"""The program under mocks beside a flat script that makes the same resources with `pulumi_aws` and `pulumi_random` alone.

What the comparison holds: a whole process of each, from the interpreter's start, with the same mocks, the same SDKs to
import, the same resources with the same inputs, options and references between them, and each different lookup once.
The flat script has no components, no configuration to read and check, no decisions, no argument classes and no outputs
of the stack: what it lacks is what the program costs.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.bench.evaluate import Recording, Registered
from tools.bench.flat import script
from tools.checkout import CODE, Checkout
from tools.steps import Failure

ROUNDS = 9
"""Evaluations of each side, taking turns; the median counts."""


@dataclass(frozen=True)
class Cost:
    """What one process took, as the kernel counted it."""

    seconds: float
    """Processor time: unlike elapsed time it hardly depends on what else the machine does."""
    bytes: int
    """Peak resident memory."""


def compare(stack: str, folder: Path) -> tuple[Cost, Cost]:
    """Medians of the program with the stack's configuration, and of its flat counterpart. `folder` is for files between."""
    config = folder / f"{stack}.json"
    config.write_text(json.dumps(_as_the_engine_tells_it(Checkout(CODE).stack_file(stack))), encoding="utf-8")
    program, flat = CODE / "__main__.py", folder / f"flat_{stack}.py"
    recording = _record(program, config)
    flat.write_text(script(recording), encoding="utf-8")
    if different := differences(recording, _record(flat, config)):
        raise Failure(f"The flat script for {stack} is no fair counterpart; it differs in {', '.join(different)}.")
    costs: dict[Path, list[Cost]] = {program: [], flat: []}
    for _ in range(ROUNDS):
        for path, measured in costs.items():
            measured.append(_evaluate(path, config))
    return median(costs[program]), median(costs[flat])


def median(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(statistics.median(cost.seconds for cost in costs), int(statistics.median(cost.bytes for cost in costs)))


def differences(program: Recording, flat: Recording) -> list[str]:
    """The resources that only one of them made, or that they made differently; components do not count."""
    ours, theirs = (
        {(made.type, made.name): made for made in recording.resources if made.custom} for recording in (program, flat)
    )
    return sorted(" ".join(key) for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))


def _as_the_engine_tells_it(stack_file: Path) -> dict[str, str]:
    config = yaml.safe_load(stack_file.read_text(encoding="utf-8"))["config"]
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def _record(path: Path, config: Path) -> Recording:
    record = config.with_suffix(".record")
    _evaluate(path, config, record)
    told = json.loads(record.read_text(encoding="utf-8"))
    return Recording(
        [Registered(**made) for made in told["resources"]], [(token, args) for token, args in told["lookups"]]
    )


def _evaluate(path: Path, config: Path, *record: Path) -> Cost:
    said = config.with_suffix(".err")  # a file: Python's last words at exit are of interest only after a failure
    with said.open("w", encoding="utf-8") as errors:
        command = [sys.executable, "-m", "tools.bench.evaluate", *map(str, (path, config, *record))]
        process = subprocess.Popen(command, cwd=CODE, stdin=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failure(f"{path.name} does not run under mocks:\n{said.read_text(encoding='utf-8')}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
