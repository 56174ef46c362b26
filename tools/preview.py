"""What a preview would change, for a pull request: counts, dangers first, one comment that fits.

Pure: from the engine's JSON digests (`pulumi preview --json --show-replacement-steps`) to Markdown. Names and values in
a digest come from the pull request and are treated as hostile: they cannot break out of their place in the text.
Values are not shown at all, only the paths that change, so no secret can be.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COMMENT_LIMIT = 65_536
"""GitHub's limit of a comment, in characters."""

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

_SIGNS = {"create": "+", "update": "~", "replace": "!", "delete": "-", "read": "~", "refresh": "~", "import": "+"}
_RANKS = ("delete", "replace", "update", "create")


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
            return "data or everything inside it is lost"
        return "nothing stands in between" if self.gap else ""


@dataclass(frozen=True)
class Preview:
    """One stack's preview."""

    stack: str
    changes: tuple[Change, ...]
    unchanged: int
    errors: tuple[str, ...]
    where: str = "AWS"
    """What it was compared with: "AWS", or "the sandbox" where a fork has no credentials."""

    @property
    def failed(self) -> bool:
        return bool(self.errors)

    def count(self, op: str) -> int:
        return sum(change.op == op for change in self.changes)


def parse(stack: str, text: str, exit_code: int, where: str = "AWS") -> Preview:
    """From the engine's digest. A preview that failed, or printed no digest, has errors and keeps what it did say."""
    try:
        digest = json.loads(text[text.index("{") :])
    except ValueError:
        return Preview(stack, (), 0, (_last_lines(text) or f"pulumi ended with exit code {exit_code}",), where)
    steps = digest.get("steps", ())
    deleted_first = _deleted_before_created(steps)
    changes = [
        _change(step, step["urn"] in deleted_first)
        for step in steps
        if step["op"]
        not in ("same", "create-replacement", "delete-replaced", "discard-replaced", "remove-pending-replace")
    ]
    errors = tuple(
        d["message"].strip()
        for d in digest.get("diagnostics", ())
        if d.get("severity") == "error" and d["message"].strip()
    )
    if exit_code != 0 and not errors:
        errors = (f"pulumi ended with exit code {exit_code}",)
    changes.sort(key=lambda c: (not c.danger, _RANKS.index(c.op) if c.op in _RANKS else 9, c.component, c.name))
    return Preview(stack, tuple(changes), digest.get("changeSummary", {}).get("same", 0), errors, where)


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


def comment(previews: Sequence[Preview], commit: str, made: str, limit: int = COMMENT_LIMIT) -> str:
    """The comment for a pull request: always within `limit`, always with the counts and the dangers that fit.

    commit: what was previewed; made: when, for a person. Details are folded to counts, stack by stack, from the least
    dangerous line on, until it fits.
    """
    longest = max((len(p.changes) for p in previews), default=0)
    kept = longest
    while True:
        text = _render(previews, commit, made, kept)
        if len(text) <= limit or kept == 0:
            return text if len(text) <= limit else text[: limit - 2] + "…\n"
        kept = min(kept - 1, int(kept * limit / len(text)))


def _render(previews: Sequence[Preview], commit: str, made: str, kept: int) -> str:
    lines = [MARKER, f"### Preview of `{_code(commit[:12])}`, {_text(made)}", "", *_table(previews), ""]
    dangers = [(p, c) for p in previews for c in p.changes if c.danger]
    if dangers:
        lines += ["> [!CAUTION]"]
        lines += [
            f"> `{_code(p.stack)}`: **{c.op}** of `{_code(c.name)}` ({_text(c.type)}): {c.danger}"
            for p, c in dangers[: max(kept, 10)]
        ]
        lines += [f"> and {len(dangers) - max(kept, 10)} more"] if len(dangers) > max(kept, 10) else []
        lines += [""]
    for preview in previews:
        lines += _stack(preview, kept)
    return "\n".join(lines) + "\n"


def _table(previews: Sequence[Preview]) -> Iterable[str]:
    yield "| stack | result | create | update | replace | delete | unchanged | compared with |"
    yield "|---|---|---|---|---|---|---|---|"
    for p in previews:
        result = "**failed**" if p.failed else ("changes" if p.changes else "no changes")
        counts = " | ".join(str(p.count(op)) for op in ("create", "update", "replace", "delete"))
        yield f"| `{_code(p.stack)}` | {result} | {counts} | {p.unchanged} | {_text(p.where)} |"


def _stack(preview: Preview, kept: int) -> list[str]:
    lines: list[str] = []
    if preview.errors:
        lines += [f"**`{_code(preview.stack)}` failed:**", "", "```text"]
        lines += [_code(line, 1000) for error in preview.errors[:5] for line in error.splitlines()[:20]]
        lines += ["```", ""]
    if preview.changes:
        shown = preview.changes[:kept]
        lines += [
            f"<details><summary><code>{_text(preview.stack)}</code>: {len(preview.changes)} to change</summary>",
            "",
        ]
        lines += ["```diff", *(_line(change) for change in shown), "```"]
        if len(shown) < len(preview.changes):
            lines += ["", f"and {len(preview.changes) - len(shown)} more, the least dangerous; see the step summary"]
        lines += ["", "</details>", ""]
    return lines


def _line(change: Change) -> str:
    where = f"{change.component}: " if change.component else ""
    why = f"  [{', '.join(change.paths[:6])}{', …' if len(change.paths) > 6 else ''}]" if change.paths else ""
    return _code(f"{_SIGNS.get(change.op, '~')} {change.op} {where}{change.name} ({change.type}){why}", 400)


_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def _plain(text: str, length: int) -> str:
    """One line without control characters, of bounded length."""
    flat = _CONTROLS.sub("", _ANSI.sub("", text)).replace("\n", " ").replace("\t", " ")
    return flat if len(flat) <= length else flat[: length - 1] + "…"


def _code(text: str, length: int = 200) -> str:
    """Text for a code span or block: without backticks, which could end it."""
    return _plain(text, length).replace("`", "'")


def _text(text: str, length: int = 200) -> str:
    """Text outside code: no HTML, no Markdown, no mention."""
    escaped = _plain(text, length).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#!~])", r"\\\1", escaped).replace("@", "@\u200b")
