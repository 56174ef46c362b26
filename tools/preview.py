"""What a preview would change, for a pull request: counts, dangers first, one comment that fits.

Pure: from the engine's JSON digests (`pulumi preview --json --show-replacement-steps`) to Markdown. All that a digest
says comes from the pull request and is treated as hostile: it cannot break out of its place in the text, and a digest of
any other shape is a preview that failed. Values are not shown, and `without_values` keeps them from leaving the machine.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMMENT_LIMIT = 65_536
"""GitHub's limit of a comment, in characters."""

SUMMARY_LIMIT = 260_000
"""Characters of a step summary, for which GitHub allows 1 MiB: UTF-8 takes at most four bytes for each."""

MARKER = "<!-- hotelaria:preview -->"
"""Finds the one comment again, to rewrite it in place."""

STATEFUL = (
    "aws:rds/instance:Instance",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
)
"""Types whose end loses data, or moves everything that lives in them."""

OPERATIONS = {"delete": "-", "replace": "!", "update": "~", "create": "+", "import": "+"}
"""The engine's operations that change something, the more serious ones first, each with its sign in a `diff` block.

A replacement is one `replace`; the steps that it consists of only tell their order. Nothing else is a change."""

DANGERS = 10
"""How many dangers a comment names however little space there is."""


@dataclass(frozen=True)
class Change:
    """One resource that the preview would change."""

    op: str
    """create, update, replace, delete ..."""
    type: str
    name: str
    component: str
    """The component it belongs to, e.g. "Network"; "" for none."""
    paths: tuple[str, ...] = ()
    """Properties that differ; for a replacement those that force it."""
    gap: bool = False
    """The old one ends before the new one stands: there is a time without it."""

    @property
    def danger(self) -> str:
        """What a reader must not overlook, or ""."""
        if self.op in ("replace", "delete") and self.type in STATEFUL:
            return "its data, or everything inside it, is lost"
        return "the old one is gone before the new one stands" if self.gap else ""


@dataclass(frozen=True)
class Preview:
    """One stack's preview."""

    stack: str
    changes: tuple[Change, ...]
    unchanged: int
    errors: tuple[str, ...]
    where: str = "AWS"
    """What it was compared with: "AWS", or the sandbox where a fork has no credentials."""

    @property
    def failed(self) -> bool:
        return bool(self.errors)

    def count(self, op: str) -> int:
        return sum(change.op == op for change in self.changes)


def parse(stack: str, text: str, exit_code: int, where: str = "AWS") -> Preview:
    """From what the engine printed. A preview that failed, or printed no digest, has errors and keeps what it did say."""
    try:
        return _parse(stack, _digest(text), exit_code, where)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Preview(stack, (), 0, (_last_lines(text) or f"pulumi ended with exit code {exit_code}",), where)


def without_values(text: str) -> str:
    """The digest without the values of properties and configuration, for others to read; any other text as it is."""
    try:
        digest = _digest(text)
        steps = [
            {
                "op": step["op"],
                "urn": step["urn"],
                "diffReasons": step.get("diffReasons"),
                "replaceReasons": step.get("replaceReasons"),
                "detailedDiff": dict.fromkeys(step.get("detailedDiff") or ()),
            }
            for step in digest["steps"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return text
    kept = {name: digest.get(name) for name in ("diagnostics", "changeSummary")}
    return json.dumps({"steps": steps, **kept}, indent=1)


def missing(stack: str) -> Preview:
    """A stack whose preview left nothing behind, not even an error of its own."""
    return Preview(stack, (), 0, ("There is no report of this preview: its job ended before it. See its log.",), "-")


def _digest(text: str) -> Any:
    return json.loads(text[text.index("{") :])


def _parse(stack: str, digest: Any, exit_code: int, where: str) -> Preview:
    steps = digest.get("steps") or ()
    deleted_first = _deleted_before_created(steps)
    changes = [_change(step, step["urn"] in deleted_first) for step in steps if step["op"] in OPERATIONS]
    told = [d["message"].strip() for d in digest.get("diagnostics") or () if d.get("severity") == "error"]
    errors = tuple(message for message in told if message)
    if exit_code != 0 and not errors:
        errors = (f"pulumi ended with exit code {exit_code}",)
    order = list(OPERATIONS)
    changes.sort(key=lambda c: (not c.danger, order.index(c.op), c.component, c.name))
    unchanged = int((digest.get("changeSummary") or {}).get("same", 0))
    return Preview(stack, tuple(changes), unchanged, errors, where)


def _deleted_before_created(steps: Sequence[Mapping[str, Any]]) -> set[str]:
    """URNs whose replacement deletes first: `delete-replaced` comes before `create-replacement` in the steps."""
    created: set[str] = set()
    first: set[str] = set()
    for step in steps:
        if step["op"] == "create-replacement":
            created.add(step["urn"])
        elif step["op"] == "delete-replaced" and step["urn"] not in created:
            first.add(step["urn"])
    return first


def _change(step: Mapping[str, Any], gap: bool) -> Change:
    _, _, chain, name = step["urn"].split("::", 3)
    types = chain.split("$")
    component = next((t.rsplit(":", 1)[-1] for t in types[:-1] if not t.startswith("pulumi:")), "")
    paths = step.get("replaceReasons") or sorted(step.get("detailedDiff") or step.get("diffReasons") or ())
    return Change(step["op"], types[-1], name, component, tuple(p for p in paths if not p.startswith("tagsAll")), gap)


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-20:])


def comment(previews: Sequence[Preview], commit: str, made: str, details: str = "", limit: int = COMMENT_LIMIT) -> str:
    """The comment for a pull request: always within `limit`, always with the counts and the first dangers.

    commit: what was previewed; made: when, for a person; details: address of the workflow's run, whose summary shows
    more. What does not fit is folded to counts, stack by stack, from the least dangerous line on.
    """
    kept = max((len(p.changes) for p in previews), default=0)
    budget = limit // (3 * max(len(previews), 1))
    while True:
        text = _render(previews, commit, made, details, kept, budget)
        if len(text) <= limit:
            return text
        if kept == 0:  # some hundred stacks
            return text[: limit - 2] + "…\n"
        kept = min(kept - 1, int(kept * limit / len(text)))


def _render(previews: Sequence[Preview], commit: str, made: str, details: str, kept: int, budget: int) -> str:
    lines = [MARKER, f"### Preview of `{_code(commit[:12])}`, {_text(made)}", "", *_table(previews), ""]
    dangers = [(p, c) for p in previews for c in p.changes if c.danger]
    if dangers:
        named = dangers[: max(kept, DANGERS)]
        lines.append("> [!CAUTION]")
        lines += [
            f"> - `{_code(p.stack)}`: **{c.op}** of `{_code(c.name)}` ({_text(c.type)}): {c.danger}" for p, c in named
        ]
        lines += [f"> - and {len(dangers) - len(named)} more"] if len(dangers) > len(named) else []
        lines += [""]
    for preview in previews:
        lines += _errors(preview, budget)
        lines += _changes(preview, kept)
    if details:
        lines += [f"[The run and its summary]({details})"]
    return "\n".join(lines) + "\n"


def _table(previews: Sequence[Preview]) -> Iterable[str]:
    yield "| stack | result | create | update | replace | delete | unchanged | compared with |"
    yield "|---|---|---|---|---|---|---|---|"
    for p in previews:
        result = "**failed**" if p.failed else ("changes" if p.changes else "no changes")
        counts = " | ".join(str(p.count(op)) for op in ("create", "update", "replace", "delete"))
        yield f"| {_text(p.stack)} | {result} | {counts} | {p.unchanged} | {_text(p.where)} |"


def _errors(preview: Preview, budget: int) -> list[str]:
    """What went wrong, in at most about `budget` characters."""
    if not preview.errors:
        return []
    told = [_code(line, 300) for error in preview.errors for line in error.splitlines()]
    shown: list[str] = []
    for line in told:
        budget -= len(line) + 1
        if budget < 0:
            shown.append(f"… and {len(told) - len(shown)} more lines")
            break
        shown.append(line)
    return [f"**`{_code(preview.stack)}` failed:**", "", "```text", *shown, "```", ""]


def _changes(preview: Preview, kept: int) -> list[str]:
    if not preview.changes:
        return []
    shown = preview.changes[:kept]
    lines = [
        f"<details><summary><code>{_html(preview.stack)}</code>: {len(preview.changes)} to change</summary>", "",
        "```diff", *(_line(change) for change in shown), "```",
    ]  # fmt: skip
    if len(shown) < len(preview.changes):
        lines += ["", f"and {len(preview.changes) - len(shown)} more, the least dangerous; the step summary has them"]
    return [*lines, "", "</details>", ""]


def _line(change: Change) -> str:
    where = f"{change.component}: " if change.component else ""
    why = f"  [{', '.join(change.paths[:6])}{', …' if len(change.paths) > 6 else ''}]" if change.paths else ""
    return _code(f"{OPERATIONS[change.op]} {change.op} {where}{change.name} ({change.type}){why}", 400)


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _plain(text: str, length: int) -> str:
    """One line without control characters, of bounded length."""
    flat = _CONTROLS.sub("", _ANSI.sub("", text)).replace("\n", " ").replace("\t", " ")
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def _code(text: str, length: int = 200) -> str:
    """Text for a code span or block: without backticks, which could end it."""
    return _plain(text, length).replace("`", "'")


def _html(text: str, length: int = 200) -> str:
    """Text inside an HTML element, where Markdown means nothing."""
    return _plain(text, length).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(text: str, length: int = 200) -> str:
    """Text outside code: no HTML, no Markdown, no mention, no link."""
    escaped = re.sub(r"([\\`*_\[\]|#!~])", r"\\\1", _html(text, length))
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")
