"""What a pull request is told: a report of each stack's preview, and what is made of the reports.

`make report` writes a report, whatever becomes of the preview; `python3 -m tools.report` turns reports into Markdown or
into the pull request's comment. The latter runs in a bare checkout, in a job that may write comments and therefore
installs nothing and runs nothing of the pull request: standard library only.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tools import preview
from tools.checkout import CODE, Checkout
from tools.pull_request import PublishError, PullRequest
from tools.steps import Failure, say


@dataclass(frozen=True)
class Report:
    """One stack's preview as the engine told it."""

    stack: str
    where: str
    """What it was compared with (`preview.Preview.where`)."""
    exit_code: int
    commit: str
    """What was previewed, as a full hash; "" where nobody knows."""
    made: str
    """When, for a person, in UTC: "2026-11-24 09:30 UTC". Sorts by time."""
    digest: str
    """What the engine printed: its JSON digest without values (`preview.without_values`), or the error in its place."""

    def write(self, folder: Path) -> Path:
        """Write it as the one report of its stack, and return where."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.stack}.json"
        file.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        return file

    @classmethod
    def read(cls, file: Path) -> "Report":
        """Read one, written by whoever. A file that is none is the report of a preview that failed."""
        try:
            report = cls(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            report = None
        if report and all(type(getattr(report, field.name)) is field.type for field in fields(cls)):
            return report
        return cls(file.stem, "-", 1, "", "", f"{file.name} is no report of a preview.")


def read_all(folder: Path) -> list[Report]:
    """The reports in a folder, by stack."""
    return [Report.read(file) for file in sorted(folder.glob("*.json"))]


def previews(reports: Iterable[Report], expected: Iterable[str] = ()) -> list[preview.Preview]:
    """What the reports say, and that an expected stack has none, by stack."""
    told = [preview.parse(r.stack, r.digest, r.exit_code, r.where) for r in reports]
    lacking = set(expected) - {one.stack for one in told}
    return sorted(told + [preview.missing(stack) for stack in lacking], key=lambda one: one.stack)


def summary(checkout: Checkout, environ: Mapping[str, str]) -> str:
    """Markdown of all reports, for the summary of a workflow's step."""
    reports = read_all(checkout.previews)
    if not reports:
        raise Failure("There is no report to summarise: `make report` writes one.")
    return preview.comment(previews(reports), _commit(reports, environ), _made(reports), limit=preview.SUMMARY_LIMIT)


def comment(checkout: Checkout, environ: Mapping[str, str]) -> str:
    """Publish all reports as the pull request's one comment, and return its address.

    A stack that has a file here and no report is said to have failed: silence would read as success.
    """
    wanted = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "PULL_REQUEST", "GITHUB_TOKEN")
    if lacking := [name for name in wanted if not environ.get(name)]:
        raise Failure(f"The comment is written by the workflow `preview`, which sets {', '.join(lacking)}.")
    api, repository, number, token = (environ[name] for name in wanted)
    if not number.isdecimal():
        raise Failure(f"PULL_REQUEST is a pull request's number, got {number!r}.")
    reports = read_all(checkout.previews)
    text = preview.comment(
        previews(reports, checkout.stack_names()), _commit(reports, environ), _made(reports), _run(environ)
    )
    try:
        return PullRequest(api, repository, int(number), token).publish(text)
    except PublishError as error:
        raise Failure(str(error)) from error


def _commit(reports: Sequence[Report], environ: Mapping[str, str]) -> str:
    return environ.get("COMMIT") or max((r.commit for r in reports), default="") or "unknown"


def _made(reports: Sequence[Report]) -> str:
    return max((r.made for r in reports), default="") or "at an unknown time"


def _run(environ: Mapping[str, str]) -> str:
    """Address of the workflow's run, "" outside of one."""
    parts = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}" if all(parts) else ""


COMMANDS: dict[str, Callable[[Checkout, Mapping[str, str]], str]] = {"summary": summary, "comment": comment}


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        say(f"usage: python3 -m tools.report {'|'.join(COMMANDS)}")
        return 2
    try:
        print(COMMANDS[arguments[0]](Checkout(CODE), os.environ))
    except Failure as failure:
        say(str(failure))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
